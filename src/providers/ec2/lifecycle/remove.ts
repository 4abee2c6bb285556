import type { Instance, SecurityGroup } from '@aws-sdk/client-ec2';
import { nodesOf } from '../../../model/cluster/cluster.ts';
import { ClusterError, isClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';
import { waitFor } from '../../../model/wait.ts';
import { formatCount } from '../../../text/counts.ts';
import { inParts } from '../api/aws.ts';
import { isUnreachable } from '../api/aws-errors.ts';
import { type Criteria, maxFilterValues } from '../api/filters.ts';
import { forgetCluster } from '../api/local-state.ts';
import type { Ec2Session } from '../api/session.ts';
import { tagKeys } from '../api/tags.ts';
import { isLock, launchOfGroup, launchOfToken, whyForeign } from '../inventory/membership.ts';
import { type Ec2Cluster, nodeNames } from '../inventory/observe.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import { clusterGroupName, resizeLockName } from '../plan/network.ts';
import { deleteGroup } from '../security/security-groups.ts';

/** How long EC2 may take to end instances, in milliseconds. */
const endLimitMs = 4 * 60_000;
/**
 * How long EC2 may take to show an instance that it has made, in milliseconds: it is eventually consistent, within a minute. With a
 * cluster it mostly shows soon, and then holds the group, which says that there is more.
 */
const showLimitMs = { launch: 5_000, growth: 60_000 };
/** How often EC2 is asked whether they are gone, in milliseconds. */
const everyMs = 2_000;

/**
 * Removes what a launch of this process made: instances by the client tokens that they were asked for with, and its group. Nothing of
 * anybody else's is touched, whatever its tags say.
 *
 * @returns what could not be removed, in words
 */
export async function sweepLaunch(
  name: string,
  launch: OngoingLaunch,
  session: Ec2Session,
): Promise<readonly string[]> {
  const { aws } = session;
  const { launchId } = launch;
  const criteria = { [`tag:${tagKeys.launch}`]: [launchId] };
  const progress = new Progress();
  const look = madeBy(launch, launchId, criteria, progress, session);
  await untilShown(launch, look, showLimitMs.launch, session);
  const end = (): Promise<string[]> => endInstances(look, progress, session);
  const left = await end();
  const groups =
    launch.groupId === undefined
      ? (await aws.groups(criteria, session.signal))
          .filter((group) => launchOfGroup(group) === launchId)
          .flatMap(({ GroupId }) => GroupId ?? [])
      : [launch.groupId];
  left.push(...(await deleteGroups(groups, name, left.length === 0 ? end : undefined, session)));
  if (left.length === 0) await forgetCluster({ launchId, name }, session);
  return left;
}

/**
 * Removes what a growth made, and nothing else of its cluster.
 *
 * @param launchId id of the cluster's launch
 * @returns what could not be removed, in words
 */
export async function sweepGrowth(
  growth: OngoingLaunch,
  launchId: string,
  session: Ec2Session,
): Promise<readonly string[]> {
  const criteria = { [`tag:${tagKeys.growth}`]: [growth.launchId] };
  const progress = new Progress();
  const look = madeBy(growth, launchId, criteria, progress, session);
  await untilShown(growth, look, showLimitMs.growth, session);
  return endInstances(look, progress, session);
}

/**
 * Removes workers for good, and waits until they are gone. Of one that EC2 has lost by itself a tag says that nobody misses it.
 *
 * @param names of the workers by their ids
 * @returns what could not be removed, in words
 */
export async function endWorkers(
  names: ReadonlyMap<string, string>,
  session: Ec2Session,
): Promise<readonly string[]> {
  const { aws } = session;
  const ids = [...names.keys()];
  // What EC2 has forgotten meanwhile is not shown any more anyway.
  await aws.tagKnown(ids, { [tagKeys.state]: 'removed' }, session.signal);
  const look = async (): Promise<Look> => {
    const found: Instance[] = [];
    await inParts(
      ids,
      async (Values) =>
        found.push(...(await aws.instances({ 'instance-id': Values }, session.signal))),
      maxFilterValues,
    );
    return { found, hidden: [] };
  };
  return endInstances(look, new Progress(), session, names);
}

/**
 * Removes a cluster: a tombstone on all of it, so that a launch that still goes on gives up; then its nodes and its group.
 *
 * What merely carries its name is named, and left alone.
 *
 * @param also ids of instances in its group that aren't its nodes, and that are to be removed with it
 * @returns what could not be removed, in words
 */
export async function destroyCluster(
  found: Ec2Cluster,
  also: ReadonlySet<string>,
  session: Ec2Session,
): Promise<readonly string[]> {
  const { aws } = session;
  const { cluster } = found;
  const { name, vpcId } = cluster;
  const groups = await ownGroups(found, session);
  const own = groups.find(({ GroupName }) => GroupName === clusterGroupName(name));
  const identity = {
    name,
    groupId: own?.GroupId ?? found.groupId,
    launchId: found.launchId ?? (own === undefined ? null : (launchOfGroup(own) ?? null)),
  };
  const isMine = (instance: Instance): boolean => whyForeign(instance, identity) === undefined;
  const mine = [
    ...found.instances.filter((instance) => isLive(instance) && isMine(instance)),
    ...found.foreign.filter(({ InstanceId = '' }) => also.has(InstanceId)),
  ];
  if (mine.length === 0 && groups.length === 0 && found.foreign.length > 0)
    throw new ClusterError(
      'CLUSTER_NOT_FOUND',
      `Cluster "${name}" was not found; ${formatCount(found.foreign.length, 'instance')} ${found.foreign.length === 1 ? 'has' : 'have'} its name only in a tag.`,
      {
        remedies: advice('Correct the tag flintrock-name, or terminate the instances yourself.'),
      },
    );
  const left = (cluster.foreign ?? [])
    .filter(({ id }) => !also.has(id))
    .map(({ id, reason }) => `${id}: ${reason}, so it is not a node of the cluster`);
  const marked = [
    ...mine.map(({ InstanceId }) => InstanceId),
    // Nobody but this program looks at a group's tags, and the Python tool's groups have none.
    ...groups.filter((group) => launchOfGroup(group) !== null).map(({ GroupId }) => GroupId),
  ].filter((id) => id !== undefined);
  if (marked.length > 0)
    // Somebody else may be removing it too: what is gone needs no tombstone, and what is there has to have it.
    await aws.tagKnown(marked, { [tagKeys.state]: 'destroying' }, session.signal);
  const ids = new Set(mine.map(({ InstanceId = '' }) => InstanceId));
  const names = new Map(nodesOf(cluster).map((node) => [node.id, node.name]));
  // The user who was asked knows of these as no nodes.
  const strangers = new Set(found.foreign.map(({ InstanceId }) => InstanceId));
  const look = async (): Promise<Look> => {
    const all = [
      ...(await aws.instances({ [`tag:${tagKeys.name}`]: [name] }, session.signal)),
      // Those may carry a name that is only shown in another form.
      ...(also.size === 0 ? [] : await aws.instances({ 'instance-id': [...also] }, session.signal)),
    ];
    // Nodes that a launch made after the first look are among its own too.
    const now = all.filter(
      (instance) =>
        ids.has(instance.InstanceId ?? '') ||
        (isLive(instance) &&
          instance.VpcId === vpcId &&
          !strangers.has(instance.InstanceId) &&
          isMine(instance)),
    );
    return { found: now, hidden: [] };
  };
  const progress = new Progress();
  const end = (): Promise<string[]> => endInstances(look, progress, session, names);
  const alive = await end();
  const stuck = (cluster.foreign ?? []).some(({ id, isInGroup }) => isInGroup && !also.has(id));
  const late = alive.length === 0 && !stuck ? end : undefined;
  const groupIds = groups.flatMap(({ GroupId }) => GroupId ?? []);
  const undeleted = [...alive, ...(await deleteGroups(groupIds, name, late, session))];
  if (undeleted.length === 0)
    await forgetCluster({ ...identity, region: aws.region, vpcId }, session);
  return stuck ? [...undeleted, ...left] : undeleted;
}

/**
 * A cluster's own group, and the lock on its size, also of somebody who is just resizing it: he will find the cluster gone. A group
 * that neither tool made is somebody else's, whatever its name is.
 */
async function ownGroups(
  { cluster: { name, vpcId }, groupId, launchId }: Ec2Cluster,
  { aws, signal }: Ec2Session,
): Promise<SecurityGroup[]> {
  const groups = await aws.groups(
    {
      'group-name': [clusterGroupName(name), resizeLockName(name)],
      ...(vpcId != null && { 'vpc-id': [vpcId] }),
    },
    signal,
  );
  return groups.filter((group) =>
    group.GroupName === resizeLockName(name)
      ? isLock(group)
      : launchOfGroup(group) !== undefined &&
        (group.GroupId === groupId || (launchId !== null && launchOfGroup(group) === launchId)),
  );
}

/**
 * Deletes a cluster's groups once nothing is in them any more.
 *
 * @param end ends what was made at the last moment; `undefined` if something stays in them, so that waiting is no use
 * @returns what could not be removed, in words
 */
async function deleteGroups(
  ids: readonly string[],
  name: string,
  end: (() => Promise<string[]>) | undefined,
  session: Ec2Session,
): Promise<string[]> {
  const left: string[] = [];
  const endLate = end && (async (): Promise<void> => void left.push(...(await end())));
  for (const id of ids) {
    const why = await deleteGroup(id, clusterGroupName(name), session, endLate);
    if (why !== undefined) left.push(why);
  }
  return left;
}

/** Waits for what requests without an answer may have made, which EC2 may show only in a while. */
async function untilShown(
  { uncertain }: OngoingLaunch,
  look: () => Promise<Look>,
  limitMs: number,
  { clock, signal }: Ec2Session,
): Promise<void> {
  const end = clock.now() + limitMs;
  while (uncertain.size > 0 && !signal.aborted && clock.now() < end) {
    const shown = new Set((await look()).found.map(({ ClientToken }) => ClientToken));
    if ([...uncertain].every((token) => shown.has(token))) return;
    await clock.sleep(everyMs, signal);
  }
}

/** Looks at what a launch, or a growth, has made: what was asked for with the launch's token. */
function madeBy(
  launch: OngoingLaunch,
  launchId: string,
  criteria: Criteria,
  progress: Progress,
  session: Ec2Session,
): () => Promise<Look> {
  const { aws } = session;
  const known = new Set(launch.instances.map(({ InstanceId = '' }) => InstanceId));
  return async () => {
    const tagged = await aws.instances(criteria, session.signal);
    const found = tagged.filter(
      (instance) =>
        launchOfToken(instance) === launchId && launch.tokens.has(instance.ClientToken ?? ''),
    );
    // What EC2 gave but doesn't show yet is there all the same.
    const shown = new Set(found.map(({ InstanceId }) => InstanceId));
    const hidden = [...known].filter((id) => !shown.has(id) && !progress.ended.has(id));
    return { found, hidden };
  };
}

/** What there is to end: what EC2 shows, and ids that it gave but doesn't show yet. */
interface Look {
  readonly found: readonly Instance[];
  readonly hidden: readonly string[];
}

/** What a removal has done so far, by instance id. */
class Progress {
  /** Asked to end. */
  readonly ended = new Set<string>();
  /** Reported as removed. */
  readonly told = new Set<string>();
}

/** Ends instances and waits until EC2 calls them terminated: only then their group is free. */
async function endInstances(
  look: () => Promise<Look>,
  { ended, told }: Progress,
  session: Ec2Session,
  names: ReadonlyMap<string, string> = new Map(),
): Promise<string[]> {
  const { aws, clock, signal, emit } = session;
  let alive: readonly string[] = [];
  let lastError = '';
  /** Why EC2 doesn't end an instance, such as one that is protected from termination, by its id. */
  const refused = new Map<string, string>();
  const end = async (ids: string[]): Promise<void> => {
    try {
      await aws.ec2('TerminateInstances', { InstanceIds: ids }, signal);
      for (const id of ids) ended.add(id);
    } catch (error) {
      // EC2 doesn't know yet what it has just made: it is asked again.
      if (isClusterError(error, 'AWS_RESOURCE_NOT_FOUND')) lastError = error.message;
      else if (!isClusterError(error, 'AWS_REQUEST_FAILED')) throw error;
      else if (ids.length === 1) refused.set(ids[0] ?? '', error.message);
      else {
        // It refuses all for the sake of one: what can end is ended.
        const half = Math.ceil(ids.length / 2);
        await end(ids.slice(0, half));
        await end(ids.slice(half));
      }
    }
  };
  const named = (): string[] => [...refused].map(([id, why]) => `${id}: ${why}`);
  try {
    await waitFor(
      async () => {
        const { found, hidden } = await look();
        const nodes = nodeNames(found);
        for (const instance of found) {
          const id = instance.InstanceId ?? '';
          const name = names.get(id) ?? nodes.get(id);
          if (isLive(instance) || told.has(id) || name === undefined) continue;
          told.add(id);
          emit('node.removed', { node: name });
        }
        const going = found.filter(isLive);
        const fresh = [
          ...going
            .filter(({ State }) => State?.Name !== 'shutting-down')
            .map(({ InstanceId = '' }) => InstanceId),
          ...hidden,
        ].filter((id) => !ended.has(id) && !refused.has(id));
        if (fresh.length > 0)
          emit('instances.ending', {
            instances: fresh.map((id) => ({ id, node: names.get(id) ?? nodes.get(id) ?? null })),
          });
        await inParts(fresh, end);
        alive = [...going.map(({ InstanceId = '' }) => InstanceId), ...hidden].filter(
          (id) => !refused.has(id),
        );
        if (alive.length === 0) {
          for (const [id, name] of names) {
            if (refused.has(id)) continue;
            if (!told.has(id)) emit('node.removed', { node: name });
            told.add(id);
          }
          return true;
        }
        return undefined;
      },
      {
        clock,
        signal,
        reason: () => `${formatCount(alive.length, 'instance')} to terminate`,
        isPassing: isUnreachable,
        limitMs: endLimitMs,
        everyMs,
      },
    );
    return named();
  } catch (error) {
    if (signal.aborted && alive.length === 0) throw error;
    const why = isClusterError(error) ? error.message : String(error);
    const others = (alive.length > 0 ? alive : ['instances']).map(
      (id) => `${id}: ${lastError === '' ? why : lastError}`,
    );
    return [...named(), ...others];
  }
}

function isLive({ State }: Instance): boolean {
  return State?.Name !== 'terminated';
}
