import { dirname } from 'node:path';
import { choosable, type Choice, type ChoosableOption } from '../../model/choice.ts';
import { toClusterError } from '../../model/errors.ts';
import type { EngineFactory } from '../engine/engine-factory.ts';
import { showFailure } from '../ui/failure.ts';
import { pickFound } from '../ui/window.ts';
import type { ConfigText } from './config-service.ts';

/**
 * Lets the person pick a value of an option: what the account has that the configuration leads to.
 *
 * @returns `undefined` if the person picks none
 */
export async function pickValue(
  door: EngineFactory,
  name: string,
  configuration: ConfigText,
): Promise<string | undefined> {
  try {
    const picked = await pickFound(
      { title: 'Pick a value', placeHolder: 'Type to search' },
      async (signal) =>
        (await lookUp(door, name, configuration, signal)).map((choice) => ({
          label: choice.value,
          ...choice,
        })),
      'There is none',
    );
    return picked?.value;
  } catch (error) {
    showFailure('Looking at the account', toClusterError(error));
    return undefined;
  }
}

async function lookUp(
  door: EngineFactory,
  name: string,
  configuration: ConfigText,
  signal: AbortSignal,
): Promise<readonly Choice[]> {
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
