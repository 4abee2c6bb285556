import { createHash } from 'node:crypto';
import type { Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { timeLimit } from '../../../base/time-limit.ts';
import type { LaunchRequest, WorkContext } from '../../../engine/provider.ts';
import { kindText } from '../../../model/cluster/cluster-shape.ts';
import { abortError, ClusterError } from '../../../model/errors.ts';
import { advice, setOption } from '../../../model/remedy.ts';
import { waitFor } from '../../../model/wait.ts';
import type { Aws } from '../api/aws.ts';
import { awsCode, awsError, isCapacityShort, isNetworkFault } from '../api/aws-errors.ts';
import { tagKeys, writeTags } from '../api/tags.ts';
import { tokenOf } from '../inventory/membership.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import type { LaunchSubnet } from '../plan/network.ts';
import { type NodeKind, writeKind } from '../plan/offers.ts';
import type { Ec2Plan } from '../plan/plan-launch.ts';
import { blockDevices, type NodeVolumes } from '../plan/volumes.ts';

/** Nodes asked of EC2 in one request at most: AWS advises many requests of 100 rather than one of more (EC2 User Guide). */
export const requestSize = 100;
/** How long EC2 may take to answer a request for nodes, which is not interrupted half-way, in milliseconds. */
const runLimitMs = 60_000;

/** What makes instances, apart from how many of them, of what kind, and where. */
export type InstanceInput = Omit<
  RunInstancesCommandInput,
  | 'MinCount'
  | 'MaxCount'
  | 'InstanceType'
  | 'InstanceMarketOptions'
  | 'InstanceInitiatedShutdownBehavior'
  | 'SubnetId'
>;

/** What one request to EC2 asks for. */
export interface InstanceRequest {
  readonly input: InstanceInput;
  readonly kind: NodeKind;
  /** Most that is paid for a spot instance an hour, in dollars; `undefined`: the on-demand price. */
  readonly spotPrice: number | undefined;
  /** What becomes of an on-demand instance that switches itself off. */
  readonly shutdown: string;
  readonly place: LaunchSubnet;
  readonly least: number;
  readonly most: number;
  /** What the nodes run at their first boot. */
  readonly userData: Uint8Array | null;
  readonly tags: Readonly<Record<string, string>>;
  /** The launch that the nodes will be of: their client token says so for good. */
  readonly launchId: string;
  /** What tells requests of a launch for one kind in one place apart. */
  readonly request: string;
}

/**
 * One request for nodes. What it makes is noted in the launch in the same breath as the answer.
 *
 * @returns what was made, by launch index
 * @throws ClusterError `AWS_CAPACITY_SHORT` if EC2 has no room for them there
 */
export async function runInstances(
  { input, kind, least, most, userData, tags, launchId, request, place, ...more }: InstanceRequest,
  launch: OngoingLaunch,
  aws: Aws,
  context: WorkContext,
): Promise<Instance[]> {
  if (context.signal.aborted) throw abortError(context.signal, 'launching instances');
  const written = writeTags(tags);
  const token = clientToken(launchId, request, place, kind);
  launch.tokens.add(token);
  try {
    const { Instances = [] } = await aws.ec2Raw(
      'RunInstances',
      {
        ...input,
        ...kindInput(kind, more.spotPrice, more.shutdown),
        MinCount: least,
        MaxCount: most,
        ...(userData !== null && { UserData: Buffer.from(userData).toString('base64') }),
        TagSpecifications: [
          { ResourceType: 'instance', Tags: written },
          { ResourceType: 'volume', Tags: written },
        ],
        SubnetId: place.subnetId,
        ClientToken: token,
      },
      // Not the user's: an answer that comes too late would leave instances that nobody knows of.
      limit(),
    );
    const instances = [...Instances].sort(
      (one, other) => (one.AmiLaunchIndex ?? 0) - (other.AmiLaunchIndex ?? 0),
    );
    launch.instances.push(...instances.map((instance) => ({ ...instance, Tags: written })));
    return instances;
  } catch (error) {
    if (isNetworkFault(error)) launch.uncertain = true;
    const ours = awsError(error, 'ec2:RunInstances', context.clock.now());
    throw isCapacityShort(error)
      ? new ClusterError('AWS_CAPACITY_SHORT', ours.message, {
          cause: error,
          details: { ...ours.details, kind: kindText(kind), zone: place.zone, least },
        })
      : ours;
  }
}

/** The same for the same request: a repeated one makes nothing twice. */
function clientToken(
  launchId: string,
  request: string,
  { subnetId }: LaunchSubnet,
  kind: NodeKind,
): string {
  const what = [request, subnetId, writeKind(kind)].join(' ');
  return tokenOf(launchId, createHash('sha256').update(what).digest('hex'));
}

/** What asks for a kind of nodes. */
export function kindInput(
  { instanceType, market }: NodeKind,
  spotPrice: number | undefined,
  shutdown: string,
): Partial<RunInstancesCommandInput> {
  return {
    InstanceType: instanceType as NonNullable<RunInstancesCommandInput['InstanceType']>,
    // Spot instances are always terminated, and EC2 refuses to be told so.
    ...(market === 'spot'
      ? {
          InstanceMarketOptions: {
            MarketType: 'spot',
            SpotOptions: {
              SpotInstanceType: 'one-time',
              // Without a price of one's own it is at most that on demand.
              ...(spotPrice !== undefined && { MaxPrice: String(spotPrice) }),
            },
          },
        }
      : {
          InstanceInitiatedShutdownBehavior: shutdown as NonNullable<
            RunInstancesCommandInput['InstanceInitiatedShutdownBehavior']
          >,
        }),
  };
}

/**
 * Tries ways to get nodes, one after the other, until EC2 has room.
 *
 * @param words what a way is called in a warning, as in "m5.large in us-east-1b"
 * @param attempt asks for one; a way of which it is known that it can't succeed gives `undefined`
 * @throws ClusterError `AWS_CAPACITY_SHORT` with all that was tried
 */
export async function firstWithCapacity<W, T>(
  ways: readonly W[],
  words: (way: W) => string,
  attempt: (way: W) => Promise<T | undefined>,
  { emit, signal }: Pick<WorkContext, 'emit' | 'signal'>,
): Promise<T> {
  const tried: string[] = [];
  let asked = '';
  let short: string | undefined;
  for (const way of ways) {
    if (signal.aborted) throw abortError(signal, 'launching instances');
    if (short !== undefined)
      emit('warning', {
        kind: 'AWS_CAPACITY_SHORT',
        message: `${short} Trying ${words(way)}.`,
        remedies: [],
      });
    short = undefined;
    try {
      const made = await attempt(way);
      if (made !== undefined) return made;
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'AWS_CAPACITY_SHORT') throw error;
      const { kind, zone, least } = error.details as Record<string, string | number>;
      asked = `${least ?? 1} × ${kind ?? ''}`;
      tried.push(`${asked} in ${zone ?? ''}: ${error.message}`);
      short = `Insufficient EC2 capacity for ${asked} in ${zone ?? ''} (${awsCode(error)}).`;
    }
  }
  throw new ClusterError(
    'AWS_CAPACITY_SHORT',
    `Insufficient EC2 capacity for ${asked}. Tried ${tried.join(' · ')}`,
    {
      remedies: [
        setOption('Add fallback instance types.', 'providers.ec2.fallback-instance-types'),
        setOption('Set a lower minimum number of workers.', 'launch.min-workers'),
        ...advice('Or try another Availability Zone, or try again later.'),
      ],
    },
  );
}

/**
 * Tags instances that EC2 has just made, and may not know everywhere yet. Not interrupted: it takes no time, and a client that looks at a
 * half-launched cluster needs the tags.
 */
export async function tagNew(
  ids: string[],
  tags: Readonly<Record<string, string>>,
  aws: Aws,
  { clock }: Pick<WorkContext, 'clock'>,
): Promise<void> {
  await onceKnown(() => aws.tag(ids, tags, limit()), clock);
}

/** Ends instances that EC2 has just made, and that are not to be part of their cluster: a tag says so until they are gone. */
export async function discardNew(
  ids: string[],
  aws: Aws,
  { clock }: Pick<WorkContext, 'clock'>,
): Promise<void> {
  await tagNew(ids, { [tagKeys.state]: 'removed' }, aws, { clock });
  await onceKnown(() => aws.ec2('TerminateInstances', { InstanceIds: ids }, limit()), clock);
}

function limit(): AbortSignal {
  return timeLimit(runLimitMs);
}

async function onceKnown(work: () => Promise<unknown>, clock: WorkContext['clock']): Promise<void> {
  await waitFor(
    async () => {
      try {
        await work();
        return true;
      } catch (error) {
        if (awsCode(error) !== 'InvalidInstanceID.NotFound') throw error;
        return undefined;
      }
    },
    { clock, reason: () => 'EC2 to show the new instances', limitMs: runLimitMs, everyMs: 1_000 },
  );
}

/** What all nodes of a cluster have in common, whenever they are made. */
export interface MachineSpec {
  readonly image: string;
  /** Device name of the root volume. */
  readonly rootDevice: string;
  /** Ids of the security groups. */
  readonly groups: readonly string[];
  readonly volumes: NodeVolumes;
  /** Whether instance metadata shows tags. */
  readonly tagsInMetadata: boolean;
  readonly tenancy: string;
  readonly keyName?: string | undefined;
  readonly instanceProfile?: string | undefined;
  readonly ebsOptimized?: true | undefined;
  readonly placementGroup?: string | undefined;
}

/** What the options say of a cluster's nodes. */
export function machineSpec(
  { image, volumes }: Pick<Ec2Plan, 'image' | 'volumes'>,
  values: LaunchRequest['values'],
  more: Pick<MachineSpec, 'groups' | 'keyName' | 'tagsInMetadata'>,
): MachineSpec {
  return {
    image: image?.id ?? '',
    rootDevice: image?.rootDevice ?? '',
    volumes,
    tenancy: values.ec2Tenancy,
    instanceProfile: values.ec2InstanceProfileName,
    ebsOptimized: values.ec2EbsOptimized ? true : undefined,
    placementGroup: values.ec2PlacementGroup,
    ...more,
  };
}

/** The part of a request for nodes that is the same for all of a cluster's. */
export function commonInput(spec: MachineSpec): InstanceInput {
  return {
    ImageId: spec.image,
    SecurityGroupIds: [...spec.groups],
    ...(spec.keyName !== undefined && { KeyName: spec.keyName }),
    ...(spec.instanceProfile !== undefined && {
      IamInstanceProfile: { Name: spec.instanceProfile },
    }),
    ...(spec.ebsOptimized === true && { EbsOptimized: true }),
    BlockDeviceMappings: blockDevices(spec.volumes, spec.rootDevice),
    MetadataOptions: metadataOptions(spec.tagsInMetadata),
    Placement: {
      Tenancy: spec.tenancy as NonNullable<RunInstancesCommandInput['Placement']>['Tenancy'],
      ...(spec.placementGroup !== undefined && { GroupName: spec.placementGroup }),
    },
  };
}

/** How nodes reach their metadata: never without a token. */
function metadataOptions(
  showTags: boolean,
): NonNullable<RunInstancesCommandInput['MetadataOptions']> {
  return {
    HttpEndpoint: 'enabled',
    HttpTokens: 'required',
    // 2, so that containers on the nodes reach it too.
    HttpPutResponseHopLimit: 2,
    InstanceMetadataTags: showTags ? 'enabled' : 'disabled',
  };
}

/** A number in parts of `size`: where each begins, and how large it is. */
export function chunks(count: number, size: number): { start: number; size: number }[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, index) => ({
    start: index * size,
    size: Math.min(size, count - index * size),
  }));
}
