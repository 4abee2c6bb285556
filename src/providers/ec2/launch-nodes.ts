import type { Instance } from '@aws-sdk/client-ec2';
import type { LaunchRequest, WorkContext } from '../../engine/provider.ts';
import { abortError, ClusterError } from '../../model/errors.ts';
import { bootstrapScript } from '../../node/bootstrap.ts';
import type { NodeSettings } from '../../node/settings.ts';
import { buildUserData, ownScript } from '../../node/user-data.ts';
import type { Aws } from './aws.ts';
import { hostKeyAlias, keepClusterKey, keepHostKey } from './kept-files.ts';
import type { Place } from './network.ts';
import { makeNodeSettings } from './node-settings.ts';
import type { OngoingLaunch } from './ongoing-launch.ts';
import type { Ec2Plan } from './plan-launch.ts';
import { chunks, commonInput, requestSize, runInstances, tagNew } from './run-instances.ts';
import { makeGroups } from './security-groups.ts';
import { readTags, roleTags, tagKeys, writeTags } from './tags.ts';

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
    return runInstances(
      {
        input: common,
        least,
        most,
        userData: values.ec2CloudInit
          ? buildUserData({ ...settings, role, masterAddress }, planned.userData)
          : null,
        tags,
        token: `${launchId}-${first}`,
        places,
      },
      launch,
      aws,
      context,
    );
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
  const [master] = first.instances;
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

/** What one request to EC2 asks for. */
interface NodeRequest {
  readonly role: NodeSettings['role'];
  readonly masterAddress: string | null;
  /** Number of its first node: 0 is the master's. */
  readonly first: number;
  readonly least: number;
  readonly most: number;
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
