import { basename, isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { pickOne, showInformation } from '../ui/window.ts';
import { findFrame, type Frame } from './frame.ts';

/** So many files of one name are offered. */
const maxFiles = 20;

class FrameLink extends vscode.TerminalLink {
  readonly frame: Frame;

  constructor(found: Frame) {
    super(found.startIndex, found.length, vscode.l10n.t('Open {0}', basename(found.path)));
    this.frame = found;
  }
}

/**
 * Lines of tracebacks that name files of a job where it ran are links to the files of the workspace that they came from, in every
 * terminal. Paths of this machine are links of VS Code’s own.
 */
export function registerFrameLinks(): vscode.Disposable {
  return vscode.window.registerTerminalLinkProvider({
    provideTerminalLinks: ({ line }) => {
      const found = findFrame(line);
      return found === undefined ? [] : [new FrameLink(found)];
    },
    handleTerminalLink: ({ frame: found }: FrameLink) => openFrame(found),
  });
}

/** Opens a file of the workspace, which is named by a part of its path, at a line. */
async function openFrame({ path, lineNumber }: Pick<Frame, 'path' | 'lineNumber'>): Promise<void> {
  const files = await vscode.workspace.findFiles(`**/${path}`, undefined, maxFiles);
  const items = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  const [only, other] = items;
  if (only === undefined) {
    void showInformation(vscode.l10n.t('{0} is not in this workspace.', path));
    return;
  }
  const picked =
    other === undefined
      ? only
      : await pickOne(items, { title: vscode.l10n.t('Open {0}', basename(path)) });
  if (picked !== undefined) await openLine(picked.uri, lineNumber);
}

/**
 * Opens a line of a Python file that a cluster names: one of the workspace, whatever the name says.
 *
 * @param file its path where it ran
 */
export async function openSource(file: string, lineNumber: number): Promise<void> {
  const uri = vscode.Uri.file(file);
  if (isAbsolute(file) && vscode.workspace.getWorkspaceFolder(uri) !== undefined) {
    await openLine(uri, lineNumber);
    return;
  }
  const path = findFrame(`File "${file}", line ${lineNumber}`)?.path ?? basename(file);
  if (/[*?{}[\]]/.test(path)) return;
  await openFrame({ path, lineNumber });
}

async function openLine(uri: vscode.Uri, lineNumber: number): Promise<void> {
  const at = new vscode.Position(lineNumber - 1, 0);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at) });
}
