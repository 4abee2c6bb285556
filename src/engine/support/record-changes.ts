import type { Cluster } from '../../model/cluster/cluster.ts';
import { toClusterError } from '../../model/errors.ts';
import type { LastingCluster } from '../provider.ts';
import type { FoundCluster } from './find-cluster.ts';

/**
 * Records how many workers a cluster has after a change that succeeded. That it can't be recorded undoes nothing: workers that go
 * missing later aren't missed then.
 */
export async function recordSize(
  { provider, cluster, context }: FoundCluster,
  workers: number,
): Promise<void> {
  try {
    await provider.recordSize?.(cluster, workers, context);
  } catch {
    context.signal.throwIfAborted();
  }
}

/**
 * Tells a cluster that ends by its cost what it costs after its nodes have changed. That it can't be told undoes nothing: its master
 * goes on counting with the price before, and the user hears so.
 */
export async function recordPrice({ provider, cluster, context }: FoundCluster): Promise<void> {
  if (!hasMaxCost(cluster)) return;
  try {
    await provider.recordPrice?.(cluster, context);
  } catch (thrown) {
    context.signal.throwIfAborted();
    const { code: kind, message, remedies } = toClusterError(thrown);
    context.emit('warning', {
      kind,
      message: `The maximum cost of "${cluster.name}" is still counted at its previous price: ${message}`,
      remedies,
    });
  }
}

function hasMaxCost(cluster: Cluster): cluster is LastingCluster {
  return cluster.lifetime?.maxCost != null && cluster.master !== null;
}
