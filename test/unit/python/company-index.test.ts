import { execFileSync } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { fillPackageFolder } from '../../../src/python/package-folder.ts';
import { type Authority, type LocalServer, makeAuthority, serveHttps } from '../../helpers/web.ts';
import { makeWheel } from '../../helpers/wheel.ts';

// A package index with a certificate of the company's own, asked by the pip of this machine.

const folder = mkdtempSync(join(tmpdir(), 'flintrock-index-'));
let authority: Authority;
let stranger: Authority;
let server: LocalServer;

beforeAll(async () => {
  const [own, other] = ['own', 'other'].map((name) => {
    mkdirSync(join(folder, name));
    return makeAuthority(join(folder, name));
  });
  if (own === undefined || other === undefined) throw new Error('Two were expected.');
  [authority, stranger] = [own, other];
  const wheel = makeWheel(folder, 'tiny', '1.0', 'from the index');
  server = await serveHttps(authority, ({ url }, answer) => {
    if (url === '/simple/tiny/')
      answer.setHeader('content-type', 'text/html').end(`<a href="/${basename(wheel)}">tiny</a>`);
    else if (url === `/${basename(wheel)}`) createReadStream(wheel).pipe(answer);
    else answer.writeHead(404).end();
  });
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Installs the package from the index, as a user with these variables; gives what is there then. */
async function install(name: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const target = join(folder, name);
  mkdirSync(target);
  const program = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).trim();
  await fillPackageFolder(
    {
      folder: target,
      program,
      requirements: ['tiny'],
      constraints: [],
      index: `https://127.0.0.1:${server.port}/simple`,
    },
    {
      // Without uv, and without what this machine's own pip is configured with.
      env: { PATH: '/usr/bin:/bin', HOME: folder, PIP_CONFIG_FILE: '/dev/null', ...env },
      home: folder,
      cwd: folder,
      platform: 'linux',
      clock: systemClock,
      signal: new AbortController().signal,
      onLine: () => undefined,
    },
  );
  return readdirSync(target);
}

it.each<[string, () => Readonly<Record<string, string>>]>([
  ['all programs of the user trust', () => ({ NODE_EXTRA_CA_CERTS: authority.file })],
  ['AWS’s programs trust', () => ({ AWS_CA_BUNDLE: authority.file })],
  ['pip alone trusts', () => ({ PIP_CERT: authority.file, NODE_EXTRA_CA_CERTS: stranger.file })],
])('is trusted with an authority that %s', async (what, env) => {
  expect(await install(what, env())).toContain('tiny.py');
});

it('is not trusted otherwise, and the error says what was wrong', async () => {
  await expect(install('untrusted', { PIP_RETRIES: '0' })).rejects.toMatchObject({
    code: 'PYTHON_INSTALL_FAILED',
    details: { output: expect.stringMatching(/CERTIFICATE_VERIFY_FAILED|certificate/i) as string },
  });
});
