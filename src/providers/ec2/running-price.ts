import type { Instance, Volume } from '@aws-sdk/client-ec2';
import type { Clock } from '../../model/clock.ts';
import { inParts, type Aws } from './aws.ts';
import { filtersOf, maxFilterValues } from './filters.ts';
import { isEnding } from './membership.ts';
import type { Ec2Cluster } from './observe.ts';
import { addressPrice, hoursAMonth, instancePrice, spotPrices, storagePrice } from './prices.ts';

/** How long AWS's price list may take: a list without prices is better than a late one, in milliseconds. */
const limitMs = 3_000;
/** How long a price holds: spot prices move slowly, others hardly ever, in milliseconds. */
const holdsMs = { spot: 10 * 60_000, other: 24 * 3_600_000 } as const;

/** What is paid for: an instance of a type, a GiB of a type of volume, a public address. */
interface Item {
  readonly key: string;
  readonly ask: (aws: Aws, signal: AbortSignal) => Promise<number | undefined>;
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
    aws: Aws,
    clusters: readonly Ec2Cluster[],
    clock: Clock,
    signal: AbortSignal,
  ): Promise<(cluster: Ec2Cluster) => number | null> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    const now = clock.now();
    await this.#lookAtVolumes(aws, clusters, limit);
    const instances = clusters.flatMap(present);
    const unknown = new Map<string, Item>();
    for (const item of instances.flatMap((instance) => this.#itemsOf(instance, aws.region)))
      if ((this.#prices.get(item.key)?.until ?? 0) <= now) unknown.set(item.key, item);
    await Promise.all([
      ...[...unknown.values()].map(async ({ key, ask }) => {
        // Whoever may not ask has no price, and everything else.
        const price = await ask(aws, limit).catch(() => undefined);
        if (price !== undefined) this.#prices.set(key, { price, until: now + holdsMs.other });
      }),
      this.#askSpot(instances, aws, now, limit),
    ]);
    signal.throwIfAborted();
    return (cluster) => {
      let sum = 0;
      for (const instance of present(cluster)) {
        const price = this.#priceOf(instance, aws.region);
        if (price === undefined) return null;
        sum += price;
      }
      return sum;
    };
  }

  #priceOf(instance: Instance, region: string): number | undefined {
    const known = (key: string): number => this.#prices.get(key)?.price ?? NaN;
    let sum = isSpot(instance) && isRunning(instance) ? known(spotKey(instance, region)) : 0;
    for (const { key } of this.#itemsOf(instance, region))
      if (!key.startsWith('volume')) sum += known(key);
    for (const id of volumeIds(instance)) {
      const { Size = NaN, VolumeType = '' } = this.#volumes.get(id) ?? {};
      sum += (Size * known(volumeKey(region, VolumeType))) / hoursAMonth;
    }
    return Number.isNaN(sum) ? undefined : sum;
  }

  /** What has a price in the price list. */
  #itemsOf(instance: Instance, region: string): Item[] {
    const { PublicIpAddress, Placement } = instance;
    const type = String(instance.InstanceType);
    const types = volumeIds(instance).map((id) => this.#volumes.get(id)?.VolumeType ?? '');
    const tenancy = Placement?.Tenancy ?? 'default';
    return [
      ...(isSpot(instance) || !isRunning(instance)
        ? []
        : [
            {
              key: `instance ${region} ${type} ${tenancy}`,
              ask: (aws: Aws, signal: AbortSignal) => instancePrice(aws, type, tenancy, signal),
            },
          ]),
      ...(PublicIpAddress === undefined ? [] : [{ key: `address ${region}`, ask: addressPrice }]),
      ...types.map((volumeType) => ({
        key: volumeKey(region, volumeType),
        ask: (aws: Aws, signal: AbortSignal) => storagePrice(aws, volumeType, signal),
      })),
    ];
  }

  async #lookAtVolumes(
    aws: Aws,
    clusters: readonly Ec2Cluster[],
    signal: AbortSignal,
  ): Promise<void> {
    const unknown = clusters
      .flatMap(present)
      .flatMap(volumeIds)
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

  async #askSpot(
    instances: readonly Instance[],
    aws: Aws,
    now: number,
    signal: AbortSignal,
  ): Promise<void> {
    const wanted = instances.filter(
      (instance) =>
        isSpot(instance) &&
        isRunning(instance) &&
        (this.#prices.get(spotKey(instance, aws.region))?.until ?? 0) <= now,
    );
    if (wanted.length === 0) return;
    const types = wanted.map(({ InstanceType }) => ({ instanceType: String(InstanceType) }));
    const found = await spotPrices(aws, types, now, signal).catch(() => new Map<string, number>());
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

function volumeKey(region: string, type: string): string {
  return `volume ${region} ${type}`;
}

function volumeIds({ BlockDeviceMappings = [] }: Instance): string[] {
  return BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.VolumeId ?? []);
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
