import * as vscode from 'vscode';
import { clusterStates } from '../../model/cluster/cluster.ts';
import { destroyQuestion } from '../../text/engine/change-questions.ts';
import { requireClusters } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { withApplications } from '../clusters/running-applications.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { ask, showInformation } from '../ui/window.ts';

/** Destroy Cluster…: after a question with names, counts and price. */
export async function destroyClusters(
  services: ExtensionServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const clusters = await requireClusters(services, argument, selected, {
    title: vscode.l10n.t('Select a cluster to destroy'),
    states: clusterStates,
    none: vscode.l10n.t('No clusters found.'),
  });
  if (clusters.length === 0) return;
  const question = destroyQuestion(await withApplications(services, clusters), vscode.l10n.t);
  if ((await ask(question, vscode.l10n.t('Destroy'))) === undefined) return;
  await Promise.all(
    clusters.map(async (cluster) => {
      const doing = vscode.l10n.t('Destroying "{0}"', cluster.name);
      const outcome = await services.operations.run({
        ref: refOf(cluster),
        verb: 'destroy',
        title: doing,
        work: (engine, options) => {
          void services.model.refresh();
          return engine.destroy(cluster.name, options);
        },
      });
      if (!outcome.ok)
        showFailure(doing, outcome.error, {
          title: vscode.l10n.t('Retry'),
          run: () => vscode.commands.executeCommand('flintrock.cluster.destroy', cluster.name),
        });
      else if (outcome.value.history !== null) offerHistory(cluster.name);
    }),
  );
  await services.model.refresh();
}

/** Says that what ran on a cluster can still be looked at. */
function offerHistory(name: string): void {
  const show = vscode.l10n.t('Show Saved History');
  const text = vscode.l10n.t('The event logs of "{0}" were saved on this machine.', name);
  void showInformation(text, show).then((answer) => {
    if (answer === show) void vscode.commands.executeCommand('flintrock.history.showSaved');
  });
}
