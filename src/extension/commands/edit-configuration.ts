import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { configurationEditorType } from '../configuration/configuration-editor.ts';
import type { ExtensionServices } from '../extension-services.ts';

/** Edit Configuration: the file in use, as a form; a commented one is written first if there is none. */
export async function editConfiguration({ engines }: ExtensionServices): Promise<void> {
  const { userConfigFile, buildTemplate } = await engines.configuration();
  let file = await engines.configFile();
  if (file === undefined) {
    file = userConfigFile(engines.places);
    const uri = vscode.Uri.file(file);
    await vscode.workspace.fs.createDirectory(vscode.Uri.file(dirname(file)));
    const edit = new vscode.WorkspaceEdit();
    // Never over a file that came to be meanwhile.
    edit.createFile(uri, {
      ignoreIfExists: true,
      contents: new TextEncoder().encode(buildTemplate()),
    });
    await vscode.workspace.applyEdit(edit);
  }
  await vscode.commands.executeCommand(
    'vscode.openWith',
    vscode.Uri.file(file),
    configurationEditorType,
  );
}
