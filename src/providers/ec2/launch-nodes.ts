import type { Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { LaunchRequest, WorkContext } from '../../engine/provider.ts';
import { abortError, ClusterError } from '../../model/errors.ts';
import { bootstrapScript } from '../../node/bootstrap.ts';
import type { NodeSettings } from '../../node/settings.ts';
import { waitFor } from '../../model/wait.ts';
import { buildUserData, ownScript } from '../../node/user-data.ts';
import type { Aws } from './aws.ts';
import { awsCode, awsError, isCapacityShort, isNetworkFault } from './aws-errors.ts';
import { hostKeyAlias, keepClusterKey, keepHostKey } from './kept-files.ts';
import { lifetimeTags } from './lifetime.ts';
import type { Place } from './network.ts';
import { makeNodeSettings } from './node-settings.ts';
import type { OngoingLaunch } from './ongoing-launch.ts';
import type { Ec2Plan } from './plan-launch.ts';
import { makeGroups } from './security-groups.ts';
import { readTags, roleTags, tagKeys, writeTags } from './tags.ts';

/** Nodes asked of EC2 in one request at most: AWS advises many requests of 100 rather than one of more (EC2 User Guide). */
export const requestSize = 100;
/** How long EC2 may take to answer a request for nodes, which is not interrupted half-way, in milliseconds. */
const runLimitMs = 60_000;

/**
 * Launches a cluster: the group, which is the lock on the name; then all nodes in one request, and tags that tell each its role.
 *
 * @param launch filled in as things come into being, so that a sweep knows of all of them
 * @throws ClusterError `CLUSTER_EXISTS` if the name was taken meanwhile; nothing was made then
 */
export async function launchNodes(
  request: LaunchRequest,
  planned: Ec2Plan,
  launch: OngoingLaunch,
  aws: Aws,
  context: WorkContext,
): Promise<void> {
  const { name, values } = request;
  const { machine, image, groups, loginKey, software, vpcId } = planned;
  if (!machine || !image || !groups || !loginKey || !software || vpcId === undefined)
    throw new ClusterError('INTERNAL', 'A plan that is not complete was to be carried out.');
  const { launchId } = launch;
  const { settings, hostKey, ownKey } = makeNodeSettings(
    request,
    launchId,
    software,
    loginKey,
    context,
  );

  const groupIds = await makeGroups(
    { name, vpcId, groups, access: planned.access, launchId, tags: values.ec2Tags },
    launch,
    aws,
    context,
  );
  if (ownKey !== undefined) await keepClusterKey(launchId, ownKey.privateKey, context);
  if (values.ec2CloudInit)
    await keepHostKey(launchId, hostKeyAlias(launchId), hostKey.publicKey, context);

  const versions = { spark: software.spark?.version, hdfs: software.hdfs?.version };
  const commonTags = {
    ...values.ec2Tags,
    [tagKeys.name]: name,
    [tagKeys.launch]: launchId,
    [tagKeys.state]: 'launching',
    [tagKeys.size]: String(values.numWorkers),
    ...lifetimeTags(values),
    ...(values.ec2CloudInit && { [tagKeys.hostKey]: hostKey.fingerprint }),
    [tagKeys.software]: Object.entries(versions)
      .flatMap(([what, version]) => (version === undefined ? [] : `${what}=${version}`))
      .join(' '),
  };
  const byTags = planned.byTags || !values.ec2CloudInit;
  const common = commonInput(planned, { groupIds, keyName: loginKey.keyName, byTags, values });
  const ask = async (
    asked: NodeRequest,
    places: readonly Place[],
  ): Promise<{ instances: Instance[]; place: Place }> => {
    if (context.signal.aborted) throw abortError(context.signal, `launching "${name}"`);
    const { role, masterAddress, first, least, most } = asked;
    const tags = {
      ...commonTags,
      [tagKeys.role]: role === 'master' ? roleTags.master : roleTags.worker,
      [tagKeys.first]: String(first),
      ...(masterAddress !== null && { [tagKeys.master]: masterAddress }),
      Name: `${name}-${role === 'master' ? roleTags.master : roleTags.worker}`,
    };
    const made = await askForInstances(
      {
        ...common,
        MinCount: least,
        MaxCount: most,
        ...(values.ec2CloudInit && {
          UserData: base64(buildUserData({ ...settings, role, masterAddress }, planned.userData)),
        }),
        TagSpecifications: [
          { ResourceType: 'instance', Tags: writeTags(tags) },
          { ResourceType: 'volume', Tags: writeTags(tags) },
        ],
      },
      `${launchId}-${first}`,
      places,
      launch,
      aws,
      context,
    );
    // Noted in the same breath as the answer.
    launch.instances.push(
      ...byIndex(made.instances).map((instance) => ({ ...instance, Tags: writeTags(tags) })),
    );
    return made;
  };

  const workers = values.numWorkers;
  const leastWorkers = values.minWorkers ?? workers;
  const joint = byTags;
  const firstSize = joint ? Math.min(workers + 1, requestSize) : 1;
  const first = await ask(
    {
      role: joint ? 'by-index' : 'master',
      masterAddress: null,
      first: 0,
      most: firstSize,
      least: joint ? Math.min(leastWorkers + 1, firstSize) : 1,
    },
    planned.places,
  );
  const master = byIndex(first.instances)[0];
  const masterAddress = master?.PrivateIpAddress;
  if (master?.InstanceId === undefined || masterAddress === undefined)
    throw new ClusterError('AWS_REQUEST_FAILED', 'EC2 answered without the master’s address.');
  emitBooting(first.instances, joint ? 0 : 1, context);

  if (joint) {
    const own = { [tagKeys.role]: roleTags.master, Name: `${name}-${roleTags.master}` };
    launch.instances[0] = {
      ...master,
      Tags: writeTags({ ...readTags(launch.instances[0]?.Tags), ...own }),
    };
    await tagNew([master.InstanceId], own, aws, context);
    await tagNew(
      first.instances.map(({ InstanceId = '' }) => InstanceId),
      { [tagKeys.master]: masterAddress },
      aws,
      context,
    );
  }
  const made = joint ? first.instances.length - 1 : 0;
  const missing = workers - made;
  // With fewer than were asked for in the first request, EC2 has no more now.
  const rest = first.instances.length < firstSize ? [] : chunks(missing, requestSize);
  const needed = Math.max(0, leastWorkers - made);
  const more = await Promise.all(
    rest.map(({ start, size }) =>
      ask(
        {
          role: 'worker',
          masterAddress,
          first: made + 1 + start,
          most: size,
          least: Math.max(1, Math.min(size, needed - start)),
        },
        [first.place],
      ),
    ),
  );
  for (const { instances } of more) emitBooting(instances, 1, context);
  const got = made + more.reduce((sum, { instances }) => sum + instances.length, 0);
  if (got < workers)
    context.emit('warning', {
      kind: 'AWS_CAPACITY_SHORT',
      message: `EC2 has room for ${got} of ${workers} workers in ${first.place.zone} now; the launch goes on with those.`,
      hint: null,
    });
  if (!values.ec2CloudInit) {
    const own = planned.userData === null ? null : ownScript(planned.userData);
    launch.setUp = (role, address) =>
      bootstrapScript({ ...settings, role, masterAddress: address }, { ownScript: own });
  }
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

/** What one request to EC2 asks for. */
interface NodeRequest {
  readonly role: NodeSettings['role'];
  readonly masterAddress: string | null;
  /** Number of its first node: 0 is the master's. */
  readonly first: number;
  readonly least: number;
  readonly most: number;
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
): Omit<RunInstancesCommandInput, 'MinCount' | 'MaxCount'> {
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
    MetadataOptions: {
      HttpEndpoint: 'enabled',
      HttpTokens: 'required',
      // 2, so that containers on the nodes reach it too.
      HttpPutResponseHopLimit: 2,
      InstanceMetadataTags: byTags ? 'enabled' : 'disabled',
    },
    Placement: {
      Tenancy: values.ec2Tenancy,
      ...(values.ec2PlacementGroup !== undefined && { GroupName: values.ec2PlacementGroup }),
    },
  };
}

/** One request, in the first place that has room. A repeated one makes nothing twice: its token says that it is the same. */
export async function askForInstances(
  input: RunInstancesCommandInput,
  token: string,
  places: readonly Place[],
  launch: OngoingLaunch,
  aws: Aws,
  context: WorkContext,
): Promise<{ instances: Instance[]; place: Place }> {
  const tried: string[] = [];
  for (const place of places) {
    // An answer that comes too late for the person would leave instances that nobody knows of.
    launch.uncertain = true;
    try {
      const { Instances = [] } = await aws.ec2Raw(
        'RunInstances',
        { ...input, SubnetId: place.subnetId, ClientToken: `${token}-${place.zone}`.slice(0, 64) },
        AbortSignal.timeout(runLimitMs),
      );
      launch.uncertain = false;
      return { instances: Instances, place };
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
    `EC2 has no room for ${input.MinCount ?? 1} × ${String(input.InstanceType)} now. Tried ${tried.join(' · ')}`,
    { hint: 'Try another instance type or zone, fewer workers (--min-workers), or later.' },
  );
}

function emitBooting(instances: readonly Instance[], offset: number, { emit }: WorkContext): void {
  for (const [index] of instances.entries()) {
    const number = index + offset;
    emit('node.phase', {
      node: number === 0 ? 'master' : `worker-${number}`,
      phase: 'booting',
      detail: null,
    });
  }
}

function byIndex(instances: readonly Instance[]): Instance[] {
  return [...instances].sort((a, b) => (a.AmiLaunchIndex ?? 0) - (b.AmiLaunchIndex ?? 0));
}

/** A number in parts of `size`: where each begins, and how large it is. */
export function chunks(count: number, size: number): { start: number; size: number }[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, index) => ({
    start: index * size,
    size: Math.min(size, count - index * size),
  }));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
