import { basename } from 'node:path';
import * as vscode from 'vscode';
import { runConnected } from '../attach/running/run-connected.ts';
import { requireCluster, usableStates } from '../clusters/cluster-argument.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { submit } from '../terminals/submit-job.ts';
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
  const attachment = services.attachments.of(uri) ?? services.attachments.current;
  if (uri.fsPath.endsWith('.sql')) {
    if (attachment === undefined) offerAttach();
    else await runConnected(services, attachment, uri.fsPath);
    return;
  }
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
      await runConnected(services, attachment, uri.fsPath);
      return;
    }
  }
  const cluster = await requireCluster(services, undefined, {
    title: vscode.l10n.t('Run {0} on a cluster', name),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster !== undefined) await submit(services, cluster, uri.fsPath, []);
}

/** Says that a cluster has to be attached first. */
export function offerAttach(): void {
  const attach = vscode.l10n.t('Attach…');
  void showInformation(vscode.l10n.t('Attach a cluster to this workspace first.'), attach).then(
    (answer) => {
      if (answer === attach) void vscode.commands.executeCommand('flintrock.cluster.attach');
    },
  );
}
