import * as vscode from 'vscode';
import { isTrusted } from '../trust.ts';
import { pickOne, showInformation } from '../ui/window.ts';

/**
 * The folder to attach: the only one, or the one that the user selects. Where none can be, it is said why, and what to do.
 *
 * @param isElsewhere whether terminals and notebooks run on another machine than this extension
 */
export async function attachableFolder(
  isElsewhere: boolean,
): Promise<vscode.WorkspaceFolder | undefined> {
  if (isElsewhere) {
    const settings = vscode.l10n.t('Open Settings');
    const answer = await showInformation(
      vscode.l10n.t(
        'Terminals and notebooks of this window run on another machine, where this connection doesn’t exist. Add "flintrock.flintrock": ["workspace"] to the setting remote.extensionKind and reload the window, or open a local folder.',
      ),
      settings,
    );
    if (answer === settings)
      await vscode.commands.executeCommand('workbench.action.openSettings', 'remote.extensionKind');
    return undefined;
  }
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(
    ({ uri }) => uri.scheme === 'file',
  );
  const folder = await pickFolder(folders, vscode.l10n.t('Select the folder to attach'));
  if (folder === undefined) {
    if (folders.length > 0) return undefined;
    const open = vscode.l10n.t('Open Folder…');
    void showInformation(
      vscode.l10n.t('Open a local folder to attach a cluster to it.'),
      open,
    ).then((answer) => {
      if (answer === open) void vscode.commands.executeCommand('vscode.openFolder');
    });
    return undefined;
  }
  return isTrusted(folder.uri) ? folder : undefined;
}

/** The only one of several folders, the active editor's, or the one that the user selects. */
export async function pickFolder(
  folders: readonly vscode.WorkspaceFolder[],
  title: string,
): Promise<vscode.WorkspaceFolder | undefined> {
  if (folders.length < 2) return folders[0];
  const picked = await pickOne(
    folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, folder })),
    { title },
  );
  return picked?.folder;
}
