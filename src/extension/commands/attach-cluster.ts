import * as vscode from 'vscode';
import { attach } from '../attach/attach.ts';
import { attachableFolder } from '../attach/attachable-folder.ts';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';

/** Attach to This Workspace. */
export async function attachCluster(services: ExtensionServices, argument: unknown): Promise<void> {
  const folder = await attachableFolder(services.isElsewhere);
  if (folder === undefined) return;
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to attach'),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster !== undefined) await attach(services, folder, cluster);
}
