import type { Instance } from '@aws-sdk/client-ec2';
import { durationText, parseDuration } from '../../../base/duration.ts';
import type { LaunchRequest } from '../../../engine/provider.ts';
import { type Cluster, type ClusterNode, nodesOf } from '../../../model/cluster/cluster.ts';
import { type ClusterLifetime, secondsPaidFor } from '../../../model/cluster/lifetime.ts';
import type { PlannedChange } from '../../../model/planned-change.ts';
import type { BeaconStatus } from '../../../node/beacon/status.ts';
import type { NodeSettings } from '../../../node/settings.ts';
import { readTags, tagKeys } from '../api/tags.ts';

/** The options that limit a cluster's lifetime. */
type LifetimeValues = Pick<
  LaunchRequest['values'],
  'idleTimeout' | 'maxLifetime' | 'maxCost' | 'ec2InstanceInitiatedShutdownBehavior'
>;

/**
 * What the nodes of a launch are told of their cluster's lifetime.
 *
 * @param perHour what the cluster costs an hour, in US dollars; only needed where there is a maximum cost
 */
export function lifetimeSettings(
  {
    idleTimeout,
    maxLifetime,
    maxCost,
  }: Omit<LifetimeValues, 'ec2InstanceInitiatedShutdownBehavior'>,
  perHour: number,
): NodeSettings['lifetime'] {
  return {
    idleSeconds: idleTimeout ?? null,
    longestSeconds: maxLifetime ?? null,
    cost: maxCost === undefined ? null : { limit: maxCost, perHour },
  };
}

/** The tags that tell other clients. */
export function lifetimeTags(values: LifetimeValues, perHour: number): Record<string, string> {
  const { idleSeconds, longestSeconds, cost } = lifetimeSettings(values, perHour);
  if (idleSeconds === null && longestSeconds === null && cost === null) return {};
  return {
    [tagKeys.shutdown]: values.ec2InstanceInitiatedShutdownBehavior,
    ...(idleSeconds !== null && { [tagKeys.idleTimeout]: durationText(idleSeconds) }),
    ...(longestSeconds !== null && { [tagKeys.maxLifetime]: durationText(longestSeconds) }),
    ...(cost !== null && { [tagKeys.maxCost]: `${cost.limit} at ${cost.perHour} an hour` }),
  };
}

/**
 * What a plan says of it.
 *
 * @param perHour what the cluster costs an hour, in US dollars; `null` if that isn't known
 */
export function lifetimeChanges(
  values: LifetimeValues,
  markets: readonly NonNullable<ClusterNode['market']>[],
  perHour: number | null,
): PlannedChange[] {
  const { idleTimeout, maxLifetime, maxCost } = values;
  if (idleTimeout === undefined && maxLifetime === undefined && maxCost === undefined) return [];
  const change = {
    kind: 'lifetime',
    idleSeconds: idleTimeout ?? null,
    maxSeconds: maxLifetime ?? null,
    maxCost: maxCost ?? null,
    perHour,
  } as const;
  const terminates = values.ec2InstanceInitiatedShutdownBehavior === 'terminate';
  const spot = markets.filter((market) => market === 'spot').length;
  // Spot instances always terminate.
  if (terminates || spot === markets.length) return [{ ...change, action: 'terminate' }];
  return [{ ...change, action: spot > 0 ? 'mixed' : 'stop' }];
}

/** A cluster's lifetime as its master's tags and EC2 know it; `null` if it has none. */
export function lifetimeOf({
  Tags,
  LaunchTime,
  State,
  InstanceLifecycle,
}: Instance): ClusterLifetime | null {
  const tags = readTags(Tags);
  const idleTimeoutSeconds = secondsOf(tags[tagKeys.idleTimeout]);
  const maxLifetimeSeconds = secondsOf(tags[tagKeys.maxLifetime]);
  const cost = readCost(tags[tagKeys.maxCost]);
  if (idleTimeoutSeconds === null && maxLifetimeSeconds === null && cost === null) return null;
  // EC2 means the latest start by this.
  const began = LaunchTime?.getTime();
  const runs = State?.Name === 'pending' || State?.Name === 'running';
  const lives = [
    ...(maxLifetimeSeconds === null ? [] : [maxLifetimeSeconds]),
    ...(cost === null ? [] : [secondsPaidFor(cost.limit, cost.perHour)]),
  ];
  let endsAt: number | null = null;
  if (lives.length > 0 && began !== undefined && runs) {
    const [moved = '', of] = (tags[tagKeys.ends] ?? '').split(' since ');
    // What an earlier life was extended to doesn't count any more.
    const movedTo = of === new Date(began).toISOString() ? Date.parse(moved) : NaN;
    endsAt = Number.isNaN(movedTo) ? began + Math.min(...lives) * 1000 : movedTo;
  }
  return {
    idleTimeoutSeconds,
    maxLifetimeSeconds,
    maxCost: cost?.limit ?? null,
    costLeft: null,
    idleEndsAt: null,
    endsAt: endsAt === null ? null : timeText(endsAt),
    // Spot Instances always terminate.
    action: InstanceLifecycle === 'spot' ? 'terminate' : actionOf(tags[tagKeys.shutdown]),
  };
}

/** Anyone who may tag can have written it. */
function readCost(text = ''): { readonly limit: number; readonly perHour: number } | null {
  const [, limit, perHour] = /^(\d+(?:\.\d+)?) at (\d+(?:\.\d+)?) an hour$/.exec(text) ?? [];
  return Number(limit) > 0 && Number(perHour) > 0
    ? { limit: Number(limit), perHour: Number(perHour) }
    : null;
}

/** Anyone who may tag can have written it. */
function actionOf(text: string | undefined): ClusterLifetime['action'] {
  return text === 'terminate' || text === 'stop' ? text : null;
}

/** The tag of a master whose end was moved. */
export function endsTag(endsAt: string, { LaunchTime }: Instance): Record<string, string> {
  return { [tagKeys.ends]: `${endsAt} since ${LaunchTime?.toISOString() ?? ''}` };
}

/** A lifetime with what the master says of it. */
export function lifetimeWith(
  lifetime: ClusterLifetime,
  { lifetime: told }: BeaconStatus,
  now: number,
): ClusterLifetime {
  const { idleTimeoutSeconds } = lifetime;
  const { idleSeconds = null, endsAt = null, cost = null } = told ?? {};
  return {
    ...lifetime,
    ...(cost !== null && {
      maxCost: cost.limit,
      costLeft: Math.max(0, cost.limit - cost.spent),
    }),
    idleEndsAt:
      idleSeconds === null || idleTimeoutSeconds === null
        ? null
        : timeText(now + (idleTimeoutSeconds - idleSeconds) * 1000),
    endsAt: endsAt === null ? lifetime.endsAt : timeText(endsAt * 1000),
  };
}

/** Whether the master knows of a cluster what nobody else does: how much time is left, or that EC2 takes nodes back. */
export function hasMoreToTell(cluster: Cluster): boolean {
  return cluster.lifetime != null || nodesOf(cluster).some(({ market }) => market === 'spot');
}

/** A cluster with what its master says of it. */
export function withStatus(cluster: Cluster, status: BeaconStatus, now: number): Cluster {
  const { lifetime = null, master } = cluster;
  const noticed = <T extends Cluster['workers'][number]>(node: T): T => {
    const notice = node.state === 'running' ? status.notices.get(node.id) : undefined;
    return notice === undefined ? node : { ...node, reason: notice };
  };
  const told: Cluster = {
    ...cluster,
    lifetime: lifetime && lifetimeWith(lifetime, status, now),
    master: master && noticed(master),
    workers: cluster.workers.map(noticed),
  };
  const leaving = nodesOf(told).filter(({ id }) => status.notices.has(id));
  if (leaving.length === 0 || (cluster.state !== 'running' && cluster.state !== 'degraded'))
    return told;
  // The notice is why, whatever Spark calls the node meanwhile.
  const others = (cluster.reason ?? '')
    .split('; ')
    .filter((part) => part !== '' && !leaving.some(({ name }) => part.startsWith(`${name}: `)));
  const reasons = leaving.map(({ name, reason }) => `${name}: ${reason ?? ''}`);
  return { ...told, state: 'degraded', reason: [...others, ...reasons].join('; ') };
}

/** A time in ISO 8601; `null` for one past all calendars, which only somebody else can have written. */
function timeText(time: number): string | null {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function secondsOf(text: string | undefined): number | null {
  return parseDuration(text ?? '') ?? null;
}
