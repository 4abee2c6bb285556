import type { Instance, SecurityGroup } from '@aws-sdk/client-ec2';
import {
  clusterState,
  type Cluster,
  type ClusterNode,
  type NodeRole,
  type NodeState,
} from '../../model/cluster.ts';
import { nodePorts } from '../../node/layout.ts';
import { lifetimeOf } from './lifetime.ts';
import { launchTime, ownTags, readTags, roleTags, tagKeys } from './tags.ts';

/** A cluster on EC2, with what the provider needs to reach and change it. */
export interface Ec2Cluster {
  readonly cluster: Cluster;
  /** Instances that are not gone for good, the master first; in the order of {@link nodes}. */
  readonly instances: readonly Instance[];
  /** Id of the launch, or `null` for a cluster of the Python tool. */
  readonly launchId: string | null;
  /** Fingerprint of its host key, or `null` if nothing vouches for one. */
  readonly hostKey: string | null;
}

/** A launch that began longer ago than this and never ended is nobody's work any more, in milliseconds. */
export const launchAgeLimitMs = 15 * 60_000;

/** What is known beside what EC2 says. */
interface Circumstances {
  readonly expected?: ReadonlySet<string | undefined>;
  readonly shrinking?: ReadonlySet<string>;
}

/**
 * Makes clusters of what EC2 has, by tags alone. A cluster that is odd never hides another one.
 *
 * @param now milliseconds since the epoch
 * @param seen.expected ids of nodes that somebody waits for: one of them that ended, or stopped, is dead, whoever wanted it
 * @param seen.shrinking names of the clusters that somebody is removing workers from
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
    .flatMap(([name, all]) => observeCluster(name, all, region, now, seen) ?? []);
}

/** The cluster `name`, of all instances that carry its name; `undefined` if nothing of it is left. */
function observeCluster(
  name: string,
  all: readonly Instance[],
  region: string,
  now: number,
  { expected = new Set(), shrinking = new Set() }: Circumstances,
): Ec2Cluster | undefined {
  // What somebody gave up is on its way out, and not part of it any more.
  const live = all.filter(
    (instance) =>
      !isGone(instance) && !(stateName(instance) === 'shutting-down' && isForgotten(instance)),
  );
  const isLive = new Set(live);
  const launchId = newestLaunch(live.length > 0 ? live : all);
  // What ended by itself in this launch is news; what an earlier cluster of the name left, or somebody ended on purpose, isn't.
  const mine = all.filter(
    (instance) =>
      isLive.has(instance) ||
      expected.has(instance.InstanceId) ||
      (launchOf(instance) === launchId && !endedOnPurpose(instance) && !isForgotten(instance)),
  );
  if (live.length === 0) return undefined;
  const tags = readTags((live.find(isMaster) ?? live[0])?.Tags);
  const named = nameNodes(mine, expected);
  const masters = named.filter(({ node }) => node.role === 'master');
  const state = tags[tagKeys.state];
  const [first] = masters;
  const master = first?.node ?? null;
  const workers = named.filter((one) => one !== first).map(({ node }) => node);
  const began = launchId === null ? undefined : launchTime(launchId);
  const facts = {
    ready: launchId === null || state === 'ready',
    removing: false,
    activity:
      state === 'destroying' || live.every((instance) => stateName(instance) === 'shutting-down')
        ? 'destroy'
        : state === 'launching' && began !== undefined && now - began < launchAgeLimitMs
          ? 'launch'
          : shrinking.has(name)
            ? 'removeWorkers'
            : null,
  };
  const conflict =
    masters.length > 1 ? `it has ${masters.length} masters: ${ids(masters)}` : undefined;
  const vpcId = live.find(({ VpcId }) => VpcId !== undefined)?.VpcId;
  const launchedAt =
    began ?? Math.min(...live.map(({ LaunchTime }) => LaunchTime?.getTime() ?? now));
  return {
    cluster: {
      name,
      provider: 'ec2',
      ...(conflict === undefined
        ? clusterState({ master, workers }, facts)
        : { state: 'malformed', reason: conflict }),
      master,
      workers,
      services: servicesOf(tags[tagKeys.software], master),
      tags: ownTags(tags),
      launchId,
      launchedAt: new Date(launchedAt).toISOString(),
      region,
      ...(vpcId !== undefined && { vpcId }),
      lifetime: lifetimeOf(live.find(isMaster) ?? live[0] ?? {}),
    },
    instances: [...named]
      .sort((a, b) => (a === first ? -1 : b === first ? 1 : 0))
      .map(({ instance }) => instance),
    launchId,
    hostKey: tags[tagKeys.hostKey] ?? null,
  };
}

/**
 * What is left of a cluster of which only the group is there, so that it can be seen and removed.
 *
 * @param gone its instances as long as EC2 still shows them
 */
export function observeGroup(
  name: string,
  group: SecurityGroup,
  gone: readonly Instance[],
  region: string,
  now: number,
): Ec2Cluster {
  const tags = readTags(group.Tags);
  const launchId = tags[tagKeys.launch] ?? null;
  const began = launchId === null ? undefined : launchTime(launchId);
  const fresh =
    tags[tagKeys.state] === 'launching' && began !== undefined && now - began < launchAgeLimitMs;
  return {
    cluster: {
      name,
      provider: 'ec2',
      ...(fresh
        ? { state: 'launching', reason: null }
        : endOf(gone, launchId, tags[tagKeys.state])),
      master: null,
      workers: [],
      services: [],
      tags: ownTags(tags),
      launchId,
      launchedAt: began === undefined ? null : new Date(began).toISOString(),
      region,
    },
    instances: [],
    launchId,
    hostKey: tags[tagKeys.hostKey] ?? null,
  };
}

/** How a cluster without nodes came to its end. */
function endOf(
  gone: readonly Instance[],
  launchId: string | null,
  state: string | undefined,
): Pick<Cluster, 'state' | 'reason'> {
  const left = 'only its security group is left';
  if (state !== 'ready')
    return { state: 'half-launched', reason: `all its nodes are gone, ${left}` };
  const master = gone.find((instance) => isMaster(instance) && launchOf(instance) === launchId);
  const byItself =
    master !== undefined &&
    lifetimeOf(master) !== null &&
    master.StateReason?.Code === 'Client.InstanceInitiatedShutdown';
  return {
    state: 'malformed',
    reason: byItself ? `its lifetime is over, and ${left}` : `all its nodes are gone, ${left}`,
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
    ...(instance.InstanceType !== undefined && { instanceType: instance.InstanceType }),
    market: instance.InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
    // The Python tool leaves its workers' port to chance.
    port: role === 'worker' && launchOf(instance) === null ? null : nodePorts[role],
    cores: null,
    memoryMiB: null,
    reason,
  };
}

function nodeState(instance: Instance, isExpected: boolean): Pick<ClusterNode, 'state' | 'reason'> {
  const state = stateName(instance);
  if (isExpected && state !== 'pending' && state !== 'running')
    return { state: 'dead', reason: `it is ${state}: ${reasonOf(instance)}` };
  const known: Readonly<Record<string, NodeState>> = {
    pending: 'pending',
    running: 'running',
    stopping: 'stopping',
    stopped: 'stopped',
    'shutting-down': 'terminated',
    terminated: 'terminated',
  };
  const mapped = known[state] ?? 'pending';
  if (mapped === 'running' && readTags(instance.Tags)[tagKeys.state] === 'draining')
    return { state: 'draining', reason: null };
  if (mapped === 'stopped' && instance.StateReason?.Code?.startsWith('Server.') === true)
    return { state: 'stopped', reason: reasonOf(instance) };
  if (mapped !== 'terminated') return { state: mapped, reason: null };
  return endedOnPurpose(instance)
    ? { state: 'terminated', reason: null }
    : { state: 'dead', reason: reasonOf(instance) };
}

function reasonOf({ StateReason, StateTransitionReason }: Instance): string {
  return StateReason?.Message || StateTransitionReason || 'EC2 gives no reason';
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
  return readTags(instance.Tags)[tagKeys.role] === roleTags.master;
}

/** Whether somebody has put up with its loss, or replaced it. */
function isForgotten(instance: Instance): boolean {
  return readTags(instance.Tags)[tagKeys.state] === 'removed';
}

function launchOf(instance: Instance): string | null {
  return readTags(instance.Tags)[tagKeys.launch] ?? null;
}

function newestLaunch(instances: readonly Instance[]): string | null {
  return instances
    .map(launchOf)
    .reduce((newest, id) => ((id ?? '') > (newest ?? '') ? id : newest), null);
}

/** A node's number in its cluster: 0 for the master of a joint request, infinite if it has none. */
export function numberOf(instance: Instance): number {
  const first = readTags(instance.Tags)[tagKeys.first];
  if (first === undefined || !/^\d+$/.test(first)) return Infinity;
  return Number(first) + (instance.AmiLaunchIndex ?? 0);
}

/** Ports of the services' web pages, on the master. */
const uiPorts: Readonly<Record<string, number>> = {
  spark: nodePorts.masterUi,
  hdfs: nodePorts.nameNodeUi,
};

function servicesOf(software: string | undefined, master: ClusterNode | null): Cluster['services'] {
  const host = master?.state === 'running' ? master.address : null;
  return (software ?? '').split(/\s+/).flatMap((entry) => {
    const [name = '', version = null] = entry.split('=');
    const port = uiPorts[name];
    const ui = host === null || port === undefined ? null : `http://${host}:${port}`;
    return name === '' ? [] : [{ name, version, healthy: null, ui }];
  });
}

function ids(nodes: readonly NamedNode[]): string {
  return nodes.map(({ node }) => node.id).join(', ');
}
