import type { ClusterLifetime } from '../model/cluster/lifetime.ts';
import { formatApproximateDuration, formatDuration } from './durations.ts';
import { english, type Translate } from './translate.ts';

/**
 * When a cluster ends: `ends in 22 min unless used, in 7 h 10 min at the latest`.
 *
 * @param now milliseconds since the epoch
 */
export function formatLifetime(
  lifetime: ClusterLifetime,
  now: number,
  translate: Translate = english,
): string {
  return translate('ends {0}', formatLifetimeEnd(lifetime, now, translate));
}

/**
 * The same where a label says what it is: `in 22 min unless used, in 7 h 10 min at the latest`.
 *
 * @param now milliseconds since the epoch
 */
export function formatLifetimeEnd(
  { idleTimeoutSeconds, maxLifetimeSeconds, idleEndsAt, endsAt }: ClusterLifetime,
  now: number,
  translate: Translate = english,
): string {
  const parts: string[] = [];
  if (idleEndsAt !== null) parts.push(translate('in {0} if idle', timeUntil(idleEndsAt, now)));
  else if (idleTimeoutSeconds !== null)
    parts.push(translate('after {0} idle', formatDuration(idleTimeoutSeconds)));
  if (endsAt !== null) parts.push(translate('in {0} at the latest', timeUntil(endsAt, now)));
  else if (maxLifetimeSeconds !== null)
    parts.push(translate('at the latest {0} after it starts', formatDuration(maxLifetimeSeconds)));
  return parts.join(', ');
}

/**
 * The same in a few words, for a row of a tree: `in 7 h 10 min, or after 30 min idle`.
 *
 * @param now milliseconds since the epoch
 */
export function formatLifetimeBriefly(
  { idleTimeoutSeconds, endsAt }: ClusterLifetime,
  now: number,
  translate: Translate = english,
): string {
  const end = endsAt === null ? null : timeUntil(endsAt, now);
  const idle = idleTimeoutSeconds === null ? null : formatDuration(idleTimeoutSeconds);
  if (end === null) return idle === null ? '' : translate('after {0} idle', idle);
  return idle === null
    ? translate('in {0}', end)
    : translate('in {0}, or after {1} idle', end, idle);
}

function timeUntil(time: string, now: number): string {
  return formatApproximateDuration((Date.parse(time) - now) / 1000);
}
