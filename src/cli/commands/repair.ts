import type { Command } from '../command.ts';
import { clusterJson, type RepairJson } from '../rendering/json.ts';
import { clusterName } from '../parsing/positionals.ts';
import { doneLine } from '../rendering/summary.ts';
import { formatCount } from '../../text/counts.ts';

/** `flintrock repair` */
export const repairCommand: Command = {
  name: 'repair',
  description: [
    'Replaces dead workers by new ones, and returns when Spark has them. Jobs that run go on. On this machine dead daemons are started again.',
    'A master that is gone can’t be replaced: that is said, and what to do.',
  ],
  positionals: [clusterName],
  verb: 'repair',
  flags: [],
  examples: [{ command: 'flintrock repair demo', does: 'Replace what has died' }],
  async run({ args: [name = ''], values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const { changed, cluster, replaced, added, seconds } = await session.watch(name, 'repair', () =>
      engine.repair(name, { values, signal }),
    );
    const json: RepairJson = { changed, cluster: clusterJson(cluster), replaced, added, seconds };
    session.result(json, () => [
      changed
        ? doneLine(
            name,
            added.length === 0
              ? 'was healed'
              : `has ${formatCount(added.length, 'new worker')} for ${replaced.join(', ')},`,
            seconds,
          )
        : [[`${name} has no dead workers: nothing to do.`]],
    ]);
    return 0;
  },
};
