import type { FoundCluster } from './engine.ts';
import type { ClusterConnection } from './provider.ts';

/**
 * Connects to a cluster for as long as `work` takes.
 *
 * @param patience `look`: what doesn't answer at once is not waited for; `wait`: it is becoming ready
 */
export async function withConnection<T>(
  { provider, cluster, context }: FoundCluster,
  patience: 'look' | 'wait',
  work: (connection: ClusterConnection) => Promise<T>,
): Promise<T> {
  const connection = await provider.connect(cluster, patience, context);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
