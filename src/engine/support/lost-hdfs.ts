import { type Cluster, hasService } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import { callVerb } from '../../model/remedy.ts';
import { dataNodeOf, type ServiceReports } from '../health.ts';
import type { Provider, WorkContext } from '../provider.ts';

/** How long HDFS may hear of no further block, in milliseconds: DataNodes tell of theirs when they come. */
const silenceLimitMs = 90_000;

/**
 * Gives what looks after an HDFS that waits for blocks in vain, as those on instance store are gone after a stop. Where all are
 * gone it is made anew; where only some are, the rest is for the user to decide on.
 *
 * @returns a function that takes what the services say, again and again; it throws `CLUSTER_STATE_UNFIT` when no block comes any more
 */
export function lostHdfs(
  provider: Provider,
  context: WorkContext,
): (cluster: Cluster, reports: ServiceReports) => Promise<void> {
  let hasTried = false;
  let said = '';
  let saidAt = 0;
  return async (cluster, { hdfs }) => {
    if (!hasService(cluster, 'hdfs') || hdfs?.safeMode == null || hdfs.blocks === 0) return;
    const dataNodes = cluster.workers.flatMap((worker) => dataNodeOf(worker, hdfs) ?? []);
    if (dataNodes.length < cluster.workers.length) return;
    const { name } = cluster;
    if (!hasTried && dataNodes.every(({ blocks }) => blocks === 0)) {
      hasTried = true;
      // A DataNode that has just come may not have told of its blocks yet: its disk says whether there are any.
      if ((await provider.renewHdfs?.(cluster, context)) === true) {
        context.emit('warning', {
          kind: 'CLUSTER_STATE_UNFIT',
          message: `HDFS on "${name}" was recreated empty, because the disks of its workers were blank after the stop.`,
          remedies: [],
        });
        return;
      }
    }
    const now = context.clock.now();
    // It counts the blocks that it has.
    if (hdfs.safeMode !== said) [said, saidAt] = [hdfs.safeMode, now];
    if (now - saidAt < silenceLimitMs) return;
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `HDFS on "${name}" is missing data and is read-only: ${said}`,
      {
        remedies: [
          callVerb(
            'Delete the corrupt files, and continue with the others.',
            'runCommand',
            cluster,
            {
              command: 'hdfs dfsadmin -safemode leave && hdfs fsck / -delete',
              masterOnly: true,
            },
          ),
        ],
      },
    );
  };
}
