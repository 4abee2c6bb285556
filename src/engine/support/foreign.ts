import { type Cluster, type ForeignInstance, nodesOf } from '../../model/cluster/cluster.ts';
import { formatCount } from '../../text/counts.ts';
import type { WorkContext } from '../provider.ts';

/** Instances that aren't nodes, each with the reason. */
export function foreignText(foreign: readonly ForeignInstance[]): string {
  return foreign.map(({ id, state, reason }) => `${id} (${state}; ${reason})`).join(', ');
}

/**
 * Tells the host which instances carry a cluster's name, aren't its nodes, and are left as they are.
 *
 * @param except those that aren't left as they are
 * @param what the verb does to nodes, as in "stopped"
 */
export function warnForeign(
  { name, foreign = [] }: Cluster,
  except: readonly ForeignInstance[],
  what: string,
  { emit }: WorkContext,
): void {
  const left = foreign.filter((instance) => !except.includes(instance));
  if (left.length === 0) return;
  emit('warning', {
    kind: 'CLUSTER_STATE_UNFIT',
    message: `These instances have the name "${name}" in their tags but aren’t nodes of the cluster, so they are not ${what}: ${foreignText(left)}.`,
    remedies: [],
  });
}

/** How many nodes a cluster has and, as far as they are instances of somebody's account, which. */
export function nodesText(cluster: Cluster): string {
  const nodes = nodesOf(cluster);
  const number = formatCount(nodes.length, 'node');
  const ids = cluster.provider === 'ec2' ? nodes.map(({ id }) => id) : [];
  return ids.length === 0 ? number : `${number}: ${ids.join(', ')}`;
}
