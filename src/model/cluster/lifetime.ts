import { parseDuration } from '../../base/duration.ts';

/** How long a cluster lives by itself; what it isn't limited by is `null`. */
export interface ClusterLifetime {
  /** It ends after so long without work, in seconds. */
  readonly idleTimeoutSeconds: number | null;
  /** It ends so long after its launch, or after it was last started again, in seconds. */
  readonly maxLifetimeSeconds: number | null;
  /** It ends when it has cost so much since its launch, or since it was last started again, in US dollars. */
  readonly maxCost: number | null;
  /** What is left of that, in US dollars; `null` unless its master was asked. */
  readonly costLeft: number | null;
  /** When it ends unless it is used, ISO 8601 in UTC; `null` unless its master was asked. */
  readonly idleEndsAt: string | null;
  /** When it ends at the latest, ISO 8601 in UTC; `null` while it doesn't run. */
  readonly endsAt: string | null;
  /**
   * What its nodes do then: those that stop keep their volumes, which go on costing, but Spot Instances always terminate. `null` if
   * that isn't known: nodes of an earlier version don't say.
   */
  readonly action: 'terminate' | 'stop' | null;
}

/** How long an amount lasts, in seconds, at a price an hour. */
export function secondsPaidFor(dollars: number, perHour: number): number {
  return (dollars / perHour) * 3600;
}

/** By how much a lifetime is extended: by time, or by what the cluster may cost more, in US dollars. */
export type LifetimeExtension = { readonly seconds: number } | { readonly dollars: number };

/** The most that a lifetime is extended by at once: more is a slip. */
const maxExtension = { seconds: 365 * 86_400, dollars: 1_000_000 } as const;

/**
 * By how much a lifetime is to be extended; `undefined` if that is neither a duration nor an amount, or one that is not to be had: less
 * than a second or a cent, more than a year or a million dollars.
 *
 * @param given in seconds, or a text such as `2 h`, `5 USD` or `$5`
 */
export function readExtension(given: number | string): LifetimeExtension | undefined {
  const text = String(given).trim();
  const dollars = /^(?:\$\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*USD)$/i.exec(text);
  if (typeof given === 'string' && dollars !== null) {
    const amount = Number(dollars[1] ?? dollars[2]);
    return amount >= 0.01 && amount <= maxExtension.dollars ? { dollars: amount } : undefined;
  }
  const seconds = typeof given === 'number' ? given : parseDuration(text);
  if (seconds === undefined || !(seconds >= 1 && seconds <= maxExtension.seconds)) return undefined;
  return { seconds };
}
