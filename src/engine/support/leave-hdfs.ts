import { memoryText } from '../../base/size.ts';
import { type Cluster, type ClusterNode, isGone } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice, callVerb, type Remedy } from '../../model/remedy.ts';
import {
  type DataNode,
  hdfsFilesPath,
  hdfsPorts,
  hdfsReplicationPath,
  type HdfsStatus,
  parseConfiguredReplication,
  parseHighestReplication,
} from '../../node/services/hdfs.ts';
import { formatCount } from '../../text/counts.ts';
import { askServices, dataNodeOf } from '../health.ts';
import type { ClusterConnection, WorkContext } from '../provider.ts';

/** Of a file system with more blocks than this not every file is looked at. */
const fewBlocks = 100_000;

/**
 * Makes sure that HDFS can do without workers: that what it keeps fits on those that stay, as many times as it wants. Otherwise
 * its data would never have left them.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT`
 */
export async function requireHdfsWithout(
  cluster: Cluster,
  leaving: readonly ClusterNode[],
  connection: ClusterConnection,
  context: WorkContext,
): Promise<void> {
  // What is on those that are gone already nothing can save.
  if (leaving.every(isGone)) return;
  const { hdfs } = await askServices(cluster, connection, context);
  const { name, master } = cluster;
  if (hdfs === undefined || hdfs.safeMode !== null || master === null) {
    const why = hdfs?.safeMode == null ? 'the NameNode does not respond' : hdfs.safeMode;
    throw unfit(`The workers of "${name}" hold HDFS data that can’t be moved now: ${why}`, [
      callVerb('Run diagnostics.', 'doctor', cluster, {}),
    ]);
  }
  const staying = dataNodesWithout(cluster, leaving, hdfs);
  const ask = (path: string): Promise<string> =>
    connection.get(master, path, context.signal, hdfsPorts.nameNodeUi);
  const replication = await replicationFor(staying.length, hdfs, ask);
  const problem = whyHdfsNeeds(cluster, leaving, hdfs, replication);
  if (problem !== undefined) throw problem;
}

/**
 * On how many DataNodes blocks have to be when only some stay. The files' own number counts only where it is lower than the
 * configured one, with which the NameNode is content.
 */
async function replicationFor(
  staying: number,
  { blocks }: HdfsStatus,
  ask: (path: string) => Promise<string>,
): Promise<number> {
  if (blocks === 0) return 0;
  // Hadoop's own default is 3.
  const configured = parseConfiguredReplication(await ask(hdfsReplicationPath)) ?? 3;
  if (staying >= configured || blocks > fewBlocks) return configured;
  const files = await ask(hdfsFilesPath).catch(() => undefined);
  return files === undefined ? configured : Math.min(configured, parseHighestReplication(files));
}

/** DataNodes that stay. One whose machine EC2 has taken away the NameNode goes on calling alive for minutes. */
function dataNodesWithout(
  { workers }: Cluster,
  leaving: readonly ClusterNode[],
  hdfs: HdfsStatus,
): DataNode[] {
  const away = new Set(leaving.map(({ id }) => id));
  return workers
    .filter(({ id, state }) => state === 'running' && !away.has(id))
    .flatMap((worker) => dataNodeOf(worker, hdfs) ?? [])
    .filter(({ state }) => state === 'in service');
}

/**
 * Why HDFS can't do without workers, as an error to throw; `undefined` if it can.
 *
 * @param replication on how many DataNodes its blocks have to be; 0 if it has none
 */
export function whyHdfsNeeds(
  cluster: Cluster,
  leaving: readonly ClusterNode[],
  hdfs: HdfsStatus,
  replication: number,
): ClusterError | undefined {
  const { name } = cluster;
  const staying = dataNodesWithout(cluster, leaving, hdfs);
  const stay = staying.length;
  if (stay < replication) {
    const most = Math.max(0, leaving.length - (replication - stay));
    return unfit(
      `HDFS on "${name}" replicates files to ${formatCount(replication, 'worker')}, but ${stay === 0 ? 'none' : `only ${stay}`} would remain; ${most === 0 ? 'none' : `at most ${most}`} can be removed now.`,
      stay === 0
        ? advice('Copy the data that you need to S3, and delete it from HDFS.')
        : [
            callVerb('Reduce the replication factor.', 'runCommand', cluster, {
              command: `hdfs dfs -setrep ${stay} /`,
              masterOnly: true,
            }),
          ],
    );
  }
  const used = sum(leaving.flatMap((worker) => dataNodeOf(worker, hdfs)?.usedBytes ?? []));
  const free = sum(staying.map(({ freeBytes }) => freeBytes));
  if (replication > 0 && used > free)
    return unfit(
      `HDFS has ${size(used)} of data on the ${formatCount(leaving.length, 'worker')} to remove from "${name}", but only ${size(free)} are free on the remaining workers.`,
      advice('Delete data from HDFS, or remove fewer workers.'),
    );
  const unheard = leaving.filter((one) => !isGone(one) && dataNodeOf(one, hdfs) === undefined);
  if (hdfs.missingBlocks > 0 && unheard.length > 0)
    return unfit(
      `${formatCount(hdfs.missingBlocks, 'block')} of HDFS may exist only on ${unheard.map((one) => one.name).join(', ')} of "${name}", which the NameNode can’t reach.`,
      [callVerb('Run diagnostics.', 'doctor', cluster, {})],
    );
  return undefined;
}

/**
 * Makes sure that HDFS needs nothing of what is on workers, as they are now.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT`
 */
export async function requireNoData(
  cluster: Cluster,
  workers: readonly ClusterNode[],
  connection: ClusterConnection,
  context: WorkContext,
): Promise<void> {
  if (workers.every(isGone)) return;
  const { hdfs } = await askServices(cluster, connection, context);
  const holding = workers.filter(
    (worker) => !isGone(worker) && !dataToMove(worker, hdfs, undefined).isMoved,
  );
  if (holding.length === 0) return;
  throw unfit(
    `HDFS data on ${holding.map((worker) => worker.name).join(', ')} of "${cluster.name}" would be lost.`,
    [
      callVerb('Restart the failed daemons.', 'runCommand', cluster, {
        command: "sudo systemctl restart 'flintrock-*-worker' 'flintrock-*-datanode'",
        masterOnly: false,
      }),
    ],
  );
}

/** What HDFS still keeps a worker for. */
export interface DataToMove {
  readonly isMoved: boolean;
  readonly blocks: number;
}

/**
 * What has to leave a worker before it may go.
 *
 * @param before what {@link dataToMove} gave last
 */
export function dataToMove(
  worker: Pick<ClusterNode, 'address'>,
  hdfs: HdfsStatus | undefined,
  before: DataToMove | undefined,
): DataToMove {
  // Who can't be asked now may only be busy, or start again.
  if (hdfs === undefined || hdfs.safeMode !== null)
    return { isMoved: false, blocks: before?.blocks ?? 0 };
  const node = dataNodeOf(worker, hdfs);
  if (node === undefined) return { isMoved: hdfs.missingBlocks === 0, blocks: hdfs.missingBlocks };
  if (node.state === 'empty') return { isMoved: true, blocks: 0 };
  // Until the NameNode has counted them, and while it looks whether it is done, it says 0.
  return { isMoved: false, blocks: node.blocksToMove || (before?.blocks ?? node.blocks) };
}

function unfit(message: string, remedies: readonly Remedy[]): ClusterError {
  return new ClusterError('CLUSTER_STATE_UNFIT', message, { remedies });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function size(bytes: number): string {
  return memoryText(Math.round(bytes / 2 ** 20));
}
