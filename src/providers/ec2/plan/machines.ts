import type { Image, InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { advice, setOption } from '../../../model/remedy.ts';
import { executorsMemoryMiB, type WorkerCapacity } from '../../../node/services/executors.ts';
import type { Report } from '../../../node/services/spark-release.ts';
import { filtersOf } from '../api/filters.ts';
import type { Ec2Session } from '../api/session.ts';
import type { Market } from './offers.ts';

/** What kind of machine the nodes will be. */
export interface Machine {
  readonly instanceType: string;
  readonly architecture: 'x86_64' | 'arm64';
  /** Virtual CPUs. */
  readonly cores: number;
  readonly memoryMiB: number;
  /** Whether instance metadata shows a tag while the instance runs: on Nitro, and not on Xen. */
  readonly hasLiveTags: boolean;
  /** Disks of its own. */
  readonly instanceStore: readonly { readonly count: number; readonly sizeGB: number }[];
}

/** What a worker on a machine has for executors: what its node reckons, but with the memory that the type has by name. */
export function workerCapacity(
  { cores, memoryMiB }: Machine,
  { installHdfs, installYarn }: { readonly installHdfs: boolean; readonly installYarn: boolean },
): WorkerCapacity {
  return {
    cores,
    memoryMiB: executorsMemoryMiB(memoryMiB, { hdfs: installHdfs, yarn: installYarn }),
    ...(installYarn && { yarn: true }),
  };
}

/** With less memory a machine can't run Spark: types of 2 GiB have a little less than that. */
export const smallestMemoryMiB = 1_800;

/**
 * Where AWS publishes the id of the newest Amazon Linux 2023 (AL2023 User Guide, "Get the latest AMI ID using Systems Manager").
 */
export function amazonLinuxParameter(architecture: Machine['architecture']): string {
  return `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`;
}

/** Which types nodes may be of, and as what. */
export interface WantedType {
  readonly instanceType: string;
  readonly market: Market;
  /** The option that it comes from. */
  readonly key: string;
}

/** Looks instance types up. Those that the region hasn't got, or that Spark can't run on, are reported. */
export async function findMachines(
  wanted: readonly WantedType[],
  report: Report,
  { aws, signal }: Ec2Session,
): Promise<ReadonlyMap<string, Machine>> {
  const names = [...new Set(wanted.map(({ instanceType }) => instanceType))];
  const { InstanceTypes = [] } = await aws.ec2(
    'DescribeInstanceTypes',
    filtersOf({ 'instance-type': names }),
    signal,
  );
  const infos = new Map(InstanceTypes.map((info) => [info.InstanceType ?? '', info]));
  const machines = new Map<string, Machine>();
  for (const { instanceType, market, key } of wanted) {
    const info = infos.get(instanceType);
    if (info === undefined) {
      report(
        'error',
        'AWS_RESOURCE_NOT_FOUND',
        `Instance type ${instanceType} is not available in ${aws.region}.`,
        advice('Use an instance type that is available in the Region, such as m5.large.'),
        key,
      );
      continue;
    }
    const machine = readMachine(instanceType, info);
    machines.set(instanceType, machine);
    if (machine.memoryMiB < smallestMemoryMiB)
      report(
        'error',
        'PLAN_REFUSED',
        `${instanceType} has ${machine.memoryMiB} MiB of memory, but Spark requires at least 2 GiB.`,
        advice('Use a larger instance type.'),
        key,
      );
    if (market === 'spot' && info.SupportedUsageClasses?.includes('spot') === false)
      report(
        'error',
        'PLAN_REFUSED',
        `${instanceType} is not available as a Spot Instance.`,
        advice('Use On-Demand Instances, or another instance type.'),
        'providers.ec2.spot',
      );
  }
  const [first, ...others] = machines.values();
  for (const { instanceType, architecture } of others)
    if (first !== undefined && architecture !== first.architecture)
      report(
        'error',
        'PLAN_REFUSED',
        `${instanceType} is ${architecture}, but ${first.instanceType} is ${first.architecture}; all nodes of a cluster use the same AMI.`,
        advice(`Use instance types with the architecture ${first.architecture}.`),
        wanted.find((one) => one.instanceType === instanceType)?.key,
      );
  return machines;
}

/** Whether any of some instance types has disks of its own, which are blank after a stop. */
export async function hasInstanceStore(
  types: readonly string[],
  { aws, signal }: Ec2Session,
): Promise<boolean> {
  if (types.length === 0) return false;
  const { InstanceTypes = [] } = await aws.ec2(
    'DescribeInstanceTypes',
    filtersOf({ 'instance-type': [...new Set(types)] }),
    signal,
  );
  return InstanceTypes.some(({ InstanceStorageSupported }) => InstanceStorageSupported === true);
}

/** What kind of machine EC2 says that a type is. */
export function readMachine(instanceType: string, info: InstanceTypeInfo): Machine {
  return {
    instanceType,
    architecture:
      info.ProcessorInfo?.SupportedArchitectures?.includes('arm64') === true ? 'arm64' : 'x86_64',
    cores: info.VCpuInfo?.DefaultVCpus ?? 1,
    memoryMiB: info.MemoryInfo?.SizeInMiB ?? 0,
    // A bare-metal type names no hypervisor; all of them are Nitro.
    hasLiveTags: info.Hypervisor !== 'xen',
    instanceStore: (info.InstanceStorageInfo?.Disks ?? []).map(({ Count = 0, SizeInGB = 0 }) => ({
      count: Count,
      sizeGB: SizeInGB,
    })),
  };
}

/** The image of the nodes. */
export interface NodeImage {
  readonly id: string;
  readonly name: string;
  /** Whether it is Amazon's own Amazon Linux 2023: what its packages are is known. */
  readonly isAmazonLinux: boolean;
  /** Device name of the root volume, such as `/dev/xvda`. */
  readonly rootDevice: string;
  /** Size of the image's own root volume, in GiB. */
  readonly rootGiB: number;
}

/** Looks the image up: the one that was asked for, or the newest Amazon Linux 2023. `undefined`, and reported, if it won't do. */
export async function findImage(
  asked: string | undefined,
  machine: Machine | undefined,
  report: Report,
  { aws, signal }: Ec2Session,
): Promise<NodeImage | undefined> {
  const architecture = machine?.architecture ?? 'x86_64';
  const id = asked ?? (await aws.parameter(amazonLinuxParameter(architecture), signal));
  const key = 'providers.ec2.ami';
  if (id === undefined) {
    report(
      'error',
      'AWS_RESOURCE_NOT_FOUND',
      `No Amazon Linux 2023 AMI for ${architecture} was found in ${aws.region}.`,
      [setOption('Specify an AMI.', key)],
      key,
    );
    return undefined;
  }
  // By a filter, not by id: an unknown id is then an empty answer, and no error.
  const { Images } = await aws.ec2('DescribeImages', filtersOf({ 'image-id': [id] }), signal);
  const image = Images?.[0];
  if (image === undefined) {
    report(
      'error',
      'AWS_RESOURCE_NOT_FOUND',
      `AMI ${id} was not found in ${aws.region}, or the credentials don’t have access to it.`,
      asked === undefined
        ? [setOption('Use another AMI.', key)]
        : advice(
            'An AMI exists in one Region only: check both, or remove the option to use Amazon Linux 2023.',
          ),
      key,
    );
    return undefined;
  }
  checkImage(image, id, machine, report);
  const rootDevice = image.RootDeviceName ?? '/dev/xvda';
  const root = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === rootDevice);
  return {
    id,
    name: image.Name ?? id,
    isAmazonLinux: image.ImageOwnerAlias === 'amazon' && /^al2023-ami-/.test(image.Name ?? ''),
    rootDevice,
    rootGiB: root?.Ebs?.VolumeSize ?? 8,
  };
}

function checkImage(image: Image, id: string, machine: Machine | undefined, report: Report): void {
  const key = 'providers.ec2.ami';
  if (machine !== undefined && image.Architecture !== machine.architecture)
    report(
      'error',
      'PLAN_REFUSED',
      `AMI ${id} is for ${image.Architecture ?? 'another architecture'}, but ${machine.instanceType} is ${machine.architecture}.`,
      advice(
        `Use an AMI for ${machine.architecture}, or remove the option to use Amazon Linux 2023.`,
      ),
      key,
    );
  if (/windows/i.test(image.Platform ?? ''))
    report(
      'error',
      'PLAN_REFUSED',
      `AMI ${id} is a Windows image.`,
      advice('Use a Linux AMI.'),
      key,
    );
  if (image.State !== undefined && image.State !== 'available')
    report(
      'error',
      'PLAN_REFUSED',
      `AMI ${id} is ${image.State}.`,
      advice('Use another AMI.'),
      key,
    );
  if (image.RootDeviceType !== undefined && image.RootDeviceType !== 'ebs')
    report(
      'error',
      'PLAN_REFUSED',
      `AMI ${id} has an instance store root volume.`,
      advice('Use an AMI with an EBS root volume.'),
      key,
    );
}
