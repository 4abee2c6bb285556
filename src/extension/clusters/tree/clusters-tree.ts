import * as vscode from 'vscode';
import type { Cluster, ClusterNode } from '../../../model/cluster/cluster.ts';
import { webPages } from '../../../model/cluster/web-page.ts';
import { formatCluster, formatNode, formatWorkersState } from '../../../text/clusters.ts';
import { formatPlace } from '../../../text/places.ts';
import { formatState } from '../../../text/states.ts';
import type { Operations } from '../../engine/operations.ts';
import { remediesText } from '../../ui/remedies.ts';
import { hover, treeRow } from '../../ui/window.ts';
import type { ClustersModel } from '../clusters-model.ts';
import type { ViewOptions } from '../view-options.ts';
import { webPageLabel } from '../web-page-label.ts';
import { clusterContext, type ContextValue, nodeContext, problemContext } from './context-value.ts';
import { clusterHover } from './tooltip.ts';
import { childItems, rootItems, type TreeItem } from './tree-item.ts';

/** Icon and colour of a state. */
const stateIcons: Readonly<
  Record<Cluster['state'] | ClusterNode['state'], readonly [string, string?]>
> = {
  running: ['circle-filled', 'charts.green'],
  degraded: ['warning', 'charts.yellow'],
  mixed: ['warning', 'charts.yellow'],
  'half-launched': ['warning', 'charts.yellow'],
  malformed: ['error', 'charts.red'],
  launching: ['loading~spin'],
  starting: ['loading~spin'],
  stopping: ['loading~spin'],
  destroying: ['loading~spin'],
  stopped: ['circle-outline', 'disabledForeground'],
  pending: ['loading~spin'],
  draining: ['arrow-down', 'charts.yellow'],
  dead: ['error', 'charts.red'],
  terminated: ['circle-slash', 'disabledForeground'],
};

type ClusterItem = TreeItem & { readonly kind: 'cluster' };

/** Shows the model as a tree. */
export class ClustersTreeDataProvider
  implements vscode.TreeDataProvider<TreeItem>, vscode.Disposable
{
  readonly #model: ClustersModel;
  readonly #view: ViewOptions;
  readonly #operations: Operations;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(model: ClustersModel, view: ViewOptions, operations: Operations) {
    this.#model = model;
    this.#view = view;
    this.#operations = operations;
    const change = (): void => this.#changed.fire();
    this.#subscriptions = vscode.Disposable.from(
      model.onDidChange(change),
      view.onDidChange(change),
      operations.onDidChange(change),
    );
  }

  async getChildren(item?: TreeItem): Promise<TreeItem[]> {
    if (item !== undefined) return childItems(item);
    return rootItems(await this.#model.known(), this.#view, vscode.l10n.t);
  }

  getTreeItem(item: TreeItem): vscode.TreeItem {
    const { id } = item;
    switch (item.kind) {
      case 'group':
        return treeRow({ id, label: item.label, children: 'open' });
      case 'cluster':
        return this.#clusterRow(item);
      case 'workers':
        return treeRow({
          id,
          label: vscode.l10n.t('Workers'),
          description: formatWorkersState(item.cluster, vscode.l10n.t),
          icon: 'server',
          children: 'closed',
        });
      case 'node':
        return nodeRow(id, item.node);
      case 'uis':
        return treeRow({
          id,
          label: vscode.l10n.t('Web UIs'),
          description: webPages(item.cluster)
            .map((page) => webPageLabel(page, vscode.l10n.t))
            .join(' · '),
          icon: 'browser',
          children: 'closed',
        });
      case 'ui':
        return pageRow(item);
      case 'problem':
        return problemRow(item);
    }
  }

  resolveTreeItem(row: vscode.TreeItem, item: TreeItem): vscode.TreeItem {
    if (item.kind === 'cluster') row.tooltip = hover(clusterHover(item.cluster, vscode.l10n.t));
    return row;
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#changed.dispose();
  }

  #clusterRow({ id, cluster, isOld = false }: ClusterItem): vscode.TreeItem {
    const known = formatCluster(
      cluster,
      Date.now(),
      this.#operations.doing(cluster),
      vscode.l10n.t,
    );
    const description = isOld ? vscode.l10n.t('Last seen: {0}', known) : known;
    const [icon, color] = isOld
      ? ['circle-outline', 'disabledForeground']
      : stateIcons[cluster.state];
    return treeRow({
      id,
      label: cluster.name,
      description,
      icon,
      color,
      children: 'closed',
      context: clusterContext(cluster),
      spoken: [
        vscode.l10n.t(
          'Cluster {0} on {1}, {2}',
          cluster.name,
          formatPlace(cluster, vscode.l10n.t),
          description,
        ),
        ...(cluster.reason === null ? [] : [cluster.reason]),
      ].join(', '),
    });
  }
}

function nodeRow(id: string, node: ClusterNode): vscode.TreeItem {
  const description = formatNode(node, vscode.l10n.t);
  const [icon, color] =
    node.role === 'master' && node.state === 'running'
      ? ['server-environment', 'charts.green']
      : stateIcons[node.state];
  return treeRow({
    id,
    label: node.name,
    description,
    tooltip: [node.id, node.reason].filter((part) => part !== null).join('\n'),
    icon,
    color,
    children: 'none',
    context: nodeContext(node),
    spoken: `${node.name}, ${formatState(node.state, vscode.l10n.t)}, ${description}`,
  });
}

function pageRow(item: TreeItem & { readonly kind: 'ui' }): vscode.TreeItem {
  const { id, page, cluster } = item;
  return treeRow({
    id,
    label: webPageLabel(page, vscode.l10n.t),
    // The address of the other pages is that of the master's, and not theirs.
    ...(page.id !== 'jobs' &&
      page.id !== 'history' && { description: page.address.replace(/^https?:\/\//, '') }),
    tooltip:
      cluster.provider === 'ec2'
        ? vscode.l10n.t('Opens through an SSH connection')
        : page.id === 'history'
          ? vscode.l10n.t('Starts the history server if it isn’t running')
          : page.address,
    icon: 'globe',
    children: 'none',
    context: 'ui' satisfies ContextValue,
    command: {
      command: 'flintrock.cluster.openUi',
      title: vscode.l10n.t('Open Web UI'),
      arguments: [item],
    },
  });
}

function problemRow(item: TreeItem & { readonly kind: 'problem' }): vscode.TreeItem {
  const { where, message, remedies, known } = item.problem;
  return treeRow({
    id: item.id,
    label: where,
    description: message,
    tooltip: [message, remediesText(remedies)].filter(Boolean).join('\n\n'),
    icon: 'warning',
    color: 'charts.yellow',
    children: known.length === 0 ? 'none' : 'open',
    context: problemContext(item.problem),
    command: {
      command: 'flintrock.clusters.explainProblem',
      title: vscode.l10n.t('Show Problem'),
      arguments: [item],
    },
    spoken: `${where}: ${message}`,
  });
}
