import { join } from 'node:path';
import { isMissing } from '../../base/json-file.ts';
import type {
  ClusterConnection,
  ConnectMode,
  EventLogFolder,
  InstalledPackages,
  JobHandle,
  LaunchRequest,
  NewWorkers,
  OutputListener,
  PackageAdditions,
  PlannedLaunch,
  Provider,
  SavedHistoryServer,
  Tunnel,
  WorkContext,
} from '../../engine/provider.ts';
import { listLocalLogs, readLocalLog } from '../../history/local-log-folder.ts';
import { type Cluster, clusterNameProblem, type ClusterNode } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import type { Verb } from '../../model/events.ts';
import type { Job, JobRequest } from '../../model/job.ts';
import { advice, setOption } from '../../model/remedy.ts';
import type { LoginSession } from '../../model/session.ts';
import type { ServiceProperties } from '../../model/software/properties.ts';
import { systemFault } from '../../model/system-error.ts';
import { askPython } from '../../python/find-python.ts';
import { bringUp } from './daemons/bring-up.ts';
import { connectServer, serveConnect } from './daemons/connect.ts';
import { findExecutors, readLogTail } from './daemons/daemons.ts';
import {
  adoptArchives,
  endUnrecorded,
  removeNode,
  restNodes,
  unkillable,
} from './daemons/end-nodes.ts';
import { environmentChanges, eventsFolder, nodeEnvironment } from './daemons/environment.ts';
import { getPage } from './daemons/get-page.ts';
import { historyServer, serveHistory } from './daemons/history.ts';
import { makeCluster, makeWorkers } from './daemons/make-nodes.ts';
import { connectTo } from './daemons/ports.ts';
import { sendSignal } from './daemons/processes.ts';
import { endStrays, removeCluster, unlessRemoved } from './daemons/remove-cluster.ts';
import { resumeLocalLaunch } from './daemons/resume.ts';
import { serveSavedHistory } from './daemons/saved-history.ts';
import { endBeside } from './daemons/side-servers.ts';
import { installOnCluster } from './install.ts';
import { endJobs, listJobs, openJob, startJob } from './jobs/jobs.ts';
import { runOnNode } from './jobs/run-on-node.ts';
import { planLocalLaunch } from './plan-launch.ts';
import { isHeld, lockHolder, tryLock } from './records/file-lock.ts';
import { copyIn, copyOut, nodeHome } from './records/node-files.ts';
import { observe, runs } from './records/observe.ts';
import {
  clusterNames,
  clustersFolder,
  makePrivateFolder,
  readCluster,
  requireCluster,
  requireNode,
  writeClusterRecord,
  writeNodeRecord,
} from './records/records.ts';
import { watchRemoval } from './records/watch-removal.ts';
import { openS3Logs } from './s3/event-logs.ts';

/** How much of a daemon's log is collected, in bytes. */
const logBytes = 400_000;

/** Clusters of processes on this machine: one folder and one daemon a node, everything bound to the loopback address. */
export class LocalProvider implements Provider {
  readonly kind = 'local';
  readonly pollMs = 50;
  readonly deadWorkers = 'restarted';

  async plan(request: LaunchRequest, context: WorkContext): Promise<PlannedLaunch> {
    requirePosix(context);
    const planned = await planLocalLaunch(request, context);
    return {
      plan: planned.plan,
      begin: (launchId) => ({
        create: async (work) => {
          await makeCluster(request, planned, launchId, work);
          return undefined;
        },
        sweep: (work) => sweepLaunch(request.name, launchId, work),
      }),
    };
  }

  async lock(
    { name }: Pick<Cluster, 'name'>,
    verb: Verb,
    context: WorkContext,
  ): Promise<() => Promise<void>> {
    const lock = await this.#tryLock(lockPath(name, context), verb, context);
    if (isHeld(lock)) return () => lock.release();
    throw new ClusterError(
      'CLUSTER_BUSY',
      `Process ${lock.pid} is working on "${name}" (${lock.doing}).`,
      {
        remedies: advice('Wait until it is complete, or stop the process.'),
        details: { pid: lock.pid, doing: lock.doing },
      },
    );
  }

  async #tryLock(path: string, verb: Verb, context: WorkContext): ReturnType<typeof tryLock> {
    try {
      await makePrivateFolder(clustersFolder(context));
      return await tryLock(path, verb, context.platform);
    } catch (error) {
      // What ends processes and makes room must work where nothing can be written.
      if ((verb !== 'stop' && verb !== 'destroy') || systemFault(error) === undefined) throw error;
      const holder = await lockHolder(path, context.platform);
      return holder ?? { release: () => Promise.resolve() };
    }
  }

  async install(
    { name, launchId }: Cluster,
    additions: PackageAdditions,
    context: WorkContext,
  ): Promise<InstalledPackages> {
    return unlessRemoved(name, launchId, context, () => installOnCluster(name, additions, context));
  }

  async markReady({ name }: Cluster, context: WorkContext): Promise<void> {
    const { folder, record } = await requireCluster(name, context);
    await writeClusterRecord(folder, { ...record, ready: true });
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

  async connect(
    { name }: Cluster,
    _patience: ConnectMode,
    context: WorkContext,
  ): Promise<ClusterConnection> {
    const cluster = await requireCluster(name, context);
    return {
      update: () => undefined,
      failure: undefined,
      waitingFor: undefined,
      get: (node, path, signal) => getPage(requireNode(cluster, node).uiPort, path, signal),
      close: () => Promise.resolve(),
    };
  }

  async start({ name, launchId }: Cluster, context: WorkContext): Promise<void> {
    await unlessRemoved(name, launchId, context, async () => {
      const cluster = await requireCluster(name, context);
      const running = await Promise.all(cluster.nodes.map((node) => runs(cluster, node, context)));
      // One whose removal was interrupted runs, but takes no work any more.
      const down = cluster.nodes.filter((node, index) => running[index] !== true || node.draining);
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

  async resume({ name, launchId }: Cluster, context: WorkContext): Promise<undefined> {
    await unlessRemoved(name, launchId, context, () => resumeLocalLaunch(name, context));
  }

  async stop({ name, launchId }: Cluster, context: WorkContext): Promise<void> {
    await unlessRemoved(name, launchId, context, async () => {
      const cluster = await requireCluster(name, context);
      await endJobs(cluster, context);
      const left = [
        ...(await endBeside(cluster, connectServer, context)),
        ...(await endBeside(cluster, historyServer, context)),
        ...(await restNodes(cluster, cluster.nodes, context)),
      ];
      if (left.length > 0) throw unkillable(left);
      await adoptArchives(cluster, context);
    });
  }

  async destroy({ name, launchId }: Cluster, context: WorkContext): Promise<readonly string[]> {
    const cluster = await readCluster(name, context);
    if (cluster === undefined) return [];
    // The user who was asked agreed to the removal of the one that was there then.
    if (typeof cluster !== 'string' && launchId !== null && cluster.record.launchId !== launchId)
      throw new ClusterError(
        'CLUSTER_NOT_FOUND',
        `Cluster "${name}" no longer exists, and a new cluster has its name. The new cluster was not changed.`,
      );
    if (typeof cluster !== 'string')
      await writeClusterRecord(cluster.folder, { ...cluster.record, removing: true }).catch(
        ignoreUnwritten,
      );
    return removeCluster(name, cluster, context);
  }

  async addWorkers(
    { name, launchId }: Cluster,
    count: number,
    context: WorkContext,
  ): Promise<NewWorkers> {
    const make = (): Promise<ReadonlyMap<string, string>> => makeWorkers(name, count, context);
    return { names: await unlessRemoved(name, launchId, context, make) };
  }

  async drainWorkers(
    { name }: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    const cluster = await requireCluster(name, context);
    for (const worker of workers) {
      const node = requireNode(cluster, worker);
      await writeNodeRecord(cluster, { ...node, draining: true });
      if (node.process === null || !(await runs(cluster, node, context))) continue;
      // Decommissioning by signal (`spark.worker.decommission.signal`): the master's page for it goes by host, and here all
      // workers share one. macOS has no SIGPWR; Spark uses SIGINFO there.
      const signal = context.platform === 'darwin' ? 'SIGINFO' : 'SIGPWR';
      sendSignal(node.process.pid, signal);
      // An executor that had not yet come to its driver when its worker was asked would stay as long as the job.
      if (node.draining)
        for (const { pid } of await findExecutors(cluster, node, context)) sendSignal(pid, signal);
    }
  }

  async removeWorkers(
    { name }: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    for (const worker of workers) {
      const cluster = await requireCluster(name, context);
      await removeNode(cluster, requireNode(cluster, worker), context);
    }
  }

  async configuration(
    { name }: Cluster,
    context: WorkContext,
  ): Promise<ServiceProperties | undefined> {
    return (await requireCluster(name, context)).record.configuration;
  }

  async logs(
    { name }: Cluster,
    node: ClusterNode,
    context: WorkContext,
  ): Promise<Readonly<Record<string, string>>> {
    const cluster = await requireCluster(name, context);
    return { 'daemon.log': await readLogTail(cluster, node.name, logBytes) };
  }

  async runCommand(
    { name }: Cluster,
    node: ClusterNode,
    command: string,
    onOutput: OutputListener,
    context: WorkContext,
  ): Promise<number> {
    return runOnNode(await requireCluster(name, context), node.name, command, onOutput, context);
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
      env: environmentChanges(context.env, await nodeEnvironment(cluster, node.name, context)),
      cwd: await nodeHome(cluster, node.name),
    };
  }

  async pythonVersion({ name }: Cluster, context: WorkContext): Promise<string | undefined> {
    const { python } = (await requireCluster(name, context)).record;
    return python === null ? undefined : (await askPython(python, context.signal))?.version;
  }

  /** Its ports are this machine's already. */
  async openTunnel({ name }: Cluster, context: WorkContext): Promise<Tunnel> {
    const cluster = await requireCluster(name, context);
    const watch = watchRemoval(cluster.folder);
    return {
      pagesHost: null,
      forward: (host, port) => connectTo(host, port),
      serveHistory: () => serveHistory(cluster, context),
      serveConnect: (request) => serveConnect(cluster, request, context),
      closed: watch.removed,
      close: () => {
        watch.close();
        return Promise.resolve();
      },
    };
  }

  /** They are files of this machine, whether or not the cluster runs, or on S3. */
  async openEventLogs({ name }: Cluster, context: WorkContext): Promise<EventLogFolder> {
    const cluster = await requireCluster(name, context);
    const { eventLogFolder } = cluster.record;
    if (eventLogFolder !== undefined) return openS3Logs(cluster, eventLogFolder, context);
    const folder = eventsFolder(cluster);
    return {
      list: () => listLocalLogs(folder),
      read: (file) => readLocalLog(folder, file),
      close: () => Promise.resolve(),
    };
  }

  async serveSavedHistory(folder: string, context: WorkContext): Promise<SavedHistoryServer> {
    requirePosix(context);
    return serveSavedHistory(folder, context);
  }

  async submit({ name }: Cluster, job: JobRequest, context: WorkContext): Promise<JobHandle> {
    return startJob(await requireCluster(name, context), job, context);
  }

  async jobs({ name }: Cluster, context: WorkContext): Promise<readonly Job[]> {
    return listJobs(await requireCluster(name, context), context);
  }

  async openJob({ name }: Cluster, id: string, context: WorkContext): Promise<JobHandle> {
    return openJob(await requireCluster(name, context), id, context);
  }
}

/** Removes what a launch made, and nothing else; gives what it could not remove, in words. */
async function sweepLaunch(
  name: string,
  launchId: string,
  context: WorkContext,
): Promise<readonly string[]> {
  const cluster = await readCluster(name, context);
  // The launch still has the lock: a folder whose record is gone is its own, and not of somebody who came after.
  const removed =
    typeof cluster === 'string' || cluster?.record.launchId === launchId
      ? await removeCluster(name, cluster, context)
      : [];
  // What was started after somebody else had removed the cluster.
  return [...removed, ...(await endStrays(launchId, context))];
}

/** A cluster that is gone, or can't be marked, is removed all the same. */
function ignoreUnwritten(error: unknown): void {
  if (!isMissing(error) && systemFault(error) === undefined) throw error;
}

function lockPath(name: string, context: WorkContext): string {
  // No cluster's name begins with a dot: that of "demo" is not the folder of "demo.lock".
  return join(clustersFolder(context), `.${name}.lock`);
}

function requirePosix({ platform }: WorkContext): void {
  if (platform === 'win32')
    throw new ClusterError(
      'PLATFORM_UNSUPPORTED',
      'Local clusters require Linux or macOS, because Spark’s daemons rely on signals and process groups.',
      {
        remedies: [...advice('Use WSL 2.'), setOption('Or launch on EC2.', 'provider', 'ec2')],
      },
    );
}
