import type { Image, InstanceTypeInfo, Subnet } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../../engine/provider.ts';
import type { Choice, ChoosableOption } from '../../../model/choice.ts';
import { awsRegions } from '../api/region.ts';
import type { Ec2Session } from '../api/session.ts';
import { profileNames } from '../api/shared-config.ts';
import { amazonLinuxParameter, type Machine, readMachine, smallestMemoryMiB } from './machines.ts';
import { regionPrices } from './prices.ts';

/** Options whose values need no account: a user who looks for them may have none that works yet. */
type LocalOption = 'ec2Profile' | 'ec2Region';

/** What the value of such an option can be, by what this machine and AWS's own list have. */
export async function localChoices(
  option: LocalOption,
  places: Pick<WorkContext, 'env' | 'home'>,
): Promise<readonly Choice[]> {
  const names = option === 'ec2Profile' ? await profileNames(places) : awsRegions;
  return names.map((value) => ({ value }));
}

/** What an option's value can be, by what the account and the region have. */
export async function accountChoices(
  option: Exclude<ChoosableOption, LocalOption>,
  session: Ec2Session,
): Promise<readonly Choice[]> {
  const { values } = session;
  switch (option) {
    case 'ec2KeyName':
      return keyPairs(session);
    case 'ec2SubnetId':
      return (await subnets(session))
        .filter(({ VpcId }) => values.ec2VpcId === undefined || VpcId === values.ec2VpcId)
        .map(asSubnet);
    case 'ec2VpcId':
      return grouped(await subnets(session), ({ VpcId }) => VpcId);
    case 'ec2AvailabilityZone':
      return grouped(await subnets(session), ({ AvailabilityZone }) => AvailabilityZone);
    case 'ec2Ami':
      return images(session);
    case 'ec2InstanceType':
    case 'ec2MasterInstanceType':
    case 'ec2FallbackInstanceTypes':
      return instanceTypes(session);
  }
}

async function keyPairs({ aws, signal }: Ec2Session): Promise<Choice[]> {
  const { KeyPairs = [] } = await aws.ec2('DescribeKeyPairs', {}, signal);
  return KeyPairs.map(({ KeyName = '', KeyType = '', KeyFingerprint = '' }) => ({
    value: KeyName,
    facts: { kind: 'key-pair' as const, type: KeyType, fingerprint: KeyFingerprint },
  })).sort(byValue);
}

async function subnets({ aws, signal }: Ec2Session): Promise<Subnet[]> {
  const found: Subnet[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.ec2('DescribeSubnets', NextToken ? { NextToken } : {}, signal);
    found.push(...(page.Subnets ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

function asSubnet(subnet: Subnet): Choice {
  const { SubnetId = '', AvailabilityZone = '', VpcId = '', CidrBlock = '' } = subnet;
  return {
    value: SubnetId,
    facts: {
      kind: 'subnet',
      name: subnet.Tags?.find(({ Key }) => Key === 'Name')?.Value ?? null,
      zone: AvailabilityZone,
      vpc: VpcId,
      cidr: CidrBlock,
      isDefault: subnet.DefaultForAz === true,
      isPublic: subnet.MapPublicIpOnLaunch === true,
      freeAddresses: subnet.AvailableIpAddressCount ?? 0,
    },
  };
}

/** What subnets have in common, with how many they are. */
function grouped(all: readonly Subnet[], by: (subnet: Subnet) => string | undefined): Choice[] {
  const groups = new Map<string, Subnet[]>();
  for (const subnet of all) {
    const value = by(subnet) ?? '';
    groups.set(value, [...(groups.get(value) ?? []), subnet]);
  }
  return [...groups]
    .map(([value, members]) => ({
      value,
      facts: {
        kind: 'subnets' as const,
        count: members.length,
        hasDefault: members.some(({ DefaultForAz }) => DefaultForAz === true),
      },
    }))
    .sort(byValue);
}

/** The newest Amazon Linux, then what is the account's own, the newest first. */
async function images({ aws, signal }: Ec2Session): Promise<Choice[]> {
  const [{ Images = [] }, ...newest] = await Promise.all([
    aws.ec2('DescribeImages', { Owners: ['self'] }, signal),
    ...(['x86_64', 'arm64'] as const).map(async (architecture): Promise<Choice[]> => {
      const value = await aws.parameter(amazonLinuxParameter(architecture), signal);
      const name = 'Amazon Linux 2023';
      return value === undefined
        ? []
        : [{ value, facts: { kind: 'image', name, architecture, created: null } }];
    }),
  ]);
  const usable = Images.filter(
    ({ State, Platform }) => State === 'available' && !/windows/i.test(Platform ?? ''),
  ).sort((a, b) => (b.CreationDate ?? '').localeCompare(a.CreationDate ?? ''));
  return [...newest.flat(), ...usable.map(asImage)];
}

function asImage({ ImageId = '', Name, Architecture, CreationDate = '' }: Image): Choice {
  return {
    value: ImageId,
    facts: {
      kind: 'image',
      name: Name ?? null,
      architecture: Architecture ?? null,
      created: CreationDate.slice(0, 10),
    },
  };
}

/** Types that Spark can run on, with their prices if AWS's list can be asked. */
async function instanceTypes(session: Ec2Session): Promise<Choice[]> {
  const { signal } = session;
  const [types, prices] = await Promise.all([
    allTypes(session),
    regionPrices(session).catch((): ReadonlyMap<string, number> => {
      signal.throwIfAborted();
      return new Map();
    }),
  ]);
  return types
    .map((info) => readMachine(info.InstanceType ?? '', info))
    .filter(({ memoryMiB }) => memoryMiB >= smallestMemoryMiB)
    .sort(
      (a, b) =>
        family(a).localeCompare(family(b)) || a.cores - b.cores || a.memoryMiB - b.memoryMiB,
    )
    .map((machine) => asType(machine, prices.get(machine.instanceType)));
}

function asType(machine: Machine, price: number | undefined): Choice {
  const { instanceType, cores, memoryMiB, architecture } = machine;
  return {
    value: instanceType,
    facts: {
      kind: 'instance-type',
      cores,
      memoryMiB,
      architecture,
      pricePerHour: price ?? null,
    },
  };
}

async function allTypes({ aws, signal }: Ec2Session): Promise<InstanceTypeInfo[]> {
  const found: InstanceTypeInfo[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.ec2(
      'DescribeInstanceTypes',
      NextToken === undefined ? {} : { NextToken },
      signal,
    );
    found.push(...(page.InstanceTypes ?? []));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

/** `m7g` of `m7g.xlarge`. */
function family({ instanceType }: Machine): string {
  return instanceType.split('.')[0] ?? '';
}

function byValue(a: Choice, b: Choice): number {
  return a.value.localeCompare(b.value);
}
