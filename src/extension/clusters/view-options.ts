import * as vscode from 'vscode';

/** A tag that clusters must have to be seen; an empty value means any. */
export interface TagFilter {
  readonly key: string;
  readonly value: string;
}

/** Grouping and filter of the view; remembered. */
export class ViewOptions implements vscode.Disposable {
  readonly #memento: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  /** The tag to group by; `undefined` for no groups. */
  get groupBy(): string | undefined {
    return this.#memento.get<string>('groupBy');
  }

  get filter(): TagFilter | undefined {
    return this.#memento.get<TagFilter>('filter');
  }

  async setGroupBy(tag: string | undefined): Promise<void> {
    await this.#memento.update('groupBy', tag);
    this.#changed.fire();
  }

  async setFilter(filter: TagFilter | undefined): Promise<void> {
    await this.#memento.update('filter', filter);
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
