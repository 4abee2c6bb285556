import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import type { RemedyVerb, RemedyVerbs, VerbAction } from '../../model/remedy.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showInformation } from '../ui/window.ts';
import { isAt } from './cluster-ref.ts';
import { pickCluster, type PickRequest } from './pick-cluster.ts';
import type { TreeItem } from './tree/tree-item.ts';

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

/** What a remedy asks a command for, if the command was called by the button of one. */
export function remedyOf<V extends RemedyVerb>(
  argument: unknown,
  verb: V,
): RemedyVerbs[V] | undefined {
  const action = remedyAction(argument);
  return action?.verb === verb ? (action.options as RemedyVerbs[V]) : undefined;
}

function remedyAction(argument: unknown): VerbAction | undefined {
  return typeof argument === 'object' && argument !== null && 'verb' in argument
    ? (argument as VerbAction)
    : undefined;
}

/** Whether a command was called for all clusters: from the view's title, or by a remedy that is about all of them. */
export function isForAllClusters(argument: unknown): boolean {
  return argument === undefined || remedyAction(argument)?.cluster === null;
}

/** The cluster that a command was called on: by a row, by a remedy, or by a name if only one has it; `undefined` from the palette. */
function clusterOf(services: ExtensionServices, argument: unknown): Cluster | undefined {
  const ref = typeof argument === 'string' ? { name: argument } : remedyAction(argument)?.cluster;
  if (ref != null) {
    const [only, other] = services.model.clusters.filter((cluster) => isAt(cluster, ref));
    return other === undefined ? only : undefined;
  }
  const item = treeItem(argument);
  return item !== undefined && 'cluster' in item ? item.cluster : undefined;
}

/** The cluster that a command was called on, else one that the user selects. */
export async function requireCluster(
  services: ExtensionServices,
  argument: unknown,
  request: PickRequest,
): Promise<Cluster | undefined> {
  const ref = remedyAction(argument)?.cluster;
  if (ref == null) return clusterOf(services, argument) ?? pickCluster(services.model, request);
  // The error was about this very cluster: no other one will do.
  const known = clusterOf(services, argument);
  if (known !== undefined) return known;
  await services.model.refresh();
  const found = clusterOf(services, argument);
  if (found === undefined)
    void showInformation(vscode.l10n.t('Cluster "{0}" no longer exists.', ref.name));
  return found;
}

/** The clusters that a command was called on: all that are selected, if the row is among them; else as {@link requireCluster}. */
export async function requireClusters(
  services: ExtensionServices,
  argument: unknown,
  selected: unknown,
  request: PickRequest,
): Promise<readonly Cluster[]> {
  const many = (Array.isArray(selected) ? selected : [])
    .flatMap((one: unknown) => clusterOf(services, one) ?? [])
    .filter((cluster) => request.states.includes(cluster.state));
  if (many.length > 1) return many;
  const one = await requireCluster(services, argument, request);
  return one === undefined ? [] : [one];
}
