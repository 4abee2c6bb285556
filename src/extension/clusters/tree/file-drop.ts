import * as vscode from 'vscode';
import type { Cluster } from '../../../model/cluster/cluster.ts';
import type { TreeItem } from './tree-item.ts';

/** What VS Code gives of files that are dragged from its Explorer, from an editor or from outside: their addresses, a line each. */
const uriList = 'text/uri-list';

/** Files that are dropped onto a cluster, or a row of it. */
export class FileDrop implements vscode.TreeDragAndDropController<TreeItem> {
  readonly dropMimeTypes = [uriList];
  readonly dragMimeTypes = [];
  readonly #copy: (cluster: Cluster, files: readonly vscode.Uri[]) => Promise<void>;

  /** @param copy brings files of this machine to the cluster's nodes */
  constructor(copy: (cluster: Cluster, files: readonly vscode.Uri[]) => Promise<void>) {
    this.#copy = copy;
  }

  async handleDrop(row: TreeItem | undefined, data: vscode.DataTransfer): Promise<void> {
    const list = await data.get(uriList)?.asString();
    if (row === undefined || !('cluster' in row) || list === undefined) return;
    const files = list
      .split(/\r?\n/)
      // RFC 2483: a line that begins with # is a comment.
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => vscode.Uri.parse(line))
      .filter(({ scheme }) => scheme === 'file');
    if (files.length > 0) await this.#copy(row.cluster, files);
  }
}
