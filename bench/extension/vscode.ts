// Stands in for VS Code's interface where only our own time counts: whatever is asked of it is there, and does nothing.
import { anything } from '../../test/helpers/vscode-anything.ts';

export { TreeItem, TreeItemCollapsibleState } from '../../test/helpers/vscode-anything.ts';

/** As VS Code's, but nobody hears of it. */
export class EventEmitter {
  readonly event = () => ({ dispose: () => undefined });
  fire(): void {
    return;
  }
  dispose(): void {
    return;
  }
}

export const [window, workspace, commands, lm, extensions, l10n] = Array<unknown>(6).fill(anything);
export const [Uri, Disposable, ThemeIcon, ThemeColor] = Array<unknown>(4).fill(anything);
export const [StatusBarAlignment, ProgressLocation, ViewColumn, QuickInputButtons] =
  Array<unknown>(4).fill(anything);
