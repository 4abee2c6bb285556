import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proxyFor, trustedCertificates } from '../../../src/base/web-agent.ts';
import { fetchText } from '../../../src/node/bootstrap/download.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import {
  type Authority,
  type ForwardProxy,
  type LocalServer,
  makeAuthority,
  serveHttps,
  startProxy,
} from '../../helpers/web.ts';

const folder = temporaryFolder('web');
const { signal } = new AbortController();

describe('proxyFor', () => {
  const env = { HTTPS_PROXY: 'http://secure.example.com:3128', http_proxy: 'plain.example.com:80' };
  const proxy = (address: string, more: Record<string, string> = {}): string | undefined =>
    proxyFor(new URL(address), { ...env, ...more })?.url.host;

  it('takes the one of the scheme, in both spellings, the small letters first', () => {
    expect(proxy('https://ec2.us-east-1.amazonaws.com/')).toBe('secure.example.com:3128');
    expect(proxy('http://mirror.example.com/')).toBe('plain.example.com');
    expect(proxy('https://x.com/', { https_proxy: 'http://small:1' })).toBe('small:1');
    const all = { ALL_PROXY: 'http://all:1' };
    expect(proxyFor(new URL('https://x.com/'), all)?.url.host).toBe('all:1');
    expect(proxyFor(new URL('https://x.com/'), { HTTPS_PROXY: ' ' })).toBeUndefined();
  });

  it.each([
    ['*', 'https://x.com/', true],
    ['x.com', 'https://x.com/', true],
    ['x.com', 'https://a.x.com/', true],
    ['.x.com', 'https://a.x.com/', true],
    ['*.x.com', 'https://a.x.com/', true],
    ['x.com', 'https://ax.com/', false],
    ['x.com:8443', 'https://x.com/', false],
    ['x.com:443', 'https://x.com/', true],
    ['a.com, X.COM', 'https://x.com/', true],
    ['a.com x.com', 'https://x.com/', true],
    ['10.0.0.0/8', 'https://10.2.3.4/', true],
    ['10.0.0.0/8', 'https://11.2.3.4/', false],
    ['10.2.3.4', 'https://10.2.3.4/', true],
    ['2.3.4', 'https://1.2.3.4/', false],
    ['fd00::/8', 'https://[fd00::7]/', true],
    ['[fd00::7]', 'https://[fd00::7]/', true],
    ['fd00::7', 'https://[fd00::7]/', true],
    ['10.0.0.0/99', 'https://10.2.3.4/', false],
    ['', 'https://x.com/', false],
  ])('NO_PROXY=%s, %s', (NO_PROXY, address, isStraight) => {
    expect(proxy(address, { NO_PROXY }) === undefined).toBe(isStraight);
    expect(proxy(address, { no_proxy: NO_PROXY }) === undefined).toBe(isStraight);
  });

  it('reaches this machine straight', () => {
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]', 'a.localhost'])
      expect(proxy(`https://${host}:8443/`)).toBeUndefined();
  });

  it('says which variable is wrong, and not what is in it', () => {
    for (const HTTPS_PROXY of ['socks5://me:secret@x:1', 'http://me:secret@:x:y'])
      expect(() => proxy('https://x.com/', { HTTPS_PROXY })).toThrow(/^(?!.*secret).*HTTPS_PROXY/);
  });
});

describe('a company’s network', () => {
  let authority: Authority;
  let inside: LocalServer;
  let proxy: ForwardProxy;
  beforeAll(async () => {
    authority = makeAuthority(folder);
    inside = await serveHttps(authority, (_, answer) => answer.end('by https'));
    const plain = createServer((_, answer) => answer.end('by http'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    plain.unref();
    const { port } = plain.address() as AddressInfo;
    proxy = await startProxy('me:p@ss:w/rd', (host) =>
      host.endsWith(':443') ? inside.port : port,
    );
  });
  afterAll(() => {
    inside.close();
    proxy.close();
  });
  const proxies = (login = 'me:p%40ss%3Aw%2Frd@'): Record<string, string> => ({
    HTTP_PROXY: `http://${login}127.0.0.1:${proxy.port}`,
    https_proxy: `http://${login}127.0.0.1:${proxy.port}`,
  });

  it.each(['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'])(
    'is gone through with user, password and the authority of %s',
    async (variable) => {
      const env = { ...proxies(), [variable]: authority.file };
      expect(await fetchText('https://www.example.com/a', { env, signal })).toBe('by https');
      expect(await fetchText('http://www.example.com/b', { env, signal })).toBe('by http');
      expect(proxy.asked.splice(0)).toEqual([
        'CONNECT www.example.com:443',
        'GET http://www.example.com/b',
      ]);
    },
  );

  it('is gone through with the authorities of the system, where the host knows them', async () => {
    const authorities = (): string[] => [readFileSync(authority.file, 'utf8')];
    const web = { env: proxies(), authorities, signal };
    expect(await fetchText('https://www.example.com/', web)).toBe('by https');
  });

  it('says that a certificate is not trusted, and how to trust it', async () => {
    await expect(
      fetchText('https://www.example.com/', { env: proxies(), signal }),
    ).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      remedies: [{ text: expect.stringContaining('AWS_CA_BUNDLE') as string }],
    });
  });

  it('says that the proxy wants a login, without saying which was tried', async () => {
    const env = { ...proxies('me:wrong@'), AWS_CA_BUNDLE: authority.file };
    for (const url of ['https://www.example.com/', 'http://www.example.com/'])
      await expect(fetchText(url, { env, signal })).rejects.toMatchObject({
        message: `${url}: the proxy requires a valid user name and password`,
      });
  });

  it('names a file of authorities that cannot be read', async () => {
    const env = { AWS_CA_BUNDLE: join(folder, 'none.pem') };
    await expect(fetchText('https://www.example.com/', { env, signal })).rejects.toMatchObject({
      message: expect.stringMatching(
        /AWS_CA_BUNDLE can’t be read: .*none\.pem \(ENOENT\)/,
      ) as string,
    });
  });

  it('has proxies that are reached by https', async () => {
    const own = await startProxy('', () => inside.port, authority);
    try {
      const env = { HTTPS_PROXY: `https://127.0.0.1:${own.port}`, AWS_CA_BUNDLE: authority.file };
      expect(await fetchText('https://www.example.com/', { env, signal })).toBe('by https');
      // One whose certificate nobody vouches for is refused, unless the user says otherwise.
      const other = makeAuthority(mkdtempSync(join(folder, 'other-')));
      const web = { env: { ...env, AWS_CA_BUNDLE: other.file }, signal };
      await expect(fetchText('https://www.example.com/', web)).rejects.toThrow();
      const certificates = await trustedCertificates(web);
      expect(certificates?.at(-1)).toBe(readFileSync(other.file, 'utf8'));
      await expect(
        fetchText('https://www.example.com/', { ...web, trustsAnyProxy: true }),
      ).rejects.toMatchObject({ message: expect.stringContaining('certificate') as string });
      expect(own.asked).toEqual(['CONNECT www.example.com:443', 'CONNECT www.example.com:443']);
    } finally {
      own.close();
    }
  });
});

it('trusts what Node trusts where nothing else is said', async () => {
  expect(await trustedCertificates({ env: {} })).toBeUndefined();
  const file = join(folder, 'more.pem');
  writeFileSync(file, 'more');
  const some = await trustedCertificates({ env: { AWS_CA_BUNDLE: file } });
  expect(some?.length).toBeGreaterThan(50);
});
