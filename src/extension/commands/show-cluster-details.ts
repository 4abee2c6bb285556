import * as vscode from 'vscode';
import { clusterStates } from '../../model/cluster/cluster.ts';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';

/** Show Cluster Details: what the engine knows of a cluster, its services asked, as a document. */
export async function showClusterDetails(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster'),
    states: clusterStates,
    none: vscode.l10n.t('No clusters found.'),
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Loading details of "{0}"', cluster.name);
  const outcome = await services.operations.run({
    ref: refOf(cluster),
    verb: 'describe',
    title: doing,
    location: 'window',
    work: (engine, options) => engine.describe(cluster.name, options),
  });
  if (!outcome.ok) {
    showFailure(doing, outcome.error);
    return;
  }
  const content = JSON.stringify(outcome.value.clusters[0] ?? null, null, 2);
  await services.descriptions.show(cluster.name, content);
}
