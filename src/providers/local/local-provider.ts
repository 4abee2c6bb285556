import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  ClusterConnection,
  JobRequest,
  LaunchRequest,
  OutputListener,
  PlannedLaunch,
  Provider,
  RunningJob,
  WorkContext,
} from '../../engine/provider.ts';
import {
  clusterNameProblem,
  clusterState,
  type Cluster,
  type ClusterNode,
} from '../../model/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import type { Verb } from '../../model/events.ts';
import type { LoginSession } from '../../model/session.ts';
import { bringUp } from './bring-up.ts';
import { adoptArchive } from './class-archive.ts';
import { daemonMark, folderMark, readLogTail, reasonInLog, writesArchive } from './daemons.ts';
import { launchMark, nodeEnvironment } from './environment.ts';
import { isHeld, lockHolder, tryLock } from './file-lock.ts';
import { endJobs, startJob } from './jobs.ts';
import { isMissing } from './json-file.ts';
import { copyIn, copyOut, nodeHome } from './node-files.ts';
import { planLocalLaunch, type LocalPlan } from './plan-launch.ts';
import { loopback } from './ports.ts';
import { endProcesses, findJvms, isAlive, sendSignal, type ProcessMark } from './processes.ts';
import {
  claimFolder,
  clusterFolder,
  clusterNames,
  clustersFolder,
  nodeFolder,
  readCluster,
  removeClusterFolder,
  removeFolder,
  requireCluster,
  writeClusterRecord,
  writeNodeRecord,
  type ClusterRecord,
  type LocalCluster,
  type NodeRecord,
} from './records.ts';
import { runOnNode } from './run-on-node.ts';
import { installSpark } from './spark-install.ts';

/** How long a daemon may take to end by itself; the first ones write the class archive meanwhile. */
const endPatienceMs = 20_000;

/** Clusters of processes on this machine: one folder and one daemon a node, everything bound to the loopback address. */
export class LocalProvider implements Provider {
  readonly kind = 'local';
  readonly pollMs = 50;

  async plan(request: LaunchRequest, context: WorkContext): Promise<PlannedLaunch> {
    requirePosix(context);
    const planned = await planLocalLaunch(request, context);
    return {
      plan: planned.plan,
      create: (launchId, work) => create(request, planned, launchId, work),
    };
  }

  async lock(name: string, verb: Verb, context: WorkContext): Promise<() => Promise<void>> {
    await mkdir(clustersFolder(context), { recursive: true, mode: 0o700 });
    const lock = await tryLock(lockPath(name, context), verb, context.platform);
    if (isHeld(lock)) return () => lock.release();
    throw new ClusterError(
      'CLUSTER_BUSY',
      `Process ${lock.pid} works on "${name}" (${lock.doing}).`,
      {
        hint: 'Wait until it has finished, or stop it.',
        details: { pid: lock.pid, doing: lock.doing },
      },
    );
  }

  async markReady({ name }: Cluster, context: WorkContext): Promise<void> {
    const { folder, record } = await requireCluster(name, context);
    await writeClusterRecord(folder, { ...record, ready: true });
  }

  async sweep(name: string, launchId: string, context: WorkContext): Promise<readonly string[]> {
    const cluster = await readCluster(name, context);
    // The launch still has the lock: a folder whose record is gone is its own, and not of somebody who came after.
    const removed =
      typeof cluster === 'string' || cluster?.record.launchId === launchId
        ? await remove(name, cluster, context)
        : [];
    // What was started after somebody else had removed the cluster.
    return [...removed, ...(await endStrays(launchId, context))];
  }

  async list(context: WorkContext): Promise<readonly Cluster[]> {
    const names = await clusterNames(context);
    const clusters = await Promise.all(names.map((name) => this.find(name, context)));
    return clusters.filter((cluster) => cluster !== undefined);
  }

  async find(name: string, context: WorkContext): Promise<Cluster | undefined> {
    if (clusterNameProblem(name) !== undefined) return undefined;
    const cluster = await readCluster(name, context);
    if (cluster === undefined) return undefined;
    const holder = await lockHolder(lockPath(name, context), context.platform);
    if (typeof cluster === 'string') {
      const launching = holder?.doing === 'launch';
      return {
        name,
        provider: 'local',
        state: launching ? 'launching' : 'malformed',
        reason: launching ? null : cluster,
        master: null,
        workers: [],
        services: [],
        tags: {},
        launchId: null,
        launchedAt: null,
      };
    }
    return observe(cluster, holder?.doing ?? null, context);
  }

  async connect({ name }: Cluster, context: WorkContext): Promise<ClusterConnection> {
    const cluster = await requireCluster(name, context);
    return {
      get: (node, path, signal) => getPage(requireNode(cluster, node).uiPort, path, signal),
      close: () => Promise.resolve(),
    };
  }

  async start({ name, launchId }: Cluster, context: WorkContext): Promise<void> {
    await unlessRemoved(name, launchId, context, async () => {
      const cluster = await requireCluster(name, context);
      const running = await Promise.all(cluster.nodes.map((node) => runs(cluster, node, context)));
      const down = cluster.nodes.filter((_, index) => running[index] !== true);
      if (down.length === 0) return;
      // A new master knows neither the workers' executors nor, on another port, can the workers find it: all begin anew.
      const all = down.some(({ role }) => role === 'master');
      const rising = all ? cluster.nodes : down;
      if (all) {
        await endJobs(cluster, context);
        await restNodes(cluster, cluster.nodes, context);
      }
      for (const node of rising) await endUnrecorded(cluster, node, context);
      const names = rising.map((node) => node.name);
      await bringUp(await requireCluster(name, context), names, context);
    });
  }

  async stop({ name, launchId }: Cluster, context: WorkContext): Promise<void> {
    await unlessRemoved(name, launchId, context, async () => {
      const cluster = await requireCluster(name, context);
      await endJobs(cluster, context);
      const left = await restNodes(cluster, cluster.nodes, context);
      if (left.length > 0) throw unkillable(left);
      await adoptArchives(cluster, context);
    });
  }

  async destroy({ name }: Cluster, context: WorkContext): Promise<readonly string[]> {
    const cluster = await readCluster(name, context);
    if (cluster === undefined) return [];
    if (typeof cluster !== 'string')
      await writeClusterRecord(cluster.folder, { ...cluster.record, removing: true }).catch(
        ignoreMissing,
      );
    return remove(name, cluster, context);
  }

  async addWorkers(
    { name, launchId }: Cluster,
    count: number,
    context: WorkContext,
  ): Promise<readonly string[]> {
    return unlessRemoved(name, launchId, context, () => addWorkers(name, count, context));
  }

  async drainWorker({ name }: Cluster, worker: ClusterNode, context: WorkContext): Promise<void> {
    const cluster = await requireCluster(name, context);
    const node = requireNode(cluster, worker);
    await writeNodeRecord(cluster, { ...node, draining: true });
    // Decommissioning by signal (`spark.worker.decommission.signal`): the master's page for it goes by host, and here all
    // workers share one. macOS has no SIGPWR; Spark uses SIGINFO there.
    if (node.process !== null && (await runs(cluster, node, context)))
      sendSignal(node.process.pid, context.platform === 'darwin' ? 'SIGINFO' : 'SIGPWR');
  }

  async removeWorker({ name }: Cluster, worker: ClusterNode, context: WorkContext): Promise<void> {
    const cluster = await requireCluster(name, context);
    await removeNode(cluster, requireNode(cluster, worker), context);
  }

  async runCommand(
    { name }: Cluster,
    node: ClusterNode,
    command: string,
    onLine: OutputListener,
    context: WorkContext,
  ): Promise<number> {
    return runOnNode(await requireCluster(name, context), node.name, command, onLine, context);
  }

  async upload(
    { name }: Cluster,
    node: ClusterNode,
    local: string,
    remote: string,
    context: WorkContext,
  ): Promise<number> {
    return copyIn(await requireCluster(name, context), node.name, local, remote);
  }

  async download(
    { name }: Cluster,
    node: ClusterNode,
    remote: string,
    local: string,
    context: WorkContext,
  ): Promise<number> {
    return copyOut(await requireCluster(name, context), node.name, remote, local);
  }

  async login({ name }: Cluster, node: ClusterNode, context: WorkContext): Promise<LoginSession> {
    const cluster = await requireCluster(name, context);
    return {
      kind: 'process',
      node: node.name,
      file: context.env['SHELL'] || '/bin/sh',
      args: [],
      env: changes(context.env, nodeEnvironment(cluster, node.name, context)),
      cwd: await nodeHome(cluster, node.name),
    };
  }

  async submit({ name }: Cluster, job: JobRequest, context: WorkContext): Promise<RunningJob> {
    return startJob(await requireCluster(name, context), job, context);
  }
}

async function create(
  request: LaunchRequest,
  planned: LocalPlan,
  launchId: string,
  context: WorkContext,
): Promise<void> {
  const { values, name } = request;
  if (planned.java === undefined)
    throw new ClusterError('JAVA_NOT_FOUND', 'There is no Java for it.');
  const folder = await claimFolder(name, context);
  const record: ClusterRecord = {
    format: 1,
    name,
    launchId,
    launchedAt: new Date(context.clock.now()).toISOString(),
    ready: false,
    removing: false,
    spark: { version: planned.spark.version, home: plannedHome(planned) },
    java: planned.java,
    python: planned.python?.program ?? null,
    worker: planned.worker,
    executorsPerWorker: values.sparkExecutorInstances,
    mavenRepository: values.sparkMavenRepository ?? null,
    wishedPorts: {
      master: values.localMasterPort ?? null,
      masterUi: values.localMasterUiPort ?? null,
    },
    nextWorker: values.numWorkers + 1,
    tags: values.localTags,
  };
  const nodes = [
    newNode('master', 'master'),
    ...Array.from({ length: values.numWorkers }, (_, index) =>
      newNode('worker', `worker-${index + 1}`),
    ),
  ];
  await unlessRemoved(name, launchId, context, async () => {
    await writeClusterRecord(folder, record);
    await Promise.all(nodes.map((node) => writeNodeRecord({ folder }, node)));
    const home = await installSpark(planned.spark, context);
    const installed = { ...record, spark: { version: planned.spark.version, home } };
    await writeClusterRecord(folder, installed);
    const names = nodes.map((node) => node.name);
    await bringUp({ folder, record: installed, nodes }, names, context);
  });
}

async function addWorkers(
  name: string,
  count: number,
  context: WorkContext,
): Promise<readonly string[]> {
  const cluster = await requireCluster(name, context);
  const first = cluster.record.nextWorker;
  const added = Array.from({ length: count }, (_, index) =>
    newNode('worker', `worker-${first + index}`),
  );
  // The numbers are used up first: whatever happens next, no two workers ever have one name.
  const record = { ...cluster.record, nextWorker: first + count };
  await writeClusterRecord(cluster.folder, record);
  const names = added.map((node) => node.name);
  try {
    for (const node of added) await writeNodeRecord(cluster, node);
    await bringUp({ ...cluster, record, nodes: [...cluster.nodes, ...added] }, names, context);
  } catch (error) {
    for (const node of (await requireCluster(name, context)).nodes)
      if (names.includes(node.name)) await removeNode(cluster, node, context);
    throw error;
  }
  return names;
}

function plannedHome({ spark }: LocalPlan): string {
  return spark.kind === 'installed' ? spark.home : (spark.candidates[0]?.home ?? '');
}

function newNode(role: NodeRecord['role'], name: string): NodeRecord {
  return {
    format: 1,
    name,
    role,
    id: `local-${randomBytes(6).toString('hex')}`,
    wanted: 'running',
    draining: false,
    port: 0,
    uiPort: 0,
    process: null,
  };
}

/** The cluster as its records and the system's process table show it. */
async function observe(
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
  // Whoever was to start it may have died before.
  const coming = node.process === null && (activity !== null || !cluster.record.ready);
  const state: ClusterNode['state'] = alive
    ? node.draining
      ? 'draining'
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
            `its process ${node.process.pid} ended`)
        : null,
    pid: alive ? (node.process?.pid ?? null) : null,
  };
}

async function runs(
  cluster: LocalCluster,
  node: NodeRecord,
  { platform }: WorkContext,
): Promise<boolean> {
  return node.process !== null && isAlive(node.process, daemonMark(cluster, node), platform);
}

/** Ends nodes' daemons; gives the processes that did not end. */
async function endDaemons(
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
async function restNodes(
  cluster: LocalCluster,
  nodes: readonly NodeRecord[],
  context: WorkContext,
): Promise<ProcessMark[]> {
  const left = await Promise.all(
    nodes.map(async (node) => {
      const resting: NodeRecord = { ...node, wanted: 'stopped', draining: false };
      await writeNodeRecord(cluster, resting);
      const alive = await endDaemons(cluster, [node], context);
      if (alive.length === 0) await writeNodeRecord(cluster, { ...resting, process: null });
      return alive;
    }),
  );
  return left.flat();
}

async function removeNode(
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

/** Ends everything of a cluster and removes its folder; gives what is left, in words. */
async function remove(
  name: string,
  cluster: LocalCluster | string,
  context: WorkContext,
): Promise<readonly string[]> {
  const folder = clusterFolder(name, context);
  if (typeof cluster === 'string') {
    for (const launchId of await launchesIn(folder, context)) {
      const strays = await endStrays(launchId, context);
      if (strays.length > 0) return strays;
    }
  } else {
    await endJobs(cluster, context);
    const left = await endDaemons(cluster, cluster.nodes, context);
    if (left.length > 0) return left.map(({ pid }) => `process ${pid} of ${name} does not end`);
    const strays = await endStrays(cluster.record.launchId, context);
    if (strays.length > 0) return strays;
    await adoptArchives(cluster, context);
    // Somebody else may have removed it meanwhile, and launched a new one.
    const now = await readCluster(name, context);
    if (typeof now === 'object' && now.record.launchId !== cluster.record.launchId) return [];
  }
  try {
    await removeClusterFolder(folder);
  } catch (error) {
    return [`folder ${folder}: ${(error as Error).message}`];
  }
  return [];
}

/** The launches whose daemons live in a folder, told by themselves where the folder's records can't be read. */
async function launchesIn(folder: string, { platform }: WorkContext): Promise<Set<string>> {
  const daemons = await findJvms(folderMark({ folder }), platform);
  const prefix = launchMark('');
  return new Set(
    daemons.flatMap(({ args }) =>
      args.filter((word) => word.startsWith(prefix)).map((word) => word.slice(prefix.length)),
    ),
  );
}

/** Ends daemons of a node that its record doesn't tell of: whoever started them died before he could write it down. */
async function endUnrecorded(
  cluster: LocalCluster,
  node: NodeRecord,
  context: WorkContext,
): Promise<void> {
  const mark = daemonMark(cluster, node);
  const found = await findJvms(mark, context.platform);
  const left = await endProcesses(found, mark, { ...context, patienceMs: 5_000 });
  if (left.length > 0) throw unkillable(left);
}

/** Does something with a cluster. If that fails because somebody removed the cluster, this is the error, and nothing is left. */
async function unlessRemoved<T>(
  name: string,
  launchId: string | null,
  context: WorkContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const now = await readCluster(name, context);
    if (typeof now === 'string') throw error;
    if (now?.record.launchId === launchId && !now.record.removing) throw error;
    // A daemon may have been started when the other one had looked for them already.
    if (launchId !== null) await endStrays(launchId, context);
    if (context.signal.aborted) throw error;
    throw new ClusterError(
      'CLUSTER_NOT_FOUND',
      `Cluster "${name}" was removed by somebody else meanwhile.`,
      { cause: error },
    );
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

/** Ends what no record tells of: a daemon whose maker died before it could write it down, executors of a killed worker. */
async function endStrays(launchId: string, context: WorkContext): Promise<readonly string[]> {
  const mark = launchMark(launchId);
  const strays = await findJvms(mark, context.platform);
  const left = await endProcesses(strays, mark, { ...context, patienceMs: 5_000 });
  return left.map(({ pid }) => `process ${pid} does not end`);
}

async function adoptArchives(cluster: LocalCluster, context: WorkContext): Promise<void> {
  for (const node of cluster.nodes.filter(writesArchive))
    await adoptArchive(node.role, cluster.record, nodeFolder(cluster, node.name), context);
}

function requireNode(cluster: LocalCluster, { name }: ClusterNode): NodeRecord {
  const node = cluster.nodes.find((other) => other.name === name);
  if (node === undefined)
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `"${cluster.record.name}" has no node "${name}" any more.`,
    );
  return node;
}

function unkillable(left: readonly ProcessMark[]): ClusterError {
  return new ClusterError(
    'CLEANUP_INCOMPLETE',
    `These processes do not end: ${left.map(({ pid }) => pid).join(', ')}.`,
  );
}

/** What turns one environment into another. */
function changes(
  from: Readonly<Record<string, string | undefined>>,
  to: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const set = Object.entries(to).filter(([name, value]) => from[name] !== value);
  const gone = Object.keys(from).filter((name) => from[name] !== undefined && !(name in to));
  return Object.fromEntries([...set, ...gone.map((name) => [name, null] as const)]);
}

function lockPath(name: string, context: WorkContext): string {
  // No cluster's name begins with a dot: that of "demo" is not the folder of "demo.lock".
  return join(clustersFolder(context), `.${name}.lock`);
}

function requirePosix({ platform }: WorkContext): void {
  if (platform === 'win32')
    throw new ClusterError(
      'PLATFORM_UNSUPPORTED',
      'Local clusters run on Linux and macOS: Spark’s daemons need their signals and process groups.',
      {
        hint: 'Use WSL 2, or launch on EC2: --provider ec2',
      },
    );
}

function getPage(port: number, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: loopback, port, path, signal, timeout: 5_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(text);
        else
          reject(new Error(`${path} on port ${port} answered ${response.statusCode ?? 'nothing'}`));
      });
    });
    request.once('error', reject);
    request.once('timeout', () =>
      request.destroy(new Error(`${path} on port ${port}: no answer within 5 s`)),
    );
  });
}
