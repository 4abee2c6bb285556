import { isDeepStrictEqual } from 'node:util';
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

/** That a cluster's jobs were looked at. */
interface Look {
  readonly cluster: Cluster;
  /** Whether the list is another than before; if not, only the durations of running jobs went on. */
  readonly isOther: boolean;
}

/** What was seen of a cluster's jobs. */
interface Seen {
  /** The newest first. */
  readonly jobs: readonly Job[];
  /** Why they could not be listed the last time; `undefined` if they could. */
  readonly problem: string | undefined;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** The jobs of the clusters whose list of jobs is open: asked for when they are looked at, and no sooner. */
export class ClusterJobs implements vscode.Disposable {
  readonly #engines: EngineFactory;
  readonly #log: vscode.LogOutputChannel;
  readonly #looked = new vscode.EventEmitter<Look>();
  readonly #seen = new Map<string, Seen>();
  /** The last look at each cluster: what an earlier one finds is out of date by then. */
  readonly #looks = new Map<string, Promise<readonly Job[]>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #abort = new AbortController();
  /** Whether somebody sees the jobs of this cluster. */
  isSeen: (cluster: Cluster) => boolean = () => false;
  readonly onDidLook = this.#looked.event;

  constructor(engines: EngineFactory, log: vscode.LogOutputChannel) {
    this.#engines = engines;
    this.#log = log;
  }

  /** Why the jobs of a cluster could not be listed the last time; `undefined` if they could. */
  problemOf(cluster: Cluster): string | undefined {
    return this.#seen.get(clusterKey(cluster))?.problem;
  }

  /**
   * The jobs of a cluster as they were seen last; if that is some time ago, they are looked at again meanwhile. (A row that comes only
   * after a look is missing for as long: a menu that is open on it has lost what it is about.) Where nobody has looked yet, what the
   * first look finds.
   */
  async shown(cluster: Cluster): Promise<readonly Job[]> {
    const seen = this.#seen.get(clusterKey(cluster));
    if (seen === undefined) return this.list(cluster);
    if (Date.now() - seen.at >= everyMs[cluster.provider]) this.refresh(cluster);
    return seen.jobs;
  }

  /** Looks at the jobs of a cluster, the newest first: those that were seen last if they can't be listed. */
  list(cluster: Cluster): Promise<readonly Job[]> {
    const key = clusterKey(cluster);
    clearTimeout(this.#timers.get(key));
    const before = this.#seen.get(key);
    const look = this.#look(cluster).then((seen) => {
      if (this.#looks.get(key) !== look || this.#abort.signal.aborted) return seen.jobs;
      this.#seen.set(key, seen);
      const isOther =
        seen.problem !== before?.problem || !isDeepStrictEqual(seen.jobs, before?.jobs);
      this.#looked.fire({ cluster, isOther });
      if (seen.jobs.some(({ state }) => state === 'running')) this.#lookAgain(cluster);
      return seen.jobs;
    });
    this.#looks.set(key, look);
    return look;
  }

  /** Somebody changed what runs on a cluster. */
  refresh(cluster: Cluster): void {
    void this.list(cluster);
  }

  async #look(cluster: Cluster): Promise<Seen> {
    try {
      const { engine, values } = await this.#engines.forCluster(refOf(cluster));
      const signal = timeLimit(limitMs, this.#abort.signal);
      // Nothing is asked on the way: nobody asked for anything but a look.
      const options = { cluster: cluster.name, values, signal, host: silentHost };
      const { jobs } = await engine.jobs(options);
      return { jobs, problem: undefined, at: Date.now() };
    } catch (error) {
      if (!this.#abort.signal.aborted) logError(this.#log, `jobs of ${cluster.name}`, error);
      const { jobs = [] } = this.#seen.get(clusterKey(cluster)) ?? {};
      return { jobs, problem: toClusterError(error).message, at: Date.now() };
    }
  }

  #lookAgain(cluster: Cluster): void {
    const timer = setTimeout(() => {
      if (this.isSeen(cluster)) this.refresh(cluster);
      else this.#lookAgain(cluster);
    }, everyMs[cluster.provider]);
    this.#timers.set(clusterKey(cluster), timer);
  }

  dispose(): void {
    this.#abort.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#looked.dispose();
  }
}
