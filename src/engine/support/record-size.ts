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
