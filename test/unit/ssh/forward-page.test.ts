import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { PortForward } from '../../../src/model/session.ts';
import { forwardPage } from '../../../src/ssh/forward-page.ts';
import { connectToHostileServer, folderOf } from '../../helpers/sftp-server.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** A page of a node, and the port of this machine that leads to it. */
async function forwarded(): Promise<{ way: PortForward; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const page = createServer((message, answer) => {
    asked.push(message);
    if (message.url === '/moved') answer.writeHead(302, { location: '/there' }).end();
    else if (message.method === 'GET') answer.end(`page ${message.url ?? ''}`);
    else message.pipe(answer);
  });
  page.listen(0, '127.0.0.1');
  await once(page, 'listening');
  const { connection, close } = await connectToHostileServer(folderOf([]), { tunnels: true });
  const way = await forwardPage(connection, '127.0.0.1', (page.address() as AddressInfo).port);
  open.push(
    () => page.close(),
    close,
    () => way.close(),
  );
  return { way, asked };
}

/** Asks as a browser would, with headers that `fetch` doesn't let anybody set. */
function ask(
  { port }: PortForward,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<{ status: number; text: string; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const message = request({ host: '127.0.0.1', port, path, method, headers }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part: string) => (text += part));
      reply.once('end', () =>
        resolve({ status: reply.statusCode ?? 0, text, location: reply.headers.location }),
      );
    });
    message.once('error', reject);
    message.end(body);
  });
}

describe('forwardPage', () => {
  it('passes a page on, with what is sent to it', async () => {
    const { way, asked } = await forwarded();
    expect(await ask(way, '/a?b=c')).toMatchObject({ status: 200, text: 'page /a?b=c' });
    expect(await ask(way, '/moved')).toMatchObject({ status: 302, location: '/there' });
    const origin = `http://127.0.0.1:${way.port}`;
    expect(await ask(way, '/post', { origin }, 'POST', 'x'.repeat(200_000))).toMatchObject({
      status: 200,
      text: 'x'.repeat(200_000),
    });
    expect(asked[0]?.headers.host).toBe(`127.0.0.1:${way.port}`);
  });

  it.each(['localhost', '127.0.0.1:1', '[::1]:8080', 'LOCALHOST:8080'])(
    'is there as %s',
    async (host) => {
      const { way } = await forwarded();
      expect((await ask(way, '/', { host })).status).toBe(200);
    },
  );

  it.each([
    ['another name for this machine', { host: 'evil.example' }],
    ['another name with our port', { host: 'evil.example:8080' }],
    ['a name that begins like ours', { host: 'localhost.evil.example' }],
    ['a name that ends like ours', { host: 'evil-localhost' }],
    ['the page of another site', { origin: 'https://evil.example' }],
    ['another page of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a page without a name', { origin: 'null' }],
    [
      'a picture in another site’s page',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
  ] as const)('serves nothing to %s', async (_who, headers) => {
    const { way, asked } = await forwarded();
    expect((await ask(way, '/', headers)).status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('lets links of other sites look, and end nothing', async () => {
    const { way, asked } = await forwarded();
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await ask(way, '/jobs/', link)).status).toBe(200);
    for (const path of ['/stages/stage/kill/?id=1', '/proxy/app-1/jobs/job/%6bill/?id=1', '/%'])
      expect((await ask(way, path, link)).status).toBe(403);
    expect((await ask(way, '/jobs/', link, 'POST')).status).toBe(403);
    expect(asked).toHaveLength(1);
    // Its own page may.
    const own = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' };
    expect((await ask(way, '/stages/stage/kill/?id=1', own)).status).toBe(200);
  });

  it('is there by a name that the editor gave it', async () => {
    const { way } = await forwarded();
    const headers = { host: 'abc-8080.app.example', origin: 'https://abc-8080.app.example' };
    expect((await ask(way, '/', headers)).status).toBe(403);
    way.allowHost?.('abc-8080.app.example');
    expect((await ask(way, '/', headers)).status).toBe(200);
    expect((await ask(way, '/', { ...headers, origin: 'https://evil.example' })).status).toBe(403);
  });

  it('is no proxy, and says so when nothing answers', async () => {
    const { way, asked } = await forwarded();
    expect((await ask(way, 'http://evil.example/')).status).toBe(403);
    expect(asked).toEqual([]);
    const { connection, close } = await connectToHostileServer(folderOf([]), { tunnels: true });
    const nowhere = await forwardPage(connection, '127.0.0.1', 1);
    open.push(close, () => nowhere.close());
    expect((await ask(nowhere, '/')).status).toBe(502);
  });

  it('ends with its connection', async () => {
    const { way } = await forwarded();
    await way.close();
    await way.closed;
    await expect(ask(way, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
