import type { ClusterLifetime } from '../model/cluster/lifetime.ts';
import { formatApproximateDuration, formatDuration } from './durations.ts';
import { formatDollars } from './money.ts';
import { english, type Translate } from './translate.ts';

/** What a cluster does at its end, in the forms that sentences and labels need; `null` where that isn't known. */
const endings = {
  terminate: {
    label: 'Terminates',
    clause: 'terminates {0}',
    sentence: 'Terminates {0}',
    notice: '"{0}" will terminate {1}.',
  },
  stop: {
    label: 'Stops',
    clause: 'stops {0}',
    sentence: 'Stops {0}',
    notice: '"{0}" will stop {1}.',
  },
  unknown: {
    label: 'Ends',
    clause: 'ends {0}',
    sentence: 'Ends {0}',
    notice: '"{0}" will end {1}.',
  },
} as const;

/**
 * When a cluster ends: `terminates in 22 min if idle, in 7 h 10 min at the latest`.
 *
 * @param now milliseconds since the epoch
 */
export function formatLifetime(
  lifetime: ClusterLifetime,
  now: number,
  translate: Translate = english,
): string {
  return translate(
    endings[lifetime.action ?? 'unknown'].clause,
    formatLifetimeEnd(lifetime, now, translate),
  );
}

/** What a label for {@link formatLifetimeEnd} says: `Terminates`, `Stops`. */
export function formatLifetimeLabel(
  { action }: ClusterLifetime,
  translate: Translate = english,
): string {
  return translate(endings[action ?? 'unknown'].label);
}

/**
 * The same where a label says what it is: `in 22 min if idle, in 7 h 10 min at the latest`.
 *
 * @param now milliseconds since the epoch
 */
export function formatLifetimeEnd(
  {
    idleTimeoutSeconds,
    maxLifetimeSeconds,
    maxCost,
    costLeft,
    idleEndsAt,
    endsAt,
  }: ClusterLifetime,
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
  if (maxCost !== null) {
    const most = formatDollars(maxCost);
    if (costLeft !== null) parts.push(translate('{0} of {1} left', formatDollars(costLeft), most));
    else if (endsAt !== null) parts.push(translate('at most {0}', most));
    else parts.push(translate('after it has cost {0}', most));
  }
  return parts.join(', ');
}

/**
 * The same in a few words, for a row of a tree: `terminates in 7 h 10 min, or after 30 min idle`; empty while it doesn't run.
 *
 * @param now milliseconds since the epoch
 */
export function formatLifetimeBriefly(
  lifetime: ClusterLifetime,
  now: number,
  translate: Translate = english,
): string {
  const end = briefEnd(lifetime, now, translate);
  return end === '' ? '' : translate(endings[lifetime.action ?? 'unknown'].clause, end);
}

/**
 * The same as a sentence of its own: `Terminates in 7 h 10 min`.
 *
 * @param now milliseconds since the epoch
 */
export function formatLifetimeSentence(
  lifetime: ClusterLifetime,
  now: number,
  translate: Translate = english,
): string {
  return translate(
    endings[lifetime.action ?? 'unknown'].sentence,
    briefEnd(lifetime, now, translate),
  );
}

/**
 * What an extended lifetime means: `"analytics" will stop in 8 h.`
 *
 * @param now milliseconds since the epoch
 */
export function formatExtended(
  cluster: string,
  lifetime: ClusterLifetime,
  now: number,
  translate: Translate = english,
): string {
  return translate(
    endings[lifetime.action ?? 'unknown'].notice,
    cluster,
    briefEnd(lifetime, now, translate),
  );
}

/** What to give instead of what `readExtension` doesn't take. */
export function formatExtensionHint(translate: Translate = english): string {
  return translate(
    'Use a duration of at most one year, such as 30 min, 2 h or 1 d, or an amount such as 5 USD.',
  );
}

function briefEnd(
  { idleTimeoutSeconds, endsAt, costLeft }: ClusterLifetime,
  now: number,
  translate: Translate,
): string {
  const until = endsAt === null ? null : timeUntil(endsAt, now);
  const end =
    until === null || costLeft === null
      ? until
      : translate('{0} ({1} left)', until, formatDollars(costLeft));
  const idle = idleTimeoutSeconds === null ? null : formatDuration(idleTimeoutSeconds);
  if (end === null) return idle === null ? '' : translate('after {0} idle', idle);
  return idle === null
    ? translate('in {0}', end)
    : translate('in {0}, or after {1} idle', end, idle);
}

function timeUntil(time: string, now: number): string {
  return formatApproximateDuration((Date.parse(time) - now) / 1000);
}
