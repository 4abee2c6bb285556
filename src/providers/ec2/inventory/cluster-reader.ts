import type { Instance } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../../engine/provider.ts';
import { type Cluster, nodesOf } from '../../../model/cluster/cluster.ts';
import { isAcceptedName } from '../../../model/cluster/cluster-name.ts';
import { ClusterError, toClusterError } from '../../../model/errors.ts';
import { setOption } from '../../../model/remedy.ts';
import { formatCount } from '../../../text/counts.ts';
import { Aws, inParts } from '../api/aws.ts';
import { CredentialSource } from '../api/credentials.ts';
import { maxFilterValues } from '../api/filters.ts';
import { regionOf, regionsOf } from '../api/region.ts';
import type { Ec2Session } from '../api/session.ts';
import { withCaBundle } from '../api/shared-config.ts';
import { tagKeys } from '../api/tags.ts';
import { clusterGroupName, resizeLockName } from '../plan/network.ts';
import { isHeld } from '../security/resize-lock.ts';
import { launchOfGroup, sealHash, sealOfGroup } from './membership.ts';
import { type Ec2Cluster, observeClusters, observeGroup } from './observe.ts';
import type { OngoingLaunch } from './ongoing-launch.ts';
import { KnownPrices } from './running-price.ts';

/** Looks at clusters as EC2 has them, and keeps what the questions cost: a client for each region, and prices. */
export class ClusterReader {
  /** AWS by region and profile: one client, whatever number of calls; with the environment as the profile has it. */
  readonly #aws = new Map<string, Pick<Ec2Session, 'aws' | 'env'>>();
  /** By profile: what was entered for one region is good for all. */
  readonly #credentials = new Map<string | undefined, CredentialSource>();
  /** The last look at each cluster, by {@link seenKey}: used only for what doesn't change. */
  readonly #seen = new Map<string, Ec2Cluster>();
  readonly #prices = new KnownPrices();
  /** Which launch made a group, by its id; `null` for one of the Python tool, `undefined` for one of neither. */
  readonly #launchOfGroups = new Map<string, string | null | undefined>();
  readonly #sealOfGroups = new Map<string, string>();

  /** @param region where; the region that is configured if it isn't said */
  async session(context: WorkContext, region?: string): Promise<Ec2Session> {
    region ??= await regionOf(context);
    const profile = context.values.ec2Profile;
    const key = `${profile ?? ''} ${region}`;
    let known = this.#aws.get(key);
    if (known === undefined) {
      const env = await withCaBundle(profile, context);
      const surroundings = { ...context, env };
      const credentials =
        this.#credentials.get(profile) ?? new CredentialSource(profile, surroundings, context.ask);
      this.#credentials.set(profile, credentials);
      known = { aws: new Aws({ region, credentials }, surroundings), env };
      this.#aws.set(key, known);
    }
    const credentials = this.#credentials.get(profile);
    if (credentials !== undefined) credentials.ask = context.ask;
    return { ...context, ...known };
  }

  /** All clusters of the regions that are configured. */
  async list(context: WorkContext): Promise<readonly Cluster[]> {
    const regions = await regionsOf(context);
    const lists = await Promise.allSettled(
      regions.map((region) => this.#listRegion(region, context)),
    );
    context.signal.throwIfAborted();
    const failed = lists.filter((list) => list.status === 'rejected');
    // A region that can't be asked hides no other one's clusters.
    if (failed[0] !== undefined && failed.length === lists.length) throw failed[0].reason;
    for (const [index, list] of lists.entries()) {
      if (list.status === 'fulfilled') continue;
      const { code: kind, message, remedies } = toClusterError(list.reason);
      const profile = context.values.ec2Profile ?? context.env['AWS_PROFILE'] ?? null;
      const unasked = { region: regions[index] ?? null, profile };
      context.emit('warning', { kind, message, remedies, unasked });
    }
    return lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : []));
  }

  /**
   * The cluster of a name in the regions and the VPC that are configured.
   *
   * @param launch a launch of this process, whose nodes are among a cluster's though EC2 doesn't show them yet
   * @throws ClusterError `CLUSTER_AMBIGUOUS`
   */
  async find(
    name: string,
    context: WorkContext,
    launch?: OngoingLaunch,
  ): Promise<Cluster | undefined> {
    const regions = await regionsOf(context);
    const looks = await Promise.all(
      regions.map((region) => this.#lookAll(name, region, context, launch)),
    );
    return this.#only(name, looks.flat())?.cluster;
  }

  async #listRegion(region: string, context: WorkContext): Promise<readonly Cluster[]> {
    const session = await this.session(context, region);
    const { aws, clock, signal } = session;
    const [instances, groups] = await Promise.all([
      aws.instances({ 'tag-key': [tagKeys.name] }, signal),
      aws.groupsNamed(clusterGroupName(''), signal),
    ]);
    const all = await this.#observe(instances, 'disputed', session);
    const shown = new Set(all.flatMap(({ groupId }) => groupId ?? []));
    // A removal that wasn't completed is to be seen. What else left nothing but a group is for a diagnosis to name, as a launch takes its
    // name over.
    const unfinished = groups
      .filter(({ GroupId = '' }) => !shown.has(GroupId))
      .map((group) => observeGroup(group, instances, aws.region, clock.now()))
      .filter((one) => one !== undefined)
      .filter(({ cluster }) => cluster.state === 'destroying');
    const found = inVpc([...all, ...unfinished], context).toSorted((one, other) =>
      one.cluster.name < other.cluster.name ? -1 : 1,
    );
    const price = await this.#prices.of(found, session);
    return found.map((one) => ({ ...one.cluster, pricePerHour: price(one) }));
  }

  /** What a cluster costs an hour now, or when all its nodes run, in US dollars; `null` if that isn't known. */
  async pricePerHour(
    cluster: Cluster,
    context: WorkContext,
    when: 'now' | 'started' = 'now',
  ): Promise<number | null> {
    const session = await this.session(context, cluster.region);
    const found = await this.known(cluster, context);
    if (found.instances.length === 0) return null;
    const one = when === 'now' ? found : asStarted(found);
    const price = await this.#prices.of([one], session);
    return price(one);
  }

  /**
   * A cluster as EC2 sees it now; of one without nodes, what is left of it.
   *
   * @throws ClusterError `CLUSTER_AMBIGUOUS` if the VPC isn't said and several have a cluster of the name
   */
  async #look(
    { name, region, vpcId }: Ec2ClusterRef,
    context: WorkContext,
    launch: OngoingLaunch | undefined,
  ): Promise<Ec2Cluster | undefined> {
    const values = vpcId == null ? context.values : { ...context.values, ec2VpcId: vpcId };
    return this.#only(name, await this.#lookAll(name, region, { ...context, values }, launch));
  }

  /** All clusters of a name in a region. */
  async #lookAll(
    name: string,
    region: string | undefined,
    context: WorkContext,
    launch: OngoingLaunch | undefined,
  ): Promise<readonly Ec2Cluster[]> {
    const session = await this.session(context, region);
    const { aws, signal, clock } = session;
    // Of a name that no cluster can have only the escaped form is known.
    const instances = await aws.instances(
      isAcceptedName(name) ? { [`tag:${tagKeys.name}`]: [name] } : { 'tag-key': [tagKeys.name] },
      signal,
    );
    const given = launch?.region === aws.region ? launch.instances : [];
    const expected = new Set(given.map(({ InstanceId }) => InstanceId));
    const shown = new Set(instances.map(({ InstanceId }) => InstanceId));
    // EC2 may not show yet what it has just given.
    const hidden = given.filter(({ InstanceId }) => !shown.has(InstanceId));
    const all = await this.#observe([...instances, ...hidden], 'all', session, expected);
    const found = inVpc(
      all.filter(({ cluster }) => cluster.name === name),
      context,
    );
    for (const one of found) this.#seen.set(seenKey(one.cluster), one);
    if (found.some(isClaimed) || !isAcceptedName(name)) return found;
    const groups = await aws.groups(
      {
        'group-name': [clusterGroupName(name)],
        ...(context.values.ec2VpcId !== undefined && { 'vpc-id': [context.values.ec2VpcId] }),
      },
      signal,
    );
    const left = groups.flatMap(
      (group) => observeGroup(group, instances, aws.region, clock.now()) ?? [],
    );
    return left.length > 0 ? left : found;
  }

  /** The only cluster of several. What merely carries the name stands in nobody's way. */
  #only(name: string, found: readonly Ec2Cluster[]): Ec2Cluster | undefined {
    const claimed = found.filter(isClaimed);
    const [first, second] = claimed.length > 0 ? claimed : found;
    if (second === undefined || first === undefined) return first;
    const clusters = (claimed.length > 0 ? claimed : found).map(({ cluster }) => cluster);
    const isOneRegion = clusters.every(({ region }) => region === first.cluster.region);
    throw new ClusterError(
      'CLUSTER_AMBIGUOUS',
      `There are several clusters named "${name}": ${clusters.map(distinction).join('; ')}.`,
      {
        remedies: clusters.map(({ region = '', vpcId }) =>
          isOneRegion
            ? setOption(`Use the cluster in ${vpcId ?? ''}.`, 'providers.ec2.vpc-id', vpcId ?? '')
            : setOption(`Use the cluster in ${region}.`, 'providers.ec2.region', region),
        ),
        details: {
          clusters: clusters.map(
            ({ region = null, vpcId = null, launchId, launchedAt, state }) => ({
              region,
              vpcId,
              launchId,
              launchedAt,
              state,
            }),
          ),
        },
      },
    );
  }

  /**
   * A cluster as it is now.
   *
   * @throws ClusterError `CLUSTER_NOT_FOUND`, also if another launch's has its name and place by now
   */
  async get(
    place: Ec2ClusterRef & Partial<Pick<Cluster, 'launchId'>>,
    context: WorkContext,
    launch?: OngoingLaunch,
  ): Promise<Ec2Cluster> {
    const { name, launchId } = place;
    const found = await this.#look(place, context, launch);
    if (found === undefined)
      throw new ClusterError(
        'CLUSTER_NOT_FOUND',
        `Cluster "${name}" was destroyed by another client in the meantime.`,
      );
    if (launchId !== undefined && launchId !== found.cluster.launchId)
      throw new ClusterError(
        'CLUSTER_NOT_FOUND',
        `Cluster "${name}" no longer exists, and a new cluster has its name. The new cluster was not changed.`,
      );
    return found;
  }

  /** What doesn't change in a cluster's life, such as its host key: a look that was taken already will do. */
  async known(cluster: Cluster, context: WorkContext, launch?: OngoingLaunch): Promise<Ec2Cluster> {
    const seen = this.#seen.get(seenKey(cluster));
    return seen !== undefined && seen.launchId === cluster.launchId
      ? seen
      : this.get(cluster, context, launch);
  }

  /** Notes which launch made a group: EC2 can't change that. */
  noteGroup(groupId: string, launchId: string, seal: string): void {
    this.#launchOfGroups.set(groupId, launchId);
    this.#sealOfGroups.set(groupId, sealHash(seal));
  }

  /** By what the record of a cluster's launch is known: see `launch-record.ts`. */
  sealOf({ groupId }: Ec2Cluster): string | undefined {
    return this.#sealOfGroups.get(groupId ?? '');
  }

  /**
   * Makes clusters of instances. Which launch made a cluster, its group says; whether workers that leave do so with somebody's help,
   * only the lock.
   *
   * @param check whose groups are looked at: `disputed` if nothing is going to be changed
   */
  async #observe(
    instances: readonly Instance[],
    check: 'all' | 'disputed',
    { aws, clock, signal }: Ec2Session,
    expected: ReadonlySet<string | undefined> = new Set(),
  ): Promise<Ec2Cluster[]> {
    const launches = this.#launchOfGroups;
    const now = clock.now();
    const found = observeClusters(instances, aws.region, now, { expected, launches });
    const unknown = found.flatMap(({ groupId, instances: nodes }) =>
      groupId === undefined || launches.has(groupId) || (check === 'disputed' && nodes.length > 0)
        ? []
        : groupId,
    );
    const shrinking = found.filter(({ cluster }) =>
      cluster.workers.some(({ state }) => state === 'draining'),
    );
    if (unknown.length === 0 && shrinking.length === 0) return found;
    const [groups, locks] = await Promise.all([
      inChunks(unknown, (part) => aws.groups({ 'group-id': part }, signal)),
      inChunks(
        shrinking.map(({ cluster }) => resizeLockName(cluster.name)),
        (part) => aws.groups({ 'group-name': part }, signal),
      ),
    ]);
    for (const group of groups) {
      const { GroupId = '' } = group;
      launches.set(GroupId, launchOfGroup(group));
      const seal = sealOfGroup(group);
      if (seal !== undefined) this.#sealOfGroups.set(GroupId, seal);
    }
    const held = new Set(
      locks
        .filter((lock) => isHeld(lock, aws.now()))
        .map(({ GroupName = '', VpcId = '' }) => `${VpcId} ${GroupName}`),
    );
    const busy = shrinking.filter(({ cluster }) =>
      held.has(`${cluster.vpcId ?? ''} ${resizeLockName(cluster.name)}`),
    );
    return observeClusters(instances, aws.region, now, {
      expected,
      launches,
      shrinking: new Set(busy.flatMap(({ groupId }) => groupId ?? [])),
    });
  }
}

/** What tells a cluster from all others. */
export type Ec2ClusterRef = Pick<Cluster, 'name' | 'region' | 'vpcId'>;

/** Whether a name is that of a cluster, and not merely on somebody's instances. */
function isClaimed({ instances, groupId }: Ec2Cluster): boolean {
  return instances.length > 0 || groupId !== undefined;
}

/** Those in the VPC that is configured, if one is. */
function inVpc(
  found: readonly Ec2Cluster[],
  { values: { ec2VpcId } }: Pick<WorkContext, 'values'>,
): readonly Ec2Cluster[] {
  return ec2VpcId === undefined ? found : found.filter(({ cluster }) => cluster.vpcId === ec2VpcId);
}

/** What tells a cluster from another one of its name. */
function distinction(cluster: Cluster): string {
  const { region = '', vpcId, state, launchedAt } = cluster;
  return [
    `${vpcId ?? 'no VPC'} in ${region}`,
    state,
    formatCount(nodesOf(cluster).length, 'node'),
    ...(launchedAt === null ? [] : [`launched ${launchedAt.slice(0, 16).replace('T', ' ')} UTC`]),
  ].join(', ');
}

/** Asks in parts that a filter can hold. */
async function inChunks<T>(
  values: readonly string[],
  ask: (part: string[]) => Promise<T[]>,
): Promise<T[]> {
  const found: T[] = [];
  await inParts(values, async (part) => void found.push(...(await ask(part))), maxFilterValues);
  return found;
}

/** By what a cluster is remembered in this process. */
function seenKey({ name, region, vpcId }: Ec2ClusterRef): string {
  return `${region ?? ''} ${vpcId ?? ''} ${name}`;
}

/** A cluster as it will be when its instances run. */
function asStarted(cluster: Ec2Cluster): Ec2Cluster {
  return {
    ...cluster,
    instances: cluster.instances.map((instance) =>
      instance.State?.Name === 'stopped' ? { ...instance, State: { Name: 'running' } } : instance,
    ),
  };
}
