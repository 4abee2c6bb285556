import * as vscode from 'vscode';
import { requireCluster, treeItem } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { explainApplication } from '../history/explain-application.ts';

/** Explain Application: that of a job in the tree, else the newest one of a cluster. */
export async function explainApplicationOf(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const item = treeItem(argument);
  if (item?.kind === 'job') {
    await explainApplication(services, refOf(item.cluster), item.job.id);
    return;
  }
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster whose application to explain'),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster !== undefined) await explainApplication(services, refOf(cluster));
}
