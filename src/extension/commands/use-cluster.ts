import { timeLimit } from '../../model/time-limit.ts';
import * as vscode from 'vscode';
import { clusterStates, nodesOf, type Cluster } from '../../model/cluster.ts';
import { toClusterError } from '../../model/errors.ts';
import { webPages, type WebPage } from '../../model/web-page.ts';
import { formatNode } from '../../text/clusters.ts';
import { placeOf } from '../cluster-key.ts';
import { showFailure } from '../failure.ts';
import type { LaunchRecord } from '../launches.ts';
import type { Parts } from '../parts.ts';
import { followCluster } from '../resume-launches.ts';
import { openTerminal, pickOne, showInformation, withProgress } from '../ui/window.ts';
import { requireTarget, treeItem, usable } from './targets.ts';

/** How long a page may take to be there, in milliseconds. */
const openLimitMs = 60_000;

/** SSH to Master: a terminal on the master, in one click. */
export async function loginToMaster(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Open a terminal on a master'),
    states: usable,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster !== undefined) await openNodeTerminal(parts, cluster, 'master');
}

/** SSH to Node: a terminal on any node. */
export async function loginToNode(parts: Parts, argument: unknown): Promise<void> {
  const item = treeItem(argument);
  if (item?.kind === 'node') {
    await openNodeTerminal(parts, item.cluster, item.node.name);
    return;
  }
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Open a terminal on a node'),
    states: [...usable, 'mixed'],
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const node = await pickOne(
    nodesOf(cluster)
      .filter(({ state }) => state === 'running')
      .map((one) => ({ label: one.name, description: formatNode(one, vscode.l10n.t) })),
    {
      title: vscode.l10n.t('Open a terminal on a node of "{0}"', cluster.name),
      placeHolder: vscode.l10n.t('Pick a node'),
    },
  );
  if (node !== undefined) await openNodeTerminal(parts, cluster, node.label);
}

async function openNodeTerminal(parts: Parts, cluster: Cluster, node: string): Promise<void> {
  try {
    openTerminal(await parts.terminals.options(placeOf(cluster), node)).show();
  } catch (error) {
    showFailure(`Opening a terminal on ${node} of "${cluster.name}"`, toClusterError(error));
  }
}

/** Open UI: in the browser; a picker if there are several. */
export async function openUi(parts: Parts, argument: unknown): Promise<void> {
  const item = treeItem(argument);
  if (item?.kind === 'ui') {
    await openPage(parts, item.cluster, item.page);
    return;
  }
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Open a web page of a cluster'),
    states: usable,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const pages = webPages(cluster);
  const [only] = pages;
  if (only === undefined) {
    void showInformation(vscode.l10n.t('"{0}" has no web page now.', cluster.name));
    return;
  }
  const picked =
    pages.length === 1
      ? only
      : await pickOne(
          pages.map((page) => ({ label: page.label, page })),
          {
            title: vscode.l10n.t('Open a web page of "{0}"', cluster.name),
            placeHolder: vscode.l10n.t('Pick a page'),
          },
        ).then((choice) => choice?.page);
  if (picked !== undefined) await openPage(parts, cluster, picked);
}

async function openPage(parts: Parts, cluster: Cluster, page: WebPage): Promise<void> {
  const doing = vscode.l10n.t('Opening {0} of "{1}"', page.label, cluster.name);
  try {
    const addresses = await withProgress({ location: 'window', title: doing }, () =>
      parts.pages.addresses(placeOf(cluster), page.id, timeLimit(openLimitMs)),
    );
    const [only] = addresses;
    if (only === undefined) {
      void showInformation(vscode.l10n.t('Nothing runs on "{0}" now.', cluster.name));
      return;
    }
    const picked =
      addresses.length === 1
        ? only
        : await pickOne(
            addresses.map((one) => ({ label: one.label, one })),
            {
              title: vscode.l10n.t('Jobs on "{0}"', cluster.name),
              placeHolder: vscode.l10n.t('Of which application?'),
            },
          ).then((choice) => choice?.one);
    // In a browser elsewhere VS Code forwards the port once more by itself.
    if (picked !== undefined) await vscode.env.openExternal(vscode.Uri.parse(picked.address, true));
  } catch (error) {
    showFailure(doing, toClusterError(error));
  }
}

/** Describe: what the engine knows of a cluster, its services asked, as a document. */
export async function describeCluster(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Describe a cluster'),
    states: clusterStates,
    none: vscode.l10n.t('There is no cluster.'),
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Describing "{0}"', cluster.name);
  const outcome = await parts.operations.run({
    place: placeOf(cluster),
    verb: 'describe',
    title: doing,
    location: 'window',
    work: (engine, options) => engine.describe(cluster.name, options),
  });
  if (!outcome.ok) {
    showFailure(doing, outcome.error);
    return;
  }
  const content = JSON.stringify(outcome.value.clusters[0] ?? null, null, 2);
  await parts.descriptions.show(cluster.name, content);
}

/** Show Launch Log: that of a cluster, or the newest. */
export async function showLaunchLog(parts: Parts, argument: unknown): Promise<void> {
  const item = treeItem(argument);
  const name =
    typeof argument === 'string'
      ? argument
      : item !== undefined && 'cluster' in item
        ? item.cluster.name
        : undefined;
  const record = name === undefined ? await pickLaunch(parts) : await launchLogOf(parts, name);
  if (record !== undefined) parts.launchLogs.show(record);
  else if (name !== undefined)
    void showInformation(
      vscode.l10n.t('"{0}" was not launched from here: there is no launch log of it.', name),
    );
}

/** The log of a cluster's launch: that of a window, else what its cluster shows. */
async function launchLogOf(parts: Parts, name: string): Promise<LaunchRecord | undefined> {
  const record = await parts.launches.latest(name);
  const isOpen = record !== undefined && (record.end?.status ?? 'interrupted') === 'interrupted';
  // One that is launched now isn't of a launch that has ended.
  return isOpen ? record : ((await watchLaunch(parts, name)) ?? record);
}

/** The launch of another client, as far as its cluster shows it; `undefined` if none goes on. */
async function watchLaunch(parts: Parts, name: string): Promise<LaunchRecord | undefined> {
  const cluster = parts.model.clusters.find(
    (one) => one.name === name && (one.state === 'launching' || one.state === 'half-launched'),
  );
  if (cluster === undefined) return undefined;
  const began = cluster.launchedAt === null ? new Date() : new Date(cluster.launchedAt);
  const record = await parts.launches.watch(name, began);
  followCluster(parts, record, placeOf(cluster));
  return record;
}

async function pickLaunch({ launches }: Parts) {
  const records = await launches.all();
  if (records.length === 0) {
    void showInformation(vscode.l10n.t('No cluster was launched from here yet.'));
    return undefined;
  }
  if (records.length === 1) return records[0];
  const picked = await pickOne(
    records.map((record) => ({
      label: record.header.cluster,
      description: `${record.end?.status ?? 'launching'} · ${new Date(record.header.startedAt).toLocaleString()}`,
      record,
    })),
    { title: vscode.l10n.t('Show a launch log') },
  );
  return picked?.record;
}
