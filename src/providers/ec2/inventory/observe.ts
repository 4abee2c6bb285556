import type { Instance, SecurityGroup } from '@aws-sdk/client-ec2';
import {
  type Cluster,
  type ClusterNode,
  clusterState,
  type ForeignInstance,
  type NodeRole,
  type NodeState,
} from '../../../model/cluster/cluster.ts';
import { escapedName, isAcceptedName } from '../../../model/cluster/cluster-name.ts';
import { nodePorts } from '../../../node/layout.ts';
import {
  type ClusterTags,
  launchTime,
  ownTags,
  readClusterTags,
  readTags,
  tagKeys,
} from '../api/tags.ts';
import { readSize } from './cluster-size.ts';
import { lifetimeOf } from './lifetime.ts';
import {
  clusterGroupOf,
  clusterOfGroup,
  isEnding,
  launchOfGroup,
  launchOfToken,
  whyForeign,
} from './membership.ts';

/** A cluster on EC2, with what the provider needs to reach and change it. */
export interface Ec2Cluster {
  readonly cluster: Cluster;
  /** Its nodes that are not gone for good, the master first. */
  readonly instances: readonly Instance[];
  /** Instances that carry its name in its VPC and are none of its nodes. */
  readonly foreign: readonly Instance[];
  /** Id of the launch, or `null` for a cluster of the Python tool. */
  readonly launchId: string | null;
  /** Id of its own security group; `undefined` if no node is in one. */
  readonly groupId: string | undefined;
}

/** A launch that began longer ago than this and never ended is nobody's work any more, in milliseconds. */
export const launchAgeLimitMs = 15 * 60_000;

/** What is known beside what EC2 says of instances. */
interface Circumstances {
  readonly expected?: ReadonlySet<string | undefined>;
  readonly shrinking?: ReadonlySet<string>;
  readonly launches?: ReadonlyMap<string, string | null | undefined>;
}

/**
 * Makes clusters of what EC2 has: the instances of one name in one VPC. A cluster that is odd never hides another one.
 *
 * @param now milliseconds since the epoch
 * @param seen.expected ids of nodes that somebody waits for: one of them that ended, or stopped, is dead, whichever client wanted it
 * @param seen.shrinking ids of the groups of clusters that somebody is removing workers from
 * @param seen.launches which launch made a group, by its id; of a group that isn't in it, its instances are taken at their word
 */
export function observeClusters(
  instances: readonly Instance[],
  region: string,
  now: number,
  seen: Circumstances = {},
): Ec2Cluster[] {
  const byName = new Map<string, Instance[]>();
  for (const instance of instances) {
    const name = readTags(instance.Tags)[tagKeys.name];
    if (name === undefined) continue;
    byName.set(name, [...(byName.get(name) ?? []), instance]);
  }
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, all]) => {
      // EC2 forgets the VPC of what is gone.
      const gone = all.filter(({ VpcId }) => VpcId === undefined);
      const vpcs = [...new Set(all.flatMap(({ VpcId }) => VpcId ?? []))].sort();
      return vpcs.flatMap(
        (vpcId) =>
          observeCluster(
            { name, vpcId, region },
            all.filter((instance) => instance.VpcId === vpcId),
            gone,
            now,
            seen,
          ) ?? [],
      );
    });
}

/** Where a cluster is. */
interface Place {
  readonly name: string;
  readonly vpcId: string;
  readonly region: string;
}

/**
 * The cluster of a name in a VPC; `undefined` if nothing of it is left.
 *
 * @param here all instances there that carry its name
 * @param gone instances of the name that have ended, in whichever VPC
 */
function observeCluster(
  place: Place,
  here: readonly Instance[],
  gone: readonly Instance[],
  now: number,
  { expected = new Set(), shrinking = new Set(), launches = new Map() }: Circumstances,
): Ec2Cluster | undefined {
  const { name, vpcId, region } = place;
  // What somebody gave up is on its way out, and not part of it any more.
  const live = here.filter(
    (instance) =>
      !isGone(instance) && !(stateName(instance) === 'shutting-down' && isForgotten(instance)),
  );
  if (live.length === 0) return undefined;
  if (!isAcceptedName(name)) return unnameable(place, live);
  const { groupId, launchId } = identify(name, live, launches);
  const identity = { name, groupId, launchId: launchId ?? null };
  const whyNot = (instance: Instance): string | undefined =>
    launchId === undefined
      ? 'the security group has instances of several launches'
      : whyForeign(instance, identity);
  const nodes = live.filter((instance) => whyNot(instance) === undefined);
  const strangers = live.filter(
    (instance) => whyNot(instance) !== undefined && !isEnding(instance),
  );
  const foreign = strangers.map((instance) => asForeign(instance, whyNot(instance) ?? '', groupId));
  if (nodes.length === 0)
    return strangers.length === 0
      ? undefined
      : { ...unclaimed(place, foreign), foreign: strangers, groupId, launchId: launchId ?? null };
  const isNode = new Set(nodes);
  // What ended by itself in this launch is news; what an earlier cluster of the name left, or somebody ended on purpose, isn't.
  const mine = [...here, ...gone].filter(
    (instance) =>
      isNode.has(instance) ||
      (isEnding(instance) &&
        whyNot(instance) === undefined &&
        (expected.has(instance.InstanceId) ||
          (!endedOnPurpose(instance) && !isForgotten(instance)))),
  );
  const chief = nodes.find(isMaster) ?? nodes[0];
  const tags = readClusterTags(chief?.Tags);
  const named = nameNodes(mine, expected);
  const masters = named.filter(({ node }) => node.role === 'master');
  const [first] = masters;
  const master = first?.node ?? null;
  const workers = named.filter((one) => one !== first).map(({ node }) => node);
  const began = launchTime(identity.launchId ?? '');
  const size = chief === undefined ? undefined : readSize(chief);
  const facts = {
    expectedWorkers: size,
    ready: identity.launchId === null || tags.state === 'ready',
    removing: false,
    activity:
      tags.state === 'destroying' ||
      nodes.every((instance) => stateName(instance) === 'shutting-down')
        ? 'destroy'
        : tags.state === 'launching' && began !== undefined && now - began < launchAgeLimitMs
          ? 'launch'
          : shrinking.has(groupId ?? '')
            ? 'removeWorkers'
            : null,
  };
  const conflict =
    masters.length > 1 ? `${masters.length} masters found: ${ids(masters)}` : undefined;
  const launchedAt =
    began ?? Math.min(...nodes.map(({ LaunchTime }) => LaunchTime?.getTime() ?? now));
  return {
    cluster: {
      name,
      provider: 'ec2',
      ...(conflict === undefined
        ? clusterState({ master, workers }, facts)
        : { state: 'malformed', reason: conflict }),
      master,
      workers,
      ...(size !== undefined && { expectedWorkers: size }),
      services: servicesOf(tags, master),
      ...(tags.packages.length > 0 && { packages: tags.packages }),
      ...(tags.eventLogs !== undefined && { eventLogFolder: tags.eventLogs }),
      ...(tags.pythonPackages.length > 0 && { pythonPackages: tags.pythonPackages }),
      tags: ownTags(readTags(chief?.Tags)),
      launchId: identity.launchId,
      launchedAt: new Date(launchedAt).toISOString(),
      region,
      vpcId,
      accountId: chief?.NetworkInterfaces?.[0]?.OwnerId ?? null,
      lifetime: lifetimeOf(chief ?? {}),
      ...(foreign.length > 0 && { foreign }),
    },
    instances: [...named]
      .sort((a, b) => (a === first ? -1 : b === first ? 1 : 0))
      .map(({ instance }) => instance),
    foreign: strangers,
    launchId: identity.launchId,
    groupId,
  };
}

/**
 * Finds out which group and which launch make a cluster.
 *
 * @returns the launch is `undefined` if instances of several launches are in the group, and nothing says which one made it
 */
function identify(
  name: string,
  live: readonly Instance[],
  launches: ReadonlyMap<string, string | null | undefined>,
): { groupId: string | undefined; launchId: string | null | undefined } {
  const members = live.filter((instance) => clusterGroupOf(instance, name) !== undefined);
  const [groupId] = members.flatMap((instance) => clusterGroupOf(instance, name) ?? []);
  const recorded = groupId === undefined ? undefined : launches.get(groupId);
  if (recorded !== undefined) return { groupId, launchId: recorded };
  // EC2 has taken what is ending out of the group.
  const from = members.length > 0 ? members : live.filter(isEnding);
  const asked = new Set(from.flatMap((instance) => launchOfToken(instance) ?? []));
  // One that a launch asked for, in the midst of the Python tool's, makes them no nodes of that launch.
  const isMixed =
    asked.size > 0 && members.some((instance) => launchOfToken(instance) === undefined);
  const [launchId = null] = asked;
  return { groupId, launchId: asked.size > 1 || isMixed ? undefined : launchId };
}

/** An instance as something that isn't a node. */
function asForeign(
  instance: Instance,
  reason: string,
  groupId: string | undefined,
): ForeignInstance {
  return {
    id: instance.InstanceId ?? '',
    state: stateName(instance),
    reason,
    isInGroup: (instance.SecurityGroups ?? []).some(
      ({ GroupId }) => GroupId !== undefined && GroupId === groupId,
    ),
  };
}

/** A name that only instances carry which aren't nodes of a cluster. */
function unclaimed(
  { name, vpcId, region }: Place,
  foreign: readonly ForeignInstance[],
): Omit<Ec2Cluster, 'foreign' | 'groupId' | 'launchId'> {
  return {
    cluster: {
      name,
      provider: 'ec2',
      state: 'malformed',
      reason: foreign.map(({ id, reason }) => `${id}: ${reason}`).join('; '),
      master: null,
      workers: [],
      services: [],
      tags: {},
      launchId: null,
      launchedAt: null,
      region,
      vpcId,
      lifetime: null,
      foreign,
    },
    instances: [],
  };
}

/** Instances that carry a name which no cluster can have. */
function unnameable(place: Place, live: readonly Instance[]): Ec2Cluster {
  const foreign = live
    .filter((instance) => !isEnding(instance))
    .map((instance) =>
      asForeign(instance, 'its tag flintrock-name is not a valid cluster name', undefined),
    );
  return {
    ...unclaimed({ ...place, name: escapedName(place.name) }, foreign),
    foreign: live,
    groupId: undefined,
    launchId: null,
  };
}

/**
 * What is left of a cluster of which only the group is there, so that it can be seen and removed.
 *
 * @param gone instances that carry its name, as long as EC2 still shows them
 * @returns `undefined` if the group isn't the own group of a cluster of ours
 */
export function observeGroup(
  group: SecurityGroup,
  gone: readonly Instance[],
  region: string,
  now: number,
): Ec2Cluster | undefined {
  const name = clusterOfGroup(group);
  if (name === undefined) return undefined;
  const { state } = readClusterTags(group.Tags);
  const launchId = launchOfGroup(group) ?? null;
  const began = launchTime(launchId ?? '');
  const fresh = state === 'launching' && began !== undefined && now - began < launchAgeLimitMs;
  return {
    cluster: {
      name,
      provider: 'ec2',
      ...(fresh ? { state: 'launching', reason: null } : endOf(gone, launchId, state)),
      master: null,
      workers: [],
      services: [],
      tags: ownTags(readTags(group.Tags)),
      launchId,
      launchedAt: began === undefined ? null : new Date(began).toISOString(),
      region,
      ...(group.VpcId !== undefined && { vpcId: group.VpcId }),
    },
    instances: [],
    foreign: [],
    launchId,
    groupId: group.GroupId,
  };
}

/** How a cluster without nodes came to its end. */
function endOf(
  gone: readonly Instance[],
  launchId: string | null,
  state: ClusterTags['state'],
): Pick<Cluster, 'state' | 'reason'> {
  const left = 'only the security group is left';
  if (state === 'destroying')
    return { state: 'destroying', reason: `its removal was not completed, ${left}` };
  if (state !== 'ready')
    return { state: 'half-launched', reason: `all nodes have been terminated, ${left}` };
  const master = gone.find(
    (instance) => isMaster(instance) && launchOfToken(instance) === launchId,
  );
  const byItself =
    master !== undefined &&
    lifetimeOf(master) !== null &&
    master.StateReason?.Code === 'Client.InstanceInitiatedShutdown';
  return {
    state: 'malformed',
    reason: byItself
      ? `its lifetime has ended, and ${left}`
      : `all nodes have been terminated, ${left}`,
  };
}

/** Names of instances by their ids, also of those that are gone. */
export function nodeNames(instances: readonly Instance[]): ReadonlyMap<string, string> {
  return new Map(nameNodes(instances, new Set()).map(({ node }) => [node.id, node.name]));
}

interface NamedNode {
  readonly instance: Instance;
  readonly node: ClusterNode;
}

/** Names the nodes by their place in their launch: stable, and without a tag for each. */
function nameNodes(
  instances: readonly Instance[],
  expected: ReadonlySet<string | undefined>,
): NamedNode[] {
  const sorted = [...instances].sort(
    (a, b) => numberOf(a) - numberOf(b) || (String(a.InstanceId) < String(b.InstanceId) ? -1 : 1),
  );
  let next = 1;
  const taken = new Set<number>();
  return sorted.map((instance) => {
    const role: NodeRole = isMaster(instance) ? 'master' : 'worker';
    let name = 'master';
    if (role === 'worker') {
      // Those of the Python tool have no numbers, and two requests without ours may give one twice.
      let number = Number.isFinite(numberOf(instance)) ? numberOf(instance) : next;
      while (number < 1 || taken.has(number)) number += 1;
      taken.add(number);
      next = number + 1;
      name = `worker-${number}`;
    }
    const isExpected = expected.has(instance.InstanceId);
    return { instance, node: observeNode(instance, name, role, isExpected) };
  });
}

function observeNode(
  instance: Instance,
  name: string,
  role: NodeRole,
  isExpected: boolean,
): ClusterNode {
  const { state, reason } = nodeState(instance, isExpected);
  return {
    name,
    role,
    id: instance.InstanceId ?? '',
    state,
    address: instance.PrivateIpAddress ?? null,
    publicAddress: instance.PublicIpAddress ?? null,
    hostName: hostNameOf(instance),
    ...(instance.InstanceType !== undefined && { instanceType: instance.InstanceType }),
    market: instance.InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
    // The Python tool leaves its workers' port to chance.
    port: role === 'worker' && launchOfToken(instance) === undefined ? null : nodePorts[role],
    cores: null,
    memoryMiB: null,
    reason,
  };
}

/** The public DNS name of what has a public address, else the private one; `null` where the VPC gives none. */
function hostNameOf({ PublicIpAddress, PublicDnsName, PrivateDnsName }: Instance): string | null {
  return (PublicIpAddress === undefined ? PrivateDnsName : PublicDnsName) || null;
}

function nodeState(instance: Instance, isExpected: boolean): Pick<ClusterNode, 'state' | 'reason'> {
  const state = stateName(instance);
  if (isExpected && state !== 'pending' && state !== 'running')
    return { state: 'dead', reason: `the instance is ${state}: ${reasonOf(instance)}` };
  const known: Readonly<Record<string, NodeState>> = {
    pending: 'pending',
    running: 'running',
    stopping: 'stopping',
    stopped: 'stopped',
    'shutting-down': 'terminated',
    terminated: 'terminated',
  };
  const mapped = known[state] ?? 'pending';
  if (mapped === 'running' && readClusterTags(instance.Tags).state === 'draining')
    return { state: 'draining', reason: null };
  if (mapped === 'stopped' && instance.StateReason?.Code?.startsWith('Server.') === true)
    return { state: 'stopped', reason: reasonOf(instance) };
  if (mapped !== 'terminated') return { state: mapped, reason: null };
  return endedOnPurpose(instance)
    ? { state: 'terminated', reason: null }
    : { state: 'dead', reason: reasonOf(instance) };
}

function reasonOf({ StateReason, StateTransitionReason }: Instance): string {
  return StateReason?.Message || StateTransitionReason || 'EC2 reports no reason';
}

/** Whether somebody asked EC2 to end it, and it did not end by itself. */
function endedOnPurpose({ StateReason }: Instance): boolean {
  return StateReason?.Code === 'Client.UserInitiatedShutdown' || StateReason?.Code === undefined;
}

function isGone(instance: Instance): boolean {
  return stateName(instance) === 'terminated';
}

function stateName(instance: Instance): string {
  return instance.State?.Name ?? 'pending';
}

/** Whether a node is its cluster's master. */
function isMaster(instance: Instance): boolean {
  return readClusterTags(instance.Tags).role === 'master';
}

/** Whether somebody has put up with its loss, or replaced it. */
function isForgotten(instance: Instance): boolean {
  return readClusterTags(instance.Tags).state === 'removed';
}

/** A node's number in its cluster: 0 for the master of a joint request, infinite if it has none. */
export function numberOf(instance: Instance): number {
  const { first } = readClusterTags(instance.Tags);
  return first === undefined ? Infinity : first + (instance.AmiLaunchIndex ?? 0);
}

/** Ports of the services' web pages, on the master. */
const uiPorts: Readonly<Record<string, number>> = {
  spark: nodePorts.masterUi,
  hdfs: nodePorts.nameNodeUi,
  yarn: nodePorts.resourceManagerUi,
};

/** A cluster's services, with the addresses of their pages if its master runs. */
export function servicesOf(
  { software }: Pick<ClusterTags, 'software'>,
  master: ClusterNode | null,
): Cluster['services'] {
  const host = master?.state === 'running' ? master.address : null;
  return software.map(({ name, version }) => {
    const port = uiPorts[name];
    const ui = host === null || port === undefined ? null : `http://${host}:${port}`;
    return { name, version, healthy: null, ui };
  });
}

function ids(nodes: readonly NamedNode[]): string {
  return nodes.map(({ node }) => node.id).join(', ');
}
