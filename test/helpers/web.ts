import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  request,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';

// A company's network: its own certificate authority, and the proxy that everybody goes through.

/** A certificate authority, with a certificate for names. */
export interface Authority {
  /** Path of its own certificate. */
  readonly file: string;
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** Makes an authority that vouches for `*.example.com` and `*.amazonaws.com`. */
export function makeAuthority(folder: string): Authority {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  openssl(
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem'],
    ...['-days', '2', '-subj', '/CN=Example Corp CA'],
    ...['-addext', 'keyUsage=critical,keyCertSign'],
  );
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'key',
    '-out',
    'csr',
    '-subj',
    '/CN=x',
  );
  writeFileSync(
    at('names'),
    'subjectAltName=DNS:*.example.com,DNS:*.amazonaws.com,DNS:*.us-east-1.amazonaws.com,IP:127.0.0.1\n',
  );
  openssl(
    ...['x509', '-req', '-in', 'csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-out', 'cert', '-days', '2', '-extfile', 'names'],
  );
  return { file: at('ca.pem'), key: readFileSync(at('key')), cert: readFileSync(at('cert')) };
}

/** A server of this machine. */
export interface LocalServer {
  readonly port: number;
  readonly close: () => void;
}

/** Answers by https with a certificate of the company's. */
export async function serveHttps(
  { key, cert }: Authority,
  listener: RequestListener,
): Promise<LocalServer> {
  return listening(createHttpsServer({ key, cert }, listener));
}

/** Answers by http. */
export async function serveHttp(listener: RequestListener): Promise<LocalServer> {
  return listening(createHttpServer(listener));
}

/** Passes requests on to another server, as a gateway does that reads what is encrypted. */
export function passOn(target: string): RequestListener {
  const { hostname, port } = new URL(target);
  return (asked, answer) => {
    const { method, url, headers } = asked;
    asked.pipe(
      request({ hostname, port, method, path: url, headers }, (from) => {
        answer.writeHead(from.statusCode ?? 502, from.headers);
        from.pipe(answer);
      }),
    );
  };
}

/** A forward proxy. */
export interface ForwardProxy extends LocalServer {
  /** What it was asked for, in order: `CONNECT host:port`, `GET http://…`; `refused` where the login was wrong. */
  readonly asked: string[];
}

/**
 * A forward proxy with a login (RFC 9110 §9.3.6, RFC 7617).
 *
 * @param login `user:password`; empty for none
 * @param portOf where a host is on this machine: no name is looked up
 * @param address where it listens
 */
export async function startProxy(
  login: string,
  portOf: (host: string) => number,
  authority?: Authority,
  address = '127.0.0.1',
): Promise<ForwardProxy> {
  const asked: string[] = [];
  const isAllowed = ({ headers }: IncomingMessage): boolean =>
    login === '' ||
    headers['proxy-authorization'] === `Basic ${Buffer.from(login).toString('base64')}`;
  const listener: RequestListener = (from, answer) => {
    if (!isAllowed(from)) {
      asked.push('refused');
      answer.writeHead(407, { 'proxy-authenticate': 'Basic realm="corp"' }).end('<html>No</html>');
      return;
    }
    asked.push(`${from.method ?? ''} ${from.url ?? ''}`);
    const { hostname, port } = new URL(from.url ?? '');
    const target = `http://127.0.0.1:${portOf(`${hostname}:${port || '80'}`)}`;
    from.url = new URL(from.url ?? '').pathname;
    passOn(target)(from, answer);
  };
  const server =
    authority === undefined
      ? createHttpServer(listener)
      : createHttpsServer({ key: authority.key, cert: authority.cert }, listener);
  server.on('connect', (from: IncomingMessage, socket: Socket) => {
    socket.on('error', () => undefined);
    if (!isAllowed(from)) {
      asked.push('refused');
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="corp"\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>No</html>',
      );
      return;
    }
    asked.push(`CONNECT ${from.url ?? ''}`);
    const there = connect(portOf(from.url ?? ''), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
  });
  return { asked, ...(await listening(server, address)) };
}

async function listening(server: Server, address = '127.0.0.1'): Promise<LocalServer> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
