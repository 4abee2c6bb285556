import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { ConnectProxy } from '../../connect/connect-proxy.ts';
import { type Cluster, isGone, nodesOf } from '../../model/cluster/cluster.ts';
import { ClusterError, type ErrorCode, toClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import { supportsConnect } from '../../node/services/connect.ts';
import type { ConnectServer, ConnectServerRequest, Tunnel, WorkContext } from '../provider.ts';
import type { Engine, VerbOptions } from '../support/context.ts';
import { type FoundCluster, requireCluster } from '../support/find-cluster.ts';
import { requireSpark, requireState } from '../support/guards.ts';
import { asDuplex } from './as-duplex.ts';

/** Milliseconds between two attempts to connect again: the first, and the longest. */
const retryMs = { first: 500, longest: 30_000 } as const;

/** What no further attempt mends. */
const final: ReadonlySet<ErrorCode> = new Set([
  'ABORTED',
  'CLUSTER_AMBIGUOUS',
  'CLUSTER_NAME_INVALID',
  'CLUSTER_NOT_FOUND',
  'CONFIG_INVALID',
  'CONNECT_UNSUPPORTED',
  'HOST_KEY_CHANGED',
  'HOST_KEY_UNKNOWN',
  'SSH_AUTH_FAILED',
]);

/** What a link leads to. */
export interface LinkedServer {
  readonly cluster: Cluster;
  readonly tunnel: Tunnel;
  readonly server: ConnectServer;
  readonly context: WorkContext;
}

/** How a {@link ClusterLink} is made. */
export interface LinkOptions extends VerbOptions {
  readonly signal: AbortSignal;
  readonly server: ConnectServerRequest;
}

/**
 * The way from a proxy to a cluster's Connect server. When it is lost it is made anew, as long as it takes; the server is started if it
 * doesn't run.
 */
export class ClusterLink {
  readonly #engine: Engine;
  readonly #name: string;
  readonly #options: LinkOptions;
  readonly #proxy: ConnectProxy;
  readonly #onLinked: (to: LinkedServer) => Promise<void>;
  #linked: LinkedServer | undefined;
  #mending: Promise<void> | undefined;
  #hurrying: AbortController | undefined;
  readonly #closing = new AbortController();
  readonly #release: () => void;
  #end: (error?: ClusterError) => void = () => undefined;
  /** Resolves when it was closed; rejects when it can't be made anew, with the reason. */
  readonly ended: Promise<void>;

  /**
   * @param onLinked called whenever it leads somewhere, anew or for the first time
   */
  constructor(
    engine: Engine,
    name: string,
    options: LinkOptions,
    proxy: ConnectProxy,
    onLinked: (to: LinkedServer) => Promise<void>,
  ) {
    this.#engine = engine;
    this.#name = name;
    this.#options = { ...options, signal: this.#closing.signal };
    const stop = (): void => this.#closing.abort(options.signal.reason);
    options.signal.addEventListener('abort', stop, { once: true });
    this.#release = () => options.signal.removeEventListener('abort', stop);
    if (options.signal.aborted) stop();
    this.#proxy = proxy;
    this.#onLinked = onLinked;
    this.ended = new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.ended.catch(() => undefined);
  }

  /**
   * Makes it.
   *
   * @param known the cluster, if it was just found
   * @throws ClusterError `CLUSTER_NOT_FOUND`, `CLUSTER_STATE_UNFIT`, `CONNECT_UNSUPPORTED`, `SSH_UNREACHABLE`, …
   */
  async open(known?: FoundCluster): Promise<LinkedServer> {
    const { signal } = this.#options;
    const found = await (known ?? requireCluster(this.#engine, this.#name, this.#options));
    requireConnect(found);
    const tunnel = await found.provider.openTunnel(found.cluster, found.context);
    try {
      const server = await tunnel.serveConnect(this.#options.server);
      signal.throwIfAborted();
      const linked = { ...found, tunnel, server };
      this.#linked = linked;
      this.#proxy.lead({
        token: server.token,
        open: () => this.#connect(linked),
        onClose: () => void this.#look(linked),
      });
      tunnel.closed.then(
        () => this.#mend(linked),
        () => undefined,
      );
      await this.#onLinked(linked);
      return linked;
    } catch (error) {
      await tunnel.close();
      throw error;
    }
  }

  /** Ends it. */
  async close(): Promise<void> {
    const linked = this.#linked;
    this.#linked = undefined;
    this.#release();
    this.#closing.abort(new ClusterError('ABORTED', 'The connection was closed.'));
    this.#end();
    await linked?.tunnel.close();
    await this.#mending;
  }

  /** A connection to the server; one that can't be had is a reason to look what has become of the server. */
  async #connect(linked: LinkedServer): Promise<Duplex> {
    const { tunnel, server } = linked;
    try {
      return asDuplex(await tunnel.forward(server.host, server.port));
    } catch (error) {
      this.#mend(linked);
      throw error;
    }
  }

  /** Looks whether the server is still there. */
  async #look(linked: LinkedServer): Promise<void> {
    if (this.#linked !== linked) return;
    await this.#connect(linked).then(
      (stream) => stream.destroy(),
      () => undefined,
    );
  }

  /** Tries again soon, if it is about to: somebody waits for it. */
  hurry(): void {
    this.#hurrying?.abort();
  }

  #mend(linked: LinkedServer): void {
    if (this.#linked !== linked) return;
    this.#linked = undefined;
    this.#mending = this.#openAgain(linked).then(
      () => undefined,
      (error: unknown) => this.#end(toClusterError(error)),
    );
  }

  async #openAgain({ tunnel, context, cluster, server }: LinkedServer): Promise<void> {
    const { signal } = this.#options;
    const { clock, emit } = context;
    const began = clock.now();
    // Behind some networks connections end each hour: that is no news unless somebody waits for an answer.
    let told: string | null | undefined = this.#proxy.isAwaited ? null : undefined;
    if (told === null) emit('connection.lost', { reason: null });
    this.#proxy.lead(`The connection to "${cluster.name}" was lost; reconnecting.`);
    await tunnel.close();
    for (let pause: number = retryMs.first; ; pause = Math.min(pause * 2, retryMs.longest)) {
      try {
        const now = await this.open();
        const isNew = now.server.token !== server.token;
        if (told !== undefined || isNew)
          emit('connection.restored', {
            seconds: (clock.now() - began) / 1000,
            isNewServer: isNew,
          });
        return;
      } catch (error) {
        const problem = toClusterError(error);
        if (signal.aborted || final.has(problem.code)) throw problem;
        this.#proxy.lead(problem.message);
        // Each reason once, however long it lasts; of a loss that somebody knows of, only what doesn't mend itself soon.
        if (problem.message !== told && (told !== null || pause === retryMs.longest)) {
          emit('connection.lost', { reason: problem.message });
          told = problem.message;
        }
      }
      await this.#pause(pause, clock, signal);
    }
  }

  async #pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    await clock.sleep(retryMs.first, signal);
    this.#hurrying = new AbortController();
    try {
      await clock.sleep(ms - retryMs.first, AbortSignal.any([signal, this.#hurrying.signal]));
    } catch {
      signal.throwIfAborted();
    } finally {
      this.#hurrying = undefined;
    }
  }
}

/** @throws ClusterError `CLUSTER_NOT_FOUND`, `CLUSTER_STATE_UNFIT`, `CONNECT_UNSUPPORTED` */
function requireConnect({ cluster, provider }: FoundCluster): void {
  // EC2 lists what it has terminated for an hour; none of it comes back.
  if (provider.deadWorkers === 'replaced' && nodesOf(cluster).every(isGone))
    throw new ClusterError('CLUSTER_NOT_FOUND', `Cluster "${cluster.name}" has been terminated.`);
  requireState(cluster, ['running', 'degraded', 'mixed'], 'connecting');
  requireSpark(cluster, 'connecting');
  const version = sparkVersionOf(cluster);
  if (version !== null && !supportsConnect(version)) throw connectUnsupported(cluster, version);
}

/** The error of a Spark that is too old for clients. */
export function connectUnsupported({ name }: Pick<Cluster, 'name'>, version: string): ClusterError {
  return new ClusterError(
    'CONNECT_UNSUPPORTED',
    `"${name}" runs Spark ${version}. Spark Connect with authentication requires Spark 4.0 or newer.`,
    {
      details: { version },
      remedies: advice('Submit jobs to the cluster, or launch a cluster with Spark 4.0 or newer.'),
    },
  );
}

/** The version of a cluster's Spark; `null` if it isn't known. */
export function sparkVersionOf({ services }: Pick<Cluster, 'services'>): string | null {
  return services.find(({ name }) => name === 'spark')?.version ?? null;
}
