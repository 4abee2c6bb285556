import {
  type Cluster,
  type ClusterNode,
  hasService,
  isGone,
  missingWorkers,
} from '../../model/cluster/cluster.ts';
import { ClusterError, isClusterError } from '../../model/errors.ts';
import { callVerb } from '../../model/remedy.ts';
import { waitFor } from '../../model/wait.ts';
import { formatCount } from '../../text/counts.ts';
import { askServices, coresInUse, nodeManagerOf } from '../health.ts';
import type { ClusterConnection } from '../provider.ts';
import { lookAgain } from '../support/as-recorded.ts';
import { confirm } from '../support/confirm.ts';
import { withConnection } from '../support/connection.ts';
import { type Engine } from '../support/context.ts';
import { type FoundCluster, requireCluster } from '../support/find-cluster.ts';
import { requireState } from '../support/guards.ts';
import { type DataToMove, dataToMove, requireHdfsWithout } from '../support/leave-hdfs.ts';
import { locked, type LockingOptions, takeOverText } from '../support/lock.ts';
import { recordPrice } from '../support/record-changes.ts';
import { timed } from '../support/timing.ts';
import { requireCount } from './add-workers.ts';

/** What shrinking a cluster did. */
export interface RemoveWorkersResult {
  readonly cluster: Cluster;
  /** Names of the workers that are gone; none if there were none. */
  readonly removed: readonly string[];
  readonly seconds: number;
}

const defaultDrainSeconds = 300;

/** What {@link removeWorkers} takes. */
export interface RemoveWorkersOptions extends LockingOptions {
  /**
   * How long workers may take to finish what runs on them, and HDFS to copy what is on them, in seconds.
   * @default 300
   */
  readonly drainSeconds?: number | undefined;
}

/**
 * Removes workers, spot instances first, then the newest: each takes no new work, finishes what runs on it (up to a limit) and is removed. Jobs go on.
 *
 * HDFS's data moves to the workers that stay. Nothing is removed as long as any of it would be lost: past the limit the workers
 * stay, and take work and data again.
 *
 * Asks the host first (`removeWorkers.confirm`; where nobody can be asked, the call itself is the answer).
 *
 * @param count how many, at least 1; if there are fewer, a warning says so and all are removed
 * @throws ClusterError `ARGUMENT_INVALID`, `CLUSTER_STATE_UNFIT`, `CLUSTER_BUSY`; `ABORTED` if the answer is no; `WAIT_TIMEOUT` if HDFS needs more time
 */
export async function removeWorkers(
  engine: Engine,
  name: string,
  count: number,
  options: RemoveWorkersOptions,
): Promise<RemoveWorkersResult> {
  requireCount(count, 'remove');
  const { drainSeconds = defaultDrainSeconds } = options;
  const found = await requireCluster(engine, name, options);
  requireState(found.cluster, states, 'removing workers');
  // Those that went missing are removed first, and there is nothing to ask about them.
  const missing = Math.min(count, missingWorkers(found.cluster));
  const number = Math.min(count - missing, found.cluster.workers.length);
  if (missing + number < count)
    found.context.emit('warning', {
      kind: 'ARGUMENT_INVALID',
      message: `Cluster "${name}" has ${formatCount(found.cluster.workers.length, 'worker')}; ${count} can’t be removed.`,
      remedies: [],
    });
  if (missing + number === 0) return { cluster: found.cluster, removed: [], seconds: 0 };
  if (number > 0)
    await confirm(
      engine,
      'removeWorkers.confirm',
      found.cluster,
      `Remove ${formatCount(number, 'worker')} from "${name}"? Data on the removed nodes will be lost.`,
    );
  const work = async (): Promise<RemoveWorkersResult> => {
    // Another client may have removed some before this one had its turn.
    const now = await lookAgain(found);
    const { provider, cluster, context } = now;
    requireState(cluster, states, 'removing workers');
    const leaving = leavingFirst(cluster.workers).slice(0, number);
    if (leaving.length === 0) {
      await shrink(now, missing);
      return { cluster: (await lookAgain(found)).cluster, removed: [], seconds: 0 };
    }
    return timed(
      'removeWorkers',
      leaving.map((worker) => worker.name),
      context,
      async () => {
        await drain(now, leaving, drainSeconds * 1000);
        // Before they go: otherwise a client that ends in between leaves a cluster that misses them.
        await shrink(now, missing + leaving.length);
        await provider.removeWorkers(cluster, leaving, context);
        await recordPrice(now);
        const after = await provider.find(name, context);
        return { cluster: after ?? cluster, removed: leaving.map((worker) => worker.name) };
      },
    );
  };
  return locked(found, 'removeWorkers', work, {
    isAsked: options.takeOver === true,
    remedy: callVerb(takeOverText, 'removeWorkers', found.cluster, {
      count,
      drainSeconds,
      takeOver: true,
    }),
  });
}

/** Records that a cluster is to have fewer workers. */
async function shrink({ provider, cluster, context }: FoundCluster, by: number): Promise<void> {
  const { expectedWorkers = 0, workers } = cluster;
  const size = Math.max(expectedWorkers, workers.length);
  await provider.recordSize?.(cluster, Math.max(0, size - by), context);
}

/** The states in which a cluster can give workers up. */
const states = ['running', 'degraded'] as const;

/** Workers in the order in which they leave: those that do no work anyway, then what EC2 may take away, then the newest. */
function leavingFirst(workers: readonly ClusterNode[]): ClusterNode[] {
  const rank = ({ state, market }: ClusterNode): number =>
    state === 'draining' ? 0 : state !== 'running' ? 1 : market === 'spot' ? 2 : 3;
  return [...workers].reverse().sort((a, b) => rank(a) - rank(b));
}

/** Asks workers to leave, and waits until they may; an error if they may not. */
async function drain(
  found: FoundCluster,
  leaving: readonly ClusterNode[],
  limitMs: number,
): Promise<void> {
  const { provider, cluster, context } = found;
  const hasData = hasService(cluster, 'hdfs');
  if (!hasData) await provider.drainWorkers(cluster, leaving, context);
  await withConnection(found, async (connection) => {
    if (hasData) {
      await requireHdfsWithout(cluster, leaving, connection, context);
      await provider.drainWorkers(cluster, leaving, context);
    }
    const left = await waitUntilDrained(found, leaving, connection, limitMs);
    if (left.some(({ data }) => data?.isMoved === false))
      await readmit(found, leaving, left, limitMs);
  });
}

/** After how long a worker that is still in use is asked to leave once more, in milliseconds. */
const askAgainMs = 10_000;

/** What a worker that leaves still has. */
interface Remainder {
  readonly worker: ClusterNode;
  readonly cores: number;
  /** `undefined` where there is no HDFS. */
  readonly data: DataToMove | undefined;
}

/**
 * Waits until no core of the leaving workers is in use, by Spark's workers or YARN's, and HDFS can do without them.
 *
 * @returns what is left past the limit; tasks run again elsewhere
 */
async function waitUntilDrained(
  { provider, cluster, context }: FoundCluster,
  leaving: readonly ClusterNode[],
  connection: ClusterConnection,
  limitMs: number,
): Promise<readonly Remainder[]> {
  const last = new Map<string, Remainder>();
  const left = (): Remainder[] =>
    [...last.values()].filter(({ cores, data }) => cores > 0 || data?.isMoved === false);
  let askedAt = context.clock.now();
  const look = async (): Promise<Remainder[] | undefined> => {
    const now = (await provider.find(cluster.name, context)) ?? { ...cluster, workers: [] };
    const { hdfs, yarn } = hasService(cluster, 'hdfs')
      ? await askServices(now, connection, context)
      : {};
    for (const worker of leaving) {
      const before = last.get(worker.id);
      const seen = now.workers.find(({ id }) => id === worker.id);
      // On a worker that is gone nothing runs; one that merely doesn't answer may be busy.
      const runs = seen?.state === 'draining' || seen?.state === 'running';
      const inSpark =
        runs && hasService(cluster, 'spark')
          ? ((await coresInUse(worker, connection, context)) ?? before?.cores ?? 1)
          : 0;
      const inYarn = runs ? (nodeManagerOf(worker, yarn)?.coresInUse ?? 0) : 0;
      const cores = inSpark + inYarn;
      const data = !hasService(cluster, 'hdfs')
        ? undefined
        : seen === undefined || isGone(seen)
          ? { isMoved: true, blocks: 0 }
          : dataToMove(worker, hdfs, before?.data);
      last.set(worker.id, { worker, cores, data });
      if (before?.cores !== cores || before.data?.blocks !== data?.blocks)
        context.emit('node.draining', {
          node: worker.name,
          coresInUse: cores,
          ...(data !== undefined && { blocksToMove: data.blocks }),
        });
    }
    if (left().length === 0) return [];
    if (context.clock.now() - askedAt >= askAgainMs) {
      askedAt = context.clock.now();
      const busy = new Set(left().flatMap(({ worker, cores }) => (cores > 0 ? worker.id : [])));
      const again = now.workers.filter(({ id, state }) => busy.has(id) && state === 'draining');
      if (again.length > 0) await provider.drainWorkers(cluster, again, context);
    }
    return undefined;
  };
  try {
    return await waitFor(look, {
      clock: context.clock,
      signal: context.signal,
      reason: () =>
        `${left()
          .map(({ worker }) => worker.name)
          .join(', ')} to finish their tasks`,
      limitMs,
      everyMs: Math.max(200, provider.pollMs),
    });
  } catch (error) {
    if (!isClusterError(error, 'WAIT_TIMEOUT')) throw error;
    if (left().every(({ data }) => data?.isMoved !== false))
      context.emit('warning', {
        kind: 'WAIT_TIMEOUT',
        message: `${error.message} The workers are removed now, and their tasks run again on other workers.`,
        remedies: [],
      });
    return left();
  }
}

/** Takes workers back whose data would be lost with them, and says so as an error. */
async function readmit(
  { provider, cluster, context }: FoundCluster,
  leaving: readonly ClusterNode[],
  left: readonly Remainder[],
  limitMs: number,
): Promise<never> {
  const waiting = left.filter(({ data }) => data?.isMoved === false);
  const blocks = waiting.reduce((sum, { data }) => sum + (data?.blocks ?? 0), 0);
  const what = `HDFS could not copy all data from ${waiting.map(({ worker }) => worker.name).join(', ')} to other workers within ${Math.round(limitMs / 1000)} s (${blocks} ${blocks === 1 ? 'block is' : 'blocks are'} left)`;
  const more = callVerb('Allow more time.', 'removeWorkers', cluster, {
    count: leaving.length,
    drainSeconds: Math.max(3600, Math.round(limitMs / 250)),
  });
  try {
    await provider.readmitWorkers?.(cluster, leaving, context);
  } catch (error) {
    throw new ClusterError(
      'WAIT_TIMEOUT',
      `${what}. No worker was removed, but returning them to service failed: ${(error as Error).message}`,
      { remedies: [more], cause: error },
    );
  }
  throw new ClusterError(
    'WAIT_TIMEOUT',
    `${what}. No worker was removed, and all accept tasks and data again.`,
    {
      remedies: [
        more,
        callVerb(
          'If a file that is still being written prevents it, list the open files.',
          'runCommand',
          cluster,
          {
            command: 'hdfs dfsadmin -listOpenFiles',
            masterOnly: true,
          },
        ),
      ],
    },
  );
}
