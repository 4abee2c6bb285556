import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { options } from '../../../src/config/options/options.ts';
import pins from '../../../src/model/software/pinned-releases.json' with { type: 'json' };
import { pinnedSdistSha256, pinnedSha512 } from '../../../src/model/software/pinned-releases.ts';
import { defaultSparkVersion } from '../../../src/model/software/spark-versions.ts';
import {
  downloadFile,
  fetchSha512,
  fetchText,
  mayFollow,
  parseSha512,
  probeSize,
} from '../../../src/node/bootstrap/download.ts';
import {
  hadoopReleasePath,
  releaseChecksum,
  sparkReleasePath,
} from '../../../src/node/services/spark-release.ts';
import { type FileServer, serve } from '../../helpers/file-server.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const hash = '0123456789abcdef'.repeat(8);
const name = 'spark-4.1.4-bin-hadoop3.tgz';

describe('parseSha512', () => {
  it.each([
    ['the hash and the name', `${hash}  ${name}\n`],
    ['the hash and the name of a binary file', `${hash} *${name}\n`],
    ['the hash alone', hash],
    ['the hash alone with Windows’ line end', `${hash}\r\n`],
    ['upper case', `${hash.toUpperCase()}  ${name}\n`],
    ['the way of BSD', `SHA512 (${name}) = ${hash}\n`],
    ['the name and the hash', `${name}: ${hash}\n`],
    [
      'the way of gpg --print-md, over several lines',
      `${name}: ${grouped(hash.toUpperCase(), 8, 4, `\n${' '.repeat(29)}`)}\n`,
    ],
    [
      'the way of gpg --print-md with a long name, which has its line for itself',
      `${name}:\n${grouped(hash.toUpperCase(), 4, 8, '\n ')}\n`,
    ],
  ])('reads %s', (_form, text) => {
    expect(parseSha512(text)).toBe(hash);
  });

  it.each([
    ['nothing', ''],
    ['a page', '<html><body>Sign in to the hotel’s network</body></html>'],
    ['a SHA-256', `${hash.slice(0, 64)}  ${name}`],
    ['a hash that lacks a digit', `${hash.slice(1)}  ${name}`],
    ['a hash with a digit too many', `${hash}0  ${name}`],
    ['a hash with something else in it', `${hash.slice(0, 100)}x${hash.slice(101)}  ${name}`],
  ])('takes no hash from %s', (_form, text) => {
    expect(parseSha512(text)).toBeUndefined();
  });

  it('finds any hash in any of the forms, and only 128 digits', () => {
    const hexadecimal = fc
      .uint8Array({ minLength: 64, maxLength: 64 })
      .map((bytes) => Buffer.from(bytes).toString('hex'));
    const fileName = fc.stringMatching(/^[a-z][a-z0-9._-]{0,40}\.tgz$/);
    const form = fc.constantFrom<(hex: string, file: string) => string>(
      (hex, file) => `${hex}  ${file}\n`,
      (hex, file) => `${file}: ${hex.toUpperCase()}\n`,
      (hex, file) => `${file}: ${grouped(hex, 8, 4, '\n      ')}\n`,
      (hex, file) => `${file}: ${grouped(hex, 2, 16, '\r\n')}`,
      (hex) => hex,
    );
    fc.assert(
      fc.property(hexadecimal, fileName, form, (hex, file, write) => {
        expect(parseSha512(write(hex, file))).toBe(hex);
        expect(parseSha512(write(hex.slice(2), file))).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => /^[0-9a-f]{128}$|^$/.test(parseSha512(text) ?? '')),
    );
  });
});

/** Digits in groups of `size`, `perLine` of them a line. */
function grouped(digits: string, size: number, perLine: number, lineEnd: string): string {
  const groups = digits.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
  const lines: string[] = [];
  for (let i = 0; i < groups.length; i += perLine)
    lines.push(groups.slice(i, i + perLine).join(' '));
  return lines.join(lineEnd);
}

describe('the pinned releases', () => {
  it('are hashes of their kind, and Hadoop’s default is among them', () => {
    for (const kind of ['spark', 'hadoop'] as const)
      for (const [version, hash] of Object.entries(pins[kind])) {
        expect(version).toMatch(/^\d+\.\d+\.\d+$/);
        expect(hash).toMatch(/^[0-9a-f]{128}$/);
        expect(pinnedSha512(kind, version)).toBe(hash);
      }
    for (const [version, hash] of Object.entries(pins.pyspark)) {
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
      expect(pinnedSdistSha256(version)).toBe(hash);
    }
    expect(pinnedSha512('hadoop', options.hdfsVersion.default as string)).toBeDefined();
    expect(pinnedSdistSha256(defaultSparkVersion)).toBeDefined();
  });

  it('have nothing to say of others', () => {
    for (const version of ['9.9.9', 'constructor', '__proto__', ''])
      expect([pinnedSha512('spark', version), pinnedSdistSha256(version)]).toEqual([
        undefined,
        undefined,
      ]);
  });
});

describe('what a release must be', () => {
  const mirror = 'https://dlcdn.apache.org';

  it('is never asked of the mirror that serves it', () => {
    const { pinned, urls } = releaseChecksum({}, mirror, sparkReleasePath('3.5.9'), undefined);
    expect(pinned).toBeUndefined();
    expect(urls).toEqual([
      'https://downloads.apache.org/spark/spark-3.5.9/spark-3.5.9-bin-hadoop3.tgz.sha512',
      'https://archive.apache.org/dist/spark/spark-3.5.9/spark-3.5.9-bin-hadoop3.tgz.sha512',
    ]);
  });

  it('is the pinned one, unless the user put another site in the place of Apache’s', () => {
    const path = hadoopReleasePath('3.3.6');
    expect(releaseChecksum({}, mirror, path, 'abc').pinned).toBe('abc');
    const env = { FLINTROCK_APACHE_MIRRORS: 'http://mine' };
    expect(releaseChecksum(env, 'http://mine', path, 'abc')).toEqual({
      pinned: undefined,
      urls: ['http://mine/hadoop/common/hadoop-3.3.6/hadoop-3.3.6.tar.gz.sha512'],
    });
  });
});

describe('what a source sends on to', () => {
  const servers: FileServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
  const { signal } = new AbortController();

  it('is followed over http, and ends', async () => {
    const server = await serve((request, response) => {
      const path = request.url ?? '';
      if (path === '/sum') response.end(hash);
      else response.writeHead(302, { location: path === '/once' ? '/sum' : path }).end();
    });
    servers.push(server);
    expect(await fetchSha512(`${server.url}/once`, { env: {}, signal })).toBe(hash);
    await expect(fetchText(`${server.url}/round`, { env: {}, signal })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('redirects in a loop (more than 10 redirects)') as string,
    });
  });

  it.each(['file:///etc/passwd', 'ftp://elsewhere/x', 'data:text/plain,x'])(
    'is not followed to %s',
    async (location) => {
      const server = await serve((_request, response) =>
        response.writeHead(301, { location }).end(),
      );
      servers.push(server);
      await expect(fetchText(`${server.url}/`, { env: {}, signal })).rejects.toMatchObject({
        message: expect.stringContaining('are not followed') as string,
      });
      expect(await probeSize(`${server.url}/`, { env: {}, signal })).toBeUndefined();
    },
  );

  it('is not followed from https to http', () => {
    expect(mayFollow(new URL('https://a/'), new URL('http://a/'))).toBe(false);
    expect(mayFollow(new URL('https://a/'), new URL('https://b/'))).toBe(true);
    expect(mayFollow(new URL('http://a/'), new URL('http://b/'))).toBe(true);
    expect(mayFollow(new URL('http://a/'), new URL('https://b/'))).toBe(true);
  });

  it('is no checksum unless it is one', async () => {
    const server = await serve({ '/page': '<html>', '/empty': '', '/large': 'x'.repeat(100_000) });
    servers.push(server);
    for (const path of ['/page', '/empty'])
      await expect(fetchSha512(`${server.url}${path}`, { env: {}, signal })).rejects.toMatchObject({
        message: expect.stringContaining('not a SHA-512 checksum') as string,
      });
    await expect(fetchSha512(`${server.url}/large`, { env: {}, signal })).rejects.toMatchObject({
      code: 'ANSWER_TOO_LARGE',
    });
    expect(await fetchSha512(`${server.url}/none`, { env: {}, signal })).toBeUndefined();
  });
});

describe('a source', () => {
  const servers: FileServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
  const web = { env: {}, signal: new AbortController().signal };

  it('that is busy three times is asked again', async () => {
    let asked = 0;
    const server = await serve((_request, response) => {
      asked += 1;
      if (asked <= 3) response.writeHead(503).end();
      else response.end('whole');
    });
    servers.push(server);
    const target = join(temporaryFolder('download'), 'file');
    await downloadFile(`${server.url}/file`, target, () => undefined, web);
    expect(readFileSync(target, 'utf8')).toBe('whole');
    expect(asked).toBe(4);
  });

  it('that stays busy is named with what it says', async () => {
    const server = await serve((_request, response) => response.writeHead(503).end());
    servers.push(server);
    await expect(fetchText(`${server.url}/file`, web)).rejects.toMatchObject({
      message: `${server.url}/file: HTTP 503`,
    });
    expect(server.requests).toHaveLength(4);
  });

  it('that breaks off says that the file is truncated, and leaves none', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('x'.repeat(400), () => response.destroy());
    });
    servers.push(server);
    const target = join(temporaryFolder('download'), 'file');
    await expect(
      downloadFile(`${server.url}/file`, target, () => undefined, web),
    ).rejects.toMatchObject({
      message: `${server.url}/file: the file is truncated: connection closed after 400 of 1000 bytes`,
    });
    expect(existsSync(target)).toBe(false);
  });
});
