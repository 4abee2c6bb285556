import * as vscode from 'vscode';
import { editorHint } from '../editor-hint.ts';
import type { Cluster, ClusterNode } from '../../model/cluster.ts';
import { webPages } from '../../model/web-page.ts';
import type { ClustersModel } from '../clusters-model.ts';
import type { Operations } from '../operations.ts';
import type { ViewOptions } from '../view-options.ts';
import { clusterDescription, nodeDescription, place, workersDescription } from '../words.ts';
import { clusterContext, nodeContext, type ContextValue } from './context-value.ts';
import { childItems, rootItems, type TreeItem } from './tree-item.ts';
import { clusterTooltip } from './tooltip.ts';

/** Icon and colour of a state. */
const looks: Readonly<Record<Cluster['state'] | ClusterNode['state'], readonly [string, string?]>> =
  {
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

function iconOf(state: keyof typeof looks): vscode.ThemeIcon {
  const [icon, color] = looks[state];
  return new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
}

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
    return rootItems(await this.#model.known(), this.#view);
  }

  getTreeItem(item: TreeItem): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    switch (item.kind) {
      case 'group': {
        const row = new vscode.TreeItem(item.label, Expanded);
        row.id = item.id;
        return row;
      }
      case 'cluster':
        return this.#clusterRow(item.id, item.cluster);
      case 'workers': {
        const row = new vscode.TreeItem('workers', Collapsed);
        row.id = item.id;
        row.description = workersDescription(item.cluster);
        row.iconPath = new vscode.ThemeIcon('server');
        return row;
      }
      case 'node':
        return nodeRow(item.id, item.node);
      case 'uis': {
        const row = new vscode.TreeItem('UIs', Collapsed);
        row.id = item.id;
        row.description = webPages(item.cluster)
          .map(({ label }) => label)
          .join(' · ');
        row.iconPath = new vscode.ThemeIcon('browser');
        return row;
      }
      case 'ui': {
        const { page, cluster } = item;
        const row = new vscode.TreeItem(page.label, None);
        row.id = item.id;
        row.description =
          page.id === 'jobs'
            ? 'of what runs now'
            : page.id === 'history'
              ? 'of what ran'
              : page.address.replace(/^https?:\/\//, '');
        row.tooltip =
          cluster.provider === 'ec2'
            ? 'Opens through the SSH connection'
            : page.id === 'history'
              ? 'Starts the history server, if it doesn’t run'
              : page.address;
        row.iconPath = new vscode.ThemeIcon('globe');
        row.contextValue = 'ui' satisfies ContextValue;
        row.command = {
          command: 'flintrock.cluster.openUi',
          title: vscode.l10n.t('Open UI'),
          arguments: [item],
        };
        return row;
      }
      case 'problem': {
        const { where, message, hint } = item.problem;
        const row = new vscode.TreeItem(where, None);
        row.id = item.id;
        row.description = message;
        row.tooltip = hint === null ? message : `${message}\n\n${editorHint(hint).text}`;
        row.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('charts.yellow'));
        row.contextValue = 'problem' satisfies ContextValue;
        return row;
      }
    }
  }

  resolveTreeItem(row: vscode.TreeItem, item: TreeItem): vscode.TreeItem {
    if (item.kind === 'cluster') row.tooltip = clusterTooltip(item.cluster);
    return row;
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#changed.dispose();
  }

  #clusterRow(id: string, cluster: Cluster): vscode.TreeItem {
    const row = new vscode.TreeItem(cluster.name, vscode.TreeItemCollapsibleState.Collapsed);
    const words = clusterDescription(cluster, Date.now(), this.#operations.doing(cluster));
    row.id = id;
    row.description = words;
    row.iconPath = iconOf(cluster.state);
    row.contextValue = clusterContext(cluster);
    row.accessibilityInformation = {
      label: `Cluster ${cluster.name} on ${place(cluster)}, ${words}${cluster.reason === null ? '' : `, ${cluster.reason}`}`,
    };
    return row;
  }
}

function nodeRow(id: string, node: ClusterNode): vscode.TreeItem {
  const row = new vscode.TreeItem(node.name, vscode.TreeItemCollapsibleState.None);
  const words = nodeDescription(node);
  row.id = id;
  row.description = words;
  row.iconPath =
    node.role === 'master' && node.state === 'running'
      ? new vscode.ThemeIcon('server-environment', new vscode.ThemeColor('charts.green'))
      : iconOf(node.state);
  row.contextValue = nodeContext(node);
  row.tooltip = [node.id, node.reason].filter((part) => part !== null).join('\n');
  row.accessibilityInformation = { label: `${node.name}, ${node.state}, ${words}` };
  return row;
}
