import { basename } from 'node:path';
import * as vscode from 'vscode';
import { attachmentOf, runConnected } from '../attach/running/run-connected.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { taskType } from '../tasks/job-definition.ts';
import { startJob } from '../tasks/job-tasks.ts';
import { isTrusted } from '../trust.ts';
import { pickOne, showInformation } from '../ui/window.ts';

/** Run Current File on Cluster: the Python or SQL file of the active editor, saved first. */
export async function runCurrentFile(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const uri =
    argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== 'file' || !/\.(py|sql)$/.test(uri.fsPath)) {
    void showInformation(vscode.l10n.t('Open a local Python or SQL file to run it.'));
    return;
  }
  if (!isTrusted(uri)) return;
  const document = vscode.workspace.textDocuments.find(
    (one) => one.uri.toString() === uri.toString(),
  );
  if (document?.isDirty === true && !(await document.save())) return;
  const name = basename(uri.fsPath);
  if (uri.fsPath.endsWith('.sql')) {
    await runConnected(services, uri.fsPath);
    return;
  }
  const attachment = attachmentOf(services, uri.fsPath);
  if (attachment !== undefined) {
    const picked = await pickOne(
      [
        {
          icon: 'plug',
          label: vscode.l10n.t('Here, Connected'),
          description: vscode.l10n.t(
            'Python of this workspace, connected to "{0}"',
            attachment.ref.name,
          ),
          isHere: true,
        },
        {
          icon: 'server-environment',
          label: vscode.l10n.t('On the Cluster'),
          description: vscode.l10n.t('Submitted as a job'),
          isHere: false,
        },
      ],
      {
        title: vscode.l10n.t('Run {0}', name),
        placeHolder: vscode.l10n.t('Select where to run it'),
      },
    );
    if (picked === undefined) return;
    if (picked.isHere) {
      await runConnected(services, uri.fsPath);
      return;
    }
  }
  const cluster = await services.target.require(
    undefined,
    vscode.l10n.t('Run {0} on a cluster', name),
  );
  if (cluster !== undefined)
    await startJob(services, cluster, { type: taskType, file: uri.fsPath });
}
