import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { toClusterError } from '../../model/errors.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { openTerminal } from '../ui/window.ts';

/** Opens a terminal on a node, in front. */
export async function openNodeTerminal(
  services: ExtensionServices,
  cluster: Cluster,
  node: string,
): Promise<void> {
  try {
    openTerminal(await services.terminals.options(refOf(cluster), node)).show();
  } catch (error) {
    const doing = vscode.l10n.t('Opening a terminal on {0} of "{1}"', node, cluster.name);
    showFailure(doing, toClusterError(error));
  }
}
