import { nodesOf, type Cluster } from '../../model/cluster.ts';
import type { Aws } from './aws.ts';
import { instancePrice } from './prices.ts';

/** How long AWS's price list may take: a list without prices is better than a late one, in milliseconds. */
const limitMs = 3_000;

/**
 * Asks once for each instance type that runs what it costs.
 *
 * @param asked prices that are known already, by region and type; those that are found are put there
 * @returns a function that gives what a cluster's running nodes cost an hour, in dollars: instances only, at the on-demand price;
 *   `null` if that isn't known
 */
export async function instancePrices(
  aws: Aws,
  clusters: readonly Cluster[],
  asked: Map<string, number>,
  signal: AbortSignal,
): Promise<(cluster: Cluster) => number | null> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const types = new Set(clusters.flatMap(running));
  const keyOf = (type: string): string => `${aws.region} ${type}`;
  await Promise.all(
    [...types]
      .filter((type) => !asked.has(keyOf(type)))
      .map(async (type) => {
        const price = await instancePrice(aws, type, 'default', limit).catch(() => undefined);
        if (price !== undefined) asked.set(keyOf(type), price);
      }),
  );
  signal.throwIfAborted();
  return (cluster) => {
    let sum = 0;
    for (const type of running(cluster)) {
      const price = asked.get(keyOf(type));
      if (price === undefined) return null;
      sum += price;
    }
    return sum;
  };
}

function running(cluster: Cluster): string[] {
  return nodesOf(cluster).flatMap(({ state, instanceType }) =>
    state === 'running' || state === 'pending' ? (instanceType ?? []) : [],
  );
}
