import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { formatMeasuredDuration } from '../../text/durations.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { OutputTerminal } from './output-terminal.ts';
import { showJobEvent } from './show-job-event.ts';

/** Runs a file on a cluster, its output in a terminal. */
export async function submit(
  services: ExtensionServices,
  cluster: Cluster,
  file: string,
  args: readonly string[],
): Promise<void> {
  const doing = vscode.l10n.t('Running {0} on "{1}"', basename(file), cluster.name);
  const terminal = OutputTerminal.show(vscode.l10n.t('{0} on {1}', basename(file), cluster.name));
  const line = [basename(file), ...args].join(' ');
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
    work: (engine, options) => engine.submit(cluster.name, { file, args }, options),
  });
  services.jobs.refresh(cluster);
  if (!outcome.ok) {
    terminal.fail(outcome.error);
    showFailure(doing, outcome.error);
    return;
  }
  const { exitCode, job, seconds, state } = outcome.value;
  if (exitCode === null)
    terminal.end(vscode.l10n.t('{0} is still running on "{1}"', job, cluster.name), 'grey');
  else if (state === 'canceled') terminal.end(vscode.l10n.t('Canceled'), 'grey');
  else
    terminal.end(
      exitCode === 0
        ? vscode.l10n.t('Completed in {0}', formatMeasuredDuration(seconds))
        : vscode.l10n.t(
            'Failed with exit code {0} ({1})',
            exitCode,
            formatMeasuredDuration(seconds),
          ),
      exitCode === 0 ? 'green' : 'red',
    );
}
