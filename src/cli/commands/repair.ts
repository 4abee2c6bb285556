import { formatCount } from '../../text/counts.ts';
import type { Command } from '../command.ts';
import { takeOver } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import { clusterJson, type RepairJson } from '../rendering/json.ts';
import { doneLine } from '../rendering/summary.ts';

/** `flintrock repair` */
export const repairCommand: Command = {
  name: 'repair',
  description: [
    'Replaces failed workers with new ones, and returns when they have registered with the master. Running jobs continue. On this machine, failed daemons are restarted.',
    'A lost master can’t be replaced; the error says what to do instead.',
  ],
  positionals: [clusterName],
  verb: 'repair',
  flags: [takeOver],
  examples: [{ command: 'flintrock repair demo', does: 'Replace failed workers' }],
  async run({ args: [name = ''], flags, values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const { changed, cluster, replaced, added, seconds } = await session.watch(name, 'repair', () =>
      engine.repair(name, { values, signal, takeOver: flags.has('take-over') }),
    );
    const json: RepairJson = { changed, cluster: clusterJson(cluster), replaced, added, seconds };
    session.result(json, () => [
      changed
        ? doneLine(
            name,
            added.length === 0
              ? 'was repaired'
              : `was repaired with ${formatCount(added.length, 'new worker')} for ${replaced.join(', ')}`,
            seconds,
          )
        : [[`${name}: all workers are healthy.`]],
    ]);
    return 0;
  },
};
