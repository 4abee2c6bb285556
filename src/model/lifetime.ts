import { durationText, roughDuration } from './duration.ts';

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
}

/**
 * When a cluster ends, in words: `ends in 22 min unless used, in 7 h 10 min at the latest`.
 *
 * @param now milliseconds since the epoch
 */
export function lifetimeText(
  { idleTimeoutSeconds, maxLifetimeSeconds, idleEndsAt, endsAt }: ClusterLifetime,
  now: number,
): string {
  const left = (time: string): string => `in ${roughDuration((Date.parse(time) - now) / 1000)}`;
  const parts: string[] = [];
  if (idleEndsAt !== null) parts.push(`${left(idleEndsAt)} unless used`);
  else if (idleTimeoutSeconds !== null)
    parts.push(`after ${durationText(idleTimeoutSeconds)} without work`);
  if (endsAt !== null) parts.push(`${left(endsAt)} at the latest`);
  else if (maxLifetimeSeconds !== null)
    parts.push(`${durationText(maxLifetimeSeconds)} after its start at the latest`);
  return `ends ${parts.join(', ')}`;
}

/** The same in a few words: `in 7 h 10 min, or after 30 min idle`. */
export function lifetimeBrief(
  { idleTimeoutSeconds, endsAt }: ClusterLifetime,
  now: number,
): string {
  const end = endsAt === null ? [] : [`in ${roughDuration((Date.parse(endsAt) - now) / 1000)}`];
  const idle =
    idleTimeoutSeconds === null ? [] : [`after ${durationText(idleTimeoutSeconds)} idle`];
  return [...end, ...idle].join(', or ');
}
