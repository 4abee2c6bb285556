import type { WorkContext } from '../../../engine/provider.ts';
import type { Cluster } from '../../../model/cluster/cluster.ts';
import { isClusterError } from '../../../model/errors.ts';
import type { ServiceProperties } from '../../../model/software/properties.ts';
import { readConfiguration } from '../../../node/bootstrap/launch-record.ts';
import { readClusterTags, writeTags } from '../api/tags.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { recordOf } from './launch-record.ts';
import { servicesOf } from './observe.ts';

/**
 * A cluster with the services that its launch recorded in the master's user data, which nobody can change while it runs. Where
 * there is no record, as of the Python tool's clusters, it stays as its tags say.
 */
export async function withRecordedServices(
  cluster: Cluster,
  reader: ClusterReader,
  context: WorkContext,
): Promise<Cluster> {
  const { master, launchId } = cluster;
  if (master === null || launchId === null) return cluster;
  const found = await reader.known(cluster, context);
  const session = await reader.session(context, cluster.region);
  try {
    const { record } = await recordOf(master.id, reader.sealOf(found), session);
    const services = servicesOf(readClusterTags(writeTags(record.tags)), master);
    return { ...cluster, services: services.map((service) => asSeen(service, cluster)) };
  } catch (error) {
    if (isClusterError(error, 'CLUSTER_STATE_UNFIT')) return cluster;
    throw error;
  }
}

/** See `Provider.configuration`. */
export async function recordedConfiguration(
  cluster: Cluster,
  reader: ClusterReader,
  context: WorkContext,
): Promise<ServiceProperties | undefined> {
  const { master, launchId } = cluster;
  if (master === null || launchId === null) return undefined;
  const found = await reader.known(cluster, context);
  const session = await reader.session(context, cluster.region);
  const { userData } = await recordOf(master.id, reader.sealOf(found), session);
  return readConfiguration(userData);
}

/** What was found out of a service while it was looked at stays. */
function asSeen(
  service: Cluster['services'][number],
  { services }: Cluster,
): Cluster['services'][number] {
  return services.find(({ name }) => name === service.name) ?? service;
}
