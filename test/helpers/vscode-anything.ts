// What every stand-in for VS Code's interface is made of.

// A class: what is no constructor can't be made one.
// eslint-disable-next-line @typescript-eslint/no-extraneous-class
class Anything {}

/** Whatever is asked of it is there, and does nothing. */
export const anything: unknown = new Proxy(Anything, {
  get: (_, name): unknown => {
    if (name === Symbol.toPrimitive) return () => '';
    return name === 'then' ? undefined : anything;
  },
  apply: () => anything,
  construct: () => ({}),
});

/** As VS Code's. */
export class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState: number,
  ) {}
}

/** As VS Code's. */
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
