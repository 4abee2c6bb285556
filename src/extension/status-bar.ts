import * as vscode from 'vscode';
import { formatProgress } from '../text/progress.ts';
import type { Operations } from './engine/operations.ts';
import { StatusItem } from './ui/window.ts';

/** Shows the running operation; a click offers what can be done about it. */
export class StatusBar implements vscode.Disposable {
  readonly #operations: Operations;
  readonly #subscription: vscode.Disposable;
  readonly #item = new StatusItem('flintrock', () => 'Flintrock');

  constructor(operations: Operations) {
    this.#operations = operations;
    this.#subscription = operations.onDidChange(() => this.#show());
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }

  #show(): void {
    const running = this.#operations.changing;
    const [first] = running;
    if (first === undefined) {
      this.#item.hide();
      return;
    }
    const more = running.length > 1 ? ` +${running.length - 1}` : '';
    const lines = running.map(({ title, progress }) => ({
      title,
      text: formatProgress(progress, vscode.l10n.t),
    }));
    this.#item.show({
      icon: 'sync~spin',
      text: [first.ref?.name, lines[0]?.text].filter(Boolean).join(' ') + more,
      tooltip: lines
        .map(({ title, text }) => (text === '' ? title : `${title}: ${text}`))
        .join('\n'),
      command:
        first.verb === 'launch' || first.verb === 'resume'
          ? {
              command: 'flintrock.cluster.launchActions',
              title: vscode.l10n.t('Launch Actions…'),
              arguments: [first.ref?.name],
            }
          : 'flintrock.clusters.focus',
    });
  }
}
