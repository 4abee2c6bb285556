import * as vscode from 'vscode';
import { formatJobEnd } from '../../text/engine/jobs.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import type { JobOfCluster } from '../clusters/job-argument.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { OutputTerminal } from './output-terminal.ts';
import { showJobEvent } from './show-job-event.ts';

/** Shows a job's output in a terminal, from its first byte, until the job ends; to close the terminal leaves the job running. */
export async function followJob(
  services: ExtensionServices,
  { cluster, job }: JobOfCluster,
): Promise<void> {
  const name = job.command || job.id;
  const doing = vscode.l10n.t('Following {0} on "{1}"', job.id, cluster.name);
  const terminal = OutputTerminal.show(vscode.l10n.t('{0} on {1}', name, cluster.name));
  terminal.write(`${vscode.l10n.t('{0} on {1}', name, cluster.name)} · ${job.id}\n`, 'grey');
  const outcome = await services.operations.run({
    ref: refOf(cluster),
    verb: 'submit',
    title: doing,
    location: 'elsewhere',
    onStart: (cancel) => void terminal.onDidInterrupt(cancel),
    onEvent: (event) => showJobEvent(terminal, event),
    work: (engine, options) =>
      engine.jobLog(job.id, { ...options, cluster: cluster.name, follow: true }),
  });
  services.jobs.refresh(cluster);
  if (!outcome.ok) {
    terminal.fail(outcome.error);
    if (outcome.error.code !== 'ABORTED') showFailure(doing, outcome.error);
    return;
  }
  const { state } = outcome.value.job;
  terminal.end(
    formatJobEnd(outcome.value.job, vscode.l10n.t),
    state === 'succeeded' ? 'green' : state === 'canceled' ? 'grey' : 'red',
  );
}
