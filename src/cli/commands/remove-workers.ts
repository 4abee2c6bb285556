import type { Command } from '../command.ts';
import { assumeYes } from '../parsing/common-flags.ts';
import { clusterJson, type RemoveWorkersJson } from '../rendering/json.ts';
import { clusterName } from '../parsing/positionals.ts';
import { resizedLine } from '../rendering/summary.ts';
import { requireNumber, workerCount } from '../parsing/worker-count.ts';
import { usageError } from '../parsing/usage-error.ts';

/** `flintrock remove-workers` */
export const removeWorkersCommand: Command = {
  name: 'remove-workers',
  description: [
    'Removes workers, spot instances first, then the newest. Each takes no new work, finishes what runs on it, up to a limit, and is removed. Jobs go on.',
    'HDFS copies what is on them to the others first; if that takes longer, nothing is removed.',
  ],
  positionals: [clusterName],
  verb: 'removeWorkers',
  flags: [
    workerCount('remove'),
    {
      name: 'drain-seconds',
      metavar: 'N',
      help: 'How long workers may take to finish what runs on them (default: 300)',
    },
    { ...assumeYes, hidden: true },
  ],
  examples: [{ command: 'flintrock remove-workers demo --num-workers 1', does: 'One worker less' }],
  async run({ args: [name = ''], flags, values, session }) {
    const { signal } = session;
    const number = requireNumber(flags, 'remove-workers');
    const text = flags.text('drain-seconds');
    const drainSeconds = text === undefined ? undefined : Number(text);
    if (drainSeconds !== undefined && !/^\d+$/.test(text ?? ''))
      throw usageError(`--drain-seconds: "${text ?? ''}" is no whole number`, 'remove-workers');
    const engine = await session.engine();
    const { cluster, removed, seconds } = await session.watch(name, 'removeWorkers', () =>
      engine.removeWorkers(name, number, { values, signal, drainSeconds }),
    );
    const json: RemoveWorkersJson = { cluster: clusterJson(cluster), removed, seconds };
    session.result(json, () => [resizedLine(cluster, removed, 'removed', seconds)]);
    return 0;
  },
};
