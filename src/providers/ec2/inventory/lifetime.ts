import type { Instance } from '@aws-sdk/client-ec2';
import { durationText, parseDuration } from '../../../base/duration.ts';
import type { LaunchRequest } from '../../../engine/provider.ts';
import { type Cluster, type ClusterNode, nodesOf } from '../../../model/cluster/cluster.ts';
import type { ClusterLifetime } from '../../../model/cluster/lifetime.ts';
import type { PlannedChange } from '../../../model/planned-change.ts';
import type { BeaconStatus } from '../../../node/beacon/status.ts';
import type { NodeSettings } from '../../../node/settings.ts';
import { readTags, tagKeys } from '../api/tags.ts';

/** What the nodes of a launch are told of their cluster's lifetime. */
export function lifetimeSettings({
  idleTimeout,
  maxLifetime,
}: Pick<LaunchRequest['values'], 'idleTimeout' | 'maxLifetime'>): NodeSettings['lifetime'] {
  return { idleSeconds: idleTimeout ?? null, longestSeconds: maxLifetime ?? null };
}

/** The tags that tell other clients. */
export function lifetimeTags(
  values: Pick<
    LaunchRequest['values'],
    'idleTimeout' | 'maxLifetime' | 'ec2InstanceInitiatedShutdownBehavior'
  >,
): Record<string, string> {
  const { idleSeconds, longestSeconds } = lifetimeSettings(values);
  if (idleSeconds === null && longestSeconds === null) return {};
  return {
    [tagKeys.shutdown]: values.ec2InstanceInitiatedShutdownBehavior,
    ...(idleSeconds !== null && { [tagKeys.idleTimeout]: durationText(idleSeconds) }),
    ...(longestSeconds !== null && { [tagKeys.maxLifetime]: durationText(longestSeconds) }),
  };
}

/** What a plan says of it. */
export function lifetimeChanges(
  values: Pick<
    LaunchRequest['values'],
    'idleTimeout' | 'maxLifetime' | 'ec2InstanceInitiatedShutdownBehavior'
  >,
  markets: readonly NonNullable<ClusterNode['market']>[],
): PlannedChange[] {
  const { idleTimeout, maxLifetime } = values;
  if (idleTimeout === undefined && maxLifetime === undefined) return [];
  const { idleSeconds, longestSeconds: maxSeconds } = lifetimeSettings(values);
  const change = { kind: 'lifetime', idleSeconds, maxSeconds } as const;
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
  if (idleTimeoutSeconds === null && maxLifetimeSeconds === null) return null;
  // EC2 means the latest start by this.
  const began = LaunchTime?.getTime();
  const runs = State?.Name === 'pending' || State?.Name === 'running';
  let endsAt: number | null = null;
  if (maxLifetimeSeconds !== null && began !== undefined && runs) {
    const [moved = '', of] = (tags[tagKeys.ends] ?? '').split(' since ');
    // What an earlier life was extended to doesn't count any more.
    const movedTo = of === new Date(began).toISOString() ? Date.parse(moved) : NaN;
    endsAt = Number.isNaN(movedTo) ? began + maxLifetimeSeconds * 1000 : movedTo;
  }
  return {
    idleTimeoutSeconds,
    maxLifetimeSeconds,
    idleEndsAt: null,
    endsAt: endsAt === null ? null : timeText(endsAt),
    // Spot Instances always terminate.
    action: InstanceLifecycle === 'spot' ? 'terminate' : actionOf(tags[tagKeys.shutdown]),
  };
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
  const { idleSeconds = null, endsAt = null } = told ?? {};
  return {
    ...lifetime,
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
