import type { Instance } from '@aws-sdk/client-ec2';
import type { Clock } from '../../model/clock.ts';
import type { Aws } from './aws.ts';
import type { Ec2Cluster } from './observe.ts';
import { instancePrice, spotPrices } from './prices.ts';

/** How long AWS's price list may take: a list without prices is better than a late one, in milliseconds. */
const limitMs = 3_000;
/** How long a price holds: spot prices move slowly, others hardly ever, in milliseconds. */
const holdsMs = { spot: 10 * 60_000, 'on-demand': 24 * 3_600_000 } as const;

/** Prices that were asked for once, and when: by region, type and, of spot instances, zone. */
export class KnownPrices {
  readonly #prices = new Map<string, { readonly price: number; readonly until: number }>();

  /**
   * Asks once for each kind of instance that runs what it costs.
   *
   * @returns a function that gives what a cluster's running nodes cost an hour, in dollars: instances only, on demand or at the
   *   spot price now; `null` if that isn't known
   */
  async of(
    aws: Aws,
    clusters: readonly Ec2Cluster[],
    clock: Clock,
    signal: AbortSignal,
  ): Promise<(cluster: Ec2Cluster) => number | null> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    const now = clock.now();
    const unknown = new Map<string, Instance>();
    for (const instance of clusters.flatMap(running)) {
      const key = keyOf(instance, aws.region);
      if ((this.#prices.get(key)?.until ?? 0) <= now) unknown.set(key, instance);
    }
    const wanted = [...unknown];
    const spot = wanted.filter(([, instance]) => isSpot(instance));
    await Promise.all([
      ...wanted
        .filter(([, instance]) => !isSpot(instance))
        .map(async ([key, { InstanceType = '' }]) => {
          const price = await instancePrice(aws, InstanceType, 'default', limit).catch(
            () => undefined,
          );
          if (price !== undefined)
            this.#prices.set(key, { price, until: now + holdsMs['on-demand'] });
        }),
      this.#askSpot(spot, aws, now, limit),
    ]);
    signal.throwIfAborted();
    return (cluster) => {
      let sum = 0;
      for (const instance of running(cluster)) {
        const known = this.#prices.get(keyOf(instance, aws.region));
        if (known === undefined) return null;
        sum += known.price;
      }
      return sum;
    };
  }

  async #askSpot(
    wanted: readonly (readonly [string, Instance])[],
    aws: Aws,
    now: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (wanted.length === 0) return;
    const types = wanted.map(([, { InstanceType = '' }]) => ({ instanceType: InstanceType }));
    // Whoever may not ask has no price, and everything else.
    const found = await spotPrices(aws, types, now, signal).catch(() => new Map<string, number>());
    for (const [key, { InstanceType = '', Placement }] of wanted) {
      const price = found.get(`${InstanceType} ${Placement?.AvailabilityZone ?? ''}`);
      if (price !== undefined) this.#prices.set(key, { price, until: now + holdsMs.spot });
    }
  }
}

function keyOf(instance: Instance, region: string): string {
  const { InstanceType = '', Placement } = instance;
  return `${region} ${InstanceType} ${isSpot(instance) ? (Placement?.AvailabilityZone ?? '') : ''}`;
}

function isSpot({ InstanceLifecycle }: Instance): boolean {
  return InstanceLifecycle === 'spot';
}

function running({ instances }: Ec2Cluster): Instance[] {
  return instances.filter(({ State }) => State?.Name === 'running' || State?.Name === 'pending');
}
