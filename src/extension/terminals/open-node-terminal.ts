import { type Cluster } from '../../model/cluster/cluster.ts';
import { toClusterError } from '../../model/errors.ts';
import { placeOf } from '../clusters/cluster-ref.ts';
import { showFailure } from '../ui/failure.ts';
import type { Parts } from '../extension-services.ts';
import { openTerminal } from '../ui/window.ts';

export async function openNodeTerminal(
  parts: Parts,
  cluster: Cluster,
  node: string,
): Promise<void> {
  try {
    openTerminal(await parts.terminals.options(placeOf(cluster), node)).show();
  } catch (error) {
    showFailure(`Opening a terminal on ${node} of "${cluster.name}"`, toClusterError(error));
  }
}
