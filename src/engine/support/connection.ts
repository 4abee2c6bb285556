import type { ClusterConnection } from '../provider.ts';
import type { FoundCluster } from './find-cluster.ts';

/** Connects to a cluster that should run, for as long as `work` takes. */
export async function withConnection<T>(
  { provider, cluster, context }: FoundCluster,
  work: (connection: ClusterConnection) => Promise<T>,
): Promise<T> {
  return closing(await provider.connect(cluster, 'once', context), work);
}

/** Closes a connection when `work` is done with it. */
export async function closing<T>(
  connection: ClusterConnection,
  work: (connection: ClusterConnection) => Promise<T>,
): Promise<T> {
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
