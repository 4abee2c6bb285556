import type {
  ClusterConnection,
  InstalledPackages,
  JobEnd,
  JobHandle,
  LaunchRequest,
  NewWorkers,
  OutputListener,
  PackageAdditions,
  PlannedLaunch,
  Provider,
  Tunnel,
  WorkContext,
} from '../../src/engine/provider.ts';
import type { Choice, ChoosableOption } from '../../src/model/choice.ts';
import {
  type Cluster,
  type ClusterNode,
  clusterState,
  nodesOf,
} from '../../src/model/cluster/cluster.ts';
import { abortError, ClusterError } from '../../src/model/errors.ts';
import type { Job, JobRequest } from '../../src/model/job.ts';
import type { Plan, PlanProblem } from '../../src/model/plan.ts';
import type { LoginSession } from '../../src/model/session.ts';
import { formatPlannedChange } from '../../src/text/engine/planned-changes.ts';

/** How the clusters of this provider behave; a test says only what it is about. */
export interface Behaviour {
  /** Problems that each plan has. */
  problems?: readonly PlanProblem[];
  /** AWS Regions that it says it looks in. */
  regions?: readonly string[];
  /** What a launch costs an hour, as its plan says. */
  plannedPrice?: number;
  /** Bytes to fetch, at 20 MB a second. */
  fetchBytes?: number;
  /** How long a connection to a cluster takes. */
  connectSeconds?: number;
  /** Seconds after its start at which a worker is alive; `null`: never. */
  aliveAfter?: (worker: number) => number | null;
  /** What happens while nodes come up. */
  onCreate?: (context: WorkContext) => void | Promise<void>;
  /** What a sweep can't remove. */
  left?: readonly string[];
  /** How long a removal takes. */
  removeSeconds?: number;
  /** What a command prints and ends with on a node. */
  command?: (node: string, command: string, onOutput: OutputListener) => number;
  /** What a job does. */
  job?: (
    context: WorkContext,
    job: JobRequest | undefined,
    onOutput: OutputListener,
  ) => Promise<number>;
  /** The jobs that it knows. */
  jobs?: readonly Job[];
  /** What a cluster's nodes cost an hour. */
  price?: () => Promise<number | null>;
  /** Cores in use on workers that leave, at each look. */
  coresInUse?: number[];
}

interface MemoryCluster {
  cluster: Cluster;
  ready: boolean;
  activity: string | null;
  aliveAt: Map<string, number>;
}

/** Clusters that exist in memory only, behind the seam of the engine's providers. */
export class MemoryProvider implements Provider {
  readonly kind = 'local';
  readonly pollMs = 100;
  readonly deadWorkers = 'restarted';
  readonly clusters = new Map<string, MemoryCluster>();
  readonly log: string[] = [];
  request: LaunchRequest | undefined;

  constructor(readonly behaviour: Behaviour = {}) {}

  /** A cluster that runs since ten minutes. */
  add(name: string, workers = 2, change: Partial<Cluster> = {}): this {
    const cluster: Cluster = {
      name,
      provider: 'local',
      state: 'running',
      reason: null,
      master: node('master', 0),
      workers: Array.from({ length: workers }, (_, index) => node('worker', index + 1)),
      services: [{ name: 'spark', version: '4.1.4', healthy: null, ui: 'http://127.0.0.1:8080' }],
      tags: {},
      launchId: '20260504T095000Z-0123abcd',
      launchedAt: '2026-05-04T09:50:00.000Z',
      ...change,
    };
    this.clusters.set(name, { cluster, ready: true, activity: null, aliveAt: new Map() });
    return this;
  }

  install(cluster: Cluster, additions: PackageAdditions): Promise<InstalledPackages> {
    this.log.push(`install ${cluster.name} ${additions.packages.join(' ')}`.trim());
    return Promise.resolve({ changed: true });
  }

  pricePerHour(): Promise<number | null> {
    return this.behaviour.price?.() ?? Promise.resolve(null);
  }

  plan(request: LaunchRequest): Promise<PlannedLaunch> {
    this.request = request;
    const count = request.values.numWorkers;
    const problems: PlanProblem[] = [...(this.behaviour.problems ?? [])];
    if (this.clusters.has(request.name))
      problems.push({
        severity: 'error',
        code: 'CLUSTER_EXISTS',
        message: `A local cluster named "${request.name}" already exists.`,
        remedies: [
          { text: `Choose another name, or remove it first: flintrock destroy ${request.name}` },
        ],
        key: null,
      });
    const started = { kind: 'processes', workers: count } as const;
    const plan: Plan = {
      ok: problems.every(({ severity }) => severity !== 'error'),
      cluster: request.name,
      provider: 'local',
      nodes: [
        { role: 'master', count: 1, cores: null, memoryMiB: null, type: 'process' },
        { role: 'worker', count, cores: 1, memoryMiB: 1024, type: 'process' },
      ],
      software: [
        {
          name: 'spark',
          version: '4.1.4',
          source: '/opt/spark',
          fetchBytes: this.behaviour.fetchBytes ?? 0,
        },
        { name: 'java', version: '17.0.12', source: '/usr/lib/jvm/java-17', fetchBytes: 0 },
        ...(request.selectedPython === undefined
          ? []
          : [
              {
                name: 'python',
                version: request.selectedPython.version,
                source: '/usr/bin/python3',
                fetchBytes: 0,
                chosenBy: request.selectedPython.name,
              },
            ]),
      ],
      price:
        this.behaviour.plannedPrice === undefined
          ? null
          : { currency: 'USD', perHour: this.behaviour.plannedPrice, parts: [] },
      changes: [formatPlannedChange(started)],
      plannedChanges: [started],
      problems,
    };
    return Promise.resolve({
      plan,
      begin: (launchId) => ({
        create: async (context) => {
          await this.#create(request.name, count, launchId, context);
          return undefined;
        },
        sweep: (context) => this.#remove(request.name, context),
      }),
    });
  }

  async #create(
    name: string,
    count: number,
    launchId: string,
    context: WorkContext,
  ): Promise<void> {
    const { clock, emit, signal } = context;
    this.add(name, count, { launchId, launchedAt: new Date(clock.now()).toISOString() });
    const made = this.#require(name);
    made.ready = false;
    const { fetchBytes = 0 } = this.behaviour;
    const what = 'Spark 4.1.4';
    const source = 'https://dlcdn.example/spark-4.1.4.tgz';
    for (let bytes = 0; bytes < fetchBytes; bytes += 2e6) {
      emit('download.progress', { what, source, bytes, total: fetchBytes });
      await clock.sleep(100, signal);
      if (signal.aborted) throw abortError(signal, 'downloading Spark 4.1.4');
    }
    if (fetchBytes > 0) emit('download.finished', { what, source, seconds: fetchBytes / 20e6 });
    await clock.sleep(400, signal);
    for (const { name: one } of nodesOf(made.cluster))
      emit('node.phase', { node: one, phase: 'starting', detail: null });
    const aliveAfter = this.behaviour.aliveAfter ?? ((worker) => 1 + worker);
    nodesOf(made.cluster).forEach((one, index) => {
      const seconds = index === 0 ? 0.5 : aliveAfter(index);
      if (seconds !== null) made.aliveAt.set(one.name, clock.now() + 1000 * seconds);
    });
    await this.behaviour.onCreate?.(context);
  }

  lock({ name }: Pick<Cluster, 'name'>, verb: string): Promise<() => Promise<void>> {
    const lock = (activity: string | null): void => {
      const cluster = this.clusters.get(name);
      if (cluster !== undefined) cluster.activity = activity;
    };
    lock(verb);
    return Promise.resolve(() => {
      lock(null);
      return Promise.resolve();
    });
  }

  markReady({ name }: Cluster): Promise<void> {
    this.#require(name).ready = true;
    return Promise.resolve();
  }

  regions(): Promise<readonly string[]> {
    return Promise.resolve(this.behaviour.regions ?? []);
  }

  list(): Promise<readonly Cluster[]> {
    return Promise.resolve([...this.clusters.keys()].flatMap((name) => this.#look(name) ?? []));
  }

  find(name: string): Promise<Cluster | undefined> {
    return Promise.resolve(this.#look(name));
  }

  async connect(
    cluster: Cluster,
    _mode: 'once' | 'retry',
    { clock, signal }: WorkContext,
  ): Promise<ClusterConnection> {
    await clock.sleep(1000 * (this.behaviour.connectSeconds ?? 0), signal);
    signal.throwIfAborted();
    return {
      update: () => undefined,
      failure: undefined,
      waitingFor: undefined,
      get: (node) => {
        if (node.role === 'worker')
          return Promise.resolve(
            JSON.stringify({ coresused: this.behaviour.coresInUse?.shift() ?? 0 }),
          );
        const known = this.#require(cluster.name);
        const isAlive = ({ name }: ClusterNode): boolean =>
          clock.now() >= (known.aliveAt.get(name) ?? (known.ready ? 0 : Infinity));
        if (!nodesOf(known.cluster).slice(0, 1).every(isAlive))
          return Promise.reject(new Error('connection refused'));
        const workers = known.cluster.workers.filter(isAlive).map(({ port }) => ({
          host: '127.0.0.1',
          port,
          state: 'ALIVE',
          cores: 1,
          memory: 1024,
        }));
        return Promise.resolve(JSON.stringify({ status: 'ALIVE', workers, activeapps: [] }));
      },
      close: () => Promise.resolve(),
    };
  }

  async start({ name }: Cluster, context: WorkContext): Promise<void> {
    const known = this.#require(name);
    this.#setAll(known, 'running');
    for (const { name: one } of nodesOf(known.cluster)) {
      context.emit('node.phase', { node: one, phase: 'starting', detail: null });
      known.aliveAt.set(one, context.clock.now() + 1000);
    }
    await Promise.resolve();
  }

  async stop({ name }: Cluster, context: WorkContext): Promise<void> {
    const known = this.#require(name);
    for (const { name: one } of nodesOf(known.cluster)) {
      await context.clock.sleep(300);
      context.emit('node.stopped', { node: one });
    }
    this.#setAll(known, 'stopped');
  }

  destroy({ name }: Cluster, context: WorkContext): Promise<readonly string[]> {
    return this.#remove(name, context);
  }

  async addWorkers({ name }: Cluster, count: number, context: WorkContext): Promise<NewWorkers> {
    const known = this.#require(name);
    const first = known.cluster.workers.length + 1;
    const added = Array.from({ length: count }, (_, index) => node('worker', first + index));
    known.cluster = { ...known.cluster, workers: [...known.cluster.workers, ...added] };
    for (const { name: one } of added) {
      context.emit('node.phase', { node: one, phase: 'starting', detail: null });
      known.aliveAt.set(one, context.clock.now() + 2000);
    }
    await Promise.resolve();
    return { names: new Map(added.map(({ id, name: one }) => [id, one])) };
  }

  logs(): Promise<Record<string, string>> {
    return Promise.resolve({});
  }

  resume(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  drainWorkers(): Promise<void> {
    return Promise.resolve();
  }

  removeWorkers(
    { name }: Cluster,
    leaving: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    const known = this.#require(name);
    const workers = known.cluster.workers.filter(
      (other) => !leaving.some((one) => one.name === other.name),
    );
    known.cluster = { ...known.cluster, workers };
    for (const { name: one } of leaving) {
      context.emit('node.stopped', { node: one });
      context.emit('node.removed', { node: one });
    }
    return Promise.resolve();
  }

  runCommand(
    _cluster: Cluster,
    { name }: ClusterNode,
    command: string,
    onOutput: OutputListener,
  ): Promise<number> {
    this.log.push(`${name}: ${command}`);
    return Promise.resolve(this.behaviour.command?.(name, command, onOutput) ?? 0);
  }

  upload(_cluster: Cluster, { name }: ClusterNode, local: string, remote: string): Promise<number> {
    this.log.push(`${local} -> ${name}:${remote}`);
    return Promise.resolve(1500);
  }

  download(
    _cluster: Cluster,
    { name }: ClusterNode,
    remote: string,
    local: string,
  ): Promise<number> {
    this.log.push(`${name}:${remote} -> ${local}`);
    return Promise.resolve(1500);
  }

  login(_cluster: Cluster, { name }: ClusterNode): Promise<LoginSession> {
    return Promise.resolve({
      kind: 'process',
      node: name,
      file: '/bin/sh',
      args: [],
      env: { SPARK_HOME: '/opt/spark', SPARK_LOCAL_DIRS: null },
      cwd: `/home/${name}`,
    });
  }

  configuration(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  pythonVersion(): Promise<string | undefined> {
    return Promise.resolve('3.11.7');
  }

  openEventLogs(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  openTunnel(): Promise<Tunnel> {
    return Promise.resolve({
      pagesHost: null,
      forward: () => Promise.reject(new Error('nothing runs in memory')),
      serveHistory: () => Promise.resolve(18080),
      serveConnect: () => Promise.reject(new Error('nothing runs in memory')),
      closed: new Promise(() => undefined),
      close: () => Promise.resolve(),
    });
  }

  choices(option: ChoosableOption): Promise<readonly Choice[]> {
    return Promise.resolve([
      { value: `${option}-1` },
      {
        value: `${option}-two`,
        facts: { kind: 'image', name: 'ours', architecture: 'arm64', created: '2026-01-31' },
      },
    ]);
  }

  submit(_cluster: Cluster, job: JobRequest, context: WorkContext): Promise<JobHandle> {
    this.log.push(JSON.stringify(job));
    return Promise.resolve(this.#job('job-1', job, context));
  }

  jobs(): Promise<readonly Job[]> {
    return Promise.resolve(this.behaviour.jobs ?? []);
  }

  openJob(_cluster: Cluster, id: string, context: WorkContext): Promise<JobHandle> {
    return Promise.resolve(this.#job(id, undefined, context));
  }

  #job(id: string, job: JobRequest | undefined, context: WorkContext): JobHandle {
    return {
      id,
      follow: async ({ output }): Promise<JobEnd> => {
        const exitCode = (await this.behaviour.job?.(context, job, output)) ?? 0;
        return { exitCode, state: exitCode === 0 ? 'succeeded' : 'failed' };
      },
      cancel: () => {
        this.log.push('cancelled');
        return Promise.resolve(true);
      },
      close: () => Promise.resolve(),
    };
  }

  async #remove(name: string, context: WorkContext): Promise<readonly string[]> {
    const { left = [], removeSeconds = 0.5 } = this.behaviour;
    const known = this.clusters.get(name);
    if (known === undefined) return [];
    await context.clock.sleep(1000 * removeSeconds);
    for (const one of nodesOf(known.cluster)) context.emit('node.stopped', { node: one.name });
    if (left.length === 0) this.clusters.delete(name);
    return left;
  }

  #look(name: string): Cluster | undefined {
    const known = this.clusters.get(name);
    if (known === undefined) return undefined;
    const { cluster, ready, activity } = known;
    if (cluster.state !== 'running') return cluster;
    return { ...cluster, ...clusterState(cluster, { ready, activity, removing: false }) };
  }

  #setAll(known: MemoryCluster, state: 'running' | 'stopped'): void {
    const { cluster } = known;
    known.cluster = {
      ...cluster,
      state: 'running',
      master: cluster.master && { ...cluster.master, state },
      workers: cluster.workers.map((worker) => ({ ...worker, state })),
    };
  }

  #require(name: string): MemoryCluster {
    const known = this.clusters.get(name);
    if (known === undefined) throw new ClusterError('CLUSTER_NOT_FOUND', `There is no "${name}".`);
    return known;
  }
}

function node(role: 'master' | 'worker', number: number): ClusterNode {
  return {
    name: role === 'master' ? 'master' : `worker-${number}`,
    role,
    id: `id-${number}`,
    state: 'running',
    address: '127.0.0.1',
    port: 7077 + number,
    cores: role === 'master' ? null : 1,
    memoryMiB: role === 'master' ? null : 1024,
    reason: null,
    pid: 100 + number,
  };
}
