import { advice } from '../../model/remedy.ts';
import { ClusterError, isClusterError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { assumeYes } from '../parsing/common-flags.ts';
import { exitCodes } from '../exit-code.ts';
import { errorJson, type DestroyJson } from '../rendering/json.ts';
import { clusterName } from '../parsing/positionals.ts';
import { doneLine } from '../rendering/summary.ts';
import { shellWord } from '../../base/shell-word.ts';

/** `flintrock destroy` */
export const destroyCommand: Command = {
  name: 'destroy',
  description: [
    'Removes a cluster with everything on it, whatever state it is in. Asks first; where nobody can be asked, --assume-yes must be given.',
  ],
  positionals: [clusterName],
  verb: 'destroy',
  flags: [
    assumeYes,
    {
      name: 'also-terminate',
      metavar: 'INSTANCE',
      repeatable: true,
      help: 'Id of an instance that carries the cluster’s name without being one of its nodes, and that is to be terminated with it; may be given several times',
    },
  ],
  examples: [
    { command: 'flintrock destroy demo', does: 'Remove it, after a question' },
    { command: 'flintrock destroy demo --assume-yes', does: 'Remove it, in a script' },
  ],
  async run({ args: [name = ''], flags, values, session }) {
    const { signal } = session;
    if (flags.has('assume-yes')) session.agreed.add('destroy.confirm');
    else if (!session.canAsk)
      throw new ClusterError(
        'ARGUMENT_INVALID',
        `There is no terminal to ask whether to destroy "${name}".`,
        { remedies: advice(`If you are sure: flintrock destroy ${shellWord(name)} --assume-yes`) },
      );
    const engine = await session.engine();
    try {
      const { seconds } = await session.watch(name, 'destroy', () =>
        engine.destroy(name, { values, signal, alsoTerminate: flags.texts('also-terminate') }),
      );
      const json: DestroyJson = { name, seconds };
      session.result(json, () => [doneLine(name, 'was removed', seconds)]);
      return exitCodes.done;
    } catch (error) {
      // Whoever says no has been answered, and isn't interrupted.
      if (!isClusterError(error, 'ABORTED') || signal.aborted) throw error;
      const declined = new ClusterError('ABORTED', 'Nothing was destroyed.');
      if (session.json) session.result(errorJson(declined), () => []);
      session.say([[declined.message]]);
      return exitCodes.failed;
    }
  },
};
