import * as vscode from 'vscode';
import { timeLimit } from '../../base/time-limit.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { toClusterError } from '../../model/errors.ts';
import { silentHost } from '../../model/host.ts';
import type { Job } from '../../model/job.ts';
import type { EngineFactory } from '../engine/engine-factory.ts';
import { logError } from '../engine/log.ts';
import { clusterKey, refOf } from './cluster-ref.ts';

/** How long it may take to list the jobs of a cluster, in milliseconds. */
const limitMs = 30_000;
/** How often jobs that run are looked at while they are seen, in milliseconds. */
const everyMs = { local: 3_000, ec2: 10_000 } as const;

/** The jobs of the clusters whose list of jobs is open: asked for when they are looked at, and no sooner. */
export class ClusterJobs implements vscode.Disposable {
  readonly #engines: EngineFactory;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<Cluster>();
  readonly #problems = new Map<string, string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #abort = new AbortController();
  /** Whether somebody looks. */
  isSeen: () => boolean = () => false;
  /** Jobs of this cluster may be others by now. */
  readonly onDidChange = this.#changed.event;

  constructor(engines: EngineFactory, log: vscode.LogOutputChannel) {
    this.#engines = engines;
    this.#log = log;
  }

  /** Why the jobs of a cluster could not be listed the last time; `undefined` if they could. */
  problemOf(cluster: Cluster): string | undefined {
    return this.#problems.get(clusterKey(cluster));
  }

  /** The jobs of a cluster, the newest first; none if they can't be listed. */
  async list(cluster: Cluster): Promise<readonly Job[]> {
    const key = clusterKey(cluster);
    clearTimeout(this.#timers.get(key));
    const before = this.#problems.get(key);
    try {
      const { engine, values } = await this.#engines.forCluster(refOf(cluster));
      const signal = timeLimit(limitMs, this.#abort.signal);
      // Nothing is asked on the way: nobody asked for anything but a look.
      const options = { cluster: cluster.name, values, signal, host: silentHost };
      const { jobs } = await engine.jobs(options);
      this.#problems.delete(key);
      if (jobs.some(({ state }) => state === 'running')) this.#lookAgain(cluster);
      return jobs;
    } catch (error) {
      if (this.#abort.signal.aborted) return [];
      logError(this.#log, `jobs of ${cluster.name}`, error);
      this.#problems.set(key, toClusterError(error).message);
      return [];
    } finally {
      if (this.#problems.get(key) !== before) this.#changed.fire(cluster);
    }
  }

  /** Somebody changed what runs on a cluster. */
  refresh(cluster: Cluster): void {
    this.#changed.fire(cluster);
  }

  #lookAgain(cluster: Cluster): void {
    const timer = setTimeout(() => {
      if (this.isSeen()) this.#changed.fire(cluster);
      else this.#lookAgain(cluster);
    }, everyMs[cluster.provider]);
    this.#timers.set(clusterKey(cluster), timer);
  }

  dispose(): void {
    this.#abort.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#changed.dispose();
  }
}
