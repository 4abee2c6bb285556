import { parseDuration } from '../../base/duration.ts';

/** How long a cluster lives by itself; what it isn't limited by is `null`. */
export interface ClusterLifetime {
  /** It ends after so long without work, in seconds. */
  readonly idleTimeoutSeconds: number | null;
  /** It ends so long after its launch, or after it was last started again, in seconds. */
  readonly maxLifetimeSeconds: number | null;
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

/** The most that a lifetime is extended by at once, in seconds: more is a slip. */
const maxExtension = 365 * 86_400;

/**
 * By how much a lifetime is to be extended, in seconds; `undefined` if that is no duration, or one that is not to be had: less than a
 * second, or more than a year.
 *
 * @param given in seconds, or a text such as `2 h`
 */
export function readExtension(given: number | string): number | undefined {
  const seconds = typeof given === 'number' ? given : parseDuration(given.trim());
  return seconds !== undefined && seconds >= 1 && seconds <= maxExtension ? seconds : undefined;
}
