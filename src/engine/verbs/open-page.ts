import { timeLimit } from '../../base/time-limit.ts';
import { preferredPort } from '../../connect/endpoint.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { type WebPage, type WebPageId, webPages } from '../../model/cluster/web-page.ts';
import { ClusterError } from '../../model/errors.ts';
import { limitedText, maxPageBytes } from '../../model/limits.ts';
import { advice, callVerb } from '../../model/remedy.ts';
import type { PortForward } from '../../model/session.ts';
import { waitFor } from '../../model/wait.ts';
import { applicationPath, parseSparkStatus, sparkStatusPath } from '../../node/services/spark.ts';
import { forwardPage } from '../../ssh/forward-page.ts';
import { asDuplex } from '../connect/as-duplex.ts';
import type { Tunnel } from '../provider.ts';
import { type Engine, signalOf, type VerbOptions } from '../support/context.ts';
import { type FoundCluster, requireCluster } from '../support/find-cluster.ts';
import { requireState } from '../support/guards.ts';

/** How long the page that names the applications may take, in milliseconds. */
const statusLimitMs = 10_000;
/** How long the history server may take to be there, in milliseconds: a JVM that begins on a machine that works. */
const historyLimitMs = 60_000;

/** A page as a browser on this machine opens it. */
export interface PageAddress {
  readonly label: string;
  readonly address: string;
}

/** A way to a page of a cluster, from this machine, until it is closed. */
export interface OpenPageResult {
  /** The page; of `jobs` one for each application that runs now, which may be none. */
  addresses(options?: Pick<VerbOptions, 'signal'>): Promise<readonly PageAddress[]>;
  /**
   * Lets a browser ask for it by another name than this machine's own: the one that `vscode.env.asExternalUri` gives. Pages that are
   * asked for by any other name are not served.
   *
   * @param authority `host` or `host:port`
   */
  allowHost(authority: string): void;
  /** Whether it lasts without this process, until the cluster is stopped. */
  readonly lasting: boolean;
  /** Resolves when the way is gone: closed, or lost. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Makes a cluster's web page one of this machine: on EC2 through an SSH connection, which stays open until it is closed. */
export async function openPage(
  engine: Engine,
  name: string,
  id: WebPageId,
  options: VerbOptions,
): Promise<OpenPageResult> {
  const found = await requireCluster(engine, name, options);
  const { provider, cluster, context } = found;
  requireState(cluster, ['running', 'degraded', 'mixed'], 'opening a web UI');
  const all = webPages(cluster);
  const page = all.find((one) => one.id === id);
  if (page === undefined || cluster.master === null)
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `The web UI "${id}" of "${name}" is not available.`,
      {
        remedies: advice(`Use one of: ${all.map((one) => one.id).join(', ') || 'none'}.`),
      },
    );
  const tunnel = await provider.openTunnel(cluster, context);
  const way = await pageOf(page, tunnel, pagePort(cluster, id)).catch(async (error: unknown) => {
    await tunnel.close();
    throw error;
  });
  const root = `http://${way.host}:${way.port}`;
  try {
    if (id === 'history') await awaitPage(`${root}/`, found);
  } catch (error) {
    await way.close();
    throw error;
  }
  return {
    addresses: (asked = {}) =>
      id === 'jobs'
        ? applicationPages(root, signalOf(asked))
        : Promise.resolve([{ label: page.label, address: `${root}/` }]),
    allowHost: (authority) => way.allowHost?.(authority),
    lasting: provider.kind === 'local',
    closed: way.closed,
    close: () => way.close(),
  };
}

/** The port of this machine at which a page of a cluster is served each time, if it is free. */
export function pagePort(
  { provider, region, name }: Pick<Cluster, 'provider' | 'region' | 'name'>,
  id: WebPageId,
): number {
  return preferredPort(`page ${[provider, region, name, id].join('/')}`);
}

/** Makes a page one of this machine, through a tunnel that is closed with it. */
export async function pageOf(
  { id, address }: Pick<WebPage, 'id' | 'address'>,
  tunnel: Tunnel,
  localPort: number,
): Promise<PortForward> {
  const port = id === 'history' ? await tunnel.serveHistory() : Number(new URL(address).port);
  if (tunnel.pagesHost !== null) {
    const way = {
      forward: async (to: string, at: number) => asDuplex(await tunnel.forward(to, at)),
      closed: tunnel.closed,
      close: () => tunnel.close(),
    };
    return forwardPage(way, tunnel.pagesHost, port, localPort);
  }
  return { host: '127.0.0.1', port, closed: tunnel.closed, close: () => tunnel.close() };
}

/** The applications that run, by the master's word; it passes on to their pages. */
async function applicationPages(root: string, signal: AbortSignal): Promise<PageAddress[]> {
  const limit = timeLimit(statusLimitMs, signal);
  const reply = await fetch(`${root}${sparkStatusPath}`, { signal: limit });
  if (reply.body === null) return [];
  const page = await limitedText(reply.body, maxPageBytes, 'Spark’s master');
  const { applications } = parseSparkStatus(page);
  return applications.map((application) => ({
    label: `${application.name} (${application.id})`,
    address: `${root}${applicationPath(application.id)}`,
  }));
}

/** Waits until a page answers. */
async function awaitPage(
  address: string,
  { cluster, context: { clock, signal } }: FoundCluster,
): Promise<void> {
  await waitFor(
    async () => {
      try {
        const limit = timeLimit(statusLimitMs, signal);
        const { ok, body } = await fetch(address, { signal: limit });
        await body?.cancel();
        return ok ? true : undefined;
      } catch {
        return undefined;
      }
    },
    {
      clock,
      signal,
      reason: () => `the history server of "${cluster.name}"`,
      limitMs: historyLimitMs,
      everyMs: 200,
      remedies:
        cluster.provider === 'local'
          ? advice('Check its log nodes/history/daemon.log in the folder of the cluster.')
          : [
              callVerb('Check its log.', 'runCommand', cluster, {
                command: 'journalctl -u flintrock-spark-history',
                masterOnly: true,
              }),
            ],
    },
  );
}
