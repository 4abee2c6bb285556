import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { JobToSubmit } from '../../engine/jobs/job-to-submit.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import { formatJobFailure } from '../../text/engine/jobs.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import type { OutputTerminal } from '../terminals/output-terminal.ts';
import { showJobEvent } from '../terminals/show-job-event.ts';
import { showFailure } from '../ui/failure.ts';

/** Runs a job on a cluster, its output in a terminal, which ends as the job does. */
export async function runJob(
  services: ExtensionServices,
  cluster: Cluster,
  job: JobToSubmit,
  terminal: OutputTerminal,
): Promise<void> {
  const name = basename(job.file);
  const doing = vscode.l10n.t('Running {0} on "{1}"', name, cluster.name);
  const line = [name, ...(job.args ?? [])].join(' ');
  terminal.write(`${vscode.l10n.t('{0} on {1}', line, cluster.name)}\n`, 'grey');
  const outcome = await services.operations.run({
    ref: refOf(cluster),
    verb: 'submit',
    title: doing,
    location: 'elsewhere',
    onStart: (cancel) => void terminal.onDidInterrupt(cancel),
    onEvent: (event) => {
      showJobEvent(terminal, event);
      if (event.code === 'job.started') services.jobs.refresh(cluster);
    },
    work: (engine, options) => engine.submit(cluster.name, job, options),
  });
  services.jobs.refresh(cluster);
  if (!outcome.ok) {
    terminal.fail(outcome.error);
    showFailure(doing, outcome.error);
    return;
  }
  const { exitCode, job: id, seconds, state, failure } = outcome.value;
  if (exitCode === null)
    terminal.end(vscode.l10n.t('{0} is still running on "{1}"', id, cluster.name), 'grey', 0);
  else if (state === 'canceled') terminal.end(vscode.l10n.t('Canceled'), 'grey', exitCode);
  else if (exitCode === 0)
    terminal.end(
      vscode.l10n.t('Completed in {0}', formatMeasuredDuration(seconds)),
      'green',
      exitCode,
    );
  else {
    if (failure !== null) terminal.write(`\n${formatJobFailure(failure)}\n`, 'red');
    terminal.end(
      vscode.l10n.t('Failed with exit code {0} ({1})', exitCode, formatMeasuredDuration(seconds)),
      'red',
      exitCode,
    );
  }
}
