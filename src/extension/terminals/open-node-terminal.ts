import { type Cluster } from '../../model/cluster/cluster.ts';
import { toClusterError } from '../../model/errors.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { showFailure } from '../ui/failure.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { openTerminal } from '../ui/window.ts';

export async function openNodeTerminal(
  services: ExtensionServices,
  cluster: Cluster,
  node: string,
): Promise<void> {
  try {
    openTerminal(await services.terminals.options(refOf(cluster), node)).show();
  } catch (error) {
    showFailure(`Opening a terminal on ${node} of "${cluster.name}"`, toClusterError(error));
  }
}
