import type { Command } from '../command.ts';
import { assumeYes, takeOver } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import { type ChangeJson, clusterJson } from '../rendering/json.ts';
import { doneLine } from '../rendering/summary.ts';

/** `flintrock stop` */
export const stopCommand: Command = {
  name: 'stop',
  description: [
    'Stops a cluster after confirmation. Its jobs end; its nodes keep their names and disks. "flintrock start" starts it again.',
  ],
  positionals: [clusterName],
  verb: 'stop',
  flags: [
    {
      name: 'drop-spot-workers',
      help: 'Terminate Spot workers, which EC2 can’t stop, without asking',
    },
    {
      name: 'discard-hdfs-data',
      help: 'Stop without asking even if HDFS data is on instance store volumes and will be lost',
    },
    takeOver,
    assumeYes,
  ],
  examples: [
    { command: 'flintrock stop demo', does: 'Stop a cluster after confirmation' },
    { command: 'flintrock stop demo --assume-yes', does: 'Stop it in a script' },
  ],
  async run({ args: [name = ''], flags, values, session }) {
    const { signal } = session;
    const engine = await session.engine();
    const { changed, cluster, seconds } = await session.watch(name, 'stop', () =>
      engine.stop(name, {
        values,
        signal,
        ...(flags.has('drop-spot-workers') && { dropSpotWorkers: true }),
        ...(flags.has('discard-hdfs-data') && { discardHdfsData: true }),
        takeOver: flags.has('take-over'),
      }),
    );
    const json: ChangeJson = { changed, cluster: clusterJson(cluster), seconds };
    session.result(
      json,
      () => [changed ? doneLine(name, 'was stopped', seconds) : [[`${name} is already stopped.`]]],
      () => [[[changed ? `${name} is now stopped.` : 'Cluster is already stopped.']]],
    );
    return 0;
  },
};
