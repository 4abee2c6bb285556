import type { ClusterConnection, ConnectMode } from '../provider.ts';
import type { FoundCluster } from './find-cluster.ts';

/** Connects to a cluster for as long as `work` takes. */
export async function withConnection<T>(
  { provider, cluster, context }: FoundCluster,
  patience: ConnectMode,
  work: (connection: ClusterConnection) => Promise<T>,
): Promise<T> {
  const connection = await provider.connect(cluster, patience, context);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
