import * as vscode from 'vscode';
import type { SavedApplication, SavedCluster } from '../../engine/verbs/saved-history.ts';
import { formatCount } from '../../text/counts.ts';
import type { ClustersModel } from '../clusters/clusters-model.ts';
import type { EngineFactory } from '../engine/engine-factory.ts';
import { logError } from '../engine/log.ts';
import { treeRow, treeView } from '../ui/window.ts';

/** A row of the Saved History view: a cluster that was destroyed, or an application of it. */
export interface SavedRow {
  readonly cluster: string;
  /** Absent for the cluster itself. */
  readonly application?: SavedApplication;
}

/** The row that a command was called on; `undefined` if it was called in another way. */
export function savedRow(argument: unknown): SavedRow | undefined {
  return typeof argument === 'object' && argument !== null && 'saved' in argument
    ? (argument as SavedItem).saved
    : undefined;
}

interface SavedItem {
  readonly saved: SavedRow;
}

/** The Saved History view: what ran on clusters that were destroyed. It is there as long as anything is saved. */
export class SavedHistoryView implements vscode.TreeDataProvider<SavedItem>, vscode.Disposable {
  readonly #engines: EngineFactory;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #subscriptions: vscode.Disposable;
  readonly onDidChangeTreeData = this.#changed.event;
  #clusters: readonly SavedCluster[] = [];
  /** Which clusters there were at the last look. */
  #launches: string | undefined;

  /** @param model says which clusters there are: one that was destroyed has left its history */
  constructor(engines: EngineFactory, model: ClustersModel, log: vscode.LogOutputChannel) {
    this.#engines = engines;
    this.#log = log;
    const { view } = treeView('flintrock.history', { treeDataProvider: this });
    this.#subscriptions = vscode.Disposable.from(
      view,
      model.onDidChange(() => {
        const launches = model.clusters.map(({ name, launchId }) => `${name} ${launchId ?? ''}`);
        const now = launches.sort().join('\n');
        if (now === this.#launches) return;
        this.#launches = now;
        void this.#look();
      }),
    );
  }

  getChildren(item?: SavedItem): SavedItem[] {
    if (item === undefined) return this.#clusters.map(({ cluster }) => ({ saved: { cluster } }));
    const { cluster } = item.saved;
    const { applications = [] } = this.#clusters.find((one) => one.cluster === cluster) ?? {};
    return applications.map((application) => ({ saved: { cluster, application } }));
  }

  getTreeItem(item: SavedItem): vscode.TreeItem {
    const { cluster, application } = item.saved;
    if (application !== undefined)
      return treeRow({
        id: `${cluster}/${application.id}`,
        label: application.id,
        description: new Date(application.endedAt).toLocaleString(),
        icon: 'graph',
        children: 'none',
        context: 'saved.application',
        command: {
          command: 'flintrock.history.explainSaved',
          title: vscode.l10n.t('Explain Performance'),
          arguments: [item],
        },
      });
    const { length } = this.getChildren(item);
    return treeRow({
      id: cluster,
      label: cluster,
      description: formatCount(length, 'application', vscode.l10n.t),
      icon: 'history',
      children: 'closed',
      context: 'saved.cluster',
    });
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#changed.dispose();
  }

  async #look(): Promise<void> {
    try {
      const { clusters } = await (await this.#engines.plain()).savedHistory();
      if (JSON.stringify(clusters) === JSON.stringify(this.#clusters)) return;
      this.#clusters = clusters;
      await vscode.commands.executeCommand(
        'setContext',
        'flintrock.hasSavedHistory',
        clusters.length > 0,
      );
      this.#changed.fire(undefined);
    } catch (error) {
      logError(this.#log, 'saved history', error);
    }
  }
}
