import { formatCount } from '../../text/counts.ts';
import { nodesOf, type Cluster } from '../../model/cluster/cluster.ts';
import type { GrowthPlan, Plan } from '../../model/plan.ts';
import { formatApproximateDuration, formatDuration } from '../../text/durations.ts';
import { formatDollars, formatHourlyPrice } from '../../text/money.ts';
import { formatPlace } from '../../text/places.ts';
import { formatPriceParts } from '../../text/plans.ts';
import { formatPlannedKind, formatPlannedShape } from '../../text/shapes.ts';
import { english, type Translate } from '../../text/translate.ts';

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
    text: `Launch "${cluster}"? ${estimate(perHour, translate)}`,
    detail: lines(
      `${formatPlannedShape(plan, translate)} · ${formatPlace(plan, translate)}`,
      ...formatPriceParts(plan),
      payerText(profile, accountId),
      end === undefined
        ? 'No maximum lifetime is set.'
        : `${end.action === 'stop' ? 'Stops' : 'Terminates'} after ${formatDuration(end.afterSeconds)}${atMost(perHour, end.afterSeconds)}`,
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
  const left = endsAt === null ? null : Math.max(0, (Date.parse(endsAt) - now) / 1000);
  return {
    text: `Add ${formatCount(number, 'worker', translate)} to "${name}"? ${estimate(perHour, translate)}`,
    detail: lines(
      `${number} × ${formatPlannedKind(planned)} · ${formatPlace(cluster, translate)}`,
      ...formatPriceParts({ price }),
      pricePerHour === null ? undefined : `"${name}" costs ${formatHourlyPrice(pricePerHour)} now.`,
      payerText(profile, cluster.accountId),
      left === null
        ? undefined
        : `The cluster ends in ${formatApproximateDuration(left)}${atMost(perHour, left)}`,
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
    text: `Stop ${namesOf(clusters)}?`,
    detail: lines(
      ...clusters.map((cluster) => summary(cluster, translate)),
      onEc2 ? '\nVolumes go on costing while a cluster is stopped.' : undefined,
    ),
  };
}

/** The question before clusters are removed. */
export function destroyQuestion(
  clusters: readonly Cluster[],
  translate: Translate = english,
): ChangeQuestion {
  return {
    text: `Destroy ${namesOf(clusters)}?`,
    detail: lines(
      ...clusters.map((cluster) => summary(cluster, translate)),
      `\nEverything on ${clusters.length === 1 ? 'it' : 'them'} is deleted. This can’t be undone.`,
    ),
  };
}

/** The question before workers are removed. */
export function removeQuestion(
  cluster: Cluster,
  number: number,
  translate: Translate = english,
): ChangeQuestion {
  return {
    text: `Remove ${formatCount(number, 'worker', translate)} from "${cluster.name}"?`,
    detail: lines(
      summary(cluster, translate),
      `\n${number === 1 ? 'The worker leaves' : 'They leave'} after what runs there has finished, or after 5 min. What is on ${number === 1 ? 'its' : 'their'} disks is deleted.`,
    ),
  };
}

/** A cluster in a line, with what runs on it. */
function summary(cluster: Cluster, translate: Translate): string {
  const { name, pricePerHour = null } = cluster;
  // What is stopped costs nothing, but for its disks.
  const price =
    pricePerHour === null || pricePerHour === 0 ? '' : `, ${formatHourlyPrice(pricePerHour)}`;
  const line = `${name}: ${formatCount(nodesOf(cluster).length, 'node', translate)} on ${formatPlace(cluster, translate)}${price}`;
  return lines(line, applicationsText(cluster));
}

function applicationsText({ state, applications }: Cluster): string | undefined {
  if (state !== 'running' && state !== 'degraded') return undefined;
  if (applications === undefined) return '  Running applications: unknown (Spark did not answer)';
  if (applications.length === 0) return '  No running applications';
  const named = applications.slice(0, namedApplications).map(({ name, id }) => `${name} (${id})`);
  const more = applications.length - named.length;
  return `  Running: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function namesOf(clusters: readonly Cluster[]): string {
  return clusters.map(({ name }) => `"${name}"`).join(', ');
}

function estimate(perHour: number | null, translate: Translate): string {
  const price = formatHourlyPrice(perHour, translate);
  return perHour === null ? price : `Estimated cost: ${price}`;
}

function atMost(perHour: number | null, seconds: number): string {
  return perHour === null ? '' : `: at most ${formatDollars((perHour * seconds) / 3600)}`;
}

function payerText(
  profile: string | null | undefined,
  accountId: string | null | undefined,
): string {
  const account = accountId == null ? '' : `, account ${accountId}`;
  return `AWS profile: ${profile ?? 'default credential chain'}${account}`;
}

function lines(...all: readonly (string | undefined)[]): string {
  return all.filter((line) => line !== undefined).join('\n');
}
