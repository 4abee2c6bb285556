import type { WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { systemFault } from '../../../model/system-error.ts';
import {
  type LocalCluster,
  nodeFolder,
  type NodeRecord,
  removeFolder,
  writeNodeRecord,
} from '../records/records.ts';
import { adoptArchive } from '../software/class-archive.ts';
import { daemonMark, writesArchive } from './daemons.ts';
import { endProcesses, findJvms, type ProcessMark } from './processes.ts';

/** How long a daemon may take to end by itself; the first ones write the class archive meanwhile. */
const endPatienceMs = 20_000;

/** Ends nodes' daemons; gives the processes that did not end. */
export async function endDaemons(
  cluster: LocalCluster,
  nodes: readonly NodeRecord[],
  context: WorkContext,
): Promise<ProcessMark[]> {
  const left = await Promise.all(
    nodes.map(async (node) => {
      const alive =
        node.process === null
          ? []
          : await endProcesses([node.process], daemonMark(cluster, node), {
              ...context,
              patienceMs: endPatienceMs,
            });
      if (alive.length === 0) context.emit('node.stopped', { node: node.name });
      return alive;
    }),
  );
  return left.flat();
}

/** Ends the daemons of nodes that stay, and records it; gives the processes that did not end. */
export async function restNodes(
  cluster: LocalCluster,
  nodes: readonly NodeRecord[],
  context: WorkContext,
): Promise<ProcessMark[]> {
  const left = await Promise.all(
    nodes.map(async (node) => {
      const resting: NodeRecord = { ...node, wanted: 'stopped', draining: false };
      // The daemons are ended also where that can't be written down first.
      await writeNodeRecord(cluster, resting).catch((error: unknown) => {
        if (systemFault(error) === undefined) throw error;
      });
      const alive = await endDaemons(cluster, [node], context);
      if (alive.length === 0) await writeNodeRecord(cluster, { ...resting, process: null });
      return alive;
    }),
  );
  return left.flat();
}

/** Ends a node's daemon and removes its folder. */
export async function removeNode(
  cluster: LocalCluster,
  node: NodeRecord,
  context: WorkContext,
): Promise<void> {
  const left = await restNodes(cluster, [node], context);
  if (left.length > 0) throw unkillable(left);
  await endUnrecorded(cluster, node, context);
  if (writesArchive(node))
    await adoptArchive(node.role, cluster.record, nodeFolder(cluster, node.name), context);
  await removeFolder(nodeFolder(cluster, node.name));
  context.emit('node.removed', { node: node.name });
}

/** Ends daemons of a node that its record doesn't tell of: the client that started them died before it could write it down. */
export async function endUnrecorded(
  cluster: LocalCluster,
  node: NodeRecord,
  context: WorkContext,
): Promise<void> {
  const mark = daemonMark(cluster, node);
  const found = await findJvms(mark, context.platform);
  const left = await endProcesses(found, mark, { ...context, patienceMs: 5_000 });
  if (left.length > 0) throw unkillable(left);
}

/** Moves the class archives that a cluster's ended daemons wrote to where the next ones find them. */
export async function adoptArchives(cluster: LocalCluster, context: WorkContext): Promise<void> {
  for (const node of cluster.nodes.filter(writesArchive))
    await adoptArchive(node.role, cluster.record, nodeFolder(cluster, node.name), context);
}

/** The error of processes that outlived being killed. */
export function unkillable(left: readonly ProcessMark[]): ClusterError {
  return new ClusterError(
    'CLEANUP_INCOMPLETE',
    `These processes could not be terminated: ${left.map(({ pid }) => pid).join(', ')}.`,
  );
}
