import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { portOwner } from '../base/machine/port-owner.ts';
import { ClusterError } from '../model/errors.ts';
import { advice } from '../model/remedy.ts';
import { type ExecutionProgress, readExecutionProgress } from './execution-progress.ts';
import { errorIn, grpcError, GrpcMessages, grpcStatus, passedOn, refuseCall } from './grpc.ts';

/** The server that calls are passed on to. */
export interface ConnectUpstream {
  /** Its own token, which takes the place of ours. */
  readonly token: string;
  /** A new connection to it. */
  readonly open: () => Promise<Duplex>;
  /** A connection to it has ended, and not from this side: the server may be gone. */
  readonly onClose?: () => void;
}

/** What a {@link ConnectProxy} tells of the queries that pass it. */
export interface ProxyListener {
  /** A query goes on. */
  readonly onProgress?: (query: string, progress: ExecutionProgress) => void;
  /** The server ended a call with an error; `message` is its text. */
  readonly onFailure?: (message: string) => void;
  /** A call was refused, because there is no server just now. */
  readonly onRefused?: () => void;
  /** A query of which progress was told has ended. */
  readonly onEnd?: (query: string) => void;
}

const loopbacks = ['127.0.0.1', '::1'] as const;
/** Calls whose answers have the progress of a query among them. */
const queryPath = /^\/spark\.connect\.SparkConnectService\/(?:ExecutePlan|ReattachExecute)$/;
/** Calls with which clients only tidy up: that there is nothing left to release is no failure. */
const releasePath = /\/Release(?:Execute|Session)$/;
/** Messages of progress are a few bytes for each stage. */
const maxProgressBytes = 16_384;
/** How much may be on its way, in bytes: with HTTP/2's own 64 KiB, a result from far away would wait for acknowledgements. */
const windowBytes = 4 << 20;

/**
 * Our end of Spark Connect: a port of this machine whose address and token stay the same, whatever server is behind it, and whether
 * there is one just now. Who asks needs our token; the server's never leaves this process.
 */
export class ConnectProxy {
  readonly port: number;
  readonly #token: Buffer;
  readonly #servers: readonly Http2Server[];
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #listener: ProxyListener;
  #upstream: ConnectUpstream | string;
  #session: Promise<ClientHttp2Session> | undefined;
  #running = 0;
  /** Whether a query was cut off since the proxy leads where it leads. */
  #hasCutOff = false;
  #queries = 0;

  private constructor(
    port: number,
    token: string,
    servers: readonly Http2Server[],
    listener: ProxyListener,
  ) {
    this.port = port;
    this.#token = Buffer.from(`Bearer ${token}`);
    this.#servers = servers;
    this.#listener = listener;
    this.#upstream = 'It is not connected to a cluster yet.';
    for (const server of servers) {
      server.on('session', (session) => {
        this.#sessions.add(session);
        session.setLocalWindowSize(windowBytes);
        session.once('close', () => this.#sessions.delete(session));
        session.on('error', () => undefined);
      });
      server.on('stream', (stream, headers) => void this.#answer(stream, headers));
      server.on('sessionError', () => undefined);
    }
  }

  /**
   * Listens on this machine's own addresses: 127.0.0.1 and, where there is one, ::1, which gRPC may try first.
   *
   * @param port 0 for any that is free
   * @param token what clients have to show
   * @throws ClusterError `PORT_TAKEN` with who has it
   */
  static async listen(
    port: number,
    token: string,
    listener: ProxyListener = {},
  ): Promise<ConnectProxy> {
    const servers: Http2Server[] = [];
    let taken = port;
    try {
      for (const host of loopbacks) {
        const server = createServer({ settings: { initialWindowSize: windowBytes } });
        server.listen({ host, port: taken, exclusive: true });
        try {
          await once(server, 'listening');
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          // A machine without IPv6.
          if (host === '::1' && code !== 'EADDRINUSE') continue;
          throw error;
        }
        servers.push(server);
        const address = server.address();
        if (typeof address === 'object' && address !== null) taken = address.port;
      }
      return new ConnectProxy(taken, token, servers, listener);
    } catch (error) {
      for (const server of servers) server.close();
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      const owner = await portOwner(taken);
      throw new ClusterError(
        'PORT_TAKEN',
        `Port ${taken} is in use by ${owner ?? 'another program'}.`,
        {
          cause: error,
          details: { port: taken, owner },
          remedies: advice('Close the program that uses the port.'),
        },
      );
    }
  }

  /** Whether somebody waits for the answer to a query, or did when the way to the server broke. */
  get isAwaited(): boolean {
    return this.#running > 0 || this.#hasCutOff;
  }

  /**
   * Passes calls on to another server from now on, or to none. Calls that are under way end.
   *
   * @param upstream the server; or why there is none, as a sentence that clients are told
   */
  lead(upstream: ConnectUpstream | string): void {
    this.#upstream = upstream;
    this.#hasCutOff = false;
    const old = this.#session;
    this.#session = undefined;
    old?.then((session) => session.destroy()).catch(() => undefined);
    // At once: so its end is noticed also while nobody calls, and the first call finds it open.
    if (typeof upstream !== 'string') this.#connection(upstream).catch(() => undefined);
  }

  /** Ends it, with all calls. */
  async close(): Promise<void> {
    this.lead('It was closed.');
    const closed = this.#servers.map((server) => once(server, 'close'));
    for (const server of this.#servers) server.close();
    for (const session of this.#sessions) session.destroy();
    await Promise.all(closed);
  }

  async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', () => undefined);
    if (!this.#isAllowed(headers.authorization)) {
      refuseCall(
        stream,
        grpcError(
          grpcStatus.unauthenticated,
          'The token is missing or wrong. Set SPARK_CONNECT_AUTHENTICATE_TOKEN to the token of this connection.',
        ),
      );
      return;
    }
    const upstream = this.#upstream;
    if (typeof upstream === 'string') {
      refuseCall(stream, grpcError(grpcStatus.unavailable, upstream));
      this.#listener.onRefused?.();
      return;
    }
    try {
      const session = await this.#connection(upstream);
      if (!stream.destroyed) this.#pass(stream, headers, session, upstream.token);
    } catch (error) {
      refuseCall(stream, grpcError(grpcStatus.unavailable, unreachable(error)));
    }
  }

  #isAllowed(authorization: string | undefined): boolean {
    const shown = Buffer.from(authorization ?? '');
    return shown.length === this.#token.length && timingSafeEqual(shown, this.#token);
  }

  /** The one connection to the server, which all calls share. */
  #connection(upstream: ConnectUpstream): Promise<ClientHttp2Session> {
    if (this.#session !== undefined) return this.#session;
    const opened = openSession(upstream);
    this.#session = opened;
    const forget = (): void => {
      if (this.#session === opened) this.#session = undefined;
    };
    opened.then((session) => {
      const close = (): void => {
        forget();
        if (this.#upstream === upstream) upstream.onClose?.();
      };
      if (session.closed) close();
      else session.once('close', close);
    }, forget);
    return opened;
  }

  #pass(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    session: ClientHttp2Session,
    token: string,
  ): void {
    const path = headers[':path'] ?? '/';
    const call = session.request({
      ...passedOn(headers),
      ':method': 'POST',
      ':path': path,
      ':scheme': 'http',
      ':authority': 'localhost',
      authorization: `Bearer ${token}`,
    });
    let trailers: OutgoingHttpHeaders = grpcError(
      grpcStatus.unavailable,
      'The connection to the cluster was lost.',
    );
    call.on('error', () => undefined);
    call.once('response', (answer, flags) => {
      const ends = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      this.#tellFailure(path, answer);
      if (stream.destroyed) return;
      stream.respond(passedOn(answer), ends ? { endStream: true } : { waitForTrailers: true });
      if (!ends) call.pipe(stream);
    });
    call.once('trailers', (sent: IncomingHttpHeaders) => {
      trailers = passedOn(sent);
      this.#tellFailure(path, sent);
    });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    call.once('close', () => {
      if (stream.destroyed) return;
      if (!stream.headersSent) refuseCall(stream, trailers);
      // A call that was cut off has no end of its own.
      else if (!call.readableEnded) stream.end();
    });
    stream.once('close', () => {
      if (!call.closed) call.close(constants.NGHTTP2_CANCEL);
    });
    stream.pipe(call);
    if (queryPath.test(path)) this.#watch(call, stream);
  }

  #tellFailure(path: string, headers: IncomingHttpHeaders): void {
    const message = errorIn(headers);
    if (message !== undefined && !releasePath.test(path)) this.#listener.onFailure?.(message);
  }

  #watch(call: ClientHttp2Stream, stream: ServerHttp2Stream): void {
    const query = `query-${++this.#queries}`;
    let told = false;
    const messages = new GrpcMessages(maxProgressBytes, (message) => {
      const progress = readExecutionProgress(message);
      if (progress === undefined) return;
      told = true;
      this.#listener.onProgress?.(query, progress);
    });
    this.#running++;
    call.on('data', (chunk: Buffer) => messages.push(chunk));
    let isWhole = false;
    call.once('trailers', () => (isWhole = true));
    call.once('response', (_answer, flags) => {
      if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) isWhole = true;
    });
    call.once('close', () => {
      this.#running--;
      if (!isWhole && !stream.destroyed) this.#hasCutOff = true;
      if (told) this.#listener.onEnd?.(query);
    });
  }
}

async function openSession({ open }: ConnectUpstream): Promise<ClientHttp2Session> {
  const connection = await open();
  connection.on('error', () => undefined);
  const session = connect('http://localhost', {
    createConnection: () => connection,
    settings: { initialWindowSize: windowBytes },
  });
  session.on('error', () => undefined);
  await once(session, 'connect');
  session.setLocalWindowSize(windowBytes);
  return session;
}

function unreachable(error: unknown): string {
  return `The Spark Connect server can’t be reached: ${(error as Error).message}`;
}
