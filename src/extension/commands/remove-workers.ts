import * as vscode from 'vscode';
import { formatCount } from '../../text/counts.ts';
import { removeQuestion } from '../../text/engine/change-questions.ts';
import { remedyOf, requireCluster } from '../clusters/cluster-argument.ts';
import { runVerb } from '../clusters/run-verb.ts';
import { withApplications } from '../clusters/running-applications.ts';
import { askCount, canResize } from '../clusters/worker-count.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { ask } from '../ui/window.ts';

/** Remove Workers…: the newest, when nothing runs on them any more. */
export async function removeWorkers(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to remove workers from'),
    states: ['running', 'degraded'],
    none: vscode.l10n.t('No running cluster has workers that can be removed.'),
    fits: (one) => canResize(one) && one.workers.length > 0,
  });
  if (cluster === undefined) return;
  const remedy = remedyOf(argument, 'removeWorkers');
  const number =
    remedy?.count ??
    (await askCount(
      vscode.l10n.t('Remove workers from "{0}"', cluster.name),
      vscode.l10n.t(
        'Number of workers to remove, newest first (currently {0})',
        cluster.workers.length,
      ),
      cluster.workers.length,
    ));
  if (number === undefined) return;
  const [asked = cluster] = await withApplications(services, [cluster]);
  const question = removeQuestion(asked, number, vscode.l10n.t);
  if ((await ask(question, vscode.l10n.t('Remove Workers'))) === undefined) return;
  const doing = vscode.l10n.t(
    'Removing {0} from "{1}"',
    formatCount(number, 'worker', vscode.l10n.t),
    cluster.name,
  );
  await runVerb(services, cluster, {
    verb: 'removeWorkers',
    doing,
    work: (engine, options) =>
      engine.removeWorkers(cluster.name, number, {
        ...options,
        drainSeconds: remedy?.drainSeconds,
        takeOver: remedy?.takeOver,
      }),
  });
}
