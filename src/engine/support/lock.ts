import { type Cluster } from '../../model/cluster/cluster.ts';
import { isClusterError } from '../../model/errors.ts';
import { type Verb } from '../../model/events.ts';
import { type FoundCluster } from './find-cluster.ts';

/** Runs `work` while no other client may work on the cluster. */
export async function locked<T>(
  {
    provider,
    cluster,
    context,
  }: Pick<FoundCluster, 'provider' | 'context'> & {
    readonly cluster: Pick<Cluster, 'name' | 'region' | 'vpcId'>;
  },
  verb: Verb,
  work: () => Promise<T>,
): Promise<T> {
  const release = await provider.lock(cluster, verb, context);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Whether an error only says that somebody else works on the cluster. */
export function isBusy(error: unknown): boolean {
  return isClusterError(error, 'CLUSTER_BUSY');
}
