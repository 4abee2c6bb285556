import * as vscode from 'vscode';
import type { Cluster, ClusterNode } from '../../../model/cluster/cluster.ts';
import { webPages } from '../../../model/cluster/web-page.ts';
import type { JobState } from '../../../model/job.ts';
import { formatCluster, formatNode, formatWorkersState } from '../../../text/clusters.ts';
import { formatJobDuration, formatJobEnd } from '../../../text/engine/jobs.ts';
import { formatPlace } from '../../../text/places.ts';
import { formatState } from '../../../text/states.ts';
import type { Operations } from '../../engine/operations.ts';
import { remediesText } from '../../ui/remedies.ts';
import { hover, treeRow } from '../../ui/window.ts';
import type { ClusterJobs } from '../cluster-jobs.ts';
import { clusterKey } from '../cluster-ref.ts';
import type { ClustersModel } from '../clusters-model.ts';
import type { ViewOptions } from '../view-options.ts';
import { webPageLabel } from '../web-page-label.ts';
import {
  clusterContext,
  type ContextValue,
  jobContext,
  nodeContext,
  problemContext,
} from './context-value.ts';
import { clusterHover } from './tooltip.ts';
import {
  childItems,
  type JobItem,
  jobItems,
  type JobsItem,
  rootItems,
  type TreeItem,
} from './tree-item.ts';

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

/** Icon and colour of a job's state. */
const jobIcons: Readonly<Record<JobState, readonly [string, string?]>> = {
  running: ['loading~spin'],
  succeeded: ['pass', 'charts.green'],
  failed: ['error', 'charts.red'],
  canceled: ['circle-slash', 'disabledForeground'],
  lost: ['question', 'charts.yellow'],
};

type ClusterItem = TreeItem & { readonly kind: 'cluster' };
/** Rows of a cluster's jobs. */
interface JobRows {
  readonly parent: JobsItem;
  /** Those whose duration goes on. */
  readonly running: readonly JobItem[];
}

/** What the tree shows. */
interface ClustersTreeParts {
  readonly model: ClustersModel;
  readonly jobs: ClusterJobs;
  readonly view: ViewOptions;
  readonly operations: Operations;
}

/** Shows the model as a tree. */
export class ClustersTreeDataProvider
  implements vscode.TreeDataProvider<TreeItem>, vscode.Disposable
{
  readonly #model: ClustersModel;
  readonly #view: ViewOptions;
  readonly #operations: Operations;
  readonly #jobs: ClusterJobs;
  readonly #changed = new vscode.EventEmitter<TreeItem | undefined>();
  /** By cluster, the rows that are drawn again when its jobs were looked at: VS Code must be given the same ones. */
  readonly #jobRows = new Map<string, JobRows>();
  readonly #subscriptions: vscode.Disposable;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor({ model, jobs, view, operations }: ClustersTreeParts) {
    this.#model = model;
    this.#jobs = jobs;
    this.#view = view;
    this.#operations = operations;
    const change = (): void => this.#changed.fire(undefined);
    this.#subscriptions = vscode.Disposable.from(
      model.onDidChange(change),
      view.onDidChange(change),
      operations.onDidChange(change),
      jobs.onDidLook(({ cluster, isOther }) => {
        const rows = this.#jobRows.get(clusterKey(cluster));
        if (rows === undefined) return;
        if (isOther) this.#changed.fire(rows.parent);
        else for (const row of rows.running) this.#changed.fire(row);
      }),
    );
  }

  async getChildren(item?: TreeItem): Promise<TreeItem[]> {
    if (item?.kind === 'jobs') {
      const rows = jobItems(item, await this.#jobs.shown(item.cluster));
      const running = rows.filter(({ job }) => job.state === 'running');
      this.#jobRows.set(clusterKey(item.cluster), { parent: item, running });
      return rows;
    }
    if (item !== undefined) return childItems(item);
    return rootItems(await this.#model.known(), this.#view, vscode.l10n.t);
  }

  /** The row that a cluster's jobs are under; `undefined` if it was never expanded. */
  jobsRow(cluster: Cluster): JobsItem | undefined {
    return this.#jobRows.get(clusterKey(cluster))?.parent;
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
      case 'jobs':
        return treeRow({
          id,
          label: vscode.l10n.t('Jobs'),
          description: this.#jobs.problemOf(item.cluster),
          icon: 'play-circle',
          children: 'closed',
        });
      case 'job':
        return jobRow(item);
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

function jobRow(item: JobItem): vscode.TreeItem {
  const { id, job } = item;
  const [icon, color] = jobIcons[job.state];
  const description = [formatJobEnd(job, vscode.l10n.t), formatJobDuration(job, Date.now())]
    .filter(Boolean)
    .join(' · ');
  const label = job.command || job.id;
  return treeRow({
    id,
    label,
    description,
    tooltip: [job.id, job.submittedBy, job.startedAt].filter((part) => part !== null).join('\n'),
    icon,
    color,
    children: 'none',
    context: jobContext(job),
    command: {
      command: 'flintrock.job.showLog',
      title: vscode.l10n.t('Show Job Log'),
      arguments: [item],
    },
    spoken: `${label}, ${description}`,
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
