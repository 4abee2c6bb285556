import * as vscode from 'vscode';
import { refOf } from '../clusters/cluster-ref.ts';
import { requireJob } from '../clusters/job-argument.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { ask, showInformation } from '../ui/window.ts';

/** Cancel Job: whoever submitted it; it may have worked for hours, so the user is asked. */
export async function cancelJob(services: ExtensionServices, argument: unknown): Promise<void> {
  const found = await requireJob(services, argument, {
    title: vscode.l10n.t('Select a job to cancel'),
    none: vscode.l10n.t('No job is running.'),
    only: ({ state }) => state === 'running',
  });
  if (found === undefined) return;
  const { cluster, job } = found;
  const title = vscode.l10n.t('Canceling {0}', job.id);
  const cancel = vscode.l10n.t('Cancel Job');
  const question = vscode.l10n.t('Cancel {0} on "{1}"?', job.command || job.id, cluster.name);
  if ((await ask({ text: question }, cancel)) !== cancel) return;
  const outcome = await services.operations.run({
    ref: refOf(cluster),
    verb: 'submit',
    title,
    location: 'window',
    work: (engine, options) => engine.cancelJob(job.id, { ...options, cluster: cluster.name }),
  });
  services.jobs.refresh(cluster);
  if (!outcome.ok) showFailure(title, outcome.error);
  else if (!outcome.value.canceled)
    showInformation(vscode.l10n.t('{0} had already ended.', job.id));
}
