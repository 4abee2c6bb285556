import * as vscode from 'vscode';
import type { ExplainResult } from '../../engine/verbs/explain.ts';
import type { ExplanationMessage, ExplanationRequest } from '../../protocol/explanation.ts';
import { openSource } from '../terminals/frame-links.ts';
import { pageHtml, pagesFolder } from '../ui/html.ts';
import { plainValue } from '../ui/plain.ts';
import { openPanel, showBriefly } from '../ui/window.ts';
import { explanationPage } from './explanation-page.ts';

/** What the buttons of a page do. */
export interface ExplanationActions {
  /** Reads the log anew. */
  readonly refresh: () => Promise<ExplainResult | undefined>;
  /** Explains another application of the cluster, in a page of its own. */
  readonly others: () => Promise<void>;
}

/** Shows explanations of applications, one panel for each. */
export class ExplanationPanels implements vscode.Disposable {
  readonly #extension: vscode.Uri;
  readonly #panels = new Map<
    string,
    { close: () => void; show: (result: ExplainResult) => void }
  >();

  constructor(extension: vscode.Uri) {
    this.#extension = extension;
  }

  /** Shows an explanation, in the panel that the application has already or in a new one. */
  show(result: ExplainResult, actions: ExplanationActions): void {
    const key = `${result.cluster}/${result.application.id}`;
    const shown = this.#panels.get(key);
    if (shown === undefined) this.#open(key, result, actions);
    else shown.show(result);
  }

  dispose(): void {
    for (const panel of this.#panels.values()) panel.close();
  }

  #open(key: string, first: ExplainResult, actions: ExplanationActions): void {
    const { name, id } = first.application;
    const title = vscode.l10n.t('Explanation: {0}', name || id);
    const panel = openPanel('flintrock.explanation', title, {
      enableScripts: true,
      localResourceRoots: [pagesFolder(this.#extension)],
    });
    const { webview } = panel;
    let result = first;
    const send = (): void => {
      const message: ExplanationMessage = { type: 'explanation', page: explanationPage(result) };
      void webview.postMessage(plainValue(message));
    };
    webview.onDidReceiveMessage(async (message: unknown) => {
      if (!isRequest(message)) return;
      switch (message.type) {
        case 'ready':
          send();
          break;
        case 'copy':
          await vscode.env.clipboard.writeText(message.text);
          showBriefly(vscode.l10n.t('Copied'), 'copy');
          break;
        case 'open':
          await openSource(message.file, message.line);
          break;
        case 'refresh':
          result = (await actions.refresh()) ?? result;
          send();
          break;
        case 'others':
          await actions.others();
          break;
      }
    });
    this.#panels.set(key, {
      close: () => void panel.dispose(),
      show: (newer) => {
        result = newer;
        panel.reveal();
        send();
      },
    });
    panel.onDidDispose(() => this.#panels.delete(key));
    webview.html = pageHtml(webview, this.#extension, { page: 'explanation', title });
  }
}

/** What a page sends is checked: it is a program of its own. */
function isRequest(message: unknown): message is ExplanationRequest {
  if (typeof message !== 'object' || message === null) return false;
  const { type, text, file, line } = message as Readonly<Record<string, unknown>>;
  switch (type) {
    case 'ready':
    case 'refresh':
    case 'others':
      return true;
    case 'copy':
      return typeof text === 'string';
    case 'open':
      return typeof file === 'string' && Number.isSafeInteger(line) && Number(line) > 0;
    default:
      return false;
  }
}
