import type { Command } from '../command.ts';
import { assumeYes, takeOver } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import { usageError } from '../parsing/usage-error.ts';
import { requireNumber, workerCount } from '../parsing/worker-count.ts';
import { clusterJson, type RemoveWorkersJson } from '../rendering/json.ts';
import { resizedLine } from '../rendering/summary.ts';

/** `flintrock remove-workers` */
export const removeWorkersCommand: Command = {
  name: 'remove-workers',
  description: [
    'Removes workers after confirmation, Spot Instances first, then the newest. They are decommissioned: they accept no new tasks, finish the running ones within a time limit, and are removed. Jobs continue.',
    'HDFS first copies their data to the other workers; if that exceeds the time limit, no worker is removed.',
  ],
  positionals: [clusterName],
  verb: 'removeWorkers',
  flags: [
    workerCount('remove'),
    {
      name: 'drain-seconds',
      metavar: 'N',
      help: 'Time limit for running tasks, in seconds (default: 300)',
    },
    takeOver,
    assumeYes,
  ],
  examples: [
    {
      command: 'flintrock remove-workers demo --num-workers 1',
      does: 'Remove one worker after confirmation',
    },
  ],
  async run({ args: [name = ''], flags, values, session }) {
    const { signal } = session;
    const number = requireNumber(flags, 'remove-workers');
    const text = flags.text('drain-seconds');
    const drainSeconds = text === undefined ? undefined : Number(text);
    if (drainSeconds !== undefined && !/^\d+$/.test(text ?? ''))
      throw usageError(`--drain-seconds: "${text ?? ''}" is no whole number`, 'remove-workers');
    const engine = await session.engine();
    const { cluster, removed, seconds } = await session.watch(name, 'removeWorkers', () =>
      engine.removeWorkers(name, number, {
        values,
        signal,
        drainSeconds,
        takeOver: flags.has('take-over'),
      }),
    );
    const json: RemoveWorkersJson = { cluster: clusterJson(cluster), removed, seconds };
    session.result(json, () => [
      removed.length === 0
        ? [[`${name} has no workers to remove.`]]
        : resizedLine(cluster, removed, 'removed', seconds),
    ]);
    return 0;
  },
};
