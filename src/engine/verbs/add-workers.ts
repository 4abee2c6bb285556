import { type Cluster, type ClusterNode, hasService } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import { callVerb } from '../../model/remedy.ts';
import { awaitReady, withPatientConnection } from '../await-ready.ts';
import { askServices } from '../health.ts';
import type { ClusterConnection, NewWorkers } from '../provider.ts';
import { cleanUp } from '../support/clean-up.ts';
import { asClusterError, type Engine } from '../support/context.ts';
import { type FoundCluster, requireCluster } from '../support/find-cluster.ts';
import { requireState } from '../support/guards.ts';
import { locked, type LockingOptions, takeOverText } from '../support/lock.ts';
import { recordPrice, recordSize } from '../support/record-changes.ts';
import { timed } from '../support/timing.ts';

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
  options: LockingOptions,
): Promise<AddWorkersResult> {
  requireCount(count, 'add');
  const found = await requireCluster(engine, name, options);
  const { provider, cluster, context } = found;
  requireState(cluster, ['running'], 'adding workers');
  const work = (): Promise<AddWorkersResult> =>
    timed('addWorkers', [], context, async () => {
      const make = (): Promise<NewWorkers> => provider.addWorkers(cluster, count, context);
      const grown = await grow(engine, found, 'adding workers', make);
      await recordSize(found, grown.cluster.workers.length);
      await recordPrice(found);
      return grown;
    });
  return locked(found, 'addWorkers', work, {
    isAsked: options.takeOver === true,
    remedy: callVerb(takeOverText, 'addWorkers', cluster, { count, takeOver: true }),
  });
}

/**
 * Makes workers and waits until Spark has them. If that fails, or is stopped, they are removed again, and nothing else.
 *
 * @param make makes them
 * @param leaving workers that are going to be removed, and that nobody waits for
 */
export async function grow(
  engine: Engine,
  { provider, cluster, context }: FoundCluster,
  doing: string,
  make: () => Promise<NewWorkers>,
  leaving: readonly ClusterNode[] = [],
): Promise<Omit<AddWorkersResult, 'seconds'>> {
  const { name } = cluster;
  const { names, pending } = await make();
  const added = [...names.values()];
  const away = new Set(leaving.map(({ id }) => id));
  const rising = { provider, name, context, pending, leaving: away };
  try {
    const grown = await withPatientConnection(rising, async (connection, seen) => {
      if (hasService(seen, 'yarn')) {
        const made = seen.workers.filter(({ id }) => names.has(id));
        await provider.admitWorkers?.(seen, made, context);
      }
      const ready = await awaitReady(rising, seen, connection);
      const fresh = ready.workers.filter(({ id }) => names.has(id));
      await provider.installPackages?.(ready, fresh, context);
      if (hasService(ready, 'hdfs'))
        await welcomeToHdfs({ provider, cluster: ready, context }, added, connection);
      return ready;
    });
    return { cluster: grown, added };
  } catch (error) {
    throw await cleanUp(
      engine,
      {
        name,
        provider,
        values: context.values,
        what: added.join(', '),
        remedy: callVerb('Check which workers are left.', 'describe', cluster, {}),
      },
      asClusterError(error, context.signal, `${doing} of "${name}"`),
      async (work) => {
        const after = await provider.find(name, work);
        const made = after?.workers.filter(({ id }) => names.has(id)) ?? [];
        if (made.length > 0) await provider.removeWorkers(cluster, made, work);
        return [];
      },
    );
  }
}

/** Lets HDFS use new workers, which may have the addresses of some that left; it puts new data on them, and moves none by itself. */
async function welcomeToHdfs(
  { provider, cluster, context }: FoundCluster,
  added: readonly string[],
  connection: ClusterConnection,
): Promise<void> {
  const workers = cluster.workers.filter(({ name }) => added.includes(name));
  await provider.readmitWorkers?.(cluster, workers, context);
  const { hdfs } = await askServices(cluster, connection, context);
  if (hdfs === undefined || hdfs.blocks === 0) return;
  context.emit('warning', {
    kind: 'CLUSTER_STATE_UNFIT',
    message: `HDFS has no data on ${added.join(', ')} yet.`,
    remedies: [
      callVerb('Rebalance HDFS.', 'runCommand', cluster, {
        command: 'hdfs balancer',
        masterOnly: true,
      }),
    ],
  });
}

/** @throws ClusterError `ARGUMENT_INVALID` unless `count` is a whole number from 1 */
export function requireCount(count: number, doing: 'add' | 'remove'): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new ClusterError(
    'ARGUMENT_INVALID',
    `${count} is not a valid number of workers to ${doing}; use 1 or more.`,
  );
}
