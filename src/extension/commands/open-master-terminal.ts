import * as vscode from 'vscode';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { openNodeTerminal } from '../terminals/open-node-terminal.ts';

/** Open Terminal on Master: in one click. */
export async function openMasterTerminal(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to open a terminal on'),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster !== undefined) await openNodeTerminal(services, cluster, 'master');
}
