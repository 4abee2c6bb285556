import * as vscode from 'vscode';
import { formatCount } from '../../text/counts.ts';
import type { Settings } from '../configuration/settings.ts';
import type { Operations } from '../engine/operations.ts';
import { treeView } from '../ui/window.ts';
import type { ClusterJobs } from './cluster-jobs.ts';
import type { ClustersModel } from './clusters-model.ts';
import { ClustersTreeDataProvider } from './tree/clusters-tree.ts';
import type { FileDrop } from './tree/file-drop.ts';
import { locationGrouping, passes } from './tree/tree-item.ts';
import type { ViewOptions } from './view-options.ts';

/** Why the view is empty: each has a welcome text of its own in the manifest. */
type Emptiness = '' | 'none' | 'filter';

function groupingText(groupBy: string): string {
  return groupBy === locationGrouping
    ? vscode.l10n.t('Grouped by location')
    : vscode.l10n.t('Grouped by {0}', groupBy);
}

/** What the view shows, and what changes it. */
interface ClustersViewParts {
  readonly model: ClustersModel;
  readonly jobs: ClusterJobs;
  readonly options: ViewOptions;
  readonly operations: Operations;
  readonly settings: Settings;
  /** What is done with files that are dropped onto a cluster. */
  readonly drop: FileDrop;
}

/** The Clusters view: its tree, its badge, its text when it is empty, and when it is kept up to date. */
export class ClustersView implements vscode.Disposable {
  readonly #model: ClustersModel;
  readonly #options: ViewOptions;
  readonly #say: ReturnType<typeof treeView>['say'];
  readonly #subscriptions: vscode.Disposable;
  #empty: Emptiness = '';

  constructor({ model, jobs, options, operations, settings, drop }: ClustersViewParts) {
    this.#model = model;
    this.#options = options;
    const tree = new ClustersTreeDataProvider({ model, jobs, view: options, operations });
    const { view, say } = treeView('flintrock.clusters', {
      treeDataProvider: tree,
      canSelectMany: true,
      showCollapseAll: true,
      dragAndDropController: drop,
    });
    this.#say = say;
    const collapsed = new Set<string>();
    jobs.isSeen = (cluster) => {
      const row = tree.jobsRow(cluster)?.id;
      // A row's id begins with its parent's.
      const isHidden = [...collapsed].some((id) => row === id || row?.startsWith(`${id}/`));
      return view.visible && vscode.window.state.focused && row !== undefined && !isHidden;
    };
    this.#subscriptions = vscode.Disposable.from(
      tree,
      view,
      model.onDidChange(() => this.#show()),
      options.onDidChange(() => this.#show()),
      view.onDidCollapseElement(({ element }) => collapsed.add(element.id)),
      view.onDidExpandElement(({ element }) => collapsed.delete(element.id)),
      view.onDidChangeVisibility(({ visible }) => (model.visible = visible)),
      settings.onDidChange(() => {
        if (model.visible) void model.refresh();
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        // Shows what other clients changed meanwhile.
        if (focused && model.visible) void model.refresh();
      }),
    );
    if (view.visible) model.visible = true;
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #show(): void {
    const { clusters = [] } = this.#model.listing ?? {};
    const { filter, groupBy } = this.#options;
    const running = clusters.filter(
      ({ state }) => state === 'running' || state === 'degraded',
    ).length;
    this.#say({
      badge:
        running === 0
          ? undefined
          : { value: running, tooltip: formatCount(running, 'running cluster', vscode.l10n.t) },
      description: [
        groupBy === undefined ? undefined : groupingText(groupBy),
        filter === undefined
          ? undefined
          : `${filter.key}${filter.value === '' ? '' : `: ${filter.value}`}`,
      ]
        .filter((part) => part !== undefined)
        .join(', '),
    });
    const empty = this.#emptiness();
    if (empty === this.#empty) return;
    this.#empty = empty;
    void vscode.commands.executeCommand('setContext', 'flintrock.empty', empty);
  }

  #emptiness(): Emptiness {
    const { listing, clusters } = this.#model;
    // What could not be asked has rows that say so.
    if ((listing?.problems.length ?? 0) > 0) return '';
    if (clusters.length === 0) return 'none';
    return clusters.some((cluster) => passes(cluster, this.#options.filter)) ? '' : 'filter';
  }
}
