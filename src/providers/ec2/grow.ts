import type { Instance, Volume } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../engine/provider.ts';
import { ClusterError } from '../../model/errors.ts';
import { stampedId } from '../../model/stamped-id.ts';
import { waitFor } from '../../model/wait.ts';
import { workerUserData } from '../../node/worker-user-data.ts';
import type { Aws } from './aws.ts';
import { clusterGroupName } from './network.ts';
import { nodeNames, numberOf, type Ec2Cluster } from './observe.ts';
import { kindText, readKind, spotNodes, type NodeKind } from './offers.ts';
import { newLaunch } from './ongoing-launch.ts';
import { sweepGrowth } from './remove.ts';
import {
  chunks,
  firstWithRoom,
  metadataOptions,
  requestSize,
  runInstances,
  type InstanceInput,
} from './run-instances.ts';
import { ownTags, readTags, roleTags, tagKeys } from './tags.ts';

/** How long EC2 may take to show what it has made, in milliseconds. */
const showLimitMs = 60_000;
/** How long the removal of what a failed growth made may take, in milliseconds. */
const sweepLimitMs = 5 * 60_000;

/**
 * Makes more workers like those that are there: one request (of each hundred), in the same subnet, which are told the master's
 * address and never can become masters. On failure it removes what it made.
 *
 * @returns the new instances' names by id
 */
export async function growCluster(
  found: Ec2Cluster,
  count: number,
  aws: Aws,
  context: WorkContext,
): Promise<ReadonlyMap<string, string>> {
  const { cluster, launchId } = found;
  const { signal, clock } = context;
  const masterAddress = cluster.master?.address ?? null;
  const [master] = found.instances;
  if (launchId === null || master === undefined || masterAddress === null)
    throw new ClusterError('INTERNAL', 'A cluster without a master was to grow.');
  const sample = sampleWorker(found);
  const [userData, shutdown, all, volumes, groups] = await Promise.all([
    readAttribute(master, 'userData', aws, signal),
    readAttribute(master, 'instanceInitiatedShutdownBehavior', aws, signal),
    aws.instances({ Filters: [{ Name: `tag:${tagKeys.launch}`, Values: [launchId] }] }, signal),
    volumesOf(sample, aws, signal),
    aws.groups(
      { Filters: [{ Name: 'group-name', Values: [clusterGroupName(cluster.name)] }] },
      signal,
    ),
  ]);
  const group = groups.find(({ VpcId }) => VpcId === sample.VpcId);
  // Those that are gone count too: no name is ever given twice.
  const first = Math.max(
    Number(readTags(group?.Tags)[tagKeys.next] ?? 1),
    ...all.map((instance) => numberOf(instance) + 1).filter(Number.isFinite),
  );
  const growth = newLaunch(`growth-${stampedId(clock.now(), 4)}`, cluster.name, aws.region);
  const input = likeSample(sample, volumes, context);
  const kinds = growthKinds(sample, master, context.values);
  const tags = {
    ...ownTags(readTags(sample.Tags)),
    ...context.values.ec2Tags,
    ...kept(readTags(master.Tags)),
    [tagKeys.role]: roleTags.worker,
    [tagKeys.master]: masterAddress,
    [tagKeys.growth]: growth.launchId,
    Name: `${cluster.name}-${roleTags.worker}`,
  };
  const place = {
    subnetId: sample.SubnetId ?? '',
    zone: sample.Placement?.AvailabilityZone ?? '',
    hasPublicAddresses: true,
    address: masterAddress,
  };
  try {
    if (group?.GroupId !== undefined)
      await aws.tag([group.GroupId], { [tagKeys.next]: String(first + count) }, signal);
    // All of them have an end before anything is removed: what comes later would be left behind.
    const asked = await Promise.allSettled(
      chunks(count, requestSize).map(async ({ start, size }) => {
        const number = first + start;
        await firstWithRoom(
          kinds,
          (kind) => `${kindText(kind)} in ${place.zone}`,
          (kind) =>
            runInstances(
              {
                input,
                kind,
                spotPrice: context.values.ec2SpotPrice,
                shutdown,
                place,
                least: size,
                most: size,
                userData: workerUserData(Buffer.from(userData, 'base64'), masterAddress),
                tags: { ...tags, [tagKeys.first]: String(number) },
                token: `${growth.launchId}-${number}`,
              },
              growth,
              aws,
              context,
            ),
          context,
        );
      }),
    );
    for (const one of asked) if (one.status === 'rejected') throw one.reason;
    const names = await shown(
      found,
      growth.instances.map(({ InstanceId = '' }) => InstanceId),
      aws,
      context,
    );
    for (const node of names.values())
      context.emit('node.phase', { node, phase: 'booting', detail: null });
    return names;
  } catch (error) {
    const work = { ...context, signal: AbortSignal.timeout(sweepLimitMs) };
    const left = await sweepGrowth(growth, aws, work).catch((thrown: unknown) => [
      `what ${growth.launchId} made: ${(thrown as Error).message}`,
    ]);
    if (left.length > 0)
      context.emit('warning', {
        kind: 'CLEANUP_INCOMPLETE',
        message: `Not all new workers could be removed: ${left.join('; ')}`,
        hint: null,
      });
    throw error;
  }
}

/** Whom new workers are like: the newest worker that is there, else the master. */
function sampleWorker({ instances, cluster }: Ec2Cluster): Instance {
  const there = new Set(
    cluster.workers.filter(({ state }) => state === 'running').map(({ id }) => id),
  );
  const sample = instances.findLast(({ InstanceId = '' }) => there.has(InstanceId)) ?? instances[0];
  if (sample === undefined) throw new ClusterError('INTERNAL', 'A cluster without nodes.');
  return sample;
}

async function readAttribute(
  { InstanceId }: Instance,
  attribute: 'userData' | 'instanceInitiatedShutdownBehavior',
  aws: Aws,
  signal: AbortSignal,
): Promise<string> {
  const { UserData, InstanceInitiatedShutdownBehavior } = await aws.ec2(
    'DescribeInstanceAttribute',
    { InstanceId, Attribute: attribute },
    signal,
  );
  return (attribute === 'userData' ? UserData : InstanceInitiatedShutdownBehavior)?.Value ?? '';
}

/** The sample's volumes by their devices' names. */
async function volumesOf(
  sample: Instance,
  aws: Aws,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Volume>> {
  const devices = new Map(
    (sample.BlockDeviceMappings ?? []).map(({ DeviceName = '', Ebs }) => [
      Ebs?.VolumeId ?? '',
      DeviceName,
    ]),
  );
  if (devices.size === 0) return new Map();
  const { Volumes = [] } = await aws.ec2(
    'DescribeVolumes',
    { VolumeIds: [...devices.keys()] },
    signal,
  );
  return new Map(Volumes.map((volume) => [devices.get(volume.VolumeId ?? '') ?? '', volume]));
}

/**
 * What new workers are: the same as those that run, else as those that the launch made. The market may be another one if that is
 * asked for; spot stays spot.
 */
function growthKinds(
  sample: Instance,
  master: Instance,
  values: WorkContext['values'],
): readonly NodeKind[] {
  const isWorker = sample.InstanceId !== master.InstanceId;
  const there = readKind(isWorker ? undefined : readTags(master.Tags)[tagKeys.workers]) ?? {
    instanceType: sample.InstanceType ?? '',
    market: sample.InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
  };
  const market =
    values.ec2Spot === 'none' ? 'on-demand' : spotNodes(values) === 'none' ? there.market : 'spot';
  const onDemand = { ...there, market: 'on-demand' } as const;
  if (market === 'on-demand') return [onDemand];
  return [{ ...there, market }, ...(values.ec2SpotFallback ? [onDemand] : [])];
}

/** What makes an instance like another one. */
function likeSample(
  sample: Instance,
  volumes: ReadonlyMap<string, Volume>,
  { values }: WorkContext,
): InstanceInput {
  const { GroupName, Tenancy } = sample.Placement ?? {};
  return {
    ImageId: sample.ImageId,
    SecurityGroupIds: (sample.SecurityGroups ?? []).map(({ GroupId = '' }) => GroupId),
    ...(sample.KeyName && { KeyName: sample.KeyName }),
    ...(sample.IamInstanceProfile?.Arn !== undefined && {
      IamInstanceProfile: { Arn: sample.IamInstanceProfile.Arn },
    }),
    ...(sample.EbsOptimized === true && { EbsOptimized: true }),
    BlockDeviceMappings: [...volumes].map(([DeviceName, volume]) => ({
      DeviceName,
      Ebs: {
        VolumeSize:
          DeviceName === sample.RootDeviceName
            ? Math.max(volume.Size ?? 0, values.ec2MinRootEbsSizeGb)
            : volume.Size,
        VolumeType: volume.VolumeType ?? 'gp3',
        ...(/^(gp3|io[12])$/.test(volume.VolumeType ?? '') &&
          volume.Iops !== undefined && { Iops: volume.Iops }),
        ...(volume.VolumeType === 'gp3' &&
          volume.Throughput !== undefined && { Throughput: volume.Throughput }),
        Encrypted: true,
        DeleteOnTermination: true,
      },
    })),
    MetadataOptions: metadataOptions(sample.MetadataOptions?.InstanceMetadataTags === 'enabled'),
    Placement: {
      ...(Tenancy !== undefined && { Tenancy }),
      ...(GroupName && { GroupName }),
    },
  };
}

/** The cluster's own tags, as all its nodes have them. */
function kept(tags: Readonly<Record<string, string>>): Record<string, string> {
  const { name, launch, state, hostKey, software, workers, idleTimeout, maxLifetime } = tagKeys;
  const keys = [name, launch, state, hostKey, software, workers, idleTimeout, maxLifetime];
  return Object.fromEntries(
    keys.flatMap((key) => (tags[key] === undefined ? [] : [[key, tags[key]]])),
  );
}

/** Waits until EC2 shows the new instances among the cluster's, and gives their names. */
async function shown(
  { cluster }: Ec2Cluster,
  ids: readonly string[],
  aws: Aws,
  { clock, signal }: WorkContext,
): Promise<ReadonlyMap<string, string>> {
  return waitFor(
    async () => {
      const all = await aws.instances(
        { Filters: [{ Name: `tag:${tagKeys.name}`, Values: [cluster.name] }] },
        signal,
      );
      const names = nodeNames(all);
      return ids.every((id) => names.has(id))
        ? new Map(ids.map((id) => [id, names.get(id) ?? id]))
        : undefined;
    },
    {
      clock,
      signal,
      reason: () => 'EC2 to show the new workers',
      limitMs: showLimitMs,
      everyMs: 1_000,
    },
  );
}
