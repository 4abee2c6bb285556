import type { Command } from '../command.ts';
import { assumeYes } from '../parsing/common-flags.ts';
import { clusterJson, type ChangeJson } from '../rendering/json.ts';
import { clusterName } from '../parsing/positionals.ts';
import { doneLine, workersText } from '../rendering/summary.ts';

/** `flintrock start` */
export const startCommand: Command = {
  name: 'start',
  description: [
    'Brings back a stopped cluster, or the dead nodes of a running one, and returns when Spark has every worker.',
  ],
  positionals: [clusterName],
  verb: 'start',
  flags: [{ ...assumeYes, hidden: true }],
  examples: [{ command: 'flintrock start demo', does: 'Start what was stopped' }],
  async run({ args: [name = ''], values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const { changed, cluster, seconds } = await session.watch(name, 'start', () =>
      engine.start(name, { values, signal }),
    );
    const json: ChangeJson = { changed, cluster: clusterJson(cluster), seconds };
    session.result(json, () => [
      changed
        ? doneLine(name, `is running again: ${workersText(cluster)},`, seconds)
        : [[`${name} runs already: nothing to do.`]],
    ]);
    return 0;
  },
};
