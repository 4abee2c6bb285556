import { ClusterError, isClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { assumeYes } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import { commandLine } from '../rendering/command-line.ts';
import { type DestroyJson, errorJson } from '../rendering/json.ts';
import { doneLine } from '../rendering/summary.ts';

/** `flintrock destroy` */
export const destroyCommand: Command = {
  name: 'destroy',
  description: [
    'Destroys a cluster and all data on it, in any state. Asks for confirmation; without a terminal, --assume-yes is required.',
  ],
  positionals: [clusterName],
  verb: 'destroy',
  flags: [
    assumeYes,
    {
      name: 'also-terminate',
      metavar: 'INSTANCE',
      repeatable: true,
      help: 'ID of an additional instance to terminate, which is tagged with the name of the cluster but is not one of its nodes; repeatable',
    },
  ],
  examples: [
    { command: 'flintrock destroy demo', does: 'Destroy it after confirmation' },
    { command: 'flintrock destroy demo --assume-yes', does: 'Destroy it in a script' },
  ],
  async run({ args: [name = ''], flags, values, session }) {
    const { signal } = session;
    if (flags.has('assume-yes')) session.agreed.add('destroy.confirm');
    else if (!session.canAsk)
      throw new ClusterError(
        'ARGUMENT_INVALID',
        `Destroying "${name}" must be confirmed, and there is no terminal to ask on.`,
        {
          remedies: advice(
            `To confirm: ${commandLine('destroy', { name }, ['--assume-yes'], session.clusterFlags)}`,
          ),
        },
      );
    const engine = await session.engine();
    try {
      const { seconds } = await session.watch(name, 'destroy', () =>
        engine.destroy(name, { values, signal, alsoTerminate: flags.texts('also-terminate') }),
      );
      const json: DestroyJson = { name, seconds };
      session.result(json, () => [doneLine(name, 'was destroyed', seconds)]);
      return exitCodes.done;
    } catch (error) {
      // Whoever says no has been answered, and isn't interrupted.
      if (!isClusterError(error, 'ABORTED') || signal.aborted) throw error;
      const declined = new ClusterError('ABORTED', 'Nothing was destroyed.');
      if (session.json) session.result(errorJson(declined, session.clusterFlags), () => []);
      session.say([[declined.message]]);
      return exitCodes.failed;
    }
  },
};
