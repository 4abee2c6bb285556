import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { isClusterError, toClusterError } from '../../model/errors.ts';
import type { FormMessage, FormPlan, FormRequest } from '../../protocol/config-form.ts';
import { interpreterToFollow } from '../attach/running/interpreter.ts';
import type { EngineFactory } from '../engine/engine-factory.ts';
import { isTrusted } from '../trust.ts';
import { pageHtml, pagesFolder } from '../ui/html.ts';
import { plainValue } from '../ui/plain.ts';
import { remediesText } from '../ui/remedies.ts';
import type { ConfigText } from './config-service.ts';
import type { OpenForms } from './open-forms.ts';
import { pickValue } from './pick-value.ts';
import { smallestEdit } from './smallest-edit.ts';

/** The type of the editor, as the manifest names it. */
export const configurationEditorType = 'flintrock.configuration';

/** After the last change, before the plan is made again: typing isn't interrupted. */
const planDelayMs = 400;

/** What a page sends is checked: it is a program of its own. */
function isRequest(message: unknown): message is FormRequest {
  if (typeof message !== 'object' || message === null) return false;
  const { type, name, text } = message as { type?: unknown; name?: unknown; text?: unknown };
  if (type === 'edit')
    return typeof name === 'string' && (typeof text === 'string' || text === null);
  if (type === 'choose') return typeof name === 'string';
  return type === 'ready' || type === 'openText' || type === 'launch';
}

/** Edits a configuration as a form. The text is the truth: undo, save, diff and the dirty mark are VS Code's own. */
export class ConfigurationEditorProvider implements vscode.CustomTextEditorProvider {
  readonly #extension: vscode.Uri;
  readonly #engines: EngineFactory;
  readonly #forms: OpenForms;
  readonly #launch: (document: vscode.TextDocument) => unknown;

  /** @param launch launches as a document says */
  constructor(
    extension: vscode.Uri,
    engines: EngineFactory,
    forms: OpenForms,
    launch: (document: vscode.TextDocument) => unknown,
  ) {
    this.#extension = extension;
    this.#engines = engines;
    this.#forms = forms;
    this.#launch = launch;
  }

  resolveCustomTextEditor(document: vscode.TextDocument, panel: vscode.WebviewPanel): void {
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [pagesFolder(this.#extension)] };
    const session = new FormSession(document, webview, this.#engines);
    const subscriptions = vscode.Disposable.from(
      session,
      this.#forms.add({
        document,
        focus: (name) => {
          panel.reveal();
          session.focus(name);
        },
      }),
      vscode.workspace.onDidChangeTextDocument((change) => {
        if (change.document === document && change.contentChanges.length > 0) session.update();
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) session.rest();
      }),
      webview.onDidReceiveMessage((message: unknown) => {
        if (!isRequest(message)) return;
        switch (message.type) {
          case 'ready':
            session.begin();
            break;
          case 'edit':
            void session.edit(message.name, message.text);
            break;
          case 'choose':
            void session.choose(message.name);
            break;
          case 'openText':
            void vscode.commands.executeCommand('vscode.openWith', document.uri, 'default');
            break;
          case 'launch':
            this.#launch(document);
            break;
        }
      }),
    );
    panel.onDidDispose(() => {
      subscriptions.dispose();
    });
    webview.html = pageHtml(webview, this.#extension, {
      page: 'config-form',
      title: vscode.l10n.t('Flintrock configuration'),
    });
  }
}

/** One open form: its document's state goes to the page, the page's changes into the document. */
class FormSession implements vscode.Disposable {
  readonly #document: vscode.TextDocument;
  readonly #webview: vscode.Webview;
  readonly #engines: EngineFactory;
  #ready = false;
  /** The field that is to have the cursor as soon as the page shows it. */
  #wanted: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #plan: AbortController | undefined;
  /** One change after the other: each on the text that the one before left. */
  #edits: Promise<unknown> = Promise.resolve();

  constructor(document: vscode.TextDocument, webview: vscode.Webview, engines: EngineFactory) {
    this.#document = document;
    this.#webview = webview;
    this.#engines = engines;
  }

  /** The page is there, for the first time or again. */
  begin(): void {
    this.#ready = true;
    this.update(0);
  }

  /** Puts the cursor into a field. */
  focus(name: string): void {
    this.#wanted = name;
    if (this.#ready) void this.#show();
  }

  /** Nobody looks: nothing is worked on. */
  rest(): void {
    this.#ready = false;
    clearTimeout(this.#timer);
    this.#plan?.abort();
  }

  /** The text changed: shows the form at once, and the plan when the typing has ended. */
  update(delayMs = planDelayMs): void {
    if (!this.#ready) return;
    clearTimeout(this.#timer);
    this.#plan?.abort();
    void this.#show();
    this.#timer = setTimeout(() => void this.#makePlan(), delayMs);
  }

  async edit(name: string, text: string | null): Promise<void> {
    this.#edits = this.#edits.catch(() => undefined).then(() => this.#edit(name, text));
    await this.#edits;
  }

  /** Lets the user select a value that the account has. */
  async choose(name: string): Promise<void> {
    // Whose account would be looked at is the file's to say.
    if (!isTrusted(this.#document.uri)) return;
    const picked = await pickValue(this.#engines, name, this.#text());
    if (picked === undefined) return;
    const { withPicked } = await this.#engines.configuration();
    await this.edit(name, withPicked(this.#text(), name, picked));
  }

  dispose(): void {
    this.rest();
  }

  async #edit(name: string, text: string | null): Promise<void> {
    const { editText } = await this.#engines.configuration();
    const before = this.#document.getText();
    const result = editText(before, name, text);
    if (!result.ok) {
      this.#send({ type: 'refused', name, text: text ?? '', problem: result.problem });
      return;
    }
    const change = smallestEdit(before, result.text);
    if (change === undefined) return;
    const edit = new vscode.WorkspaceEdit();
    const range = new vscode.Range(
      this.#document.positionAt(change.from),
      this.#document.positionAt(change.to),
    );
    edit.replace(this.#document.uri, range, change.text);
    await vscode.workspace.applyEdit(edit);
  }

  async #show(): Promise<void> {
    const { formOf } = await this.#engines.configuration();
    this.#send({ type: 'form', form: formOf(this.#text(), this.#engines.places, vscode.l10n.t) });
    if (this.#wanted === undefined || !this.#ready) return;
    this.#send({ type: 'focus', name: this.#wanted });
    this.#wanted = undefined;
  }

  async #makePlan(): Promise<void> {
    const abort = new AbortController();
    this.#plan = abort;
    const { formOf, launchValues } = await this.#engines.configuration();
    const send = (plan: FormPlan): void => {
      if (!abort.signal.aborted) this.#send({ type: 'plan', plan: plainValue(plan) });
    };
    const text = this.#text();
    if (!formOf(text, this.#engines.places).ok) {
      send({ status: 'none', reason: vscode.l10n.t('Fix the errors to see the plan.') });
      return;
    }
    if (!vscode.workspace.isTrusted && vscode.workspace.getWorkspaceFolder(this.#document.uri)) {
      send({ status: 'none', reason: vscode.l10n.t('Trust the workspace to see the plan.') });
      return;
    }
    send({ status: 'working' });
    try {
      const engine = await this.#engines.plain(dirname(text.file));
      const plan = await engine.plan('cluster', {
        values: launchValues(text),
        signal: abort.signal,
        followEnvironment: await interpreterToFollow(dirname(text.file)),
      });
      send({ status: 'ready', plan });
    } catch (error) {
      if (isClusterError(error, 'ABORTED')) return;
      const { message, remedies } = toClusterError(error);
      send({ status: 'failed', message, hint: remediesText(remedies) || null });
    }
  }

  #text(): ConfigText {
    return { text: this.#document.getText(), file: this.#document.uri.fsPath };
  }

  #send(message: FormMessage): void {
    if (this.#ready) void this.#webview.postMessage(message);
  }
}
