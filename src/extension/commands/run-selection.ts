import * as vscode from 'vscode';
import { offerAttach, runInPrompt } from '../attach/running/run-connected.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { isTrusted } from '../trust.ts';
import { showInformation } from '../ui/window.ts';

/** Run Selection in Attached Python: the selected lines, or that of the cursor. */
export async function runSelection(services: ExtensionServices): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId !== 'python') {
    void showInformation(vscode.l10n.t('Open a local Python file to run lines of it.'));
    return;
  }
  const { document, selection } = editor;
  if (!isTrusted(document.uri)) return;
  const attachment = services.attachments.of(document.uri) ?? services.attachments.current;
  if (attachment === undefined) {
    offerAttach();
    return;
  }
  const text = selection.isEmpty
    ? document.lineAt(selection.active.line).text
    : document.getText(selection);
  await runInPrompt(attachment, text);
}
