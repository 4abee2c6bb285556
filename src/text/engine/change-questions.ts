import { type Cluster, nodesOf } from '../../model/cluster/cluster.ts';
import type { ClusterLifetime } from '../../model/cluster/lifetime.ts';
import { losesHistory } from '../../model/history/lost-history.ts';
import type { GrowthPlan, Plan } from '../../model/plan.ts';
import { formatCount } from '../counts.ts';
import { formatApproximateDuration, formatDuration } from '../durations.ts';
import { formatDollars, formatHourlyPrice } from '../money.ts';
import { formatPlace } from '../places.ts';
import { formatPriceParts } from '../plans.ts';
import { formatClusterShape, formatPlannedKind, formatPlannedShape } from '../shapes.ts';
import { english, type Translate } from '../translate.ts';

/** A question before something is done that costs money, or that can't be undone. */
export interface ChangeQuestion {
  readonly text: string;
  readonly detail: string;
}

/** So many applications are named; of more it is said how many. */
const namedApplications = 5;

/** The question before a launch that costs money, or may. */
export function launchQuestion(plan: Plan, translate: Translate = english): ChangeQuestion {
  const { cluster, price, end, profile, accountId } = plan;
  const perHour = price?.perHour ?? null;
  return {
    text: translate('Launch "{0}"? {1}', cluster, estimate(perHour, translate)),
    detail: lines(
      `${formatPlannedShape(plan, translate)} · ${formatPlace(plan, translate)}`,
      ...formatPriceParts(plan),
      payerText(profile, accountId, translate),
      endText(end, perHour, translate),
    ),
  };
}

/**
 * The question before a growth that costs money, or may.
 *
 * @param plan what will be made: it need not be like the nodes that are there
 * @param profile AWS profile that pays, or `undefined` for the default credential chain
 */
export function growthQuestion(
  cluster: Cluster,
  planned: GrowthPlan,
  profile: string | undefined,
  now: number,
  translate: Translate = english,
): ChangeQuestion {
  const { count: number, price } = planned;
  const { name, lifetime = null, pricePerHour = null } = cluster;
  const perHour = price?.perHour ?? null;
  const endsAt = lifetime?.endsAt ?? null;
  const action = lifetime?.action ?? null;
  const left = endsAt === null ? null : Math.max(0, (Date.parse(endsAt) - now) / 1000);
  return {
    text: translate(
      'Add {0} to "{1}"? {2}',
      formatCount(number, 'worker', translate),
      name,
      estimate(perHour, translate),
    ),
    detail: lines(
      `${number} × ${formatPlannedKind(planned)} · ${formatPlace(cluster, translate)}`,
      ...formatPriceParts({ price }),
      pricePerHour === null
        ? undefined
        : translate('Current cost of "{0}": {1}', name, formatHourlyPrice(pricePerHour, translate)),
      payerText(profile, cluster.accountId, translate),
      left === null ? undefined : growthEndText(left, action, perHour, translate),
    ),
  };
}

/**
 * The question before a start that costs money.
 *
 * @param perHour what the cluster costs an hour when it runs; `null` if that isn't known
 * @param profile AWS profile that pays, or `undefined` for the default credential chain
 */
export function startQuestion(
  cluster: Cluster,
  perHour: number | null,
  profile: string | undefined,
  translate: Translate = english,
): ChangeQuestion {
  return {
    text: translate('Start "{0}"? {1}', cluster.name, estimate(perHour, translate)),
    detail: lines(
      `${formatClusterShape(cluster, translate)} · ${formatPlace(cluster, translate)}`,
      payerText(profile, cluster.accountId, translate),
    ),
  };
}

/** The question before clusters are stopped. */
export function stopQuestion(
  clusters: readonly Cluster[],
  translate: Translate = english,
): ChangeQuestion {
  const onEc2 = clusters.some(({ provider }) => provider === 'ec2');
  return {
    text:
      clusters.length === 1
        ? translate('Stop "{0}"?', clusters[0]?.name ?? '')
        : translate('Stop {0}?', formatCount(clusters.length, 'cluster', translate)),
    detail: lines(
      ...clusters.map((cluster) => summary(cluster, translate)),
      onEc2 ? `\n${translate('EBS volumes are charged while a cluster is stopped.')}` : undefined,
    ),
  };
}

/** The question before clusters are removed. */
export function destroyQuestion(
  clusters: readonly Cluster[],
  translate: Translate = english,
): ChangeQuestion {
  return {
    text:
      clusters.length === 1
        ? translate('Destroy "{0}"?', clusters[0]?.name ?? '')
        : translate('Destroy {0}?', formatCount(clusters.length, 'cluster', translate)),
    detail: lines(
      ...clusters.map((cluster) => summary(cluster, translate)),
      ...lostHistory(clusters.filter(losesHistory), translate),
      `\n${
        clusters.length === 1
          ? translate('All data on its nodes will be lost. This can’t be undone.')
          : translate('All data on their nodes will be lost. This can’t be undone.')
      }`,
    ),
  };
}

/** What is said of clusters whose event logs can’t be saved any more. */
function lostHistory(clusters: readonly Cluster[], translate: Translate): string[] {
  const [first] = clusters;
  if (first === undefined) return [];
  return clusters.length === 1
    ? [translate('The event logs of "{0}" will be lost, because it is not running.', first.name)]
    : [
        translate(
          'The event logs of {0} will be lost, because these clusters are not running.',
          clusters.map(({ name }) => `"${name}"`).join(', '),
        ),
      ];
}

/** The question before workers are removed. */
export function removeQuestion(
  cluster: Cluster,
  number: number,
  translate: Translate = english,
): ChangeQuestion {
  return {
    text: translate(
      'Remove {0} from "{1}"?',
      formatCount(number, 'worker', translate),
      cluster.name,
    ),
    detail: lines(
      summary(cluster, translate),
      `\n${
        number === 1
          ? translate(
              'The worker is removed when its running tasks have finished, or after 5 min. All data on its disks will be lost.',
            )
          : translate(
              'The workers are removed when their running tasks have finished, or after 5 min. All data on their disks will be lost.',
            )
      }`,
    ),
  };
}

/** A cluster in a line, and its running applications below. */
function summary(cluster: Cluster, translate: Translate): string {
  const { name, pricePerHour = null } = cluster;
  const nodes = formatCount(nodesOf(cluster).length, 'node', translate);
  const location = formatPlace(cluster, translate);
  // A stopped cluster costs nothing but its disks.
  const line =
    pricePerHour === null || pricePerHour === 0
      ? translate('{0}: {1} on {2}', name, nodes, location)
      : translate(
          '{0}: {1} on {2}, {3}',
          name,
          nodes,
          location,
          formatHourlyPrice(pricePerHour, translate),
        );
  const applications = applicationsText(cluster, translate);
  return lines(line, applications === undefined ? undefined : `  ${applications}`);
}

function applicationsText(
  { state, applications }: Cluster,
  translate: Translate,
): string | undefined {
  if (state !== 'running' && state !== 'degraded') return undefined;
  if (applications === undefined)
    return translate('Running applications: unknown (Spark did not answer)');
  if (applications.length === 0) return translate('No running applications');
  const named = applications
    .slice(0, namedApplications)
    .map(({ name, id }) => `${name} (${id})`)
    .join(', ');
  const more = applications.length - namedApplications;
  return more > 0
    ? translate('Running: {0} and {1} more', named, more)
    : translate('Running: {0}', named);
}

function estimate(perHour: number | null, translate: Translate): string {
  const price = formatHourlyPrice(perHour, translate);
  return perHour === null ? price : translate('Estimated cost: {0}', price);
}

/** When a new cluster ends, and what it costs by then. */
function endText(end: Plan['end'], perHour: number | null, translate: Translate): string {
  if (end === undefined) return translate('No maximum lifetime is set.');
  const duration = formatDuration(end.afterSeconds);
  if (perHour === null)
    return end.action === 'stop'
      ? translate('Stops after {0}', duration)
      : translate('Terminates after {0}', duration);
  const cost = formatDollars((perHour * end.afterSeconds) / 3600);
  return end.action === 'stop'
    ? translate('Stops after {0}: at most {1}', duration, cost)
    : translate('Terminates after {0}: at most {1}', duration, cost);
}

/** When the cluster of new workers ends, and what they cost by then. */
function growthEndText(
  secondsLeft: number,
  action: ClusterLifetime['action'],
  perHour: number | null,
  translate: Translate,
): string {
  const duration = formatApproximateDuration(secondsLeft);
  const [alone, withCost] = growthEnds[action ?? 'unknown'];
  return perHour === null
    ? translate(alone, duration)
    : translate(withCost, duration, formatDollars((perHour * secondsLeft) / 3600));
}

const growthEnds = {
  terminate: ['The cluster terminates in {0}', 'The cluster terminates in {0}: at most {1}'],
  stop: ['The cluster stops in {0}', 'The cluster stops in {0}: at most {1}'],
  unknown: ['The cluster ends in {0}', 'The cluster ends in {0}: at most {1}'],
} as const;

function payerText(
  profile: string | null | undefined,
  accountId: string | null | undefined,
  translate: Translate,
): string {
  const name = profile ?? translate('default credential chain');
  return accountId == null
    ? translate('AWS profile: {0}', name)
    : translate('AWS profile: {0}, account {1}', name, accountId);
}

function lines(...all: readonly (string | undefined)[]): string {
  return all.filter((line) => line !== undefined).join('\n');
}
