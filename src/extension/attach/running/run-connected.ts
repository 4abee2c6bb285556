import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionServices } from '../../extension-services.ts';
import { taskType } from '../../tasks/job-definition.ts';
import {
  makeTask,
  openTerminal,
  programExecution,
  type ProgramRequest,
  showInformation,
  showWarning,
} from '../../ui/window.ts';
import type { Attachment } from '../attachment.ts';
import { findInterpreter } from './interpreter.ts';
import { replText } from './repl-text.ts';

/** Runs a Python or SQL file on this machine, as a task: what it asks Spark for is done by the cluster that its folder is attached to. */
export async function runConnected(services: ExtensionServices, file: string): Promise<void> {
  const attachment = attachmentOf(services, file);
  const program = await connectedProgram(services, file);
  if (attachment === undefined || program === undefined) return;
  await vscode.tasks.executeTask(
    makeTask({
      name: vscode.l10n.t('{0} on {1}', basename(file), attachment.ref.name),
      definition: { type: taskType, file, connected: true },
      place: attachment.folder,
      execution: programExecution(program),
    }),
  );
}

/** The program that does; `undefined` where the user has been told what is missing. */
export async function connectedProgram(
  services: ExtensionServices,
  file: string,
): Promise<ProgramRequest | undefined> {
  const attachment = attachmentOf(services, file);
  if (attachment === undefined) {
    offerAttach();
    return undefined;
  }
  const python = await requireInterpreter(attachment);
  if (python === undefined) return undefined;
  if (file.endsWith('.py') && /^[^#\n]*\.master\s*\(/m.test(await readFile(file, 'utf8'))) {
    const run = vscode.l10n.t('Run Anyway');
    const text = vscode.l10n.t(
      '{0} calls .master(…), which Spark refuses in an attached workspace. Remove the call to use "{1}".',
      basename(file),
      attachment.ref.name,
    );
    if ((await showWarning(text, run)) !== run) return undefined;
  }
  return {
    program: python,
    args: [services.connectedScript, file],
    cwd: file.endsWith('.py') ? attachment.folder.uri.fsPath : dirname(file),
    env: attachment.environment,
  };
}

/** The attachment of a file's folder, else that of the window. */
export function attachmentOf(
  { attachments }: ExtensionServices,
  file: string,
): Attachment | undefined {
  return attachments.of(vscode.Uri.file(file)) ?? attachments.current;
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
