import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PortForward } from '../model/session.ts';

const loopback = '127.0.0.1';
const ownHosts: readonly string[] = ['localhost', loopback, '[::1]'];

/** What pages come through. */
export interface PageWay {
  forward(host: string, port: number): Promise<Duplex>;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/**
 * A port of this machine that leads to the web page at `host:port` as seen from the other side of a connection; it owns the
 * connection, and ends with it. It listens on loopback only, and serves clients that asked for this machine: pages of other sites can
 * make a browser ask there too, but not without saying whose they are.
 *
 * @param localPort the port of this machine, if it is free; else any
 */
export async function forwardPage(
  way: PageWay,
  host: string,
  port: number,
  localPort = 0,
): Promise<PortForward> {
  const streams = new Set<Duplex>();
  const admitted = new Set<string>();
  const server = createServer((asked, answer) => {
    const fault = foreignRequest(asked, admitted);
    if (fault !== undefined) {
      refuse(answer, 403, fault);
      return;
    }
    way.forward(host, port).then(
      (stream) => {
        streams.add(stream);
        stream.once('close', () => streams.delete(stream));
        pass(asked, answer, stream);
      },
      () => refuse(answer, 502, `No service is listening on port ${port} of the node.`),
    );
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await listenOn(server, localPort);
  const shut = (): void => {
    server.close();
    server.closeAllConnections();
    for (const stream of streams) stream.destroy();
  };
  return {
    host: loopback,
    port: (server.address() as AddressInfo).port,
    allowHost: (authority) => void admitted.add(authority.toLowerCase()),
    closed: way.closed.then(shut),
    close: async () => {
      shut();
      await way.close();
    },
  };
}

async function listenOn(server: Server, port: number): Promise<void> {
  try {
    server.listen(port, loopback);
    await once(server, 'listening');
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await listenOn(server, 0);
  }
}

/**
 * Why a request isn't served: it came from the page of another site, or by a name that somebody else gave this machine (DNS
 * rebinding). `undefined` if it is served.
 */
function foreignRequest(
  { url = '', method, headers }: IncomingMessage,
  admitted: ReadonlySet<string>,
): string | undefined {
  if (!url.startsWith('/')) return 'Only requests with a path are allowed.';
  const authority = (headers.host ?? '').toLowerCase();
  if (!ownHosts.includes(authority.replace(/:\d+$/, '')) && !admitted.has(authority))
    return 'This page is available only on this machine, under its local address.';
  const { origin } = headers;
  if (origin !== undefined && !isOwnOrigin(origin, authority, admitted))
    return 'This page is not available to other websites.';
  if (headers['sec-fetch-site'] !== 'cross-site') return undefined;
  // A link from elsewhere leads here, but only to look: Spark ends jobs and stages by GET too.
  const isLink = method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
  return isLink && !/\bkill\b/i.test(decoded(url))
    ? undefined
    : 'This page is not available to other websites.';
}

function isOwnOrigin(origin: string, authority: string, admitted: ReadonlySet<string>): boolean {
  const own = origin.toLowerCase().replace(/^https?:\/\//, '');
  // "null", of a page without a name, is nobody's own.
  return own !== origin.toLowerCase() && (own === authority || admitted.has(own));
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return 'kill';
  }
}

/** Passes a request on, and its answer back. */
function pass(asked: IncomingMessage, answer: ServerResponse, stream: Duplex): void {
  const fail = (): void => {
    stream.destroy();
    if (answer.headersSent) answer.destroy();
    else refuse(answer, 502, 'The node did not respond.');
  };
  stream.on('error', fail);
  const passed = request(
    {
      method: asked.method,
      path: asked.url,
      headers: ownHeaders(asked.headers),
      // One channel a request: on an SSH connection they cost nothing.
      createConnection: () => stream,
    },
    (reply) => {
      reply.on('error', fail);
      try {
        answer.writeHead(reply.statusCode ?? 502, ownHeaders(reply.headers));
      } catch {
        fail();
        return;
      }
      reply.pipe(answer);
    },
  );
  passed.on('error', fail);
  answer.once('close', () => stream.destroy());
  asked.on('error', fail);
  asked.pipe(passed);
}

// Those of a connection belong to it, and aren't passed on (RFC 9110 §7.6.1).
function ownHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const connection = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  const left = new Set([
    ...connection,
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authorization',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !left.has(name)));
}

function refuse(answer: ServerResponse, status: number, why: string): void {
  answer.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  answer.end(`${why}\n`);
}
