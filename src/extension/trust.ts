import * as vscode from 'vscode';
import { showWarning } from './ui/window.ts';

/** Whether what a file says may be carried out: it is of a trusted folder, or of none. Otherwise the user is told, and can change it. */
export function isTrusted(uri: vscode.Uri): boolean {
  if (vscode.workspace.isTrusted || vscode.workspace.getWorkspaceFolder(uri) === undefined)
    return true;
  const manage = vscode.l10n.t('Manage Workspace Trust');
  void showWarning(vscode.l10n.t('This command requires a trusted workspace.'), manage).then(
    (answer) => {
      if (answer === manage) void vscode.commands.executeCommand('workbench.trust.manage');
    },
  );
  return false;
}
