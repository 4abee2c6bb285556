import { basename } from 'node:path';
import * as vscode from 'vscode';
import { requireCluster, usableStates } from '../clusters/cluster-argument.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { submit } from '../terminals/submit-job.ts';
import { isTrusted } from '../trust.ts';
import { splitArguments } from '../ui/split-arguments.ts';
import { askForText, chooseFile } from '../ui/window.ts';

/** What can be submitted, by the ends of names. */
const jobFiles = ['py', 'jar', 'sql', 'ipynb', 'R', 'r'];

/** The file of the Explorer that a command was called on. */
function fileOf(argument: unknown): vscode.Uri | undefined {
  if (argument == null || !(argument instanceof vscode.Uri)) return undefined;
  return argument.scheme === 'file' ? argument : undefined;
}

/** Submit File…, of a cluster, and Submit to Spark Cluster…, of a file in the Explorer. */
export async function submitFile(services: ExtensionServices, argument: unknown): Promise<void> {
  const given = fileOf(argument);
  const cluster = await requireCluster(services, given === undefined ? argument : undefined, {
    title: vscode.l10n.t('Select a cluster to submit to'),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const file =
    given ??
    (await chooseFile({
      title: vscode.l10n.t('Submit to "{0}"', cluster.name),
      openLabel: vscode.l10n.t('Submit'),
      filters: { [vscode.l10n.t('Spark jobs')]: jobFiles },
    }));
  if (file === undefined || !isTrusted(file)) return;
  const args = await askForText({
    title: vscode.l10n.t('Submit {0} to "{1}"', basename(file.fsPath), cluster.name),
    prompt: vscode.l10n.t('Arguments (optional; quote values with spaces)'),
  });
  if (args !== undefined) await submit(services, cluster, file.fsPath, splitArguments(args));
}
