import * as vscode from 'vscode';
import { stopQuestion } from '../../text/engine/change-questions.ts';
import { remedyOf, requireClusters } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { withApplications } from '../clusters/running-applications.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { ask } from '../ui/window.ts';

/** Stop Cluster: one or several, after a question. */
export async function stopClusters(
  services: ExtensionServices,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const clusters = await requireClusters(services, argument, selected, {
    title: vscode.l10n.t('Select a cluster to stop'),
    states: ['running', 'degraded', 'mixed'],
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (clusters.length === 0) return;
  const question = stopQuestion(await withApplications(services, clusters), vscode.l10n.t);
  if ((await ask(question, vscode.l10n.t('Stop'))) === undefined) return;
  await Promise.all(
    clusters.map(async (cluster) => {
      const doing = vscode.l10n.t('Stopping "{0}"', cluster.name);
      const outcome = await services.operations.run({
        ref: refOf(cluster),
        verb: 'stop',
        title: doing,
        work: (engine, options) => {
          void services.model.refresh();
          return engine.stop(cluster.name, { ...options, ...remedyOf(argument, 'stop') });
        },
      });
      if (!outcome.ok) showFailure(doing, outcome.error);
    }),
  );
  await services.model.refresh();
}
