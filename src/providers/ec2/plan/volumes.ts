import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { LaunchRequest } from '../../../engine/provider.ts';
import { advice, type Remedy } from '../../../model/remedy.ts';
import { type Volume, volumeSpelling, type VolumeType } from '../../../model/volume.ts';
import type { Report } from '../../../node/services/spark-release.ts';

/** A volume that each node has; the IOPS and throughput that aren't given are what its type has by itself. */
interface NodeVolume extends Volume {
  readonly type: VolumeType;
}

/** The volumes of each node, the root volume first. */
export type NodeVolumes = readonly [NodeVolume, ...NodeVolume[]];

interface Limits {
  readonly sizeGiB: readonly [number, number];
  /** Absent: it can't be chosen. */
  readonly iops?: readonly [number, number];
  /** Most IOPS for each GiB. */
  readonly iopsPerGiB?: number;
  readonly iopsRequired?: true;
  /** In MiB a second; absent: it can't be chosen. */
  readonly throughput?: readonly [number, number];
  readonly boots: boolean;
}

/**
 * What EBS allows (Amazon EBS User Guide, "Amazon EBS volume types": gp3 as it is since September 2025; EC2 API Reference,
 * "EbsBlockDevice").
 */
const limits: Readonly<Record<VolumeType, Limits>> = {
  gp3: {
    sizeGiB: [1, 65_536],
    iops: [3_000, 80_000],
    iopsPerGiB: 500,
    throughput: [125, 2_000],
    boots: true,
  },
  gp2: { sizeGiB: [1, 16_384], boots: true },
  io1: {
    sizeGiB: [4, 16_384],
    iops: [100, 64_000],
    iopsPerGiB: 50,
    iopsRequired: true,
    boots: true,
  },
  io2: {
    sizeGiB: [4, 65_536],
    iops: [100, 256_000],
    iopsPerGiB: 1_000,
    iopsRequired: true,
    boots: true,
  },
  st1: { sizeGiB: [125, 16_384], boots: false },
  sc1: { sizeGiB: [125, 16_384], boots: false },
};
/** gp3 gives at most a MiB a second for each four IOPS (same page). */
const iopsPerThroughput = 4;
/** IOPS and MiB a second that a gp3 volume has by itself, and for nothing (same page). */
const gp3Baseline = { iops: 3_000, throughput: 125 } as const;

/** Names that AWS recommends for volumes, `/dev/sdf` to `/dev/sdp` (EC2 User Guide, "Device names for volumes"). */
const maxExtraVolumes = 11;

/** The volumes that were asked for; what EBS would not make is reported. */
export function planVolumes(
  values: LaunchRequest['values'],
  imageRootGiB: number,
  report: Report,
): NodeVolumes {
  const root: NodeVolume = {
    sizeGiB: Math.max(values.ec2MinRootEbsSizeGb, imageRootGiB),
    type: values.ec2RootVolumeType,
    ...(values.ec2RootVolumeIops !== undefined && { iops: values.ec2RootVolumeIops }),
    ...(values.ec2RootVolumeThroughput !== undefined && {
      throughput: values.ec2RootVolumeThroughput,
    }),
  };
  check(root, 'The root volume', 'providers.ec2.root-volume-type', true, report);
  const extra = values.ec2Volumes.map((wanted) => {
    const volume: NodeVolume = { type: 'gp3', ...wanted };
    const what = `The volume "${volumeSpelling(wanted)}"`;
    check(volume, what, 'providers.ec2.volumes', false, report);
    return volume;
  });
  if (extra.length > maxExtraVolumes)
    report(
      'error',
      'PLAN_REFUSED',
      `${extra.length} additional EBS volumes are configured, but a node can have at most ${maxExtraVolumes}.`,
      advice('Use fewer, larger volumes.'),
      'providers.ec2.volumes',
    );
  return [root, ...extra];
}

function check(
  { sizeGiB, type, iops, throughput }: NodeVolume,
  what: string,
  key: string,
  isRoot: boolean,
  report: Report,
): void {
  const limit = limits[type];
  const refuse = (why: string, remedies: readonly Remedy[]): void =>
    report('error', 'PLAN_REFUSED', `${what} ${why}`, remedies, key);
  const range = ([least, most]: readonly [number, number], unit = ''): string =>
    `Use a value from ${least} to ${most}${unit}.`;
  if (isRoot && !limit.boots)
    refuse(
      `can’t be ${type}, which is not a boot volume type.`,
      advice('Use gp3, gp2, io1 or io2.'),
    );
  if (sizeGiB < limit.sizeGiB[0] || sizeGiB > limit.sizeGiB[1])
    refuse(
      `has a size of ${sizeGiB} GiB, which ${type} doesn’t support.`,
      advice(range(limit.sizeGiB, ' GiB')),
    );
  if (iops === undefined) {
    if (limit.iopsRequired === true)
      refuse(
        `is ${type}, which requires a number of IOPS.`,
        advice(range(limit.iops ?? [0, 0], ' IOPS')),
      );
  } else if (limit.iops === undefined)
    refuse(
      `is ${type}, which doesn’t support provisioned IOPS.`,
      advice('Remove the IOPS, or use gp3 or io2.'),
    );
  else if (iops < limit.iops[0] || iops > limit.iops[1])
    refuse(`has ${iops} IOPS, which ${type} doesn’t support.`, advice(range(limit.iops, ' IOPS')));
  else {
    const most = Math.max(limit.iops[0], sizeGiB * (limit.iopsPerGiB ?? Infinity));
    if (iops > most)
      refuse(
        `has ${iops} IOPS, which is too much for ${sizeGiB} GiB of ${type}.`,
        advice(
          `Use at most ${most} IOPS, or at least ${Math.ceil(iops / (limit.iopsPerGiB ?? 1))} GiB.`,
        ),
      );
  }
  if (throughput === undefined) return;
  if (limit.throughput === undefined)
    refuse(
      `is ${type}, which doesn’t support provisioned throughput.`,
      advice('Remove the throughput, or use gp3.'),
    );
  else if (throughput < limit.throughput[0] || throughput > limit.throughput[1])
    refuse(
      `has a throughput of ${throughput} MiB/s, which ${type} doesn’t support.`,
      advice(range(limit.throughput, ' MiB/s')),
    );
  else if (throughput * iopsPerThroughput > (iops ?? gp3Baseline.iops))
    refuse(
      `has a throughput of ${throughput} MiB/s, which is too much for ${iops ?? gp3Baseline.iops} IOPS.`,
      advice(`Use at least ${throughput * iopsPerThroughput} IOPS.`),
    );
}

/** The volumes as a request for instances has them: encrypted, and gone with their instance. */
export function blockDevices(
  [root, ...extra]: NodeVolumes,
  rootDevice: string | undefined,
): NonNullable<RunInstancesCommandInput['BlockDeviceMappings']> {
  const device = (name: string | undefined, volume: NodeVolume) => ({
    DeviceName: name,
    Ebs: {
      VolumeSize: volume.sizeGiB,
      VolumeType: volume.type,
      ...(volume.iops !== undefined && { Iops: volume.iops }),
      ...(volume.throughput !== undefined && { Throughput: volume.throughput }),
      Encrypted: true,
      DeleteOnTermination: true,
    },
  });
  return [
    device(rootDevice, root),
    ...extra.map((volume, index) =>
      device(`/dev/sd${String.fromCharCode('f'.charCodeAt(0) + index)}`, volume),
    ),
  ];
}
