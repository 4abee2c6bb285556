import pMap from 'p-map';
import { type Cluster, type ClusterNode, nodesOf } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import { callVerb } from '../../model/remedy.ts';
import { requireState } from './guards.ts';

/** How many nodes are worked on at the same time. */
const concurrency = 32;

/**
 * The nodes that a command or a file goes to.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if none of them runs
 */
export function targetNodes(cluster: Cluster, masterOnly: boolean, doing: string): ClusterNode[] {
  requireState(cluster, ['running', 'degraded', 'mixed'], doing);
  const running = nodesOf(cluster).filter(
    ({ state, role }) =>
      (state === 'running' || state === 'draining') && (!masterOnly || role === 'master'),
  );
  if (running.length === 0)
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `No node of "${cluster.name}" is running; ${doing} is not possible.`,
      {
        remedies: [callVerb('Start the cluster.', 'start', cluster, {})],
      },
    );
  return running;
}

/** Does something on many nodes at once, but not on all of a thousand. */
export async function onEachNode<T>(
  nodes: readonly ClusterNode[],
  signal: AbortSignal,
  work: (node: ClusterNode) => Promise<T>,
): Promise<T[]> {
  return pMap(nodes, work, { concurrency, signal });
}
