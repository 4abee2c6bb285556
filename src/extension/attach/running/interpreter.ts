import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import * as vscode from 'vscode';

/** What is used of the Python extension's interface (`@vscode/python-extension`). */
interface PythonExtension {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    updateActiveEnvironmentPath(path: string, resource?: vscode.WorkspaceFolder): Promise<void>;
    resolveEnvironment(environment: { readonly path: string }): Promise<
      | {
          readonly executable?: { readonly uri?: vscode.Uri | undefined };
        }
      | undefined
    >;
  };
}

/** How long a question to an interpreter may take, in milliseconds. */
const askLimitMs = 30_000;

/**
 * The Python interpreter of a trusted folder: the one that is selected in the Python extension, else that of its virtual environment,
 * else the setting `python.defaultInterpreterPath`.
 *
 * @returns an absolute path, or `undefined` if there is none
 */
export async function findInterpreter(folder: vscode.WorkspaceFolder): Promise<string | undefined> {
  const selected = await selectedInterpreter(folder).catch(() => undefined);
  if (selected !== undefined) return selected;
  const python = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const configured = vscode.workspace
    .getConfiguration('python', folder.uri)
    .get<string>('defaultInterpreterPath', '')
    .replaceAll('${workspaceFolder}', folder.uri.fsPath);
  return [
    ...['.venv', 'venv'].map((name) => join(folder.uri.fsPath, name, ...python)),
    ...(isAbsolute(configured) ? [configured] : []),
  ].find((path) => existsSync(path));
}

/**
 * The interpreter whose version of Python a new cluster gets, so that functions of clients run there.
 *
 * @param cwd folder of the workspace that the cluster is for; the first one if it is none of them
 */
export async function interpreterToFollow(cwd: string | undefined): Promise<string | undefined> {
  const { isTrusted, workspaceFolders = [] } = vscode.workspace;
  const folder = workspaceFolders.find(({ uri }) => uri.fsPath === cwd) ?? workspaceFolders[0];
  return folder === undefined || !isTrusted ? undefined : findInterpreter(folder);
}

async function selectedInterpreter(folder: vscode.WorkspaceFolder): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>('ms-python.python');
  const { environments } = (await extension?.activate()) ?? {};
  if (environments === undefined) return undefined;
  const active = environments.getActiveEnvironmentPath(folder.uri);
  const resolved = await environments.resolveEnvironment(active);
  return resolved?.executable?.uri?.fsPath;
}

/**
 * Makes an interpreter the one of a trusted folder, in the Python extension.
 *
 * @returns whether it did: `false` where that extension isn't, or refuses; `.venv` is found without it
 */
export async function selectInterpreter(
  folder: vscode.WorkspaceFolder,
  python: string,
): Promise<boolean> {
  try {
    const extension = vscode.extensions.getExtension<PythonExtension>('ms-python.python');
    const { environments } = (await extension?.activate()) ?? {};
    if (environments === undefined) return false;
    await environments.updateActiveEnvironmentPath(python, folder);
    return true;
  } catch {
    return false;
  }
}

/** Whether an interpreter has a module. */
export function hasModule(python: string, module: string): Promise<boolean> {
  const program =
    'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)';
  return new Promise((resolve) => {
    // Isolated: a module of this name in the current folder isn't it.
    execFile(python, ['-I', '-c', program, module], { timeout: askLimitMs }, (error) =>
      resolve(error === null),
    );
  });
}
