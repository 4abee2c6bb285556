import type { Instance } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../engine/provider.ts';
import type { Cluster } from '../../model/cluster.ts';
import { ClusterError, toClusterError } from '../../model/errors.ts';
import { Aws } from './aws.ts';
import { clusterGroupName, resizeLockName } from './network.ts';
import { observeClusters, observeGroup, type Ec2Cluster } from './observe.ts';
import type { OngoingLaunch } from './ongoing-launch.ts';
import { regionOf, regionsOf } from './region.ts';
import { isHeld } from './resize-lock.ts';
import { KnownPrices } from './running-price.ts';
import { readTags, tagKeys } from './tags.ts';

/** Looks at clusters as EC2 has them, and keeps what the questions cost: a client for each region, and prices. */
export class ClusterReader {
  /** Launches of this process, by id. */
  readonly launches = new Map<string, OngoingLaunch>();
  /** AWS by region and profile: one client, whatever number of calls. */
  readonly #aws = new Map<string, Aws>();
  /** The last look at each cluster, by {@link seenKey}: used only for what doesn't change. */
  readonly #seen = new Map<string, Ec2Cluster>();
  readonly #prices = new KnownPrices();

  /** @param region where; the region that is configured if it isn't said */
  async aws(context: WorkContext, region?: string): Promise<Aws> {
    region ??= await regionOf(context);
    const profile = context.values.ec2Profile;
    const key = `${profile ?? ''} ${region}`;
    let aws = this.#aws.get(key);
    if (aws === undefined) {
      aws = new Aws({ region, profile }, context);
      this.#aws.set(key, aws);
    }
    return aws;
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
      const { code: kind, message, hint = null } = toClusterError(list.reason);
      const profile = context.values.ec2Profile ?? context.env['AWS_PROFILE'] ?? null;
      const unasked = { region: regions[index] ?? null, profile };
      context.emit('warning', { kind, message, hint, unasked });
    }
    return lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : []));
  }

  /** @throws ClusterError `CLUSTER_AMBIGUOUS` */
  async find(name: string, context: WorkContext): Promise<Cluster | undefined> {
    const regions = await regionsOf(context);
    const looks = await Promise.all(regions.map((region) => this.look(name, region, context)));
    const found = looks.flatMap((look) => look?.cluster ?? []);
    if (found.length > 1)
      throw new ClusterError(
        'CLUSTER_AMBIGUOUS',
        `There are several clusters "${name}": in ${found.map(({ region }) => region ?? '').join(' and ')}.`,
        { hint: `Say which one: --ec2-region ${found[0]?.region ?? ''}, without --ec2-regions.` },
      );
    return found[0];
  }

  async #listRegion(region: string, context: WorkContext): Promise<readonly Cluster[]> {
    const aws = await this.aws(context, region);
    const { signal } = context;
    const instances = await aws.instances(
      { Filters: [{ Name: 'tag-key', Values: [tagKeys.name] }] },
      signal,
    );
    const found = await observe(instances, aws, context);
    const price = await this.#prices.of(aws, found, context.clock, signal);
    return found.map((one) => ({ ...one.cluster, pricePerHour: price(one) }));
  }

  /** What the running nodes of a cluster cost an hour, in US dollars; `null` if that isn't known. */
  async pricePerHour(cluster: Cluster, context: WorkContext): Promise<number | null> {
    const aws = await this.aws(context, cluster.region);
    const found = await this.known(cluster, context);
    if (found.instances.length === 0) return null;
    const price = await this.#prices.of(aws, [found], context.clock, context.signal);
    return price(found);
  }

  /** A cluster as EC2 sees it now; of one without nodes, what is left of it. */
  async look(
    name: string,
    region: string | undefined,
    context: WorkContext,
  ): Promise<Ec2Cluster | undefined> {
    const aws = await this.aws(context, region);
    const { signal, clock } = context;
    const instances = await aws.instances(
      { Filters: [{ Name: `tag:${tagKeys.name}`, Values: [name] }] },
      signal,
    );
    const launch = [...this.launches.values()].find(
      (one) => one.name === name && one.region === aws.region && !one.isOver,
    );
    const expected = new Set((launch?.instances ?? []).map(({ InstanceId }) => InstanceId));
    const shown = new Set(instances.map(({ InstanceId }) => InstanceId));
    // EC2 may not show yet what it has just given.
    const hidden = (launch?.instances ?? []).filter(({ InstanceId }) => !shown.has(InstanceId));
    const [found] = await observe([...instances, ...hidden], aws, context, expected);
    if (found !== undefined) return this.#remember(found);
    const [group] = await aws.groups(
      { Filters: [{ Name: 'group-name', Values: [clusterGroupName(name)] }] },
      signal,
    );
    return group === undefined || readTags(group.Tags)[tagKeys.name] === undefined
      ? undefined
      : this.#remember(observeGroup(name, group, instances, aws.region, clock.now()));
  }

  #remember(found: Ec2Cluster): Ec2Cluster {
    this.#seen.set(seenKey(found.cluster), found);
    return found;
  }

  /** @throws ClusterError `CLUSTER_NOT_FOUND` */
  async require(
    { name, region }: Pick<Cluster, 'name' | 'region'>,
    context: WorkContext,
  ): Promise<Ec2Cluster> {
    const found = await this.look(name, region, context);
    if (found === undefined)
      throw new ClusterError(
        'CLUSTER_NOT_FOUND',
        `Cluster "${name}" was removed by somebody else meanwhile.`,
      );
    return found;
  }

  /** What doesn't change in a cluster's life, such as its host key: a look that was taken already will do. */
  async known(cluster: Cluster, context: WorkContext): Promise<Ec2Cluster> {
    const seen = this.#seen.get(seenKey(cluster));
    return seen !== undefined && seen.launchId === cluster.launchId
      ? seen
      : this.require(cluster, context);
  }
}

/** Makes clusters of instances. Whether workers that leave do so with somebody's help, only the lock tells. */
async function observe(
  instances: readonly Instance[],
  aws: Aws,
  { clock, signal }: WorkContext,
  expected: ReadonlySet<string | undefined> = new Set(),
): Promise<Ec2Cluster[]> {
  const found = observeClusters(instances, aws.region, clock.now(), { expected });
  const shrinking = found.filter(({ cluster }) =>
    cluster.workers.some(({ state }) => state === 'draining'),
  );
  if (shrinking.length === 0) return found;
  const names = new Map(shrinking.map(({ cluster: { name } }) => [resizeLockName(name), name]));
  const locks = await aws.groups(
    { Filters: [{ Name: 'group-name', Values: [...names.keys()] }] },
    signal,
  );
  const held = locks.filter((lock) => isHeld(lock, clock.now()));
  const now = new Set(held.flatMap(({ GroupName = '' }) => names.get(GroupName) ?? []));
  return observeClusters(instances, aws.region, clock.now(), { expected, shrinking: now });
}

/** By what a cluster is remembered in this process. */
export function seenKey({ name, region }: Pick<Cluster, 'name' | 'region'>): string {
  return `${region ?? ''} ${name}`;
}
