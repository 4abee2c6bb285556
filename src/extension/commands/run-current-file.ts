import { basename } from 'node:path';
import * as vscode from 'vscode';
import { requireCluster, usableStates } from '../clusters/cluster-argument.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { submit } from '../terminals/submit-job.ts';
import { isTrusted } from '../trust.ts';
import { showInformation } from '../ui/window.ts';

/** Run Current File on Cluster: the Python file of the active editor, saved first. */
export async function runCurrentFile(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const uri =
    argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== 'file' || !uri.fsPath.endsWith('.py')) {
    void showInformation(vscode.l10n.t('Open a local Python file to run it.'));
    return;
  }
  if (!isTrusted(uri)) return;
  const document = vscode.workspace.textDocuments.find(
    (one) => one.uri.toString() === uri.toString(),
  );
  if (document?.isDirty === true && !(await document.save())) return;
  const cluster = await requireCluster(services, undefined, {
    title: vscode.l10n.t('Run {0} on a cluster', basename(uri.fsPath)),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster !== undefined) await submit(services, cluster, uri.fsPath, []);
}
