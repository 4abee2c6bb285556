import { ClusterError, isClusterError } from '../model/errors.ts';
import type { Cluster, ClusterNode } from '../model/cluster.ts';
import { waitFor } from '../model/wait.ts';
import { requireCount } from './add-workers.ts';
import {
  locked,
  requireCluster,
  requireState,
  timed,
  type Engine,
  type FoundCluster,
  type VerbOptions,
} from './engine.ts';
import { coresInUse } from './health.ts';

/** What shrinking a cluster did. */
export interface RemoveWorkersResult {
  readonly cluster: Cluster;
  /** Names of the workers that are gone. */
  readonly removed: readonly string[];
  readonly seconds: number;
}

/** What {@link removeWorkers} takes. */
export interface RemoveWorkersOptions extends VerbOptions {
  /**
   * How long workers may take to finish what runs on them, in seconds.
   * @default 300
   */
  readonly drainSeconds?: number | undefined;
}

/**
 * Removes workers, spot instances first, then the newest: each takes no new work, finishes what runs on it (up to a limit) and is removed. Jobs go on.
 *
 * @param count how many, at least 1 and at most as many as there are
 * @throws ClusterError `ARGUMENT_INVALID`, `CLUSTER_STATE_UNFIT`, `CLUSTER_BUSY`
 */
export async function removeWorkers(
  engine: Engine,
  name: string,
  count: number,
  options: RemoveWorkersOptions,
): Promise<RemoveWorkersResult> {
  requireCount(count, 'remove');
  const found = await requireCluster(engine, name, options);
  const { provider, cluster, context } = found;
  requireState(cluster, ['running', 'degraded'], 'removing workers');
  if (count > cluster.workers.length)
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `"${name}" has ${cluster.workers.length} workers: ${count} can’t be removed.`,
    );
  const leaving = leavingFirst(cluster.workers).slice(0, count);
  return locked(found, 'removeWorkers', async () =>
    timed(
      'removeWorkers',
      leaving.map((worker) => worker.name),
      context,
      async () => {
        await provider.drainWorkers(cluster, leaving, context);
        await drained(found, leaving, (options.drainSeconds ?? 300) * 1000);
        await provider.removeWorkers(cluster, leaving, context);
        const after = await provider.find(name, context);
        return { cluster: after ?? cluster, removed: leaving.map((worker) => worker.name) };
      },
    ),
  );
}

/** Workers in the order in which they leave: those that do no work anyway, then what EC2 may take away, then the newest. */
function leavingFirst(workers: readonly ClusterNode[]): ClusterNode[] {
  const rank = ({ state, market }: ClusterNode): number =>
    state === 'draining' ? 0 : state !== 'running' ? 1 : market === 'spot' ? 2 : 3;
  return [...workers].reverse().sort((a, b) => rank(a) - rank(b));
}

/** Waits until no core of the leaving workers is in use; past the limit their tasks run again elsewhere. */
async function drained(
  { provider, cluster, context }: FoundCluster,
  leaving: readonly ClusterNode[],
  limitMs: number,
): Promise<void> {
  const connection = await provider.connect(cluster, 'look', context);
  const busy = new Map<string, number>();
  try {
    await waitFor(
      async () => {
        const now = await provider.find(cluster.name, context);
        let left = 0;
        for (const worker of leaving) {
          // On a worker that is gone nothing runs; one that merely doesn't answer may be busy.
          const state = now?.workers.find(({ id }) => id === worker.id)?.state;
          const gone = state !== 'draining' && state !== 'running';
          const last = busy.get(worker.name);
          const cores = gone ? 0 : ((await coresInUse(worker, connection, context)) ?? last ?? 1);
          if (last !== cores)
            context.emit('node.draining', { node: worker.name, coresInUse: cores });
          busy.set(worker.name, cores);
          left += cores;
        }
        return left === 0 ? true : undefined;
      },
      {
        clock: context.clock,
        signal: context.signal,
        reason: () =>
          `${[...busy]
            .filter(([, cores]) => cores > 0)
            .map(([node]) => node)
            .join(', ')} to finish their tasks`,
        limitMs,
        everyMs: Math.max(200, provider.pollMs),
      },
    );
  } catch (error) {
    if (!isClusterError(error, 'WAIT_TIMEOUT')) throw error;
    context.emit('warning', {
      kind: 'WAIT_TIMEOUT',
      message: `${error.message} They are removed now; what ran on them runs again on others.`,
      hint: null,
    });
  } finally {
    await connection.close();
  }
}
