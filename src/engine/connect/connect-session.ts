import { ConnectProxy } from '../../connect/connect-proxy.ts';
import { type Endpoint, endpointOf, temporaryEndpoint } from '../../connect/endpoint.ts';
import { type Cluster } from '../../model/cluster/cluster.ts';
import { webPages } from '../../model/cluster/web-page.ts';
import { ClusterError } from '../../model/errors.ts';
import type { EventPayloads } from '../../model/events.ts';
import { connectTokenVariable } from '../../node/services/connect.ts';
import { askPython, findPython } from '../../python/find-python.ts';
import { packagesIn, requireFittingPackages } from '../jobs/job-conf.ts';
import { type Engine, signalOf, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { type PageAddress, pageOf, pagePort } from '../verbs/open-page.ts';
import { explainFailure, explainMismatch } from './client-failures.ts';
import {
  ClusterLink,
  type LinkedServer,
  type LinkOptions,
  sparkVersionOf,
} from './cluster-link.ts';

/** What {@link openConnectSession} is asked with. */
export interface ConnectOptions extends VerbOptions {
  /** Spark properties of the Connect server, for the case that it is started now. */
  readonly conf?: Readonly<Record<string, string>> | undefined;
  /**
   * Absolute path of the interpreter that the clients use. On a local cluster their functions use its packages, if the server is started now.
   * @default the `python3` of this process's environment
   */
  readonly python?: string | undefined;
  /**
   * Whether port and token are only for this session, as for one program that is run: there may be others at the same time.
   * @default false
   */
  readonly isTemporary?: boolean | undefined;
  /**
   * Absolute path of the folder whose port and token are used: they stay the same when another cluster takes the place of this one.
   * @default those of the cluster
   */
  readonly workspace?: string | undefined;
}

/**
 * A connection to the Spark of a cluster, for clients of Spark Connect on this machine, until it is closed. It is made anew by itself
 * when it is lost.
 */
export interface ConnectSession {
  /** What `SPARK_REMOTE` has to be: `sc://localhost:PORT`. Nothing in it is secret, and it is the same each time. */
  readonly remote: string;
  /** What `SPARK_CONNECT_AUTHENTICATE_TOKEN` has to be. It opens nothing without this connection; still a secret. */
  readonly token: string;
  /** The cluster that it leads to now. */
  readonly cluster: Cluster;
  /** The version of its Spark; `null` if it isn't known. */
  readonly sparkVersion: string | null;
  /** Version of the Python that runs functions on its nodes, such as `3.11.7`; `null` if nobody knows. Clients need the same minor. */
  readonly pythonVersion: string | null;
  /** Its web pages, as a browser on this machine opens them. */
  readonly pages: readonly PageAddress[];
  /**
   * Leads to another cluster from now on; port and token stay. What ran on the other one ends for its clients.
   *
   * @throws ClusterError as `connect`; the connection leads nowhere then
   */
  switchTo(name: string, options?: VerbOptions): Promise<void>;
  /** Resolves when it was closed; rejects when it is lost for good, with the reason. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

function endpointFor(
  { provider, region, vpcId, name }: Cluster,
  workspace: string | undefined,
  { surroundings }: Engine,
): Promise<Endpoint> {
  if (workspace !== undefined) return workspaceEndpoint(workspace, surroundings);
  return endpointOf(`cluster ${[provider, region, vpcId, name].join('/')}`, surroundings);
}

function workspaceEndpoint(
  folder: string,
  surroundings: Engine['surroundings'],
): Promise<Endpoint> {
  return endpointOf(`workspace ${folder}`, surroundings);
}

/** What clients of a cluster, or in a workspace, need to know of its connection, whether or not that is there just now. */
export async function findConnectEndpoint(
  engine: Engine,
  name: string,
  options: ConnectOptions,
): Promise<Pick<ConnectSession, 'remote' | 'token'>> {
  const { workspace } = options;
  const { port, token } =
    workspace === undefined
      ? await endpointFor((await requireCluster(engine, name, options)).cluster, undefined, engine)
      : // That of a workspace is the same for every cluster: a window that was loaded anew knows it at once.
        await workspaceEndpoint(workspace, engine.surroundings);
  return { remote: remoteAt(port), token };
}

// By that name alone: with an address and a token, Spark's client speaks TLS, and hangs.
function remoteAt(port: number): string {
  return `sc://localhost:${port}`;
}

/** The environment variables that make a Spark client use a session. */
export function sessionEnvironment({
  remote,
  token,
}: Pick<ConnectSession, 'remote' | 'token'>): Readonly<Record<string, string>> {
  return { SPARK_REMOTE: remote, [connectTokenVariable]: token };
}

/** Makes a connection to a cluster. */
export async function openConnectSession(
  engine: Engine,
  name: string,
  options: ConnectOptions,
): Promise<ConnectSession> {
  const session = new Session(engine, options);
  try {
    await session.lead(name, options);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

class Session implements ConnectSession {
  readonly #engine: Engine;
  readonly #options: ConnectOptions;
  readonly #ending = new AbortController();
  #proxy: ConnectProxy | undefined;
  #link: ClusterLink | undefined;
  #linked: LinkedServer | undefined;
  #token = '';
  readonly #explained = new Set<string>();
  #pages: (PageAddress & { close(): Promise<void> })[] = [];
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  readonly ended: Promise<void>;

  constructor(engine: Engine, options: ConnectOptions) {
    this.#engine = engine;
    this.#options = options;
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ended.catch(() => undefined);
  }

  get remote(): string {
    return remoteAt(this.#proxy?.port ?? 0);
  }

  get token(): string {
    return this.#token;
  }

  get cluster(): Cluster {
    if (this.#linked === undefined) throw new Error('it was never connected');
    return this.#linked.cluster;
  }

  get sparkVersion(): string | null {
    return sparkVersionOf(this.cluster);
  }

  get pythonVersion(): string | null {
    return this.#linked?.server.pythonVersion ?? null;
  }

  get pages(): readonly PageAddress[] {
    return this.#pages.map(({ label, address }) => ({ label, address }));
  }

  async switchTo(name: string, options: VerbOptions = {}): Promise<void> {
    await this.lead(name, { ...this.#options, ...options });
  }

  /** Leads to a cluster, and no more to the one before. */
  async lead(name: string, options: ConnectOptions): Promise<void> {
    const asked = signalOf(options);
    const end = (): void => this.#ending.abort(asked.reason);
    asked.addEventListener('abort', end, { once: true });
    try {
      if (asked.aborted) end();
      const found = await requireCluster(this.#engine, name, {
        ...options,
        signal: this.#ending.signal,
      });
      const { conf = {}, python } = options;
      requireFittingPackages(packagesIn(conf), sparkVersionOf(found.cluster), found.context);
      const proxy = await this.#listen(found.cluster, options);
      await this.#unlink();
      proxy.lead(`Connecting to "${name}".`);
      const linkOptions: LinkOptions = {
        ...options,
        server: { conf, python },
        signal: this.#ending.signal,
      };
      const link = new ClusterLink(this.#engine, name, linkOptions, proxy, (linked) =>
        this.#serve(linked),
      );
      this.#link = link;
      const { context, server, cluster: linked } = await link.open(found);
      const own =
        python === undefined
          ? await findPython(context, context.signal)
          : await askPython(python, context.signal);
      if (own !== undefined)
        this.#explain(explainMismatch(own.version, server.pythonVersion, linked));
      link.ended.catch((error: unknown) => {
        if (this.#link === link) this.#reject(error);
      });
    } finally {
      asked.removeEventListener('abort', end);
    }
  }

  async close(): Promise<void> {
    this.#ending.abort(new ClusterError('ABORTED', 'The connection was closed.'));
    await this.#unlink();
    await this.#proxy?.close();
    this.#resolve();
  }

  /** Tells what is wrong with a client, once for each kind. */
  #explain(warning: EventPayloads['warning'] | undefined): void {
    if (warning === undefined || this.#explained.has(warning.kind)) return;
    this.#explained.add(warning.kind);
    this.#linked?.context.emit('warning', warning);
  }

  /** Our end, which stays when the cluster behind it changes. */
  async #listen(
    cluster: Cluster,
    { workspace, isTemporary }: ConnectOptions,
  ): Promise<ConnectProxy> {
    if (this.#proxy !== undefined) return this.#proxy;
    const { port, token } =
      isTemporary === true
        ? temporaryEndpoint()
        : await endpointFor(cluster, workspace, this.#engine);
    this.#token = token;
    this.#proxy = await ConnectProxy.listen(port, token, {
      onProgress: (query, progress) =>
        this.#linked?.context.emit('query.progress', { query, ...progress }),
      onFailure: (message) => this.#explain(explainFailure(message, this.cluster)),
      onRefused: () => this.#link?.hurry(),
      onEnd: (query) => this.#linked?.context.emit('query.finished', { query }),
    });
    return this.#proxy;
  }

  /** Opens the web pages of the cluster, all through the one tunnel. */
  async #serve(linked: LinkedServer): Promise<void> {
    this.#linked = linked;
    await this.#closePages();
    const { tunnel, cluster } = linked;
    const shared = { ...tunnel, close: () => Promise.resolve() };
    // The history server is started by who asks for it, and the applications have pages of their own.
    const served = webPages(cluster).filter(({ id }) => id === 'spark' || id === 'hdfs');
    this.#pages = await Promise.all(
      served.map(async (page) => {
        const way = await pageOf(page, shared, pagePort(cluster, page.id));
        const address = `http://${way.host}:${way.port}/`;
        return { label: page.label, address, close: () => way.close() };
      }),
    );
  }

  async #unlink(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await this.#closePages();
    await link?.close();
  }

  async #closePages(): Promise<void> {
    const pages = this.#pages;
    this.#pages = [];
    await Promise.all(pages.map((page) => page.close()));
  }
}
