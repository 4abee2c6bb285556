import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { formatCount } from '../../text/counts.ts';
import { ask } from '../ui/window.ts';
import { removeQuestion } from '../ui/questions.ts';
import { runVerb } from '../clusters/run-verb.ts';
import { withApplications } from '../clusters/running-applications.ts';
import { remedyOf, requireTarget } from '../clusters/cluster-argument.ts';
import { canResize, askCount } from '../clusters/worker-count.ts';

/** Remove Workers: the newest, when nothing runs on them any more. */
export async function removeWorkers(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireTarget(services, argument, {
    title: vscode.l10n.t('Remove workers of a cluster'),
    states: ['running', 'degraded'],
    none: vscode.l10n.t('No cluster that can shrink is running.'),
    fits: (one) => canResize(one) && one.workers.length > 0,
  });
  if (cluster === undefined) return;
  const remedy = remedyOf(argument, 'removeWorkers');
  const number =
    remedy?.count ??
    (await askCount(
      `Remove workers of "${cluster.name}"`,
      `It has ${formatCount(cluster.workers.length, 'worker', vscode.l10n.t)}. How many of the newest leave?`,
      cluster.workers.length,
    ));
  if (number === undefined) return;
  const [asked = cluster] = await withApplications(services, [cluster]);
  const question = removeQuestion(asked, number, vscode.l10n.t);
  if ((await ask(question, vscode.l10n.t('Remove Workers'))) === undefined) return;
  const doing = vscode.l10n.t(
    'Removing {0} of "{1}"',
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
      }),
  });
}
