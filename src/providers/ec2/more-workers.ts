import type { Instance, Volume } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../engine/provider.ts';
import { waitFor } from '../../model/wait.ts';
import { workerUserData } from '../../node/worker-user-data.ts';
import type { Aws } from './aws.ts';
import { buildsItself } from './kept-set-up.ts';
import type { Place } from './network.ts';
import { nodeNames, type Ec2Cluster } from './observe.ts';
import { readKind, spotNodes, type NodeKind } from './offers.ts';
import type { OngoingLaunch } from './ongoing-launch.ts';
import { metadataOptions, runInstances, type InstanceInput } from './run-instances.ts';
import { ownTags, readTags, roleTags, tagKeys } from './tags.ts';

/** How long EC2 may take to show what it has made, in milliseconds. */
const showLimitMs = 60_000;

/** One request for more workers. */
interface MoreRequest {
  readonly kind: NodeKind;
  /** Number of its first worker. */
  readonly first: number;
  readonly least: number;
  readonly most: number;
  /** See {@link runInstances}. */
  readonly token: string;
  /** Tags beside those that all nodes of the cluster have. */
  readonly tags: Readonly<Record<string, string>>;
}

/** How more workers like those of a cluster are asked for. */
export interface MoreWorkers {
  readonly place: Place;
  /** Of what kind they may be, in the order in which it is tried; as those that are there, which is the last one, or as is asked for. */
  readonly kinds: { readonly same: NodeKind; readonly asked: readonly NodeKind[] };
  ask(request: MoreRequest, launch: OngoingLaunch): Promise<Instance[]>;
}

/**
 * Reads of EC2 how workers like those of a cluster are made, in the same subnet: they are told the master's address, and never can
 * become masters.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT`, `USER_DATA_TOO_LARGE` if the master's user data doesn't do for workers
 */
export async function moreWorkers(
  found: Ec2Cluster,
  master: Instance,
  aws: Aws,
  context: WorkContext,
): Promise<MoreWorkers> {
  const { signal, values } = context;
  const { PrivateIpAddress: masterAddress = '' } = master;
  const sample = sampleWorker(found, master);
  const [userData, shutdown, volumes] = await Promise.all([
    buildsItself(found) ? readAttribute(master, 'userData', aws, signal) : null,
    readAttribute(master, 'instanceInitiatedShutdownBehavior', aws, signal),
    volumesOf(sample, aws, signal),
  ]);
  const input = likeSample(sample, volumes, context);
  const common = {
    ...ownTags(readTags(sample.Tags)),
    ...values.ec2Tags,
    ...kept(readTags(master.Tags)),
    [tagKeys.role]: roleTags.worker,
    [tagKeys.master]: masterAddress,
    Name: `${found.cluster.name}-${roleTags.worker}`,
  };
  const place = {
    subnetId: sample.SubnetId ?? '',
    zone: sample.Placement?.AvailabilityZone ?? '',
    hasPublicAddresses: true,
    address: masterAddress,
  };
  const same = kindLike(sample, master);
  return {
    place,
    kinds: { same, asked: askedKinds(same, values) },
    ask: ({ kind, first, least, most, token, tags }, launch) =>
      runInstances(
        {
          input,
          kind,
          spotPrice: values.ec2SpotPrice,
          shutdown,
          place,
          least,
          most,
          userData:
            userData === null
              ? null
              : workerUserData(Buffer.from(userData, 'base64'), masterAddress),
          tags: { ...common, ...tags, [tagKeys.first]: String(first) },
          token,
        },
        launch,
        aws,
        context,
      ),
  };
}

/** Whom new workers are like: the newest worker that is there, else the master. */
function sampleWorker({ instances, cluster }: Ec2Cluster, master: Instance): Instance {
  const there = new Set(
    cluster.workers.filter(({ state }) => state === 'running').map(({ id }) => id),
  );
  return instances.findLast(({ InstanceId = '' }) => there.has(InstanceId)) ?? master;
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

/** What the workers that run are, else what the launch's are. */
function kindLike(sample: Instance, master: Instance): NodeKind {
  const isWorker = sample.InstanceId !== master.InstanceId;
  return (
    readKind(isWorker ? undefined : readTags(master.Tags)[tagKeys.workers]) ?? {
      instanceType: sample.InstanceType ?? '',
      market: sample.InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
    }
  );
}

/** What new workers may be: the same; the market may be another one if that is asked for, and spot stays spot. */
function askedKinds(there: NodeKind, values: WorkContext['values']): readonly NodeKind[] {
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
export async function shown(
  name: string,
  ids: readonly string[],
  aws: Aws,
  { clock, signal }: WorkContext,
): Promise<ReadonlyMap<string, string>> {
  return waitFor(
    async () => {
      const all = await aws.instances(
        { Filters: [{ Name: `tag:${tagKeys.name}`, Values: [name] }] },
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
