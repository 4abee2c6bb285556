import type { Image, InstanceTypeInfo, Subnet } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../../engine/provider.ts';
import type { Choice, ChoosableOption } from '../../../model/choice.ts';
import { hourly } from '../../../model/cluster/cost.ts';
import { formatCount } from '../../../text/counts.ts';
import { formatCapacity } from '../../../text/sizes.ts';
import { awsRegions } from '../api/regions.ts';
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
  return names.map(plainChoice);
}

function plainChoice(value: string): Choice {
  return { value, description: '', detail: '' };
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
    description: KeyType,
    detail: KeyFingerprint,
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
  const name = subnet.Tags?.find(({ Key }) => Key === 'Name')?.Value;
  return {
    value: SubnetId,
    description: [
      name,
      AvailabilityZone,
      subnet.DefaultForAz === true ? 'default' : undefined,
      subnet.MapPublicIpOnLaunch === true ? 'public' : 'private',
    ]
      .filter((part) => part !== undefined)
      .join(' · '),
    detail: `${VpcId} · ${CidrBlock} · ${subnet.AvailableIpAddressCount ?? 0} free addresses`,
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
      description: [
        members.some(({ DefaultForAz }) => DefaultForAz === true) ? 'default' : '',
        formatCount(members.length, 'subnet'),
      ]
        .filter(Boolean)
        .join(' · '),
      detail: '',
    }))
    .sort(byValue);
}

/** The newest Amazon Linux, then what is the account's own, the newest first. */
async function images({ aws, signal }: Ec2Session): Promise<Choice[]> {
  const [{ Images = [] }, ...newest] = await Promise.all([
    aws.ec2('DescribeImages', { Owners: ['self'] }, signal),
    ...(['x86_64', 'arm64'] as const).map(async (architecture): Promise<Choice[]> => {
      const value = await aws.parameter(amazonLinuxParameter(architecture), signal);
      const description = `Amazon Linux 2023 · ${architecture}`;
      return value === undefined ? [] : [{ value, description, detail: 'latest' }];
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
    description: [Name, Architecture].filter((part) => part !== undefined).join(' · '),
    detail: CreationDate.slice(0, 10),
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
    description: [
      formatCapacity({ cores, memoryMiB }),
      architecture,
      ...(price === undefined ? [] : [hourly(price)]),
    ].join(' · '),
    detail: '',
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
