import type { ClusterNode } from './cluster.ts';

/** What workers give to Spark together; `null` if that isn't known of any. */
export function totalOf(
  workers: readonly ClusterNode[],
  what: 'cores' | 'memoryMiB',
): number | null {
  const known = workers.flatMap((worker) => worker[what] ?? []);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}
