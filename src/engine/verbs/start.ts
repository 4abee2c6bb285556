import type { Cluster } from '../../model/cluster/cluster.ts';
import { nodesOf } from '../../model/cluster/cluster.ts';
import { callVerb } from '../../model/remedy.ts';
import { awaitReady, withPatientConnection } from '../await-ready.ts';
import type { WorkContext } from '../provider.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { warnForeign } from '../support/foreign.ts';
import { requireState } from '../support/guards.ts';
import { locked } from '../support/lock.ts';
import { lostHdfs } from '../support/lost-hdfs.ts';
import { recordPrice } from '../support/record-changes.ts';
import { timed } from '../support/timing.ts';
import { withServices } from './describe.ts';

/** Says that a cluster is up again, and what it lacks all the same. */
export function warnUnwell(cluster: Cluster, context: WorkContext): void {
  const { name, reason } = cluster;
  context.emit('warning', {
    kind: 'CLUSTER_STATE_UNFIT',
    message: `All nodes of "${name}" are running, but the cluster is not healthy: ${reason ?? 'unknown reason'}.`,
    remedies: [callVerb('Run diagnostics.', 'doctor', cluster, {})],
  });
}

/** A cluster after a verb, and whether there was anything to do. */
export interface ChangeResult {
  /** `false`: it was so already. */
  readonly changed: boolean;
  readonly cluster: Cluster;
  readonly seconds: number;
}

/**
 * Brings back what doesn't run: a stopped cluster, or the dead nodes of a running one. Returns when Spark has every worker.
 *
 * HDFS is made anew, empty, if the stop has left all its disks blank.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if only some of its data is lost, which is for the user to decide on
 */
export async function start(
  engine: Engine,
  name: string,
  options: VerbOptions,
): Promise<ChangeResult> {
  const found = await requireCluster(engine, name, options);
  const { provider, context } = found;
  requireState(found.cluster, ['running', 'stopped', 'degraded', 'mixed'], 'starting the cluster');
  const seen = await withServices(found);
  if (seen.state === 'running') return { changed: false, cluster: seen, seconds: 0 };
  warnForeign(found.cluster, [], 'started', context);
  return locked(found, 'start', async () => {
    const names = nodesOf(found.cluster).map((node) => node.name);
    return timed('start', names, context, async () => {
      await provider.start(found.cluster, context);
      const rising = { provider, name, context };
      const cluster = await withPatientConnection(rising, (connection, seen) =>
        awaitReady(rising, seen, connection, lostHdfs(provider, context)),
      );
      await recordPrice({ provider, cluster, context });
      if (cluster.state === 'degraded') {
        warnUnwell(cluster, context);
        return { changed: true, cluster };
      }
      return { changed: true, cluster: { ...cluster, state: 'running' as const, reason: null } };
    });
  });
}
