import {
  type Cluster,
  type ClusterNode,
  hasService,
  nodesOf,
} from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice, callVerb } from '../../model/remedy.ts';
import { askServices } from '../health.ts';
import { asRecorded } from '../support/as-recorded.ts';
import { confirm } from '../support/confirm.ts';
import { withConnection } from '../support/connection.ts';
import { type Engine } from '../support/context.ts';
import { type FoundCluster, requireCluster } from '../support/find-cluster.ts';
import { nodesText, warnForeign } from '../support/foreign.ts';
import { requireState } from '../support/guards.ts';
import { locked, type LockingOptions, takeOverText } from '../support/lock.ts';
import { recordSize } from '../support/record-changes.ts';
import { timed } from '../support/timing.ts';
import type { ChangeResult } from './start.ts';

/** What {@link stop} takes. */
export interface StopOptions extends LockingOptions {
  /**
   * Whether spot workers, which EC2 can't stop, may be removed for good; the host is asked if it isn't said.
   * @default false
   */
  readonly dropSpotWorkers?: boolean | undefined;
  /**
   * Whether HDFS may lose what is on disks that are blank after a stop; the host is asked if it isn't said.
   * @default false
   */
  readonly discardHdfsData?: boolean | undefined;
}

/**
 * Puts a cluster to rest; its nodes keep their names, their disks and their places. Spot workers can't be stopped: they are removed
 * if they may be.
 *
 * Asks the host first (`stop.confirm`; where nobody can be asked, the call itself is the answer).
 *
 * @throws ClusterError `ABORTED` if the answer is no; `CLUSTER_STATE_UNFIT` if there are spot instances that can't be dropped, or may not be, or if HDFS would lose
 *   what it may not
 */
export async function stop(
  engine: Engine,
  name: string,
  options: StopOptions,
): Promise<ChangeResult> {
  const seen = await requireCluster(engine, name, options);
  if (seen.cluster.state === 'stopped')
    return { changed: false, cluster: seen.cluster, seconds: 0 };
  requireState(seen.cluster, ['running', 'degraded', 'mixed'], 'stopping the cluster');
  const found = await asRecorded(seen);
  const { provider, cluster, context } = found;
  warnForeign(cluster, [], 'stopped', context);
  await confirm(
    engine,
    'stop.confirm',
    cluster,
    `Stop "${name}" (${nodesText(cluster)})? Jobs that are running on it will end.`,
  );
  const dropped = await spotWorkers(engine, cluster, options);
  await requireDisksThatLast(engine, found, options);
  const work = (): Promise<ChangeResult> =>
    timed(
      'stop',
      nodesOf(cluster).map((node) => node.name),
      context,
      async () => {
        // A start tells of those itself.
        if (dropped.length > 0)
          await recordSize(found, Math.max(0, cluster.workers.length - dropped.length));
        await provider.stop(cluster, context, dropped);
        const after = await provider.find(name, context);
        if (after === undefined)
          throw new ClusterError(
            'CLUSTER_NOT_FOUND',
            `Cluster "${name}" was destroyed by another client in the meantime.`,
          );
        return { changed: true, cluster: { ...after, state: 'stopped' as const, reason: null } };
      },
    );
  return locked(found, 'stop', work, {
    isAsked: options.takeOver === true,
    remedy: callVerb(takeOverText, 'stop', cluster, { takeOver: true }),
  });
}

/** The workers that a stop removes for good, which may be so. */
async function spotWorkers(
  engine: Engine,
  cluster: Cluster,
  { dropSpotWorkers }: StopOptions,
): Promise<readonly ClusterNode[]> {
  const { name, master, workers } = cluster;
  const isSpot = ({ market, state }: ClusterNode): boolean =>
    market === 'spot' && state !== 'terminated' && state !== 'dead';
  const spot = workers.filter(isSpot);
  const remove = callVerb('Destroy the cluster instead.', 'destroy', cluster, {});
  if (master !== null && isSpot(master))
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `The master of "${name}" is a one-time Spot Instance, which EC2 can’t stop.`,
      { remedies: [remove] },
    );
  if (spot.length === 0) return [];
  const some = spot.length === 1 ? 'One worker' : `${spot.length} workers`;
  const are = spot.length === 1 ? 'is a one-time Spot Instance' : 'are one-time Spot Instances';
  if (hasService(cluster, 'hdfs'))
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `${some} of "${name}" ${are}, which EC2 can’t stop, and the HDFS data on ${spot.length === 1 ? 'it' : 'them'} would be lost.`,
      { remedies: [...advice('Copy the data that you need to S3.'), remove] },
    );
  const may =
    dropSpotWorkers ??
    (await engine.host.ask({
      code: 'stop.dropSpotWorkers',
      cluster: name,
      message: `${some} of "${name}" ${are}, which EC2 can’t stop. Terminate ${spot.length === 1 ? 'it' : 'them'}, and stop the other nodes?`,
      default: false,
    }));
  if (may) return spot;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `${some} of "${name}" ${are}, which EC2 can’t stop.`,
    {
      remedies: [
        callVerb('Terminate them, and stop the other nodes.', 'stop', cluster, {
          dropSpotWorkers: true,
        }),
      ],
    },
  );
}

/** Makes sure that HDFS keeps what it has, or may lose it. */
async function requireDisksThatLast(
  engine: Engine,
  found: FoundCluster,
  { discardHdfsData }: StopOptions,
): Promise<void> {
  const { provider, cluster, context } = found;
  if (discardHdfsData === true || !hasService(cluster, 'hdfs')) return;
  if ((await provider.isBlankAfterStop?.(cluster, context)) !== true) return;
  const { name } = cluster;
  const { hdfs } = await withConnection(found, (connection) =>
    askServices(cluster, connection, context),
  );
  if (hdfs?.blocks === 0) return;
  const what = `HDFS on "${name}" keeps its data on instance store volumes, which are erased when the cluster stops`;
  const may =
    discardHdfsData ??
    (await engine.host.ask({
      code: 'stop.discardHdfsData',
      cluster: name,
      message: `${what}. Stop the cluster and lose this data?`,
      default: false,
    }));
  if (may) return;
  throw new ClusterError('CLUSTER_STATE_UNFIT', `${what}.`, {
    remedies: [
      ...advice('Copy the data that you need to S3.'),
      callVerb('Then stop the cluster and lose the other data.', 'stop', cluster, {
        discardHdfsData: true,
      }),
    ],
  });
}
