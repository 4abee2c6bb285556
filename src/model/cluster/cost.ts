import type { Cluster } from './cluster.ts';

/** Dollars: `$1.53`, and with three digits what is small. */
export function dollars(amount: number): string {
  return `$${amount.toFixed(amount < 0.1 ? 3 : 2)}`;
}

/** A price an hour: `$1.53/h`, `$0.034/h`. */
export function hourly(amount: number): string {
  return `${dollars(amount)}/h`;
}

/**
 * What a cluster has cost since its launch, in US dollars: roughly, as if the nodes that run now had run all the time, at the price of
 * now.
 *
 * @param now milliseconds since the epoch
 * @returns `null` if that can't be told
 */
export function costSoFar(
  { pricePerHour = null, launchedAt }: Pick<Cluster, 'pricePerHour' | 'launchedAt'>,
  now: number,
): number | null {
  if (pricePerHour === null || launchedAt === null) return null;
  return (pricePerHour * Math.max(0, now - Date.parse(launchedAt))) / 3_600_000;
}
