import type { WorkContext } from '../../../engine/provider.ts';
import { type Cluster, type ClusterNode, clusterState } from '../../../model/cluster/cluster.ts';
import { packageNames } from '../../../model/software/packages/package-set.ts';
import { requirementText } from '../../../model/software/packages/python-requirements.ts';
import {
  daemonMark,
  isRegistered,
  readLogTail,
  reasonInLog,
  registrationBytes,
} from '../daemons/daemons.ts';
import { loopback } from '../daemons/ports.ts';
import { isAlive } from '../daemons/processes.ts';
import type { LocalCluster, NodeRecord } from './records.ts';

/** The cluster as its records and the system's process table show it. */
export async function observe(
  cluster: LocalCluster,
  activity: string | null,
  context: WorkContext,
): Promise<Cluster> {
  const { record } = cluster;
  const nodes = await Promise.all(
    cluster.nodes.map((node) => observeNode(cluster, node, activity, context)),
  );
  const master = nodes.find(({ role }) => role === 'master') ?? null;
  const workers = nodes.filter(({ role }) => role === 'worker');
  const masterRecord = cluster.nodes.find(({ role }) => role === 'master');
  return {
    name: record.name,
    provider: 'local',
    ...clusterState(
      { master, workers },
      { ready: record.ready, removing: record.removing, activity },
    ),
    master,
    workers,
    services: [
      {
        name: 'spark',
        version: record.spark.version,
        healthy: null,
        ui:
          master?.state === 'running' && masterRecord
            ? `http://${loopback}:${masterRecord.uiPort}`
            : null,
      },
    ],
    ...(record.packages !== undefined && {
      packages: packageNames(record.packages, record.spark.version),
    }),
    ...(record.eventLogFolder !== undefined && { eventLogFolder: record.eventLogFolder }),
    ...(record.pythonPackages !== undefined && {
      pythonPackages: record.pythonPackages.requirements.map(requirementText),
    }),
    tags: record.tags,
    launchId: record.launchId,
    launchedAt: record.launchedAt,
  };
}

async function observeNode(
  cluster: LocalCluster,
  node: NodeRecord,
  activity: string | null,
  context: WorkContext,
): Promise<ClusterNode> {
  const alive = await runs(cluster, node, context);
  const worker = node.role === 'worker';
  // The client that was to start it may have died before.
  const coming = node.process === null && (activity !== null || !cluster.record.ready);
  const state: ClusterNode['state'] = alive
    ? node.draining
      ? 'draining'
      : activity !== null && !(await hasJoined(cluster, node))
        ? 'pending'
        : 'running'
    : node.wanted === 'stopped'
      ? 'stopped'
      : coming
        ? 'pending'
        : 'dead';
  return {
    name: node.name,
    role: node.role,
    id: node.id,
    state,
    address: loopback,
    port: node.port === 0 ? null : node.port,
    cores: worker ? cluster.record.worker.cores : null,
    memoryMiB: worker ? cluster.record.worker.memoryMiB : null,
    reason:
      state === 'dead'
        ? node.process === null
          ? 'it was never started'
          : (reasonInLog(await readLogTail(cluster, node.name)) ??
            `its process ${node.process.pid} exited`)
        : null,
    pid: alive ? (node.process?.pid ?? null) : null,
  };
}

/** Whether the master has a worker whose daemon runs, by the log that each start begins anew: the client that started it may have died. */
async function hasJoined(cluster: LocalCluster, node: NodeRecord): Promise<boolean> {
  if (node.role === 'master') return true;
  const log = await readLogTail(cluster, node.name, registrationBytes);
  // One with much to say has long been there.
  return isRegistered(log) || log.length >= registrationBytes;
}

/** Whether a node's daemon runs. */
export async function runs(
  cluster: LocalCluster,
  node: NodeRecord,
  { platform }: WorkContext,
): Promise<boolean> {
  return node.process !== null && isAlive(node.process, daemonMark(cluster, node), platform);
}
