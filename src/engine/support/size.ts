import type { Cluster } from '../../model/cluster/cluster.ts';
import type { FoundCluster } from './find-cluster.ts';

/** How many workers a cluster should have and hasn't, as far as its provider lists it. */
export function missingWorkers({ expectedWorkers = 0, workers }: Cluster): number {
  return Math.max(0, expectedWorkers - workers.length);
}

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
