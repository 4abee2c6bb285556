import { once } from 'node:events';
import {
  connect,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectProxy } from '../../../src/connect/connect-proxy.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that speaks gRPC: it answers with what `answer` does. */
async function grpcServer(
  answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): Promise<{ open: () => Promise<Duplex>; end: () => void }> {
  const server = createServer();
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket: { destroy(): void }) => sockets.add(socket));
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    answer(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const end = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  closers.push(() => {
    end();
    return Promise.resolve();
  });
  return {
    open: async () => {
      const socket = connectSocket(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    },
    end,
  };
}

async function proxy(token = 'ours'): Promise<ConnectProxy> {
  const made = await ConnectProxy.listen(0, token);
  closers.push(() => made.close());
  return made;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: string;
}

/** One call of a client. */
async function call(port: number, headers: OutgoingHttpHeaders, body = ''): Promise<Answer> {
  const session = connect(`http://localhost:${port}`);
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/spark.connect.SparkConnectService/ExecutePlan',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  let [answered, trailers]: IncomingHttpHeaders[] = [{}, {}];
  const chunks: Buffer[] = [];
  stream.on('response', (got) => (answered = got));
  stream.on('trailers', (got: IncomingHttpHeaders) => (trailers = got));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => undefined);
  stream.end(body);
  await once(stream, 'close');
  session.destroy();
  return {
    headers: answered ?? {},
    trailers: trailers ?? {},
    body: Buffer.concat(chunks).toString(),
  };
}

const ours = { authorization: 'Bearer ours' };

describe('the proxy of a Connect server', () => {
  it('puts the token of the server in the place of ours, and passes the rest on in both directions', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const server = await grpcServer((stream, headers) => {
      seen.push(headers);
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'x-more': 'a' },
        { waitForTrailers: true },
      );
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-end': 'b' }));
      stream.pipe(stream);
    });
    const end = await proxy();
    end.lead({ token: 'theirs', open: server.open });
    const body = 'x'.repeat(3_000_000);
    const answer = await call(end.port, { ...ours, 'user-agent': 'spark' }, body);
    expect(answer.headers).toMatchObject({ ':status': 200, 'x-more': 'a' });
    expect(answer.trailers).toMatchObject({ 'grpc-status': '0', 'x-end': 'b' });
    expect(answer.body === body).toBe(true);
    expect(seen[0]).toMatchObject({ authorization: 'Bearer theirs', 'user-agent': 'spark' });
  });

  it.each([
    {},
    { authorization: 'Bearer' },
    { authorization: 'Bearer other' },
    { authorization: 'ours' },
  ])('lets nobody pass who shows %o', async (headers) => {
    let asked = 0;
    const server = await grpcServer(() => asked++);
    const end = await proxy();
    end.lead({ token: 'theirs', open: server.open });
    expect((await call(end.port, headers)).headers).toMatchObject({
      'grpc-status': '16',
      'grpc-message': expect.stringContaining('The token is missing or wrong.') as string,
    });
    expect(asked).toBe(0);
  });

  it('says why there is no server, and finds one that came meanwhile', async () => {
    const server = await grpcServer((stream) =>
      stream.respond({ ':status': 200, 'grpc-status': '0' }, { endStream: true }),
    );
    const end = await proxy();
    end.lead('The connection to "demo" was lost; reconnecting.');
    expect((await call(end.port, ours)).headers).toMatchObject({
      'grpc-status': '14',
      'grpc-message': 'The connection to "demo" was lost; reconnecting.',
    });
    end.lead({ token: 'theirs', open: () => Promise.reject(new Error('connection refused')) });
    expect((await call(end.port, ours)).headers['grpc-message']).toContain('connection refused');
    end.lead({ token: 'theirs', open: server.open });
    expect((await call(end.port, ours)).headers['grpc-status']).toBe('0');
  });

  it('ends a call as unavailable whose connection breaks, before and after its answer began', async () => {
    for (const begins of [false, true]) {
      const server = await grpcServer((stream) => {
        if (begins) stream.respond({ ':status': 200 }, { waitForTrailers: true });
        if (begins) stream.write('part');
        setTimeout(() => server.end(), 50);
      });
      const end = await proxy();
      end.lead({ token: 'theirs', open: server.open });
      const { headers, trailers } = await call(end.port, ours);
      expect({ ...headers, ...trailers }).toMatchObject({ 'grpc-status': '14' });
    }
  });

  it('tells the server when a client gives up', async () => {
    const cancelled = new Promise<void>((resolve) => {
      void grpcServer((stream) => {
        stream.respond({ ':status': 200 });
        stream.write('part');
        stream.once('close', resolve);
      }).then(async (server) => {
        const end = await proxy();
        end.lead({ token: 'theirs', open: server.open });
        const session = connect(`http://localhost:${end.port}`);
        const stream = session.request({ ':method': 'POST', ':path': '/x', ...ours });
        stream.on('error', () => undefined);
        stream.once('data', () => session.destroy());
      });
    });
    await cancelled;
  });

  it('serves this machine only', async () => {
    const end = await proxy();
    expect((await call(end.port, {})).headers['grpc-status']).toBe('16');
    for (const host of ['127.0.0.2', '0.0.0.0'])
      await expect(
        new Promise((resolve, reject) => {
          const socket = connectSocket(end.port, host === '0.0.0.0' ? '127.1.2.3' : host);
          socket.once('connect', resolve).once('error', reject);
        }),
      ).rejects.toThrow('ECONNREFUSED');
  });
});
