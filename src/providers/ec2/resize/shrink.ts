import pMap from 'p-map';
import { type Cluster, type ClusterNode, hasService } from '../../../model/cluster/cluster.ts';
import { ClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';
import type { Ec2Session } from '../api/session.ts';
import { tagKeys } from '../api/tags.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import { endWorkers } from '../lifecycle/remove.ts';
import { changeDataNodes } from '../nodes/data-nodes.ts';
import {
  decommissionCommand,
  decommissionExecutorsCommand,
  restartWorkerCommand,
  theirForgetCommand,
} from '../nodes/node-commands.ts';
import { changeNodeManagers } from '../nodes/node-managers.ts';
import type { NodeOperations } from '../nodes/node-operations.ts';

/** Asks workers to take no new work and to give their data to others, and says so on them. */
export async function drainWorkers(
  found: Ec2Cluster,
  workers: readonly ClusterNode[],
  nodes: NodeOperations,
  session: Ec2Session,
): Promise<void> {
  const { aws } = session;
  const { cluster } = found;
  const { master } = cluster;
  if (found.launchId === null) {
    await forgetWorkers(found, workers, nodes, session);
    return;
  }
  const running = workers.filter(({ state }) => state === 'running' || state === 'draining');
  const hasData = hasService(cluster, 'hdfs');
  if (master?.address == null || (running.length === 0 && !hasData)) return;
  const { address } = master;
  const unmarked = running.filter(({ state }) => state !== 'draining');
  if (unmarked.length > 0)
    await aws.tag(
      unmarked.map(({ id }) => id),
      { [tagKeys.state]: 'draining' },
      session.signal,
    );
  await nodes.onNode(cluster, master, session, async (ssh) => {
    if (hasData) {
      // Those that don't run now, too: they would come back with their data.
      const leaving = addressesOf(workers);
      await changeDataNodes(ssh, address, { leaving, staying: [] }, session.signal);
      if (hasService(cluster, 'yarn'))
        await changeNodeManagers(ssh, { leaving, staying: [] }, session.signal);
    }
    if (running.length === 0 || !hasService(cluster, 'spark')) return;
    await ssh.execOrThrow(
      decommissionCommand(address, addressesOf(running)),
      `The Spark master did not decommission ${running.map(({ name }) => name).join(', ')}`,
      session.signal,
    );
  });
  // An executor that had not yet come to its driver when the master asked would stay as long as the job.
  const asked = running.filter(({ state }) => state === 'draining');
  if (hasService(cluster, 'spark'))
    await pMap(
      asked,
      (worker) =>
        nodes
          .onNode(cluster, worker, session, (ssh) =>
            ssh.exec(decommissionExecutorsCommand, session.signal),
          )
          // It may be gone by now, and has until the deadline in any case.
          .catch(() => session.signal.throwIfAborted()),
      { concurrency: 16 },
    );
}

/** Takes workers out of the lists by which the Python tool's clusters start their daemons, as that tool does. */
async function forgetWorkers(
  { cluster }: Ec2Cluster,
  workers: readonly ClusterNode[],
  nodes: NodeOperations,
  session: Ec2Session,
): Promise<void> {
  const { master } = cluster;
  if (master?.address == null) return;
  const command = theirForgetCommand(master.address, addressesOf(workers));
  await nodes.onNode(cluster, master, session, async (ssh) => {
    const what = `The master of "${cluster.name}" could not be told which workers leave`;
    await ssh.execOrThrow(command, what, session.signal);
  });
}

/** See `Provider.readmitWorkers`. */
export async function readmitWorkers(
  { cluster }: Ec2Cluster,
  workers: readonly ClusterNode[],
  nodes: NodeOperations,
  session: Ec2Session,
): Promise<void> {
  const { aws } = session;
  const { master } = cluster;
  if (master?.address == null) return;
  const { address } = master;
  if (hasService(cluster, 'hdfs'))
    await nodes.onNode(cluster, master, session, async (ssh) => {
      const change = { leaving: [], staying: addressesOf(workers) };
      await changeDataNodes(ssh, address, change, session.signal);
      if (hasService(cluster, 'yarn')) await changeNodeManagers(ssh, change, session.signal);
    });
  const ids = new Set(workers.map(({ id }) => id));
  const draining = cluster.workers.filter(({ id, state }) => ids.has(id) && state === 'draining');
  if (draining.length === 0) return;
  // A worker of Spark's that was asked to leave never takes work again: it begins anew.
  if (hasService(cluster, 'spark'))
    await pMap(
      draining,
      (worker) =>
        nodes.onNode(cluster, worker, session, async (ssh) => {
          const what = `Spark could not be restarted on ${worker.name}`;
          await ssh.execOrThrow(restartWorkerCommand, what, session.signal);
        }),
      { concurrency: 16 },
    );
  await aws.tag(
    draining.map(({ id }) => id),
    { [tagKeys.state]: 'ready' },
    session.signal,
  );
}

/** See `Provider.admitWorkers`: the ResourceManager turns away those that it has on its list. */
export async function admitWorkers(
  cluster: Cluster,
  workers: readonly ClusterNode[],
  nodes: NodeOperations,
  session: Ec2Session,
): Promise<void> {
  const { master } = cluster;
  if (master === null) return;
  const change = { leaving: [], staying: addressesOf(workers) };
  await nodes.onNode(cluster, master, session, (ssh) =>
    changeNodeManagers(ssh, change, session.signal),
  );
}

function addressesOf(workers: readonly ClusterNode[]): string[] {
  return workers.flatMap(({ address }) => address ?? []);
}

/** @throws ClusterError `CLEANUP_INCOMPLETE` if some could not be removed */
export async function removeWorkers(
  workers: readonly ClusterNode[],
  session: Ec2Session,
): Promise<void> {
  const left = await endWorkers(new Map(workers.map(({ id, name }) => [id, name])), session);
  if (left.length > 0)
    throw new ClusterError(
      'CLEANUP_INCOMPLETE',
      `These workers could not be removed: ${left.join('; ')}`,
      { details: { left } },
    );
}

/** @throws ClusterError `CLUSTER_STATE_UNFIT` if it is the Python tool's: its nodes are made in another way */
export function requireOwn(found: Ec2Cluster): Ec2Cluster {
  if (found.launchId !== null) return found;
  const { name } = found.cluster;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `Cluster "${name}" was launched by the Python Flintrock, which sets up nodes in another way; only that tool can add workers to it.`,
    {
      remedies: advice(
        'Use the command add-slaves of the Python tool.',
        'Or launch a new cluster with this tool.',
      ),
    },
  );
}
