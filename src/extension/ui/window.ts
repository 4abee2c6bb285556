// The door for texts: every text that VS Code shows outside of pages and documents passes here, and comes out without links, icons and
// control characters that others wrote. ESLint refuses these calls everywhere else in `extension/`.
import * as vscode from 'vscode';
import { hoverMarkdown, type HoverText, labelText, messageText } from './plain.ts';

/** Shows a success, or that there was nothing to do; gives the button that was clicked. */
export function showInformation(
  text: string,
  ...buttons: readonly string[]
): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(messageText(text), ...buttons);
}

/** Shows a warning; gives the button that was clicked. */
export function showWarning(
  text: string,
  ...buttons: readonly string[]
): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(messageText(text), ...buttons);
}

/** Shows an error; gives the button that was clicked. */
export function showError(
  text: string,
  ...buttons: readonly string[]
): Thenable<string | undefined> {
  return vscode.window.showErrorMessage(messageText(text), ...buttons);
}

/** A question that must be answered before anything is done. */
export interface Confirmation {
  readonly text: string;
  /** What is to be known for the answer; may have several lines. */
  readonly detail?: string | undefined;
}

/**
 * Asks in front of everything.
 *
 * @param buttons what there is to do; Cancel and Esc are always there, and never do any of it
 * @returns `undefined` after Cancel or Esc
 */
export function ask(
  { text, detail }: Confirmation,
  ...buttons: readonly string[]
): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(
    messageText(text, { lines: true }),
    {
      modal: true,
      ...(detail !== undefined && { detail: messageText(detail, { lines: true }) }),
    },
    ...buttons,
  );
}

/** Says something in the status bar for five seconds. */
export function showBriefly(text: string, icon: string): void {
  vscode.window.setStatusBarMessage(labelText(text, icon), 5000);
}

/** Where and how progress is seen. */
export interface ProgressRequest {
  readonly location: 'notification' | 'window' | { readonly viewId: string };
  readonly title?: string;
  /** Called when the user cancels; without it the progress can't be cancelled. */
  readonly cancel?: () => void;
}

/** Shows progress while something is done. */
export function withProgress<T>(
  { location, title, cancel }: ProgressRequest,
  work: (report: (message: string) => void) => Promise<T>,
): Thenable<T> {
  const { Notification, Window } = vscode.ProgressLocation;
  return vscode.window.withProgress(
    {
      location:
        location === 'notification' ? Notification : location === 'window' ? Window : location,
      // The progress of a window is in the status bar, where icons are made of text.
      ...(title !== undefined && { title: labelText(title) }),
      cancellable: cancel !== undefined,
    },
    (progress, token) => {
      if (cancel !== undefined) token.onCancellationRequested(cancel);
      return work((message) => progress.report({ message: labelText(message) }));
    },
  );
}

/** A thing to pick. */
export interface PickItem {
  readonly label: string;
  /** An icon of ours, in front of the label. */
  readonly icon?: string | undefined;
  readonly description?: string | undefined;
  readonly detail?: string | undefined;
  readonly picked?: boolean;
}

/** An item as VS Code takes it, with the one that it was made of. */
interface ShownItem<T> extends vscode.QuickPickItem {
  readonly item: T;
}

function shownItem<T extends PickItem>(item: T): ShownItem<T> {
  const { label, icon, description, detail, picked } = item;
  return {
    label: labelText(label, icon),
    ...(description !== undefined && { description: labelText(description) }),
    ...(detail !== undefined && detail !== '' && { detail: labelText(detail) }),
    ...(picked !== undefined && { picked }),
    item,
  };
}

/** The title of a list or an input, and its placeholder. */
export interface PickRequest {
  readonly title: string;
  readonly placeHolder?: string;
}

function pickOptions({ title, placeHolder }: PickRequest): vscode.QuickPickOptions {
  return {
    title: labelText(title),
    ...(placeHolder !== undefined && { placeHolder: labelText(placeHolder) }),
    matchOnDescription: true,
    matchOnDetail: true,
  };
}

/** Lets the user select one thing; `undefined` if none is. */
export async function pickOne<T extends PickItem>(
  items: readonly T[],
  request: PickRequest,
): Promise<T | undefined> {
  const picked = await vscode.window.showQuickPick(items.map(shownItem), pickOptions(request));
  return picked?.item;
}

/** Lets the user select several things, or none of them; `undefined` if the user leaves. */
export async function pickMany<T extends PickItem>(
  items: readonly T[],
  request: PickRequest,
): Promise<readonly T[] | undefined> {
  const picked = await vscode.window.showQuickPick(items.map(shownItem), {
    ...pickOptions(request),
    canPickMany: true,
  });
  return picked?.map(({ item }) => item);
}

/** How to ask for text. */
export interface InputRequest {
  readonly title: string;
  readonly prompt?: string;
  readonly placeHolder?: string;
  readonly value?: string;
  readonly password?: boolean;
  /** What is wrong with a text, or `undefined`. */
  readonly problem?: (text: string) => string | undefined;
}

/** Asks for text; `undefined` if the user leaves. */
export function askForText({
  title,
  prompt,
  placeHolder,
  value,
  password = false,
  problem,
}: InputRequest): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: labelText(title),
    ...(prompt !== undefined && { prompt: labelText(prompt) }),
    ...(placeHolder !== undefined && { placeHolder: labelText(placeHolder) }),
    ...(value !== undefined && { value }),
    password,
    // What was typed outlives a look at something else.
    ignoreFocusOut: true,
    ...(problem !== undefined && { validateInput: (text) => problemText(problem(text)) }),
  });
}

function problemText(problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : labelText(problem);
}

/** A step of several that are asked one after the other. */
export interface StepRequest {
  readonly title: string;
  readonly step: number;
  readonly steps: number;
}

/** How a step ends: with a value, with the wish to go back, or with nothing. */
export interface StepEnd<T> {
  readonly accept: (value: T) => void;
  readonly back: () => void;
  readonly leave: () => void;
}

function stepOptions({ title, step, steps }: StepRequest) {
  return {
    title: labelText(title),
    step,
    totalSteps: steps,
    ignoreFocusOut: true,
    buttons: step > 1 ? [vscode.QuickInputButtons.Back] : [],
  };
}

/** Lets the user select one thing as a step among others. */
export function pickStep<T extends PickItem>(
  {
    items,
    placeholder,
    active,
    ...request
  }: StepRequest & {
    readonly items: readonly T[];
    readonly placeholder: string;
    readonly active: T | undefined;
  },
  { accept, back, leave }: StepEnd<T>,
): void {
  const pick = vscode.window.createQuickPick<ShownItem<T>>();
  Object.assign(pick, {
    ...stepOptions(request),
    placeholder: labelText(placeholder),
    items: items.map(shownItem),
  });
  const activeItem = pick.items.find(({ item }) => item === active);
  if (activeItem !== undefined) pick.activeItems = [activeItem];
  pick.onDidTriggerButton(() => {
    back();
    pick.dispose();
  });
  pick.onDidAccept(() => {
    // A click selects; where the mouse merely is, another one may be active.
    const [chosen = pick.activeItems[0]] = pick.selectedItems;
    if (chosen === undefined) return;
    accept(chosen.item);
    pick.dispose();
  });
  pick.onDidHide(() => {
    leave();
    pick.dispose();
  });
  pick.show();
}

/** Asks for text as a step among others, and validates it while it is typed. */
export function inputStep(
  {
    prompt,
    value,
    problem,
    ...request
  }: StepRequest & {
    readonly prompt: string;
    readonly value: string;
    readonly problem: (text: string) => string | undefined;
  },
  { accept, back, leave }: StepEnd<string>,
): void {
  const input = vscode.window.createInputBox();
  Object.assign(input, { ...stepOptions(request), prompt: labelText(prompt), value });
  const check = (): boolean => {
    const text = problemText(problem(input.value.trim()));
    input.validationMessage = text ?? '';
    return text === undefined;
  };
  input.onDidChangeValue(check);
  input.onDidTriggerButton(() => {
    back();
    input.dispose();
  });
  input.onDidAccept(() => {
    if (!check()) return;
    accept(input.value.trim());
    input.dispose();
  });
  input.onDidHide(() => {
    leave();
    input.dispose();
  });
  input.show();
}

/**
 * Lets the user select from a list that is loaded while it is open.
 *
 * @param find looks the list up; its signal aborts when the user leaves
 * @param none what to say if it is empty
 */
export async function pickFound<T extends PickItem>(
  { title, placeHolder = '' }: PickRequest,
  find: (signal: AbortSignal) => Promise<readonly T[]>,
  none: string,
): Promise<T | undefined> {
  const stop = new AbortController();
  const pick = vscode.window.createQuickPick<ShownItem<T>>();
  pick.title = labelText(title);
  pick.placeholder = labelText(placeHolder);
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.busy = true;
  const picked = new Promise<T | undefined>((resolve) => {
    pick.onDidAccept(() => resolve((pick.selectedItems[0] ?? pick.activeItems[0])?.item));
    pick.onDidHide(() => {
      stop.abort();
      resolve(undefined);
    });
  });
  pick.show();
  try {
    const found = await find(stop.signal);
    pick.items = found.map(shownItem);
    pick.busy = false;
    if (found.length === 0) pick.placeholder = labelText(none);
    return await picked;
  } catch (error) {
    if (stop.signal.aborted) return undefined;
    throw error;
  } finally {
    pick.dispose();
  }
}

/** Asks for a file or a folder of this machine. */
export async function chooseFile(
  options: vscode.OpenDialogOptions & { readonly title: string },
): Promise<vscode.Uri | undefined> {
  const [chosen] =
    (await vscode.window.showOpenDialog({ ...options, title: labelText(options.title) })) ?? [];
  return chosen;
}

/** An item of the status bar. */
export interface StatusRequest {
  readonly icon: string;
  readonly text: string;
  readonly tooltip: string;
  readonly command: vscode.Command | string;
}

/** An item of the status bar of ours, while there is something to say. */
export class StatusItem implements vscode.Disposable {
  readonly #id: string;
  readonly #name: () => string;
  #item: vscode.StatusBarItem | undefined;

  /**
   * @param id names it among ours
   * @param name by which users show and hide it
   */
  constructor(id: string, name: () => string) {
    this.#id = id;
    this.#name = name;
  }

  show({ icon, text, tooltip, command }: StatusRequest): void {
    this.#item ??= vscode.window.createStatusBarItem(this.#id, vscode.StatusBarAlignment.Left);
    this.#item.name = messageText(this.#name());
    this.#item.text = labelText(text, icon);
    this.#item.tooltip = messageText(tooltip, { lines: true });
    this.#item.command = command;
    this.#item.show();
  }

  /** Takes it away. */
  hide(): void {
    this.#item?.dispose();
    this.#item = undefined;
  }

  dispose(): void {
    this.hide();
  }
}

/** A row of a tree. */
export interface RowRequest {
  readonly id: string;
  readonly label: string;
  readonly description?: string | undefined;
  readonly tooltip?: string | undefined;
  readonly icon?: string | undefined;
  /** Colour of the icon, by its name in VS Code's themes. */
  readonly color?: string | undefined;
  readonly children: 'none' | 'closed' | 'open';
  readonly context?: string | undefined;
  readonly command?: vscode.Command | undefined;
  /** What a screen reader reads for it. */
  readonly spoken?: string | undefined;
}

/** Makes a row of a tree: plain text, whatever its texts are. */
export function treeRow(request: RowRequest): vscode.TreeItem {
  const { label, description, tooltip, icon, color, spoken } = request;
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const row = new vscode.TreeItem(
    labelText(label),
    { none: None, closed: Collapsed, open: Expanded }[request.children],
  );
  row.id = request.id;
  if (description !== undefined) row.description = labelText(description);
  if (tooltip !== undefined) row.tooltip = messageText(tooltip, { lines: true });
  if (icon !== undefined)
    row.iconPath = new vscode.ThemeIcon(
      icon,
      color === undefined ? undefined : new vscode.ThemeColor(color),
    );
  if (request.context !== undefined) row.contextValue = request.context;
  if (request.command !== undefined) row.command = request.command;
  if (spoken !== undefined) row.accessibilityInformation = { label: messageText(spoken) };
  return row;
}

/** A hover that may run nothing: neither commands nor HTML nor icons. */
export function hover(text: HoverText): vscode.MarkdownString {
  return new vscode.MarkdownString(hoverMarkdown(text));
}

/** A view's tree. */
export function treeView<T>(
  id: string,
  options: vscode.TreeViewOptions<T>,
): { readonly view: vscode.TreeView<T>; readonly say: (state: ViewState) => void } {
  const view = vscode.window.createTreeView(id, options);
  return {
    view,
    say: ({ badge, description }) => {
      view.badge =
        badge === undefined
          ? undefined
          : { value: badge.value, tooltip: messageText(badge.tooltip) };
      view.description = messageText(description);
    },
  };
}

/** What is said beside a view's title. */
interface ViewState {
  readonly badge: vscode.ViewBadge | undefined;
  readonly description: string;
}

/** What VS Code opens a terminal with. */
export type NamedTerminal = (vscode.TerminalOptions | vscode.ExtensionTerminalOptions) & {
  readonly name: string;
};

/** Opens a terminal. */
export function openTerminal(options: NamedTerminal): vscode.Terminal {
  return vscode.window.createTerminal({ ...options, name: labelText(options.name) });
}

/** A terminal as VS Code opens it from its drop-down. */
export function terminalProfile(options: NamedTerminal): vscode.TerminalProfile {
  return new vscode.TerminalProfile({ ...options, name: labelText(options.name) });
}

/** A program of this machine. */
export interface ProgramRequest {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Variables beside those of VS Code; they are no arguments, and aren't shown. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a task does that runs a program of this machine. */
export function programExecution({
  program,
  args,
  cwd,
  env,
}: ProgramRequest): vscode.ProcessExecution {
  return new vscode.ProcessExecution(program, [...args], { cwd, env: { ...env } });
}

/** A task of ours. */
export interface TaskRequest {
  readonly name: string;
  readonly definition: vscode.TaskDefinition;
  readonly place: vscode.WorkspaceFolder | vscode.TaskScope;
  readonly execution: vscode.ProcessExecution | vscode.CustomExecution;
  readonly problemMatcher?: string;
}

/** A task with a terminal of its own, which comes to the front. */
export function makeTask({
  name,
  definition,
  place,
  execution,
  problemMatcher,
}: TaskRequest): vscode.Task {
  const task = new vscode.Task(
    definition,
    place,
    labelText(name),
    'Flintrock',
    execution,
    problemMatcher === undefined ? [] : [problemMatcher],
  );
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Dedicated,
    echo: false,
    clear: true,
    focus: false,
  };
  return task;
}

/** Says of variables that new terminals get what they are for. */
export function describeVariables(
  variables: vscode.EnvironmentVariableCollection,
  text: string,
): void {
  variables.description = messageText(text);
}

/** Opens a panel with a page. */
export function openPanel(
  type: string,
  title: string,
  options: vscode.WebviewOptions,
): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(
    type,
    messageText(title),
    vscode.ViewColumn.Active,
    options,
  );
}
