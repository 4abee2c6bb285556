import { nodesOf, type Cluster } from '../model/cluster.ts';
import { ClusterError } from '../model/errors.ts';
import { waitFor } from '../model/wait.ts';
import { askSpark, isAlive, isComplete, withSparkStatus } from './health.ts';
import type { Provider, WorkContext } from './provider.ts';

/** How long after its nodes build themselves a cluster may take until Spark has all workers. */
const readyLimitMs = 10 * 60_000;

/**
 * Waits until Spark's master is alive and has every worker with its cores and memory, and gives the cluster as it is then.
 *
 * @throws ClusterError `NODE_DIED` as soon as a node has died, `CLUSTER_NOT_FOUND` if somebody removes the cluster, `WAIT_TIMEOUT`
 */
export async function awaitReady(
  provider: Provider,
  name: string,
  context: WorkContext,
): Promise<Cluster> {
  const told = new Set<string>();
  let reason = '';
  const first = await requireStill(provider, name, context);
  const connection = await provider.connect(first, context);
  try {
    return await waitFor(
      async () => {
        const cluster = await requireStill(provider, name, context);
        refuseDead(cluster);
        const status = await askSpark(cluster, connection, context);
        const alive = cluster.workers.filter((worker) => isAlive(worker, status));
        const master = status?.alive === true && cluster.master !== null ? [cluster.master] : [];
        for (const node of [...master, ...alive]) {
          if (told.has(node.name)) continue;
          told.add(node.name);
          const detail =
            node.cores === null ? null : `${node.cores} cores, ${node.memoryMiB ?? 0} MiB`;
          context.emit('node.phase', { node: node.name, phase: 'alive', detail });
        }
        if (isComplete(cluster, status)) return withSparkStatus(cluster, status);
        const now =
          status?.alive === true
            ? `${cluster.workers.length - alive.length} of ${cluster.workers.length} workers`
            : 'Spark’s master';
        if (now !== reason) context.emit('waiting', { reason: now });
        reason = now;
        return undefined;
      },
      {
        clock: context.clock,
        signal: context.signal,
        reason: () => reason || 'Spark’s master',
        limitMs: readyLimitMs,
        everyMs: provider.pollMs,
        hint: `See what it is doing: flintrock describe ${name}`,
      },
    );
  } finally {
    await connection.close();
  }
}

async function requireStill(
  provider: Provider,
  name: string,
  context: WorkContext,
): Promise<Cluster> {
  const cluster = await provider.find(name, context);
  if (cluster === undefined || cluster.state === 'destroying')
    throw new ClusterError(
      'CLUSTER_NOT_FOUND',
      `Cluster "${name}" was removed by somebody else meanwhile.`,
    );
  return cluster;
}

function refuseDead(cluster: Cluster): void {
  const dead = nodesOf(cluster).filter(({ state }) => state === 'dead' || state === 'terminated');
  const [first] = dead;
  if (first === undefined) return;
  throw new ClusterError(
    'NODE_DIED',
    `${first.name} of "${cluster.name}" died: ${first.reason ?? 'no reason is known'}${dead.length > 1 ? ` (and ${dead.length - 1} more)` : ''}.`,
    { details: { nodes: dead.map(({ name, reason }) => ({ name, reason })) } },
  );
}
