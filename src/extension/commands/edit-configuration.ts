import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { ConfigProblem } from '../../config/problem.ts';
import type { OptionAction } from '../../model/remedy.ts';
import { configurationEditorType } from '../configuration/configuration-editor.ts';
import type { ExtensionServices } from '../extension-services.ts';

/**
 * Edit Configuration: the file in use, as a form; a commented one is written first if there is none. Called by the remedy of an
 * option, with the cursor where that stands: in the form if it is open, else in the text. Called by an error, the text of that file
 * with the cursor at the problem.
 */
export async function editConfiguration(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  if (isProblemInFile(argument)) {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(argument.file));
    await showText(document, argument.line, argument.column ?? 1);
    return;
  }
  const uri = await requireFile(services);
  if (isOptionAction(argument)) await showOption(services, uri, argument.option);
  else await vscode.commands.executeCommand('vscode.openWith', uri, configurationEditorType);
}

async function requireFile({ engines }: ExtensionServices): Promise<vscode.Uri> {
  const { userConfigFile, buildTemplate } = await engines.configuration();
  const found = await engines.configFile();
  if (found !== undefined) return vscode.Uri.file(found);
  const file = userConfigFile(engines.places);
  const uri = vscode.Uri.file(file);
  await vscode.workspace.fs.createDirectory(vscode.Uri.file(dirname(file)));
  const edit = new vscode.WorkspaceEdit();
  // Never over a file that came to be meanwhile.
  edit.createFile(uri, {
    ignoreIfExists: true,
    contents: new TextEncoder().encode(buildTemplate()),
  });
  await vscode.workspace.applyEdit(edit);
  return uri;
}

async function showOption(
  { engines, forms }: ExtensionServices,
  uri: vscode.Uri,
  key: string,
): Promise<void> {
  const { fieldOfKey, locateOption } = await engines.configuration();
  const document = await vscode.workspace.openTextDocument(uri);
  const text = { text: document.getText(), file: uri.fsPath };
  const form = forms.of(uri);
  const field = form && fieldOfKey(text, engines.places, key);
  if (form !== undefined && field !== undefined) {
    form.focus(field);
    return;
  }
  const { line, column } = locateOption(text.text, key);
  await showText(document, line, column);
}

/** Shows a text with the cursor at a line and a column, both 1-based. */
async function showText(
  document: vscode.TextDocument,
  line: number,
  column: number,
): Promise<void> {
  const position = new vscode.Position(line - 1, column - 1);
  await vscode.window.showTextDocument(document, {
    selection: new vscode.Range(position, position),
  });
}

function isOptionAction(argument: unknown): argument is OptionAction {
  return (
    typeof argument === 'object' &&
    argument !== null &&
    'option' in argument &&
    typeof argument.option === 'string'
  );
}

/** A problem that stands at a place in a file. */
type ProblemInFile = ConfigProblem & { readonly file: string; readonly line: number };

function isProblemInFile(argument: unknown): argument is ProblemInFile {
  return (
    typeof argument === 'object' &&
    argument !== null &&
    'file' in argument &&
    typeof argument.file === 'string' &&
    'line' in argument &&
    typeof argument.line === 'number'
  );
}
