import type { Cluster, ClusterState } from '../../model/cluster.ts';
import { pickCluster, type PickRequest } from '../pick-cluster.ts';
import type { Parts } from '../parts.ts';
import type { TreeItem } from '../tree/tree-item.ts';

/** The states in which a cluster's nodes can be used. */
export const usable: readonly ClusterState[] = ['running', 'degraded'];

/** Whether a command's argument is a row of the tree: others pass their own things. */
function isTreeItem(argument: unknown): argument is TreeItem {
  return (
    typeof argument === 'object' && argument !== null && 'kind' in argument && 'id' in argument
  );
}

/** The row that a command was called on, or `undefined`. */
export function treeItem(argument: unknown): TreeItem | undefined {
  return isTreeItem(argument) ? argument : undefined;
}

/** The cluster that a command was called on, by a row or by its name if only one has it; `undefined` from the palette. */
function clusterOf(parts: Parts, argument: unknown): Cluster | undefined {
  if (typeof argument === 'string') {
    const [only, other] = parts.model.clusters.filter(({ name }) => name === argument);
    return other === undefined ? only : undefined;
  }
  const item = treeItem(argument);
  return item !== undefined && 'cluster' in item ? item.cluster : undefined;
}

/** The cluster that a command was called on, else one that the person picks. */
export async function requireTarget(
  parts: Parts,
  argument: unknown,
  request: PickRequest,
): Promise<Cluster | undefined> {
  return clusterOf(parts, argument) ?? pickCluster(parts.model, request);
}

/** The clusters that a command was called on: all that are selected, if the row is among them; else as {@link requireTarget}. */
export async function requireTargets(
  parts: Parts,
  argument: unknown,
  selected: unknown,
  request: PickRequest,
): Promise<readonly Cluster[]> {
  const many = (Array.isArray(selected) ? selected : [])
    .flatMap((one: unknown) => clusterOf(parts, one) ?? [])
    .filter((cluster) => request.states.includes(cluster.state));
  if (many.length > 1) return many;
  const one = await requireTarget(parts, argument, request);
  return one === undefined ? [] : [one];
}
