import type { Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { LaunchRequest, WorkContext } from '../../engine/provider.ts';
import { abortError, ClusterError } from '../../model/errors.ts';
import { waitFor } from '../../model/wait.ts';
import type { Aws } from './aws.ts';
import { awsCode, awsError, isCapacityShort, isNetworkFault } from './aws-errors.ts';
import type { Place } from './network.ts';
import type { OngoingLaunch } from './ongoing-launch.ts';
import type { Ec2Plan } from './plan-launch.ts';
import { writeTags } from './tags.ts';

/** Nodes asked of EC2 in one request at most: AWS advises many requests of 100 rather than one of more (EC2 User Guide). */
export const requestSize = 100;
/** How long EC2 may take to answer a request for nodes, which is not interrupted half-way, in milliseconds. */
const runLimitMs = 60_000;

/** What makes instances, apart from how many of them. */
export type InstanceInput = Omit<RunInstancesCommandInput, 'MinCount' | 'MaxCount'>;

/** What one request to EC2 asks for. */
export interface InstanceRequest {
  readonly input: InstanceInput;
  readonly least: number;
  readonly most: number;
  /** What the nodes run at their first boot. */
  readonly userData: Uint8Array | null;
  readonly tags: Readonly<Record<string, string>>;
  /** The same for the same request: a repeated one makes nothing twice. */
  readonly token: string;
  /** In the order in which they are tried. */
  readonly places: readonly Place[];
}

/**
 * One request, in the first place that has room. What it makes is noted in the launch in the same breath as the answer.
 *
 * @returns what was made, by launch index, and where
 * @throws ClusterError `AWS_CAPACITY_SHORT` with all that was tried
 */
export async function runInstances(
  { input, least, most, userData, tags, token, places }: InstanceRequest,
  launch: OngoingLaunch,
  aws: Aws,
  context: WorkContext,
): Promise<{ instances: Instance[]; place: Place }> {
  const written = writeTags(tags);
  const request: RunInstancesCommandInput = {
    ...input,
    MinCount: least,
    MaxCount: most,
    ...(userData !== null && { UserData: Buffer.from(userData).toString('base64') }),
    TagSpecifications: [
      { ResourceType: 'instance', Tags: written },
      { ResourceType: 'volume', Tags: written },
    ],
  };
  const tried: string[] = [];
  for (const place of places) {
    // An answer that comes too late for the person would leave instances that nobody knows of.
    launch.uncertain = true;
    try {
      const { Instances = [] } = await aws.ec2Raw(
        'RunInstances',
        {
          ...request,
          SubnetId: place.subnetId,
          ClientToken: `${token}-${place.zone}`.slice(0, 64),
        },
        AbortSignal.timeout(runLimitMs),
      );
      launch.uncertain = false;
      const instances = [...Instances].sort(
        (one, other) => (one.AmiLaunchIndex ?? 0) - (other.AmiLaunchIndex ?? 0),
      );
      launch.instances.push(...instances.map((instance) => ({ ...instance, Tags: written })));
      return { instances, place };
    } catch (error) {
      if (!isNetworkFault(error)) launch.uncertain = false;
      if (!isCapacityShort(error)) throw awsError(error, 'ec2:RunInstances', context.clock.now());
      tried.push(
        `${place.zone}: ${awsError(error, 'ec2:RunInstances', context.clock.now()).message}`,
      );
    }
    if (context.signal.aborted) throw abortError(context.signal, 'asking EC2 for instances');
  }
  throw new ClusterError(
    'AWS_CAPACITY_SHORT',
    `EC2 has no room for ${least} × ${String(input.InstanceType)} now. Tried ${tried.join(' · ')}`,
    { hint: 'Try another instance type or zone, fewer workers (--min-workers), or later.' },
  );
}

/**
 * Tags instances that EC2 has just made, and may not know everywhere yet. Not interrupted: it takes no time, and whoever looks at a
 * half-launched cluster needs the tags.
 */
export async function tagNew(
  ids: string[],
  tags: Readonly<Record<string, string>>,
  aws: Aws,
  { clock }: WorkContext,
): Promise<void> {
  const request = { Resources: ids, Tags: writeTags(tags) };
  await waitFor(
    async () => {
      try {
        await aws.ec2('CreateTags', request, AbortSignal.timeout(runLimitMs));
        return true;
      } catch (error) {
        if (awsCode(error) !== 'InvalidInstanceID.NotFound') throw error;
        return undefined;
      }
    },
    { clock, reason: () => 'EC2 to know what it made', limitMs: runLimitMs, everyMs: 1_000 },
  );
}

/** What all requests of a launch have in common. */
export function commonInput(
  { machine, image, volumeGiB }: Ec2Plan,
  {
    groupIds,
    keyName,
    byTags,
    values,
  }: {
    readonly groupIds: readonly string[];
    readonly keyName: string | null;
    readonly byTags: boolean;
    readonly values: LaunchRequest['values'];
  },
): InstanceInput {
  const spot = values.ec2SpotPrice;
  return {
    ImageId: image?.id,
    InstanceType: machine?.instanceType as RunInstancesCommandInput['InstanceType'],
    SecurityGroupIds: [...groupIds],
    ...(keyName !== null && { KeyName: keyName }),
    ...(values.ec2InstanceProfileName !== undefined && {
      IamInstanceProfile: { Name: values.ec2InstanceProfileName },
    }),
    ...(values.ec2EbsOptimized && { EbsOptimized: true }),
    // Spot instances are always terminated, and EC2 refuses to be told so.
    ...(spot === undefined
      ? { InstanceInitiatedShutdownBehavior: values.ec2InstanceInitiatedShutdownBehavior }
      : {
          InstanceMarketOptions: {
            MarketType: 'spot',
            SpotOptions: { MaxPrice: String(spot), SpotInstanceType: 'one-time' },
          },
        }),
    BlockDeviceMappings: [
      {
        DeviceName: image?.rootDevice,
        Ebs: {
          VolumeSize: volumeGiB,
          VolumeType: 'gp3',
          Encrypted: true,
          DeleteOnTermination: true,
        },
      },
    ],
    MetadataOptions: metadataOptions(byTags),
    Placement: {
      Tenancy: values.ec2Tenancy,
      ...(values.ec2PlacementGroup !== undefined && { GroupName: values.ec2PlacementGroup }),
    },
  };
}

/** How nodes reach their metadata: never without a token. */
export function metadataOptions(
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
