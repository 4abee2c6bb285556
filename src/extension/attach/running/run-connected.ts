import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionServices } from '../../extension-services.ts';
import { openTerminal, runTask, showWarning } from '../../ui/window.ts';
import type { Attachment } from '../attachment.ts';
import { findInterpreter } from './interpreter.ts';
import { replText } from './repl-text.ts';

/** Runs a Python or SQL file of an attached folder on this machine: what it asks Spark for is done by the cluster. */
export async function runConnected(
  services: ExtensionServices,
  attachment: Attachment,
  file: string,
): Promise<void> {
  const python = await requireInterpreter(attachment);
  if (python === undefined) return;
  if (file.endsWith('.py') && /^[^#\n]*\.master\s*\(/m.test(await readFile(file, 'utf8'))) {
    const run = vscode.l10n.t('Run Anyway');
    const text = vscode.l10n.t(
      '{0} calls .master(…), which Spark refuses in an attached workspace. Remove the call to use "{1}".',
      basename(file),
      attachment.ref.name,
    );
    if ((await showWarning(text, run)) !== run) return;
  }
  await runTask({
    name: vscode.l10n.t('{0} on {1}', basename(file), attachment.ref.name),
    folder: attachment.folder,
    program: python,
    args: [services.connectedScript, file],
    cwd: file.endsWith('.py') ? attachment.folder.uri.fsPath : dirname(file),
    env: attachment.environment,
  });
}

/** Prompts of Python, by folder. */
const prompts = new Map<string, vscode.Terminal>();

/** Runs lines in a Python prompt that uses the cluster of an attached folder; the prompt stays for more. */
export async function runInPrompt(attachment: Attachment, selection: string): Promise<void> {
  const key = attachment.folder.uri.toString();
  let prompt = prompts.get(key);
  if (prompt === undefined || prompt.exitStatus !== undefined) {
    const python = await requireInterpreter(attachment);
    if (python === undefined) return;
    prompt = openTerminal({
      name: vscode.l10n.t('Python on {0}', attachment.ref.name),
      iconPath: new vscode.ThemeIcon('plug'),
      shellPath: python,
      shellArgs: ['-i'],
      cwd: attachment.folder.uri,
      // The prompt of Python 3.13 indents by itself what comes indented already.
      env: { ...attachment.environment, PYTHON_BASIC_REPL: '1', MASTER: null },
      isTransient: true,
    });
    prompts.set(key, prompt);
  }
  prompt.show(true);
  prompt.sendText(replText(selection));
}

async function requireInterpreter({ folder }: Attachment): Promise<string | undefined> {
  const python = await findInterpreter(folder);
  if (python === undefined)
    void showWarning(
      vscode.l10n.t(
        'No Python environment was found in "{0}". Create one in .venv, or select an interpreter.',
        folder.name,
      ),
    );
  return python;
}
