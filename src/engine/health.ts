import {
  parseCoresInUse,
  parseSparkStatus,
  sparkStatusPath,
  type SparkStatus,
} from '../node/services/spark.ts';
import type { Cluster, ClusterNode } from '../model/cluster.ts';
import type { ClusterConnection, WorkContext } from './provider.ts';

/**
 * What Spark's master says of itself and its workers.
 *
 * @returns `undefined` if it can't be asked now
 */
export async function askSpark(
  cluster: Cluster,
  connection: ClusterConnection,
  context: WorkContext,
): Promise<SparkStatus | undefined> {
  if (cluster.master?.state !== 'running') return undefined;
  try {
    return parseSparkStatus(await connection.get(cluster.master, sparkStatusPath, context.signal));
  } catch {
    context.signal.throwIfAborted();
    return undefined;
  }
}

/**
 * A cluster as its provider sees it, corrected by what Spark says: a machine that runs is no worker until the master counts it in.
 *
 * @param status `undefined` if Spark doesn't answer
 */
export function withSparkStatus(cluster: Cluster, status: SparkStatus | undefined): Cluster {
  const workers = cluster.workers.map((worker) => correctWorker(worker, status));
  const missing = workers.filter(({ state, reason }) => state === 'running' && reason !== null);
  const asked = cluster.master?.state === 'running';
  const healthy = status?.alive === true;
  const corrected: Cluster = {
    ...cluster,
    workers,
    services: cluster.services.map((service) =>
      service.name === 'spark' ? { ...service, healthy: asked ? healthy : null } : service,
    ),
  };
  if (cluster.state !== 'running') return corrected;
  if (!healthy)
    return { ...corrected, state: 'degraded', reason: 'Spark’s master does not answer' };
  if (missing.length > 0)
    return {
      ...corrected,
      state: 'degraded',
      reason: missing.map(({ name, reason }) => `${name}: ${reason ?? ''}`).join('; '),
    };
  return corrected;
}

/** Whether Spark's master does its work and counts in every worker that should be there. */
export function isComplete(cluster: Cluster, status: SparkStatus | undefined): boolean {
  return (
    status?.alive === true &&
    cluster.master?.state === 'running' &&
    cluster.workers.every((worker) => worker.state === 'draining' || isAlive(worker, status))
  );
}

/** Whether the master counts a worker in, with cores and memory. */
export function isAlive(worker: ClusterNode, status: SparkStatus | undefined): boolean {
  const seen = find(worker, status);
  return worker.state === 'running' && seen?.alive === true && seen.cores > 0 && seen.memoryMiB > 0;
}

/**
 * Cores of a worker that executors hold, as the worker itself says: the master goes on counting those of a worker that leaves.
 *
 * @returns `undefined` if it can't be asked now
 */
export async function coresInUse(
  worker: ClusterNode,
  connection: ClusterConnection,
  context: WorkContext,
): Promise<number | undefined> {
  try {
    return parseCoresInUse(await connection.get(worker, sparkStatusPath, context.signal));
  } catch {
    context.signal.throwIfAborted();
    return undefined;
  }
}

function correctWorker(worker: ClusterNode, status: SparkStatus | undefined): ClusterNode {
  if (worker.state !== 'running' || status === undefined) return worker;
  const seen = find(worker, status);
  if (seen === undefined) return { ...worker, reason: 'not registered with the master' };
  if (!seen.alive) return { ...worker, reason: `the master calls it ${seen.state}` };
  return { ...worker, cores: seen.cores, memoryMiB: seen.memoryMiB };
}

function find(
  worker: ClusterNode,
  status: SparkStatus | undefined,
): SparkStatus['workers'][number] | undefined {
  const endpoint = `${worker.address ?? ''}:${worker.port ?? ''}`;
  return status?.workers.find((other) => other.endpoint === endpoint);
}
