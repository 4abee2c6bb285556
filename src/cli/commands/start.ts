import type { Command } from '../command.ts';
import { assumeYes } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import { type ChangeJson, clusterJson } from '../rendering/json.ts';
import { doneLine, workersText } from '../rendering/summary.ts';

/** `flintrock start` */
export const startCommand: Command = {
  name: 'start',
  description: [
    'Starts a stopped cluster, or the failed nodes of a running one, and returns when all workers have registered with the master.',
  ],
  positionals: [clusterName],
  verb: 'start',
  flags: [{ ...assumeYes, hidden: true }],
  examples: [{ command: 'flintrock start demo', does: 'Start a stopped cluster' }],
  async run({ args: [name = ''], values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const { changed, cluster, seconds } = await session.watch(name, 'start', () =>
      engine.start(name, { values, signal }),
    );
    const json: ChangeJson = { changed, cluster: clusterJson(cluster), seconds };
    const done = doneLine(name, `is running again: ${workersText(cluster)},`, seconds);
    session.result(
      json,
      () => [changed ? done : [[`${name} is already running.`]]],
      () => [changed ? done : [['Cluster is already running.']]],
    );
    return 0;
  },
};
