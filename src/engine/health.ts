import {
  type Cluster,
  type ClusterNode,
  hasService,
  nodesOf,
  type ServiceStatus,
} from '../model/cluster/cluster.ts';
import {
  type DataNode,
  hdfsPorts,
  type HdfsStatus,
  hdfsStatusPath,
  parseHdfsStatus,
} from '../node/services/hdfs.ts';
import {
  parseCoresInUse,
  parseSparkStatus,
  type SparkStatus,
  sparkStatusPath,
} from '../node/services/spark.ts';
import {
  type NodeManager,
  parseYarnStatus,
  yarnPorts,
  type YarnStatus,
  yarnStatusPath,
} from '../node/services/yarn/yarn.ts';
import type { ClusterConnection, WorkContext } from './provider.ts';

/** What a cluster's services say of themselves; `undefined` for one that isn't there or can't be asked now. */
export interface ServiceReports {
  readonly spark: SparkStatus | undefined;
  readonly hdfs: HdfsStatus | undefined;
  readonly yarn?: YarnStatus | undefined;
  /** Ids of the nodes that have said that they are set up; `undefined` where services say more. */
  readonly setUp: ReadonlySet<string> | undefined;
}

/** Asks all services of a cluster, on its master. */
export async function askServices(
  cluster: Cluster,
  connection: ClusterConnection,
  context: WorkContext,
): Promise<ServiceReports> {
  const { master } = cluster;
  const setUp =
    hasService(cluster, 'spark') || hasService(cluster, 'hdfs') || connection.isSetUp === undefined
      ? undefined
      : new Set(
          nodesOf(cluster).flatMap((node) => (connection.isSetUp?.(node) === true ? node.id : [])),
        );
  if (master?.state !== 'running') return { spark: undefined, hdfs: undefined, setUp };
  const ask = async <T>(
    service: string,
    path: string,
    parse: (text: string) => T | undefined,
    port?: number,
  ): Promise<T | undefined> => {
    if (!hasService(cluster, service)) return undefined;
    try {
      return parse(await connection.get(master, path, context.signal, port));
    } catch {
      context.signal.throwIfAborted();
      return undefined;
    }
  };
  const [spark, hdfs, yarn] = await Promise.all([
    ask('spark', sparkStatusPath, parseSparkStatus),
    ask('hdfs', hdfsStatusPath, parseHdfsStatus, hdfsPorts.nameNodeUi),
    ask('yarn', yarnStatusPath, parseYarnStatus, yarnPorts.resourceManagerUi),
  ]);
  return { spark, hdfs, yarn, setUp };
}

/** For how long a DataNode that lives may not be heard, in seconds. */
const silenceLimitSeconds = 25;

/** Whether the master's own services do their work. */
export function isMasterUp(
  cluster: Cluster,
  { spark, hdfs, yarn, setUp }: ServiceReports,
): boolean {
  return (
    cluster.master?.state === 'running' &&
    setUp?.has(cluster.master.id) !== false &&
    (!hasService(cluster, 'spark') || spark?.alive === true) &&
    (!hasService(cluster, 'hdfs') || (hdfs !== undefined && hdfs.safeMode === null)) &&
    (!hasService(cluster, 'yarn') || yarn !== undefined)
  );
}

/** Whether the services count a worker in, Spark with cores and memory. */
export function isAlive(cluster: Cluster, worker: ClusterNode, reports: ServiceReports): boolean {
  const seen = find(worker, reports.spark);
  return (
    worker.state === 'running' &&
    reports.setUp?.has(worker.id) !== false &&
    (!hasService(cluster, 'spark') ||
      (seen?.alive === true && seen.cores > 0 && seen.memoryMiB > 0)) &&
    (!hasService(cluster, 'hdfs') || isHeard(dataNodeOf(worker, reports.hdfs))) &&
    (!hasService(cluster, 'yarn') || nodeManagerOf(worker, reports.yarn)?.state === 'in service')
  );
}

/** Whether a DataNode lives. One that is gone the NameNode calls alive for a minute, and a new worker may have got its address. */
export function isHeard(node: DataNode | undefined): boolean {
  return node !== undefined && node.silentSeconds <= silenceLimitSeconds;
}

/** Whether the services do their work and count in every worker that should be there. */
export function isComplete(cluster: Cluster, reports: ServiceReports): boolean {
  return (
    isMasterUp(cluster, reports) &&
    cluster.workers.every(
      (worker) => worker.state === 'draining' || isAlive(cluster, worker, reports),
    )
  );
}

/**
 * A cluster as its provider sees it, corrected by what its services say: a machine that runs is no worker until they count it in.
 */
export function withReports(cluster: Cluster, reports: ServiceReports): Cluster {
  const workers = cluster.workers.map((worker) => correctWorker(worker, reports));
  const asked = cluster.master?.state === 'running';
  const corrected: Cluster = {
    ...cluster,
    workers,
    ...(reports.spark?.alive === true && { applications: reports.spark.applications }),
    services: cluster.services.map((service) => ({
      ...service,
      healthy: asked ? isHealthy(service.name, reports) : null,
      ...(service.name === 'hdfs' && blocksAmiss(reports)),
    })),
  };
  if (cluster.state !== 'running') return corrected;
  const reason = whatIsWrong(corrected, reports);
  return reason === undefined ? corrected : { ...corrected, state: 'degraded', reason };
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

function whatIsWrong(cluster: Cluster, reports: ServiceReports): string | undefined {
  const { spark, hdfs, yarn } = reports;
  if (hasService(cluster, 'spark') && spark?.alive !== true)
    return 'the Spark master does not respond';
  if (hasService(cluster, 'hdfs') && hdfs === undefined)
    return 'the HDFS NameNode does not respond';
  if (hasService(cluster, 'yarn') && yarn === undefined)
    return 'the YARN ResourceManager does not respond';
  const missing = cluster.workers.filter(
    ({ state, reason }) => state === 'running' && reason !== null,
  );
  if (missing.length > 0)
    return missing.map(({ name, reason }) => `${name}: ${reason ?? ''}`).join('; ');
  if (!hasService(cluster, 'hdfs') || hdfs === undefined) return undefined;
  if (hdfs.safeMode !== null) return `HDFS is read-only: ${hdfs.safeMode}`;
  if (hdfs.missingBlocks > 0) return `HDFS blocks missing: ${hdfs.missingBlocks} of ${hdfs.blocks}`;
  return undefined;
}

/** What is wrong with HDFS's blocks, to be put on its service. */
function blocksAmiss({ hdfs }: ServiceReports): Pick<ServiceStatus, 'blocks'> {
  if (hdfs === undefined || hdfs.missingBlocks + hdfs.underReplicatedBlocks === 0) return {};
  const { blocks: total, missingBlocks: missing, underReplicatedBlocks: underReplicated } = hdfs;
  return { blocks: { total, missing, underReplicated } };
}

function isHealthy(service: string, { spark, hdfs, yarn }: ServiceReports): boolean {
  if (service === 'yarn') return yarn !== undefined;
  return service === 'hdfs' ? hdfs !== undefined && hdfs.safeMode === null : spark?.alive === true;
}

function correctWorker(worker: ClusterNode, { spark, hdfs, yarn }: ServiceReports): ClusterNode {
  if (worker.state !== 'running') return worker;
  const inHdfs = hdfs === undefined || isHeard(dataNodeOf(worker, hdfs));
  const noData = inHdfs
    ? (outsideYarn(worker, yarn) ?? worker.reason)
    : 'its DataNode is not registered with the NameNode';
  if (spark === undefined) return { ...worker, reason: noData };
  const seen = find(worker, spark);
  if (seen === undefined) return { ...worker, reason: 'not registered with the master' };
  if (!seen.alive) return { ...worker, reason: `the master reports its state as ${seen.state}` };
  return { ...worker, cores: seen.cores, memoryMiB: seen.memoryMiB, reason: noData };
}

/** Why a worker gets no containers; `undefined` if it does, or nobody knows. */
function outsideYarn(worker: ClusterNode, yarn: YarnStatus | undefined): string | undefined {
  if (yarn === undefined) return undefined;
  const { state, report } = nodeManagerOf(worker, yarn) ?? {};
  switch (state) {
    case 'in service':
      return undefined;
    case 'leaving':
      return 'its NodeManager is decommissioned';
    case 'unhealthy':
      return `its NodeManager is unhealthy${report === '' ? '' : `: ${report}`}`;
    case undefined:
      return 'its NodeManager is not registered with the ResourceManager';
  }
}

/** A worker's NodeManager; `undefined` if the ResourceManager doesn't hear of it. */
export function nodeManagerOf(
  { address }: Pick<ClusterNode, 'address'>,
  yarn: YarnStatus | undefined,
): NodeManager | undefined {
  return yarn?.nodeManagers.find((node) => node.address === address);
}

/** A worker's DataNode; `undefined` if the NameNode doesn't hear of it. */
export function dataNodeOf(
  { address }: Pick<ClusterNode, 'address'>,
  hdfs: HdfsStatus | undefined,
): DataNode | undefined {
  return hdfs?.dataNodes.find((node) => node.address === address);
}

function find(
  worker: ClusterNode,
  status: SparkStatus | undefined,
): SparkStatus['workers'][number] | undefined {
  // Of a worker whose port nobody knows, the machine tells; a lost entry of it doesn't count beside a living one.
  const start = `${worker.address ?? ''}:${worker.port ?? ''}`;
  const fits = ({ endpoint }: { endpoint: string }): boolean =>
    worker.port === null ? endpoint.startsWith(start) : endpoint === start;
  const found = status?.workers.filter(fits) ?? [];
  return found.find(({ alive }) => alive) ?? found[0];
}
