import { advice, callVerb, type Remedy } from '../../model/remedy.ts';
import { isAcceptedName } from '../../model/cluster/cluster-name.ts';
import {
  clusterNameProblem,
  type Cluster,
  type ClusterState,
} from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';

/** @throws ClusterError `CLUSTER_NAME_INVALID` */
export function requireName(name: string): void {
  const problem = clusterNameProblem(name);
  if (problem !== undefined)
    throw new ClusterError('CLUSTER_NAME_INVALID', problem, {
      remedies: advice('A name such as my-cluster will do.'),
    });
}

/**
 * Clusters of other tools may have names that we don't give.
 *
 * @throws ClusterError `CLUSTER_NAME_INVALID` for what no cluster can be called, nor is shown as
 */
export function requirePossibleName(name: string): void {
  if (!isAcceptedName(name) && !name.includes('\\u{')) requireName(name);
}

/** @throws ClusterError `CLUSTER_STATE_UNFIT` unless the cluster is in one of the states */
export function requireState(
  cluster: Cluster,
  states: readonly ClusterState[],
  doing: string,
): void {
  if (states.includes(cluster.state)) return;
  const { name, state, reason } = cluster;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `Cluster "${name}" is ${state}${reason === null ? '' : ` (${reason})`}: ${doing} is not possible now.`,
    { remedies: remediesFor(cluster), details: { state, reason } },
  );
}

/** What there is to do about a cluster in each of its states. */
export function remediesFor(cluster: Cluster): readonly Remedy[] {
  switch (cluster.state) {
    case 'half-launched':
      return [
        callVerb('Resume its launch.', 'resume', cluster, {}),
        callVerb('Or remove it.', 'destroy', cluster, {}),
      ];
    case 'destroying':
    case 'malformed':
      return [callVerb('Remove it.', 'destroy', cluster, {})];
    case 'degraded':
      return [callVerb('Repair it.', 'repair', cluster, {})];
    case 'stopped':
    case 'mixed':
      return [callVerb('Start it.', 'start', cluster, {})];
    case 'launching':
    case 'starting':
    case 'stopping':
      return [callVerb('Wait until that is done.', 'describe', cluster, {})];
    case 'running':
      return [callVerb('See what it is doing.', 'describe', cluster, {})];
  }
}
