import * as vscode from 'vscode';
import type { Operations } from './operations.ts';

/** Says what goes on, while something does; a click shows the launch log. */
export class StatusBar implements vscode.Disposable {
  readonly #operations: Operations;
  readonly #subscription: vscode.Disposable;
  #item: vscode.StatusBarItem | undefined;

  constructor(operations: Operations) {
    this.#operations = operations;
    this.#subscription = operations.onDidChange(() => this.#show());
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item?.dispose();
  }

  #show(): void {
    const running = this.#operations.changing;
    const [first] = running;
    if (first === undefined) {
      this.#item?.dispose();
      this.#item = undefined;
      return;
    }
    this.#item ??= vscode.window.createStatusBarItem('flintrock', vscode.StatusBarAlignment.Left);
    const item = this.#item;
    const more = running.length > 1 ? ` +${running.length - 1}` : '';
    const words = first.words.text;
    item.name = 'Flintrock';
    item.text = `$(sync~spin) ${first.place?.name ?? ''}${words === '' ? '' : ` ${words}`}${more}`;
    item.tooltip = running
      .map(({ title, words: { text } }) => `${title}${text === '' ? '' : `: ${text}`}`)
      .join('\n');
    if (first.verb === 'launch')
      item.command = {
        command: 'flintrock.cluster.showLaunchLog',
        title: vscode.l10n.t('Show Launch Log'),
        arguments: [first.place?.name],
      };
    else item.command = 'flintrock.clusters.focus';
    item.show();
  }
}
