import { type Cluster, hasService, isGone, nodesOf } from '../model/cluster/cluster.ts';
import { ClusterError, isClusterError } from '../model/errors.ts';
import type { WaitSubject } from '../model/events.ts';
import { callVerb } from '../model/remedy.ts';
import { waitFor } from '../model/wait.ts';
import { formatWait } from '../text/engine/waits.ts';
import { formatCapacity } from '../text/sizes.ts';
import {
  askServices,
  isAlive,
  isComplete,
  isMasterUp,
  type ServiceReports,
  withReports,
} from './health.ts';
import type { ClusterConnection, PendingNodes, Provider, WorkContext } from './provider.ts';
import { closing } from './support/connection.ts';

/** How long after its nodes build themselves a cluster may take until Spark has all workers. */
const readyLimitMs = 10 * 60_000;
/** How long the provider may be out of reach meanwhile: a network that breaks for a moment ends no launch, in milliseconds. */
const blindLimitMs = 2 * 60_000;
/** How often Spark is asked, which costs nothing but a page; the provider is asked as seldom as it wants. */
const askEveryMs = 400;

/** A cluster that comes up: who looks at it, and what only this client knows of its nodes. */
export interface Rising {
  readonly provider: Provider;
  readonly name: string;
  readonly context: WorkContext;
  readonly pending?: PendingNodes | undefined;
  /** Ids of workers that nobody waits for: they are about to be removed. */
  readonly leaving?: ReadonlySet<string> | undefined;
}

/**
 * Waits until Spark's master is alive and has every worker with its cores and memory, and gives the cluster as it is then.
 *
 * @param cluster as it was seen just now
 * @param attend gets what the services said at each look, and may do something about it
 * @throws ClusterError `NODE_DIED` as soon as a node has died, `CLUSTER_NOT_FOUND` if somebody removes the cluster,
 *   `WAIT_TIMEOUT`, or what the connection says of itself
 */
export async function awaitReady(
  rising: Rising,
  cluster: Cluster,
  connection: ClusterConnection,
  attend?: (cluster: Cluster, reports: ServiceReports) => Promise<void>,
): Promise<Cluster> {
  const { provider, context } = rising;
  const { clock } = context;
  const told = new Set<string>();
  let reason = '';
  let lookedAt = clock.now();
  let seenAt = lookedAt;
  const look = async (): Promise<Cluster | undefined> => {
    if (clock.now() - lookedAt >= provider.pollMs) {
      try {
        cluster = await requireStill(rising);
        seenAt = clock.now();
      } catch (error) {
        if (!isClusterError(error, 'AWS_UNREACHABLE') || clock.now() - seenAt > blindLimitMs)
          throw error;
      }
      lookedAt = clock.now();
    }
    connection.update(cluster);
    refuseDead(cluster);
    if (connection.failure !== undefined) throw connection.failure;
    const reports = await askServices(cluster, connection, context);
    const alive = cluster.workers.filter((worker) => isAlive(cluster, worker, reports));
    const up = isMasterUp(cluster, reports);
    const master = up && cluster.master !== null ? [cluster.master] : [];
    for (const node of [...master, ...alive]) {
      if (told.has(node.name)) continue;
      told.add(node.name);
      const seen = withReports(cluster, reports).workers.find(({ id }) => id === node.id);
      const { cores = null, memoryMiB = null } = seen ?? {};
      const resources = cores === null ? undefined : { cores, memoryMiB };
      context.emit('node.phase', {
        node: node.name,
        phase: 'alive',
        detail: resources === undefined ? null : formatCapacity(resources),
        ...(resources && { resources }),
      });
    }
    if (isComplete(cluster, reports)) return withReports(cluster, reports);
    await attend?.(cluster, reports);
    const total = cluster.workers.length;
    const subject =
      connection.waitingFor ??
      (up
        ? { kind: 'workers' as const, missing: total - alive.length, total }
        : mastersServices(cluster, reports));
    const now = formatWait({ subject });
    if (now !== reason) context.emit('waiting', { reason: now, subject });
    reason = now;
    return undefined;
  };
  try {
    return await waitFor(look, {
      clock,
      signal: context.signal,
      reason: () => reason || formatWait({ subject: { kind: 'spark-master' } }),
      limitMs: readyLimitMs,
      everyMs: Math.min(provider.pollMs, askEveryMs),
      remedies: [callVerb('Check the state of the cluster.', 'describe', cluster, {})],
    });
  } catch (error) {
    if (!isClusterError(error, 'WAIT_TIMEOUT')) throw error;
    throw await withLateNodes(error, provider, cluster, told, context);
  }
}

/** What a master is waited for. */
function mastersServices(cluster: Cluster, { spark, hdfs, setUp }: ServiceReports): WaitSubject {
  if (setUp !== undefined) return { kind: 'master-setup' };
  if (!hasService(cluster, 'hdfs')) return { kind: 'spark-master' };
  if (spark?.alive === true && hdfs?.safeMode != null) return { kind: 'hdfs-safe-mode' };
  return { kind: 'master-services' };
}

/** A time-out with the names of those who are late, and what the first of them says of itself. */
async function withLateNodes(
  error: ClusterError,
  provider: Provider,
  cluster: Cluster,
  told: ReadonlySet<string>,
  context: WorkContext,
): Promise<ClusterError> {
  const late = nodesOf(cluster).filter((node) => !told.has(node.name));
  const [first] = late;
  if (first === undefined) return error;
  const why = await provider.whyLate?.(cluster, first, context).catch(() => undefined);
  return new ClusterError(
    'WAIT_TIMEOUT',
    `${error.message} Not ready: ${late.map((node) => node.name).join(', ')}.${why === undefined ? '' : ` ${first.name} reports: ${why}`}`,
    { remedies: error.remedies, cause: error },
  );
}

/** @throws ClusterError `CLUSTER_NOT_FOUND` if the cluster is gone or going */
async function requireStill({
  provider,
  name,
  context,
  pending,
  leaving,
}: Rising): Promise<Cluster> {
  const cluster = await (pending?.find(context) ?? provider.find(name, context));
  if (cluster === undefined || cluster.state === 'destroying')
    throw new ClusterError(
      'CLUSTER_NOT_FOUND',
      `Cluster "${name}" was destroyed by another client in the meantime.`,
    );
  return leaving === undefined
    ? cluster
    : { ...cluster, workers: cluster.workers.filter(({ id }) => !leaving.has(id)) };
}

function refuseDead(cluster: Cluster): void {
  const dead = nodesOf(cluster).filter(isGone);
  const [first] = dead;
  if (first === undefined) return;
  throw new ClusterError(
    'NODE_DIED',
    `${first.name} of "${cluster.name}" failed: ${first.reason ?? 'unknown reason'}${dead.length > 1 ? ` (and ${dead.length - 1} more)` : ''}.`,
    { details: { nodes: dead.map(({ name, reason }) => ({ name, reason })) } },
  );
}

/** Connects to a cluster that is becoming ready, however long it takes to answer, for as long as `work` takes. */
export async function withPatientConnection<T>(
  rising: Rising,
  work: (connection: ClusterConnection, cluster: Cluster) => Promise<T>,
): Promise<T> {
  const { provider, context, pending } = rising;
  const cluster = await requireStill(rising);
  const connection = await (pending?.connect(cluster, context) ??
    provider.connect(cluster, 'retry', context));
  return closing(connection, (open) => work(open, cluster));
}
