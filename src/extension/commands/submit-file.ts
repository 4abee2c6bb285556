import { basename } from 'node:path';
import * as vscode from 'vscode';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { taskType } from '../tasks/job-definition.ts';
import { jobExtensions } from '../tasks/job-file.ts';
import { startJob } from '../tasks/job-tasks.ts';
import { isTrusted } from '../trust.ts';
import { splitArguments } from '../ui/split-arguments.ts';
import { askForText, chooseFile } from '../ui/window.ts';

/** The file of the Explorer that a command was called on. */
function fileOf(argument: unknown): vscode.Uri | undefined {
  if (argument == null || !(argument instanceof vscode.Uri)) return undefined;
  return argument.scheme === 'file' ? argument : undefined;
}

/** Submit File…, of a cluster, and Submit to Spark Cluster…, of a file in the Explorer. */
export async function submitFile(services: ExtensionServices, argument: unknown): Promise<void> {
  const given = fileOf(argument);
  const title = vscode.l10n.t('Select a cluster to submit to');
  const cluster =
    given === undefined
      ? await requireCluster(services, argument, {
          title,
          states: usableStates,
          none: vscode.l10n.t('No cluster is running.'),
        })
      : await services.target.require(undefined, title);
  if (cluster === undefined) return;
  const file =
    given ??
    (await chooseFile({
      title: vscode.l10n.t('Submit to "{0}"', cluster.name),
      openLabel: vscode.l10n.t('Submit'),
      filters: { [vscode.l10n.t('Spark jobs')]: [...jobExtensions] },
    }));
  if (file === undefined || !isTrusted(file)) return;
  const args = await askForText({
    title: vscode.l10n.t('Submit {0} to "{1}"', basename(file.fsPath), cluster.name),
    prompt: vscode.l10n.t('Arguments (optional; quote values with spaces)'),
  });
  if (args !== undefined)
    await startJob(services, cluster, {
      type: taskType,
      file: file.fsPath,
      cluster: cluster.name,
      args: splitArguments(args),
    });
}
