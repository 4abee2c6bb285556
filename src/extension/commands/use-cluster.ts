import * as vscode from 'vscode';
import { clusterStates, nodesOf, type Cluster } from '../../model/cluster.ts';
import { toClusterError } from '../../model/errors.ts';
import { placeOf } from '../cluster-key.ts';
import { showFailure } from '../failure.ts';
import type { Parts } from '../parts.ts';
import { uisOf } from '../tree/tree-item.ts';
import { nodeDescription } from '../words.ts';
import { requireTarget, treeItem, usable } from './targets.ts';

/** SSH to Master: a terminal on the master, in one click. */
export async function loginToMaster(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: 'Open a terminal on a master',
    states: usable,
    none: 'No cluster is running.',
  });
  if (cluster !== undefined) await openTerminal(parts, cluster, 'master');
}

/** SSH to Node: a terminal on any node. */
export async function loginToNode(parts: Parts, argument: unknown): Promise<void> {
  const item = treeItem(argument);
  if (item?.kind === 'node') {
    await openTerminal(parts, item.cluster, item.node.name);
    return;
  }
  const cluster = await requireTarget(parts, argument, {
    title: 'Open a terminal on a node',
    states: [...usable, 'mixed'],
    none: 'No cluster is running.',
  });
  if (cluster === undefined) return;
  const node = await vscode.window.showQuickPick(
    nodesOf(cluster)
      .filter(({ state }) => state === 'running')
      .map((one) => ({ label: one.name, description: nodeDescription(one) })),
    { title: `Open a terminal on a node of "${cluster.name}"`, placeHolder: 'Pick a node' },
  );
  if (node !== undefined) await openTerminal(parts, cluster, node.label);
}

async function openTerminal(parts: Parts, cluster: Cluster, node: string): Promise<void> {
  try {
    vscode.window.createTerminal(await parts.terminals.options(placeOf(cluster), node)).show();
  } catch (error) {
    showFailure(`Opening a terminal on ${node} of "${cluster.name}"`, toClusterError(error));
  }
}

/** Open UI: in the browser; a picker if there are several. */
export async function openUi(parts: Parts, argument: unknown): Promise<void> {
  const item = treeItem(argument);
  if (item?.kind === 'ui') {
    await openAddress(item.address);
    return;
  }
  const cluster = await requireTarget(parts, argument, {
    title: 'Open a web page of a cluster',
    states: usable,
    none: 'No cluster is running.',
  });
  if (cluster === undefined) return;
  const uis = uisOf(cluster);
  const [only] = uis;
  if (only === undefined) {
    void vscode.window.showInformationMessage(
      `"${cluster.name}" has no web page that can be opened from here.`,
    );
    return;
  }
  const picked =
    uis.length === 1
      ? only
      : await vscode.window
          .showQuickPick(
            uis.map((ui) => ({ label: ui.label, description: ui.address, ui })),
            { title: `Open a web page of "${cluster.name}"` },
          )
          .then((choice) => choice?.ui);
  if (picked !== undefined) await openAddress(picked.address);
}

async function openAddress(address: string): Promise<void> {
  await vscode.env.openExternal(vscode.Uri.parse(address, true));
}

/** Describe: what the engine knows of a cluster, its services asked, as a document. */
export async function describeCluster(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: 'Describe a cluster',
    states: clusterStates,
    none: 'There is no cluster.',
  });
  if (cluster === undefined) return;
  const doing = `Describing "${cluster.name}"`;
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
  const document = await vscode.workspace.openTextDocument({ language: 'json', content });
  await vscode.window.showTextDocument(document, { preview: true });
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
  const record = name === undefined ? await pickLaunch(parts) : await parts.launches.latest(name);
  if (record !== undefined) parts.launchLogs.show(record);
  else if (name !== undefined)
    void vscode.window.showInformationMessage(
      `"${name}" was not launched from here: there is no launch log of it.`,
    );
}

async function pickLaunch({ launches }: Parts) {
  const records = await launches.all();
  if (records.length === 0) {
    void vscode.window.showInformationMessage('No cluster was launched from here yet.');
    return undefined;
  }
  if (records.length === 1) return records[0];
  const picked = await vscode.window.showQuickPick(
    records.map((record) => ({
      label: record.header.cluster,
      description: `${record.end?.status ?? 'launching'} · ${new Date(record.header.startedAt).toLocaleString()}`,
      record,
    })),
    { title: 'Show a launch log' },
  );
  return picked?.record;
}
