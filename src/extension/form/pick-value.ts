import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { choosable, type Choice, type ChoosableOption } from '../../model/choice.ts';
import { toClusterError } from '../../model/errors.ts';
import { awsProfiles } from '../aws-profiles.ts';
import { awsRegions } from '../aws-regions.ts';
import type { EngineDoor } from '../engine-door.ts';
import { showFailure } from '../failure.ts';
import type { ConfigText } from './configuration-room.ts';

/**
 * Lets the person pick a value of an option: what the account has that the configuration leads to.
 *
 * @returns `undefined` if the person picks none
 */
export async function pickValue(
  door: EngineDoor,
  name: string,
  configuration: ConfigText,
): Promise<string | undefined> {
  const stop = new AbortController();
  const pick = vscode.window.createQuickPick();
  pick.title = 'Pick a value';
  pick.placeholder = 'Type to search';
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.busy = true;
  const picked = new Promise<string | undefined>((resolve) => {
    pick.onDidAccept(() => resolve((pick.selectedItems[0] ?? pick.activeItems[0])?.label));
    pick.onDidHide(() => {
      stop.abort();
      resolve(undefined);
    });
  });
  pick.show();
  try {
    const found = await lookUp(door, name, configuration, stop.signal);
    pick.items = found.map(({ value, description, detail }) => ({
      label: value,
      description,
      ...(detail !== '' && { detail }),
    }));
    pick.busy = false;
    if (found.length === 0) pick.placeholder = 'There is none';
    return await picked;
  } catch (error) {
    if (!stop.signal.aborted) showFailure('Looking at the account', toClusterError(error));
    return undefined;
  } finally {
    pick.dispose();
  }
}

async function lookUp(
  door: EngineDoor,
  name: string,
  configuration: ConfigText,
  signal: AbortSignal,
): Promise<readonly Choice[]> {
  const plain = (values: readonly string[]): Choice[] =>
    values.map((value) => ({ value, description: '', detail: '' }));
  if (name === 'ec2Profile') return plain(await awsProfiles(door.places));
  if (name === 'ec2Region') return plain(awsRegions);
  if (!isChoosable(name)) return [];
  const { launchValues } = await door.configuration();
  const { ec2Profile, ec2Region, ec2VpcId } = launchValues(configuration);
  const engine = await door.plain(undefined, dirname(configuration.file));
  return engine.choices(name, {
    signal,
    // What else the text says may be wrong as yet.
    values: {
      provider: 'ec2',
      ...(ec2Profile !== undefined && { ec2Profile }),
      ...(ec2Region !== undefined && { ec2Region }),
      ...(ec2VpcId !== undefined && { ec2VpcId }),
    },
  });
}

function isChoosable(name: string): name is ChoosableOption {
  return (choosable as readonly string[]).includes(name);
}
