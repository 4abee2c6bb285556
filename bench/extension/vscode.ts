// Stands in for VS Code's interface where only our own time counts: whatever is asked of it is there, and does nothing.
// A class: what is no constructor can't be made one.
// eslint-disable-next-line @typescript-eslint/no-extraneous-class
class Anything {}
const anything: unknown = new Proxy(Anything, {
  get: (_, name): unknown => {
    if (name === Symbol.toPrimitive) return () => '';
    return name === 'then' ? undefined : anything;
  },
  apply: () => anything,
  construct: () => ({}),
});

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

/** As VS Code's. */
export class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState: number,
  ) {}
}

export const [window, workspace, commands, lm, extensions, l10n] = Array<unknown>(6).fill(anything);
export const [Uri, Disposable, ThemeIcon, ThemeColor] = Array<unknown>(4).fill(anything);
export const [StatusBarAlignment, ProgressLocation, ViewColumn, QuickInputButtons] =
  Array<unknown>(4).fill(anything);
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
