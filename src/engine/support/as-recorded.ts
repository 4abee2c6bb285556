import { ClusterError } from '../../model/errors.ts';
import type { FoundCluster } from './find-cluster.ts';

/**
 * A cluster with the services that its launch recorded: before data may be lost, what others can write isn't asked whether there
 * is any.
 */
export async function asRecorded(found: FoundCluster): Promise<FoundCluster> {
  const { provider, cluster, context } = found;
  const recorded = await provider.withRecordedServices?.(cluster, context);
  return recorded === undefined ? found : { ...found, cluster: recorded };
}

/**
 * A cluster as it is now, for a client that has just had to wait for its turn.
 *
 * @throws ClusterError `CLUSTER_NOT_FOUND` if it was removed meanwhile
 */
export async function lookAgain(found: FoundCluster): Promise<FoundCluster> {
  const { name } = found.cluster;
  const cluster = await found.provider.find(name, found.context);
  if (cluster === undefined)
    throw new ClusterError('CLUSTER_NOT_FOUND', `Cluster "${name}" was destroyed in the meantime.`);
  return asRecorded({ ...found, cluster });
}
