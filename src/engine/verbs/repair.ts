import {
  type Cluster,
  type ClusterNode,
  hasService,
  isGone,
  nodesOf,
} from '../../model/cluster/cluster.ts';
import { ClusterError, isClusterError } from '../../model/errors.ts';
import { callVerb } from '../../model/remedy.ts';
import { waitFor } from '../../model/wait.ts';
import { askServices, isHeard } from '../health.ts';
import type { NewWorkers } from '../provider.ts';
import { asRecorded, lookAgain } from '../support/as-recorded.ts';
import { withConnection } from '../support/connection.ts';
import { type Engine } from '../support/context.ts';
import { type FoundCluster, requireCluster } from '../support/find-cluster.ts';
import { requireState } from '../support/guards.ts';
import { requireNoData } from '../support/leave-hdfs.ts';
import { locked, type LockingOptions, takeOverText } from '../support/lock.ts';
import { recordPrice } from '../support/record-changes.ts';
import { timed } from '../support/timing.ts';
import { grow } from './add-workers.ts';
import { withServices } from './describe.ts';
import { start, warnUnwell } from './start.ts';

/** How long a worker that runs may take to be counted in again before it is taken for dead, in milliseconds. */
const comebackMs = 30_000;

/** How long the NameNode may take to notice that a DataNode is gone, in milliseconds: a minute, as it is configured. */
const noticeLimitMs = 100_000;

/** How long after that it may take to count what the DataNode had, in milliseconds: it checks each 15 s, as it is configured. */
const countMs = 20_000;

/** What a repair did. */
export interface RepairResult {
  /** `false`: nothing was broken. */
  readonly changed: boolean;
  readonly cluster: Cluster;
  /** Names of the dead workers that were replaced; of those that were healed where they are, if the provider can do that. */
  readonly replaced: readonly string[];
  /** Names of the new workers. */
  readonly added: readonly string[];
  readonly seconds: number;
}

/**
 * Replaces a cluster's dead and missing workers by new ones; returns when Spark has them. Jobs go on. The dead are removed once the
 * new ones are there: if none can be had, they are still missed.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if its master is gone, which nothing can replace
 */
export async function repair(
  engine: Engine,
  name: string,
  options: LockingOptions,
): Promise<RepairResult> {
  const found = await requireCluster(engine, name, options);
  const { provider, context } = found;
  if (provider.deadWorkers === 'restarted') {
    // Where a daemon can be started again where it was, nothing is to be replaced.
    const dead = found.cluster.workers.filter(({ state }) => state === 'dead');
    const { changed, cluster, seconds } = await start(engine, name, options);
    return { changed, cluster, replaced: dead.map((node) => node.name), added: [], seconds };
  }
  requireMaster(found.cluster);
  requireState(found.cluster, ['running', 'degraded'], 'replacing failed workers');
  const work = async (): Promise<RepairResult> => {
    let seen = await comeback(found);
    const leaving = seen.workers.filter(({ state }) => state === 'draining');
    const readmitted = leaving.length > 0 && hasService(seen, 'hdfs');
    if (readmitted) {
      // They have data that may not be anywhere else.
      await provider.readmitWorkers?.(seen, leaving, context);
      seen = await comeback(found);
    }
    const dead = deadWorkers(seen);
    const count = dead.length + ((await provider.countMissing?.(seen, context)) ?? 0);
    if (count === 0) {
      if (readmitted && seen.state === 'running')
        return { changed: true, cluster: seen, replaced: [], added: [], seconds: 0 };
      if (seen.state === 'degraded') throw beyondRepair(seen);
      return { changed: false, cluster: seen, replaced: [], added: [], seconds: 0 };
    }
    if (hasService(seen, 'hdfs'))
      await withConnection({ ...found, cluster: seen }, (connection) =>
        requireNoData(seen, dead, connection, context),
      );
    const make = (): Promise<NewWorkers> => provider.addWorkers(seen, count, context);
    return timed('repair', [], context, async () => {
      const { added } = await grow(engine, found, 'repairing', make, dead);
      if (dead.length > 0) await provider.removeWorkers(seen, dead, context);
      await recordPrice(found);
      const cluster = await afterLoss(found);
      return { changed: true, cluster, replaced: dead.map((node) => node.name), added };
    });
  };
  return locked(found, 'repair', work, {
    isAsked: options.takeOver === true,
    remedy: callVerb(takeOverText, 'repair', found.cluster, { takeOver: true }),
  });
}

/**
 * A cluster whose dead workers were removed, as its services see it. The NameNode goes on counting on a DataNode that is gone for a
 * while: which blocks are lost shows only then.
 */
async function afterLoss(found: FoundCluster): Promise<Cluster> {
  const now = await lookAgain(found);
  const { cluster, context } = now;
  if (!hasService(cluster, 'hdfs')) return withServices(now);
  const there = new Set(nodesOf(cluster).map(({ address }) => address));
  let goneAt: number | undefined;
  await withConnection(now, (connection) =>
    waitFor(
      async () => {
        const { hdfs } = await askServices(cluster, connection, context);
        if (hdfs === undefined) return undefined;
        if (hdfs.blocks === 0 || hdfs.missingBlocks > 0) return true;
        const now = context.clock.now();
        if (hdfs.dataNodes.every((node) => there.has(node.address) && isHeard(node)))
          goneAt ??= now;
        return goneAt !== undefined && now - goneAt >= countMs ? true : undefined;
      },
      {
        clock: context.clock,
        signal: context.signal,
        reason: () => 'HDFS to find out which blocks only the lost workers had',
        limitMs: noticeLimitMs,
        everyMs: 2_000,
      },
    ),
  ).catch((error: unknown) => {
    if (!isClusterError(error, 'WAIT_TIMEOUT')) throw error;
  });
  const seen = await withServices(now);
  if (seen.state === 'degraded') warnUnwell(seen, context);
  return seen;
}

/** Looks at a cluster; a worker that runs but isn't counted in may only be slow, and gets its time. */
async function comeback(found: FoundCluster): Promise<Cluster> {
  const { provider, cluster, context } = found;
  let seen = cluster;
  const look = async (): Promise<Cluster | undefined> => {
    const now = (await provider.find(cluster.name, context)) ?? cluster;
    seen = await withServices(await asRecorded({ ...found, cluster: now }));
    const isSettled = seen.workers.every(({ state, reason }) => state !== 'running' || !reason);
    return isSettled ? seen : undefined;
  };
  try {
    return await waitFor(look, {
      clock: context.clock,
      signal: context.signal,
      reason: () => `the workers of "${cluster.name}" to recover`,
      limitMs: comebackMs,
      everyMs: provider.pollMs,
    });
  } catch (error) {
    if (!isClusterError(error, 'WAIT_TIMEOUT')) throw error;
    return seen;
  }
}

function deadWorkers({ workers }: Cluster): ClusterNode[] {
  return workers.filter(
    (worker) =>
      // One whose removal was interrupted takes no work any more.
      isGone(worker) ||
      worker.state === 'draining' ||
      (worker.state === 'running' && worker.reason !== null),
  );
}

/** @throws ClusterError `CLUSTER_STATE_UNFIT` */
function requireMaster(cluster: Cluster): void {
  const { name, master } = cluster;
  if (master !== null && !isGone(master)) return;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `The master of "${name}" is lost${master?.reason == null ? '' : ` (${master.reason})`}. It can’t be replaced, because its jobs, the data on its disk and the connection to the workers were lost with it.`,
    { remedies: [callVerb('Destroy the cluster, and launch it again.', 'destroy', cluster, {})] },
  );
}

function beyondRepair(cluster: Cluster): ClusterError {
  const { name, reason } = cluster;
  return new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `Cluster "${name}" has no failed workers to replace, but is not healthy: ${reason ?? 'unknown reason'}.`,
    { remedies: [callVerb('Run diagnostics.', 'doctor', cluster, {})] },
  );
}
