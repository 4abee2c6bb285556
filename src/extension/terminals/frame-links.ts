import { basename } from 'node:path';
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

async function openFrame({ path, lineNumber }: Frame): Promise<void> {
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
  if (picked === undefined) return;
  const at = new vscode.Position(lineNumber - 1, 0);
  await vscode.window.showTextDocument(picked.uri, { selection: new vscode.Range(at, at) });
}
