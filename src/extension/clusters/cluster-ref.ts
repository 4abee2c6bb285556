import type { PartialValues } from '../../config/options/options.ts';
import type { Cluster, ProviderKind } from '../../model/cluster/cluster.ts';
import type { ClusterRef } from '../../model/remedy.ts';

/** Where a cluster is, so that a name means one cluster. */
export interface LocatedCluster extends ClusterRef {
  readonly provider: ProviderKind;
}

/** Stands for a cluster in ids and maps. */
export function clusterKey({ name, provider, region, vpcId }: LocatedCluster): string {
  return [provider, region ?? '', ...(vpcId == null ? [] : [vpcId]), name].join('/');
}

/** The options that make verbs look where the cluster is, and nowhere else. */
export function refToOptions(
  { provider, region, vpcId }: LocatedCluster,
  profile: string | undefined,
): PartialValues {
  if (provider === 'local') return { provider };
  return {
    provider,
    ...(region !== undefined && { ec2Region: region, ec2Regions: [] }),
    ...(vpcId != null && { ec2VpcId: vpcId }),
    ...(profile !== undefined && { ec2Profile: profile }),
  };
}

/** Whether a cluster is the one that is meant, as far as that is said. */
export function isAt(cluster: Cluster, { name, provider, region, vpcId }: ClusterRef): boolean {
  return (
    cluster.name === name &&
    (provider === undefined || cluster.provider === provider) &&
    (region === undefined || cluster.region === region) &&
    (vpcId == null || cluster.vpcId === vpcId)
  );
}

/** Only the place of a cluster. */
export function refOf({ name, provider, region, vpcId }: Cluster): LocatedCluster {
  return { name, provider, region, vpcId };
}
