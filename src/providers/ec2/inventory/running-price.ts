import type { Instance, Volume } from '@aws-sdk/client-ec2';
import { timeLimit } from '../../../base/time-limit.ts';
import { inParts } from '../api/aws.ts';
import { filtersOf, maxFilterValues } from '../api/filters.ts';
import type { Ec2Session } from '../api/session.ts';
import {
  addressPrice,
  hoursAMonth,
  instancePrice,
  spotPrices,
  storagePrice,
} from '../plan/prices.ts';
import { isEnding } from './membership.ts';
import type { Ec2Cluster } from './observe.ts';

/** How long AWS's price list may take: a list without prices is better than a late one, in milliseconds. */
const limitMs = 3_000;
/** How long a price holds: spot prices move slowly, others hardly ever, in milliseconds. */
const holdsMs = { spot: 10 * 60_000, other: 24 * 3_600_000 } as const;

/** What is paid for: an instance of a type, a GiB of a type of volume, a public address. */
interface Item {
  readonly key: string;
  readonly ask: (session: Ec2Session) => Promise<number | undefined>;
}

/** Prices that were asked for once, and when, and volumes that were looked at once: what they are doesn't change unnoticed for long. */
export class KnownPrices {
  readonly #prices = new Map<string, { readonly price: number; readonly until: number }>();
  readonly #volumes = new Map<string, Pick<Volume, 'Size' | 'VolumeType'>>();

  /**
   * Asks once for everything that some clusters consist of what it costs.
   *
   * @returns a function that gives what a cluster costs an hour, in dollars, as its plan did: instances that run, on demand or at the
   *   spot price now; the volumes of all nodes; public addresses. `null` if any of it isn't known
   */
  async of(
    clusters: readonly Ec2Cluster[],
    session: Ec2Session,
  ): Promise<(cluster: Ec2Cluster) => number | null> {
    const { aws, clock, signal } = session;
    const limited = { ...session, signal: timeLimit(limitMs, signal) };
    const now = clock.now();
    await this.#lookAtVolumes(clusters, limited);
    const instances = clusters.flatMap(present);
    const unknown = new Map<string, Item>();
    const items = [
      ...instances.flatMap((instance) => itemsOf(instance, aws.region)),
      ...clusters
        .flatMap((cluster) => this.#volumesOf(cluster))
        .map(({ type }) => volumeItem(aws.region, type)),
    ];
    for (const item of items)
      if ((this.#prices.get(item.key)?.until ?? 0) <= now) unknown.set(item.key, item);
    await Promise.all([
      ...[...unknown.values()].map(async ({ key, ask }) => {
        // A user who may not ask has no price, and everything else.
        const price = await ask(limited).catch(() => undefined);
        if (price !== undefined) this.#prices.set(key, { price, until: now + holdsMs.other });
      }),
      this.#askSpot(instances, now, limited),
    ]);
    signal.throwIfAborted();
    return (cluster) => {
      const price = this.#priceOf(cluster, aws.region);
      return Number.isNaN(price) || present(cluster).length === 0 ? null : price;
    };
  }

  /** Not a number if something isn't known. */
  #priceOf(cluster: Ec2Cluster, region: string): number {
    const known = (key: string): number => this.#prices.get(key)?.price ?? NaN;
    const nodes = present(cluster);
    let sum = 0;
    for (const instance of nodes) {
      if (isSpot(instance) && isRunning(instance)) sum += known(spotKey(instance, region));
      for (const { key } of itemsOf(instance, region)) sum += known(key);
    }
    for (const { sizeGiB, type } of this.#volumesOf(cluster))
      sum += (nodes.length * sizeGiB * known(volumeItem(region, type).key)) / hoursAMonth;
    return sum;
  }

  /** The volumes of each node of a cluster: all of them have the same, so that one is looked at. */
  #volumesOf(cluster: Ec2Cluster): { sizeGiB: number; type: string }[] {
    return volumeIds(present(cluster)[0]).map((id) => {
      const { Size = NaN, VolumeType = '' } = this.#volumes.get(id) ?? {};
      return { sizeGiB: Size, type: VolumeType };
    });
  }

  async #lookAtVolumes(
    clusters: readonly Ec2Cluster[],
    { aws, signal }: Ec2Session,
  ): Promise<void> {
    const unknown = clusters
      .flatMap((cluster) => volumeIds(present(cluster)[0]))
      .filter((id) => !this.#volumes.has(id));
    const look = async (ids: string[]): Promise<void> => {
      const { Volumes = [] } = await aws.ec2(
        'DescribeVolumes',
        filtersOf({ 'volume-id': ids }),
        signal,
      );
      for (const { VolumeId = '', Size, VolumeType } of Volumes)
        this.#volumes.set(VolumeId, {
          ...(Size !== undefined && { Size }),
          ...(VolumeType !== undefined && { VolumeType }),
        });
    };
    await inParts(unknown, (ids) => look(ids).catch(() => undefined), maxFilterValues);
  }

  async #askSpot(instances: readonly Instance[], now: number, session: Ec2Session): Promise<void> {
    const { aws } = session;
    const wanted = instances.filter(
      (instance) =>
        isSpot(instance) &&
        isRunning(instance) &&
        (this.#prices.get(spotKey(instance, aws.region))?.until ?? 0) <= now,
    );
    if (wanted.length === 0) return;
    const types = wanted.map(({ InstanceType }) => ({ instanceType: String(InstanceType) }));
    const found = await spotPrices(types, now, session).catch(() => new Map<string, number>());
    for (const instance of wanted) {
      const { InstanceType, Placement } = instance;
      const price = found.get(`${String(InstanceType)} ${Placement?.AvailabilityZone ?? ''}`);
      if (price !== undefined)
        this.#prices.set(spotKey(instance, aws.region), { price, until: now + holdsMs.spot });
    }
  }
}

function spotKey({ InstanceType, Placement }: Instance, region: string): string {
  return `spot ${region} ${String(InstanceType)} ${Placement?.AvailabilityZone ?? ''}`;
}

function volumeItem(region: string, type: string): Item {
  return {
    key: `volume ${region} ${type}`,
    ask: (session) => storagePrice(type, session),
  };
}

/** What of an instance has a price in the price list, its volumes left out. */
function itemsOf(instance: Instance, region: string): Item[] {
  const { PublicIpAddress, Placement } = instance;
  const type = String(instance.InstanceType);
  const tenancy = Placement?.Tenancy ?? 'default';
  const machine: Item = {
    key: `instance ${region} ${type} ${tenancy}`,
    ask: (session) => instancePrice(type, tenancy, session),
  };
  return [
    ...(isSpot(instance) || !isRunning(instance) ? [] : [machine]),
    ...(PublicIpAddress === undefined ? [] : [{ key: `address ${region}`, ask: addressPrice }]),
  ];
}

function volumeIds(instance: Instance | undefined): string[] {
  return (instance?.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);
}

function isSpot({ InstanceLifecycle }: Instance): boolean {
  return InstanceLifecycle === 'spot';
}

function isRunning({ State }: Instance): boolean {
  return State?.Name === 'running' || State?.Name === 'pending';
}

/** The nodes that something is paid for. */
function present({ instances }: Ec2Cluster): Instance[] {
  return instances.filter((instance) => !isEnding(instance));
}
