import * as vscode from 'vscode';
import { nodesOf } from '../../model/cluster/cluster.ts';
import { formatNode } from '../../text/clusters.ts';
import { requireCluster, treeItem } from '../clusters/cluster-argument.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { openNodeTerminal } from '../terminals/open-node-terminal.ts';
import { pickOne } from '../ui/window.ts';

/** Open Terminal on Node: on any node. */
export async function openTerminalOnNode(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const item = treeItem(argument);
  if (item?.kind === 'node') {
    await openNodeTerminal(services, item.cluster, item.node.name);
    return;
  }
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to open a terminal on'),
    states: [...usableStates, 'mixed'],
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const node = await pickOne(
    nodesOf(cluster)
      .filter(({ state }) => state === 'running')
      .map((one) => ({ label: one.name, description: formatNode(one, vscode.l10n.t) })),
    {
      title: vscode.l10n.t('Open a terminal on a node of "{0}"', cluster.name),
      placeHolder: vscode.l10n.t('Select a node'),
    },
  );
  if (node !== undefined) await openNodeTerminal(services, cluster, node.label);
}
