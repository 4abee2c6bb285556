import * as vscode from 'vscode';
import { pickFolder } from '../attach/attachable-folder.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showBriefly, showInformation } from '../ui/window.ts';

/** Detach: takes back all that attaching did. */
export async function detachCluster({ attachments }: ExtensionServices): Promise<void> {
  const folder = await pickFolder(
    attachments.all.map((one) => one.folder),
    vscode.l10n.t('Select the folder to detach'),
  );
  const attached = folder === undefined ? undefined : attachments.of(folder.uri);
  if (folder === undefined || attached === undefined) {
    if (attachments.all.length === 0)
      void showInformation(vscode.l10n.t('No cluster is attached to this workspace.'));
    return;
  }
  await attachments.detach(folder);
  showBriefly(vscode.l10n.t('Detached from "{0}"', attached.ref.name), 'debug-disconnect');
}
