import * as vscode from 'vscode';
import { clusterStates } from '../../model/cluster/cluster.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { showFailure } from '../ui/failure.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { requireTarget } from '../clusters/cluster-argument.ts';

/** Describe: what the engine knows of a cluster, its services asked, as a document. */
export async function describeCluster(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const cluster = await requireTarget(services, argument, {
    title: vscode.l10n.t('Describe a cluster'),
    states: clusterStates,
    none: vscode.l10n.t('There is no cluster.'),
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Describing "{0}"', cluster.name);
  const outcome = await services.operations.run({
    place: refOf(cluster),
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
