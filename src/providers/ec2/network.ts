import type { SecurityGroup, Subnet } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../engine/provider.ts';
import type { Report } from '../../node/services/spark-release.ts';
import type { Aws } from './aws.ts';

/** The group that every instance of both tools is in: by it the Python tool finds clusters. */
export const baseGroupName = 'flintrock';

/** Name of a cluster's own group, which is also the lock on its name. */
export function clusterGroupName(cluster: string): string {
  return `${baseGroupName}-${cluster}`;
}

/** Name of the group that is the lock on a cluster's size: no cluster's name has a colon in it. */
export function resizeLockName(cluster: string): string {
  return `${clusterGroupName(cluster)}:resize`;
}

/** A place that nodes can be launched in. */
export interface Place {
  readonly subnetId: string;
  readonly zone: string;
  readonly hasPublicAddresses: boolean;
  /** An address in it. */
  readonly address: string;
}

/** Where a cluster can be: all places are in one VPC, and it will be in one of them. */
export interface Network {
  readonly vpcId: string;
  /** In the order in which they are tried; at least one. */
  readonly places: readonly Place[];
}

/** Finds the subnets that were asked for, or the default ones. `undefined`, and reported, if there are none. */
export async function findNetwork(
  aws: Aws,
  { values, signal }: Pick<WorkContext, 'values' | 'signal'>,
  report: Report,
): Promise<Network | undefined> {
  const { ec2SubnetId: asked, ec2VpcId: vpc, ec2AvailabilityZone: zone } = values;
  const { Subnets = [] } = await aws.ec2(
    'DescribeSubnets',
    {
      Filters:
        asked === undefined
          ? [{ Name: 'default-for-az', Values: ['true'] }]
          : [{ Name: 'subnet-id', Values: [asked] }],
    },
    signal,
  );
  const [first] = Subnets;
  if (first === undefined) {
    if (asked === undefined)
      report(
        'error',
        'AWS_RESOURCE_NOT_FOUND',
        `The account has no default VPC in ${aws.region}.`,
        `Name a subnet and its VPC: --ec2-subnet-id and --ec2-vpc-id. ${await subnetsInWords(aws, signal)}`,
        'providers.ec2.subnet-id',
      );
    else
      report(
        'error',
        'AWS_RESOURCE_NOT_FOUND',
        `There is no subnet ${asked} in ${aws.region}.`,
        await subnetsInWords(aws, signal),
        'providers.ec2.subnet-id',
      );
    return undefined;
  }
  const vpcId = first.VpcId ?? '';
  if (vpc !== undefined && vpc !== vpcId)
    report(
      'error',
      'PLAN_REFUSED',
      `Subnet ${first.SubnetId ?? ''} is in ${vpcId}, not in ${vpc}.`,
      'Give the VPC of the subnet, or leave the VPC out.',
      'providers.ec2.vpc-id',
    );
  const fitting = Subnets.filter(
    ({ AvailabilityZone, VpcId }) =>
      VpcId === vpcId && (zone === undefined || AvailabilityZone === zone),
  );
  if (fitting.length === 0) {
    report(
      'error',
      'AWS_RESOURCE_NOT_FOUND',
      asked === undefined
        ? `The default VPC has no subnet in ${zone ?? ''}.`
        : `Subnet ${asked} is in ${first.AvailabilityZone ?? ''}, not in ${zone ?? ''}.`,
      `There are: ${[...new Set(Subnets.map(({ AvailabilityZone }) => AvailabilityZone))].join(', ')}.`,
      'providers.ec2.availability-zone',
    );
    return undefined;
  }
  return { vpcId, places: fitting.map(asPlace) };
}

/** The places of which EC2 says that they have the instance type. */
export async function placesWithType(
  aws: Aws,
  network: Network,
  instanceType: string,
  report: Report,
  signal: AbortSignal,
): Promise<readonly Place[]> {
  const { InstanceTypeOfferings = [] } = await aws.ec2(
    'DescribeInstanceTypeOfferings',
    {
      LocationType: 'availability-zone',
      Filters: [{ Name: 'instance-type', Values: [instanceType] }],
    },
    signal,
  );
  const zones = new Set(InstanceTypeOfferings.map(({ Location }) => Location));
  const having = network.places.filter(({ zone }) => zones.has(zone));
  // An empty answer is a type that the region doesn't have, which is reported where types are looked up.
  if (having.length === 0 && zones.size > 0)
    report(
      'error',
      'PLAN_REFUSED',
      `${instanceType} can’t be had in ${network.places.map(({ zone }) => zone).join(', ')}.`,
      `It can be had in ${[...zones].sort().join(', ')}.`,
      'providers.ec2.instance-type',
    );
  return having;
}

/** The groups of a VPC that a launch has to do with. */
export interface FoundGroups {
  readonly base: SecurityGroup | undefined;
  readonly cluster: SecurityGroup | undefined;
  /** Ids of the person's own groups. */
  readonly own: readonly string[];
}

/** Looks the groups up by name. The person's own that aren't there are reported. */
export async function findGroups(
  aws: Aws,
  cluster: string,
  vpcId: string | undefined,
  { values, signal }: Pick<WorkContext, 'values' | 'signal'>,
  report: Report,
): Promise<FoundGroups> {
  const own = values.ec2SecurityGroups;
  const found = await aws.groups(
    {
      Filters: [
        { Name: 'group-name', Values: [baseGroupName, clusterGroupName(cluster), ...own] },
        ...(vpcId === undefined ? [] : [{ Name: 'vpc-id', Values: [vpcId] }]),
      ],
    },
    signal,
  );
  const named = (name: string): SecurityGroup | undefined =>
    found.find(({ GroupName }) => GroupName === name);
  for (const name of own)
    if (named(name) === undefined && vpcId !== undefined)
      report(
        'error',
        'AWS_RESOURCE_NOT_FOUND',
        `There is no security group "${name}" in ${vpcId}.`,
        'Give the names of groups that the VPC has.',
        'providers.ec2.security-groups',
      );
  return {
    base: named(baseGroupName),
    cluster: named(clusterGroupName(cluster)),
    own: own.flatMap((name) => named(name)?.GroupId ?? []),
  };
}

function asPlace({ SubnetId, AvailabilityZone, MapPublicIpOnLaunch, CidrBlock }: Subnet): Place {
  return {
    subnetId: SubnetId ?? '',
    zone: AvailabilityZone ?? '',
    hasPublicAddresses: MapPublicIpOnLaunch === true,
    address: CidrBlock?.replace(/\/.*/, '') ?? '',
  };
}

async function subnetsInWords(aws: Aws, signal: AbortSignal): Promise<string> {
  const { Subnets = [] } = await aws.ec2('DescribeSubnets', {}, signal);
  if (Subnets.length === 0) return `There are no subnets in ${aws.region}: make one first.`;
  const some = Subnets.slice(0, 6).map(
    ({ SubnetId = '', VpcId = '', AvailabilityZone = '' }) =>
      `${SubnetId} (${VpcId}, ${AvailabilityZone})`,
  );
  const more = Subnets.length - some.length;
  return `There are: ${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}
