import { english, type Translate } from '../../src/text/translate.ts';
import { anything } from './vscode-anything.ts';

export { TreeItem, TreeItemCollapsibleState } from './vscode-anything.ts';

/** What a user does when something is asked: takes the first choice and agrees, or leaves at once. */
export type Answers = 'agrees' | 'leaves';

/** What VS Code was asked to show, and how it answers. */
export const shown = {
  texts: [] as string[],
  answers: 'leaves' as Answers,
  translate: english,
};

function show(...texts: readonly unknown[]): void {
  for (const text of texts)
    if (typeof text === 'string') shown.texts.push(text.replaceAll(/\$\([\w~-]+\)/g, ''));
}

interface Item {
  readonly label?: string;
  readonly description?: string;
  readonly detail?: string;
}

interface Options extends Item {
  readonly title?: string;
  readonly prompt?: string;
  readonly placeHolder?: string;
  readonly openLabel?: string;
  readonly canPickMany?: boolean;
  readonly value?: string;
  readonly validateInput?: (text: string) => string | undefined;
}

function showItems(items: readonly Item[]): void {
  for (const { label, description, detail } of items) show(label, description, detail);
}

function message(text: string, ...more: readonly (string | Options)[]): Promise<unknown> {
  show(text);
  for (const one of more) show(...(typeof one === 'string' ? [one] : [one.detail]));
  const button = more.find((one) => typeof one === 'string');
  // Notifications stay; a question is answered.
  const isQuestion = more.some((one) => typeof one !== 'string');
  return Promise.resolve(shown.answers === 'agrees' && isQuestion ? button : undefined);
}

/** A list or an input that is built step by step. */
class QuickInput {
  title = '';
  placeholder = '';
  prompt = '';
  value = '';
  validationMessage = '';
  items: readonly Item[] = [];
  activeItems: readonly Item[] = [];
  selectedItems: readonly Item[] = [];
  #accept: () => void = () => undefined;
  #hide: () => void = () => undefined;
  readonly onDidTriggerButton = () => undefined;
  readonly onDidChangeValue = () => undefined;

  onDidAccept(accept: () => void): void {
    this.#accept = accept;
  }

  onDidHide(hide: () => void): void {
    this.#hide = hide;
  }

  show(): void {
    setTimeout(() => {
      show(this.title, this.placeholder, this.prompt);
      showItems(this.items);
      this.selectedItems = this.items.slice(0, 1);
      if (shown.answers === 'agrees') this.#accept();
      this.#hide();
    }, 1);
  }

  dispose(): void {
    return;
  }
}

export const l10n = {
  t: ((...args) => shown.translate(...args)) satisfies Translate,
  bundle: undefined as Readonly<Record<string, string>> | undefined,
};

export const window = {
  showInformationMessage: message,
  showWarningMessage: message,
  showErrorMessage: message,
  setStatusBarMessage: (text: string) => {
    show(text);
  },
  withProgress: (
    options: Options,
    work: (progress: object, token: object) => Promise<unknown>,
  ): Promise<unknown> => {
    show(options.title);
    return work({ report: (one: { message: string }) => show(one.message) }, anything as object);
  },
  showQuickPick: (items: readonly Item[], options: Options): Promise<unknown> => {
    show(options.title, options.placeHolder);
    showItems(items);
    const picked = options.canPickMany === true ? items.slice(0, 1) : items[0];
    return Promise.resolve(shown.answers === 'agrees' ? picked : undefined);
  },
  showInputBox: (options: Options): Promise<string | undefined> => {
    show(options.title, options.prompt, options.placeHolder);
    for (const wrong of ['', '*', '999999', 'demo']) show(options.validateInput?.(wrong));
    const value = options.value === undefined || options.value === '' ? '1 h' : options.value;
    return Promise.resolve(shown.answers === 'agrees' ? value : undefined);
  },
  showOpenDialog: (options: Options & { readonly filters?: object }): Promise<unknown> => {
    show(options.title, options.openLabel, ...Object.keys(options.filters ?? {}));
    const chosen = [{ fsPath: '/home/user/job.py', scheme: 'file' }];
    return Promise.resolve(shown.answers === 'agrees' ? chosen : undefined);
  },
  createQuickPick: () => new QuickInput(),
  createInputBox: () => new QuickInput(),
  createTerminal: (options: { readonly name: string }): unknown => {
    show(options.name);
    return anything;
  },
  createWebviewPanel: (_: string, title: string): unknown => {
    show(title);
    return anything;
  },
  onDidCloseTerminal: () => anything,
  onDidChangeActiveTextEditor: () => anything,
  onDidChangeWindowState: (listener: (state: { readonly focused: boolean }) => void) =>
    windowState.event(listener),
  showTextDocument: () => Promise.resolve(),
  activeTextEditor: undefined,
};

export class EventEmitter<T> {
  readonly #listeners = new Set<(what: T) => void>();
  readonly event = (listener: (what: T) => void) => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };
  fire(what: T): void {
    for (const listener of this.#listeners) listener(what);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

export class Disposable {
  readonly dispose: () => unknown;
  constructor(dispose: () => unknown) {
    this.dispose = dispose;
  }
  static from(...all: readonly { dispose: () => unknown }[]): Disposable {
    return new Disposable(() => all.map((one) => one.dispose()));
  }
}

/** Tells that the user came to the window, or left it. */
export const windowState = new EventEmitter<{ readonly focused: boolean }>();

export class MarkdownString {
  constructor(readonly value: string) {}
}

export class TerminalLink {
  constructor(
    readonly startIndex: number,
    readonly length: number,
    readonly tooltip?: string,
  ) {}
}

export class ThemeIcon {
  constructor(readonly id: string) {}
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class WorkspaceEdit {
  createFile(): void {
    return;
  }
}

export const commands = {
  handlers: new Map<string, (...args: readonly unknown[]) => Promise<unknown>>(),
  registerCommand: (id: string, handler: (...args: readonly unknown[]) => Promise<unknown>) => {
    commands.handlers.set(id, handler);
    return anything;
  },
  executeCommand: () => Promise.resolve(),
};

export const workspace = {
  isTrusted: true,
  textDocuments: [],
  workspaceFolders: undefined,
  getWorkspaceFolder: () => undefined,
  asRelativePath: (path: unknown) => String(path),
  getConfiguration: () => ({
    get: (_: string, otherwise: unknown) => otherwise,
    update: () => Promise.resolve(),
  }),
  onDidChangeConfiguration: () => anything,
  onDidGrantWorkspaceTrust: () => anything,
  registerTextDocumentContentProvider: () => anything,
  applyEdit: () => Promise.resolve(true),
  fs: { createDirectory: () => Promise.resolve() },
};

export const extensions = { getExtension: () => undefined };
export const [env, Uri, ConfigurationTarget] = Array<unknown>(3).fill(anything);

/** As VS Code's. */
export class McpStdioServerDefinition {
  cwd: unknown;
  constructor(
    readonly label: string,
    readonly command: string,
    readonly args: readonly string[],
    readonly env: Readonly<Record<string, string | number | null>>,
    readonly version: string,
  ) {}
}

interface McpProvider {
  readonly provideMcpServerDefinitions: () => Promise<McpStdioServerDefinition[]>;
}

export const lm = {
  providers: new Map<string, McpProvider>(),
  registerTool: () => anything,
  /** An editor that has no such thing has it not. */
  registerMcpServerDefinitionProvider: ((id, provider) => {
    lm.providers.set(id, provider);
    return anything;
  }) as ((id: string, provider: McpProvider) => unknown) | undefined,
};
export const [StatusBarAlignment, ProgressLocation, ViewColumn, QuickInputButtons] =
  Array<unknown>(4).fill(anything);
