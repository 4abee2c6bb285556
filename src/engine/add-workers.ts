import { ClusterError } from '../model/errors.ts';
import type { Cluster } from '../model/cluster.ts';
import { awaitReady, withConnection } from './await-ready.ts';
import {
  locked,
  requireCluster,
  requireState,
  timed,
  workContext,
  type Engine,
  type VerbOptions,
} from './engine.ts';

/** What growing a cluster made. */
export interface AddWorkersResult {
  readonly cluster: Cluster;
  /** Names of the new workers. */
  readonly added: readonly string[];
  readonly seconds: number;
}

/**
 * Adds workers like those that are there; returns when Spark has them. Jobs that run meanwhile go on, and may use them.
 *
 * @param count how many, at least 1
 * @throws ClusterError `ARGUMENT_INVALID`, `CLUSTER_STATE_UNFIT`, `CLUSTER_BUSY`
 */
export async function addWorkers(
  engine: Engine,
  name: string,
  count: number,
  options: VerbOptions,
): Promise<AddWorkersResult> {
  requireCount(count, 'add');
  const found = await requireCluster(engine, name, options);
  const { provider, cluster, context } = found;
  requireState(cluster, ['running'], 'adding workers');
  return locked(found, 'addWorkers', async () =>
    timed('addWorkers', [], context, async () => {
      const added = await provider.addWorkers(cluster, count, context);
      try {
        return {
          cluster: await withConnection(provider, name, context, (connection, seen) =>
            awaitReady(provider, seen, connection, context),
          ),
          added,
        };
      } catch (error) {
        const work = workContext(
          engine,
          name,
          provider.kind,
          context.values,
          new AbortController().signal,
        );
        const after = await provider.find(name, work);
        for (const worker of after?.workers ?? [])
          if (added.includes(worker.name)) await provider.removeWorker(cluster, worker, work);
        throw error;
      }
    }),
  );
}

/** @throws ClusterError `ARGUMENT_INVALID` unless `count` is a whole number from 1 */
export function requireCount(count: number, doing: 'add' | 'remove'): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new ClusterError(
    'ARGUMENT_INVALID',
    `${count} is no number of workers to ${doing}: give 1 or more.`,
  );
}
