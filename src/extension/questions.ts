import { count } from '../model/count.ts';
import { nodesOf, type Cluster } from '../model/cluster.ts';
import { dollars, hourly } from '../model/cost.ts';
import { durationText, roughDuration } from '../model/duration.ts';
import type { GrowthPlan, Plan } from '../model/plan.ts';
import { place } from './words.ts';

/** A question before something is done that costs money, or that can't be undone. */
export interface ChangeQuestion {
  readonly text: string;
  readonly detail: string;
}

/** So many applications are named; of more it is said how many. */
const namedApplications = 5;

/** The question before a launch that costs money, or may. */
export function launchQuestion(plan: Plan): ChangeQuestion {
  const { cluster, price, nodes, region, end, profile, accountId } = plan;
  const perHour = price?.perHour ?? null;
  const machines = nodes.map(({ count: number, type }) => `${number} × ${type}`).join(', ');
  return {
    text: `Launch "${cluster}"? ${estimate(perHour)}`,
    detail: lines(
      `${machines}${region === undefined ? '' : ` in ${region}`}`,
      ...partsText(price),
      payerText(profile, accountId),
      end === undefined
        ? 'No maximum lifetime is set.'
        : `${end.action === 'stop' ? 'Stops' : 'Terminates'} after ${durationText(end.afterSeconds)}${atMost(perHour, end.afterSeconds)}`,
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
  { count: number, type, market, price }: GrowthPlan,
  profile: string | undefined,
  now: number,
): ChangeQuestion {
  const { name, lifetime = null, pricePerHour = null } = cluster;
  const perHour = price?.perHour ?? null;
  const endsAt = lifetime?.endsAt ?? null;
  const left = endsAt === null ? null : Math.max(0, (Date.parse(endsAt) - now) / 1000);
  return {
    text: `Add ${count(number, 'worker')} to "${name}"? ${estimate(perHour)}`,
    detail: lines(
      `${number} × ${type}${market === 'spot' ? ', spot' : ''}${cluster.region === undefined ? '' : ` in ${cluster.region}`}`,
      ...partsText(price),
      pricePerHour === null ? undefined : `"${name}" costs ${hourly(pricePerHour)} now.`,
      payerText(profile, cluster.accountId),
      left === null
        ? undefined
        : `The cluster ends in ${roughDuration(left)}${atMost(perHour, left)}`,
    ),
  };
}

/** The question before clusters are stopped. */
export function stopQuestion(clusters: readonly Cluster[]): ChangeQuestion {
  const onEc2 = clusters.some(({ provider }) => provider === 'ec2');
  return {
    text: `Stop ${namesOf(clusters)}?`,
    detail: lines(
      ...clusters.map(summary),
      onEc2 ? '\nVolumes go on costing while a cluster is stopped.' : undefined,
    ),
  };
}

/** The question before clusters are removed. */
export function destroyQuestion(clusters: readonly Cluster[]): ChangeQuestion {
  return {
    text: `Destroy ${namesOf(clusters)}?`,
    detail: lines(
      ...clusters.map(summary),
      `\nEverything on ${clusters.length === 1 ? 'it' : 'them'} is deleted. This can’t be undone.`,
    ),
  };
}

/** The question before workers are removed. */
export function removeQuestion(cluster: Cluster, number: number): ChangeQuestion {
  return {
    text: `Remove ${count(number, 'worker')} from "${cluster.name}"?`,
    detail: lines(
      summary(cluster),
      `\n${number === 1 ? 'The worker leaves' : 'They leave'} after what runs there has finished, or after 5 min. What is on ${number === 1 ? 'its' : 'their'} disks is deleted.`,
    ),
  };
}

/** A cluster in a line, with what runs on it. */
function summary(cluster: Cluster): string {
  const { name, pricePerHour = null } = cluster;
  // What is stopped costs nothing, but for its disks.
  const price = pricePerHour === null || pricePerHour === 0 ? '' : `, ${hourly(pricePerHour)}`;
  const line = `${name}: ${count(nodesOf(cluster).length, 'node')} on ${place(cluster)}${price}`;
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

function estimate(perHour: number | null): string {
  return perHour === null ? 'Price unavailable' : `Estimated cost: ${hourly(perHour)}`;
}

function partsText(price: Plan['price']): readonly string[] {
  return price?.parts.map(({ name, perHour }) => `${name}: ${hourly(perHour)}`) ?? [];
}

function atMost(perHour: number | null, seconds: number): string {
  return perHour === null ? '' : `: at most ${dollars((perHour * seconds) / 3600)}`;
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
