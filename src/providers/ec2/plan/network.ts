import type { SecurityGroup, Subnet } from '@aws-sdk/client-ec2';
import { advice, setOption } from '../../../model/remedy.ts';
import type { Report } from '../../../node/services/spark-release.ts';
import { formatCount } from '../../../text/counts.ts';
import { filtersOf } from '../api/filters.ts';
import type { Ec2Session } from '../api/session.ts';

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
export interface LaunchSubnet {
  readonly subnetId: string;
  readonly zone: string;
  readonly hasPublicAddresses: boolean;
  /** An address in it. */
  readonly address: string;
  /** How many nodes there are addresses for; `undefined` if EC2 doesn't say. */
  readonly freeAddresses?: number | undefined;
}

/** Where a cluster can be: all places are in one VPC, and it will be in one of them. */
export interface Network {
  /** Id of the account whose subnets these are. */
  readonly accountId: string | undefined;
  readonly vpcId: string;
  /** In the order in which they are tried; at least one. */
  readonly places: readonly LaunchSubnet[];
}

/**
 * Finds the subnets that were asked for, or the default ones, in the order in which they, or their zones, were given. `undefined`,
 * and reported, if there are none.
 */
export async function findNetwork(
  session: Ec2Session,
  report: Report,
): Promise<Network | undefined> {
  const { aws, signal, values } = session;
  const { ec2SubnetId: asked, ec2VpcId: vpc, ec2AvailabilityZone: zones } = values;
  const { Subnets = [] } = await aws.ec2(
    'DescribeSubnets',
    filtersOf(asked.length === 0 ? { 'default-for-az': ['true'] } : { 'subnet-id': asked }),
    signal,
  );
  const key = 'providers.ec2.subnet-id';
  const found = inOrder(Subnets, asked, ({ SubnetId }) => SubnetId);
  const missing = asked.filter((id) => !Subnets.some(({ SubnetId }) => SubnetId === id));
  for (const id of missing)
    report(
      'error',
      'AWS_RESOURCE_NOT_FOUND',
      `Subnet ${id} was not found in ${aws.region}.`,
      advice(await subnetsInWords(session)),
      key,
    );
  const [first] = found;
  if (first === undefined) {
    if (asked.length === 0)
      report(
        'error',
        'AWS_RESOURCE_NOT_FOUND',
        `There are no default subnets in ${aws.region}: the AWS account has no default VPC there, or it was left without subnets.`,
        [
          setOption('Specify a subnet.', key),
          setOption('Specify the VPC of the subnet as well.', 'providers.ec2.vpc-id'),
          ...advice(await subnetsInWords(session)),
        ],
        key,
      );
    return undefined;
  }
  for (const { SubnetId = '', Ipv6Native } of found)
    if (Ipv6Native === true)
      report(
        'error',
        'PLAN_REFUSED',
        `Subnet ${SubnetId} is IPv6-only. The nodes require private IPv4 addresses, by which Spark and HDFS connect.`,
        advice('Use a subnet with an IPv4 CIDR block (dual stack).'),
        key,
      );
  const vpcId = first.VpcId ?? '';
  if (vpc !== undefined && vpc !== vpcId)
    report(
      'error',
      'PLAN_REFUSED',
      `Subnet ${first.SubnetId ?? ''} is in ${vpcId}, not in ${vpc}.`,
      advice('Specify the VPC of the subnet, or remove the VPC option.'),
      'providers.ec2.vpc-id',
    );
  const other = asked.length === 0 ? undefined : found.find(({ VpcId }) => VpcId !== vpcId);
  if (other !== undefined)
    report(
      'error',
      'PLAN_REFUSED',
      `Subnet ${other.SubnetId ?? ''} is in ${other.VpcId ?? ''}, but ${first.SubnetId ?? ''} is in ${vpcId}; all subnets must be in the same VPC.`,
      advice('Use subnets of one VPC.'),
      key,
    );
  const fitting = inOrder(
    found.filter(({ VpcId }) => VpcId === vpcId),
    zones,
    ({ AvailabilityZone }) => AvailabilityZone,
  );
  const empty = zones.filter(
    (zone) => !fitting.some(({ AvailabilityZone }) => AvailabilityZone === zone),
  );
  if (fitting.length === 0 || (asked.length === 0 && empty.length > 0)) {
    report(
      'error',
      'AWS_RESOURCE_NOT_FOUND',
      asked.length === 0
        ? `The default VPC has no subnet in ${empty.join(', ')}.`
        : `Subnet ${asked.join(', ')} is in ${zonesOf(found)}, not in ${zones.join(', ')}.`,
      advice(`Use one of: ${zonesOf(found)}.`),
      'providers.ec2.availability-zone',
    );
    return undefined;
  }
  const places = withRoom(fitting.map(asPlace), values, report);
  return { vpcId, accountId: first.OwnerId, places };
}

/**
 * Places that have an address for each node that is needed at least; all of them, and an error, if none has. A cluster is in one
 * subnet: what is free in another is no use.
 */
function withRoom(
  places: readonly LaunchSubnet[],
  { numWorkers, minWorkers }: Ec2Session['values'],
  report: Report,
): readonly LaunchSubnet[] {
  const nodes = (minWorkers ?? numWorkers) + 1;
  const isFull = ({ freeAddresses = Infinity }: LaunchSubnet): boolean => freeAddresses < nodes;
  const full = places.filter(isFull);
  if (full.length === 0) return places;
  const isHopeless = full.length === places.length;
  const counts = full.map(
    ({ subnetId, freeAddresses = 0 }) =>
      `${subnetId} has ${formatCount(freeAddresses, 'available address')}`,
  );
  report(
    isHopeless ? 'error' : 'warning',
    'PLAN_REFUSED',
    `${formatCount(nodes, 'node')} don’t fit into ${full.length === 1 ? 'a subnet' : 'these subnets'}: ${counts.join(', ')}.`,
    isHopeless
      ? [
          setOption('Use a larger subnet.', 'providers.ec2.subnet-id'),
          setOption('Or launch fewer workers.', 'launch.num-slaves'),
        ]
      : [],
    'providers.ec2.subnet-id',
  );
  return isHopeless ? places : places.filter((place) => !isFull(place));
}

/** Those of the wanted ones, in their order; all of them if none are wanted. */
function inOrder(
  subnets: readonly Subnet[],
  wanted: readonly string[],
  by: (subnet: Subnet) => string | undefined,
): readonly Subnet[] {
  return wanted.length === 0
    ? subnets
    : wanted.flatMap((one) => subnets.filter((subnet) => by(subnet) === one));
}

function zonesOf(subnets: readonly Subnet[]): string {
  return [...new Set(subnets.map(({ AvailabilityZone }) => AvailabilityZone))].join(', ');
}

/** Which zones have which of the instance types, as EC2 says: by type. */
export async function findOfferings(
  instanceTypes: readonly string[],
  { aws, signal }: Ec2Session,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Set<string>>();
  let NextToken: string | undefined;
  do {
    const page = await aws.ec2(
      'DescribeInstanceTypeOfferings',
      {
        LocationType: 'availability-zone',
        ...filtersOf({ 'instance-type': instanceTypes }),
        ...(NextToken !== undefined && { NextToken }),
      },
      signal,
    );
    for (const { InstanceType = '', Location = '' } of page.InstanceTypeOfferings ?? [])
      found.set(InstanceType, (found.get(InstanceType) ?? new Set<string>()).add(Location));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

/** Reports types that none of the places has: an error if nothing else is there to try. */
export function checkOfferings(
  offerings: ReadonlyMap<string, ReadonlySet<string>>,
  places: readonly LaunchSubnet[],
  hasOffers: boolean,
  report: Report,
): void {
  for (const [type, zones] of offerings) {
    if (places.some(({ zone }) => zones.has(zone))) continue;
    report(
      hasOffers ? 'warning' : 'error',
      'PLAN_REFUSED',
      `${type} is not available in ${places.map(({ zone }) => zone).join(', ')}.`,
      advice(`It is available in ${[...zones].sort().join(', ')}.`),
      'providers.ec2.instance-type',
    );
  }
}

/** The groups of a VPC that a launch has to do with. */
export interface FoundGroups {
  /** Id of the account that they are in; `undefined` if there are none. */
  readonly accountId: string | undefined;
  readonly base: SecurityGroup | undefined;
  readonly cluster: SecurityGroup | undefined;
  /** Ids of the user's own groups. */
  readonly own: readonly string[];
}

/** Looks the groups up by name, the user's own also by id. Those of them that aren't there are reported. */
export async function findGroups(
  cluster: string,
  vpcId: string | undefined,
  { aws, signal, values }: Ec2Session,
  report: Report,
): Promise<FoundGroups> {
  const own = values.ec2SecurityGroups;
  const ids = own.filter((one) => /^sg-[0-9a-f]+$/.test(one));
  const inVpc = vpcId !== undefined && { 'vpc-id': [vpcId] };
  const [found, byId] = await Promise.all([
    aws.groups(
      { 'group-name': [baseGroupName, clusterGroupName(cluster), ...own], ...inVpc },
      signal,
    ),
    ids.length === 0 ? [] : aws.groups({ 'group-id': ids, ...inVpc }, signal),
  ]);
  const named = (name: string): SecurityGroup | undefined =>
    found.find(({ GroupName }) => GroupName === name) ??
    byId.find(({ GroupId }) => GroupId === name);
  for (const name of own)
    if (named(name) === undefined && vpcId !== undefined)
      report(
        'error',
        'AWS_RESOURCE_NOT_FOUND',
        `Security group "${name}" was not found in ${vpcId}.`,
        advice('Specify the names or IDs of security groups in the VPC.'),
        'providers.ec2.security-groups',
      );
  return {
    accountId: found[0]?.OwnerId,
    base: named(baseGroupName),
    cluster: named(clusterGroupName(cluster)),
    own: own.flatMap((name) => named(name)?.GroupId ?? []),
  };
}

function asPlace({
  SubnetId,
  AvailabilityZone,
  MapPublicIpOnLaunch,
  CidrBlock,
  AvailableIpAddressCount,
}: Subnet): LaunchSubnet {
  return {
    subnetId: SubnetId ?? '',
    zone: AvailabilityZone ?? '',
    hasPublicAddresses: MapPublicIpOnLaunch === true,
    address: CidrBlock?.replace(/\/.*/, '') ?? '',
    freeAddresses: AvailableIpAddressCount,
  };
}

async function subnetsInWords({ aws, signal }: Ec2Session): Promise<string> {
  const { Subnets = [] } = await aws.ec2('DescribeSubnets', {}, signal);
  if (Subnets.length === 0) return `${aws.region} has no subnets; create one first.`;
  const some = Subnets.slice(0, 6).map(
    ({ SubnetId = '', VpcId = '', AvailabilityZone = '' }) =>
      `${SubnetId} (${VpcId}, ${AvailabilityZone})`,
  );
  const more = Subnets.length - some.length;
  return `Use one of: ${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}
