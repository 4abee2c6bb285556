import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { type Choice, choosable, type ChoosableOption } from '../../model/choice.ts';
import { toClusterError } from '../../model/errors.ts';
import { formatChoice } from '../../text/engine/choices.ts';
import type { EngineFactory } from '../engine/engine-factory.ts';
import { showFailure } from '../ui/failure.ts';
import { pickFound } from '../ui/window.ts';
import type { ConfigText } from './config-service.ts';

/**
 * Lets the user select a value of an option: what the account has that the configuration leads to.
 *
 * @returns `undefined` if none is selected
 */
export async function pickValue(
  engines: EngineFactory,
  name: string,
  configuration: ConfigText,
): Promise<string | undefined> {
  const { labelOf } = await engines.configuration();
  const title = vscode.l10n.t('Select {0}', labelOf(name, vscode.l10n.t));
  try {
    const picked = await pickFound(
      { title, placeHolder: vscode.l10n.t('Type to search') },
      async (signal) =>
        (await lookUp(engines, name, configuration, signal)).map((choice) => ({
          label: choice.value,
          value: choice.value,
          ...formatChoice(choice, vscode.l10n.t),
        })),
      vscode.l10n.t('No results'),
    );
    return picked?.value;
  } catch (error) {
    showFailure(title, toClusterError(error));
    return undefined;
  }
}

async function lookUp(
  engines: EngineFactory,
  name: string,
  configuration: ConfigText,
  signal: AbortSignal,
): Promise<readonly Choice[]> {
  if (!isChoosable(name)) return [];
  const { launchValues } = await engines.configuration();
  const { ec2Profile, ec2Region, ec2VpcId } = launchValues(configuration);
  const engine = await engines.plain(dirname(configuration.file));
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
