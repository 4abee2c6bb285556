import * as vscode from 'vscode';
import type { Cluster, ClusterState } from '../../model/cluster/cluster.ts';
import { formatCluster } from '../../text/clusters.ts';
import { formatPlace } from '../../text/places.ts';
import { pickOne, showInformation } from '../ui/window.ts';
import type { ClustersModel } from './clusters-model.ts';
import { showListingProblem } from './listing-problem.ts';

/** The states in which a cluster's nodes can be used. */
export const usableStates: readonly ClusterState[] = ['running', 'degraded'];

/** Which clusters may be picked, and how to ask for one. */
export interface PickRequest {
  readonly title: string;
  readonly states: readonly ClusterState[];
  /** What to say if there is none, as in "No cluster is running." */
  readonly none: string;
  /** Further conditions. */
  readonly fits?: ((cluster: Cluster) => boolean) | undefined;
}

/**
 * The cluster to work on: the only one in the right state, or the one that the user selects.
 *
 * @returns `undefined` if there is none, or none is selected
 */
export async function pickCluster(
  model: ClustersModel,
  { title, states, none, fits = () => true }: PickRequest,
): Promise<Cluster | undefined> {
  const { problems } = await model.refresh();
  const fitting = model.clusters.filter(
    (cluster) => states.includes(cluster.state) && fits(cluster),
  );
  const [problem] = problems;
  if (fitting.length === 0 && problem !== undefined) {
    // An incomplete listing doesn't show that there is none.
    showListingProblem(problem);
    return undefined;
  }
  if (fitting.length === 0) {
    void showInformation(none, vscode.l10n.t('Launch Cluster…')).then((answer) => {
      if (answer !== undefined) void vscode.commands.executeCommand('flintrock.cluster.launch');
    });
    return undefined;
  }
  const items = fitting.map((cluster) => ({
    label: cluster.name,
    description: formatCluster(cluster, Date.now(), undefined, vscode.l10n.t),
    detail: formatPlace(cluster, vscode.l10n.t),
    cluster,
  }));
  const picked = await pickOne(items, { title, placeHolder: vscode.l10n.t('Select a cluster') });
  return picked?.cluster;
}
