import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { showInformation, showWarning } from '../ui/window.ts';
import { type Attachment, isAttachedTo } from './attachment.ts';
import { tellNewServer } from './connection-news.ts';
import { addConnectionToEnvFile, envFileOf, makeKernel } from './files/make-files.ts';

/** Attaches a folder to a cluster, and says what that means. */
export async function attach(
  services: ExtensionServices,
  folder: vscode.WorkspaceFolder,
  cluster: Cluster,
): Promise<void> {
  const { attachments } = services;
  const before = attachments.of(folder.uri);
  const ref = refOf(cluster);
  if (before?.state === 'connected' && isAttachedTo(before, ref)) {
    // What was missing for notebooks may be there now.
    void welcome(services, before);
    return;
  }
  const outcome = await attachments.attach(folder, ref);
  if (!outcome.ok) {
    showFailure(vscode.l10n.t('Attaching "{0}"', cluster.name), outcome.error);
    return;
  }
  // Sessions of before are the other cluster's: better heard now than found out.
  if (before !== undefined) tellNewServer(cluster.name);
  else void welcome(services, outcome.value);
  if (services.engines.places.env['MASTER'] !== undefined)
    void showWarning(
      vscode.l10n.t(
        'The environment variable MASTER is set: Spark clients refuse it together with SPARK_REMOTE. Unset it, and restart VS Code.',
      ),
    );
}

/** Says where the cluster can be used from now on, and offers the one place that is the user's. */
async function welcome(services: ExtensionServices, attachment: Attachment): Promise<void> {
  const { folder, ref } = attachment;
  const kernel = await makeKernel(services, attachment);
  const file = basename(envFileOf(services, folder));
  const add = vscode.l10n.t('Add to {0}', file);
  const uses =
    'title' in kernel
      ? vscode.l10n.t(
          'New terminals, debugging and the notebook kernel "{0}" use the Spark cluster "{1}".',
          kernel.title,
          ref.name,
        )
      : vscode.l10n.t('New terminals and debugging use the Spark cluster "{0}".', ref.name);
  if ('missing' in kernel) void showInformation(kernel.missing);
  if ((await showInformation(uses, add)) === add)
    await addConnectionToEnvFile(services, attachment);
}
