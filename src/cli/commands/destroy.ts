import type { Command } from '../command.ts';
import { assumeYes } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import type { DestroyJson } from '../rendering/json.ts';
import { doneLine, savedHistoryLine } from '../rendering/summary.ts';

/** `flintrock destroy` */
export const destroyCommand: Command = {
  name: 'destroy',
  description: [
    'Destroys a cluster and all data on it, in any state. Asks for confirmation.',
    'The event logs of its applications are saved on this machine first, as far as that takes no longer than a minute; flintrock explain and flintrock ui --saved show them.',
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
    {
      command: 'flintrock destroy demo --no-keep-history',
      does: 'Destroy it without saving the event logs of its applications',
    },
  ],
  async run({ args: [name = ''], flags, values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const { seconds, history } = await session.watch(name, 'destroy', () =>
      engine.destroy(name, { values, signal, alsoTerminate: flags.texts('also-terminate') }),
    );
    const json: DestroyJson = { name, seconds, history };
    const done = doneLine(name, 'was destroyed', seconds);
    session.result(
      json,
      () => [done, ...(history === null ? [] : [savedHistoryLine(name, history)])],
      () => [done],
    );
    return 0;
  },
};
