import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { WorkContext } from '../../src/engine/provider.ts';
import type { EngineEvent, EventCode } from '../../src/model/events.ts';
import { installSpark } from '../../src/providers/local/software/spark-install.ts';
import {
  findSparkSource,
  installedVersion,
} from '../../src/providers/local/software/spark-source.ts';
import { type Answer, type FileServer, sendFile, serve } from '../helpers/file-server.ts';

/** Packs a Spark with one member more, which belongs to somebody else and runs with his rights. */
const hostileArchive = `
import io, sys, tarfile
file, version, member, out = sys.argv[1:]
archive = tarfile.open(file, "w:gz")
def add(name, **fields):
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    archive.addfile(info, io.BytesIO(b""))
add(f"spark/jars/spark-core_2.13-{version}.jar")
add("spark/link", type=tarfile.SYMTYPE, linkname=out)
add(member, mode=0o6777, uid=12345)
archive.close()
`;

const version = '4.9.9';
const path = `/spark/spark-${version}/spark-${version}-bin-hadoop3.tgz`;
const lab = mkdtempSync(join(tmpdir(), 'flintrock-fetching-'));
/** Nobody listens there. */
const nowhere = 'http://127.0.0.1:1';

let release: Buffer;
let good: Record<string, Buffer | string>;
beforeAll(() => {
  release = pack('release', `spark-${version}-bin-hadoop3`, [
    `jars/spark-core_2.13-${version}.jar`,
    'bin/spark-submit',
  ]);
  good = { [path]: release, [`${path}.sha512`]: `${sha512(release)}  spark.tgz\n` };
});
afterAll(() => rmSync(lab, { recursive: true, force: true }));

/** A gzipped tar file of empty files below `top`. */
function pack(name: string, top: string, files: readonly string[]): Buffer {
  const folder = join(lab, name);
  for (const file of files) {
    mkdirSync(join(folder, top, file, '..'), { recursive: true });
    writeFileSync(join(folder, top, file), '');
  }
  const archive = join(lab, `${name}.tgz`);
  execFileSync('tar', ['-czf', archive, '-C', folder, top]);
  return readFileSync(archive);
}

function sha512(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('hex');
}

let cache: string;
let bin: string;
const servers: FileServer[] = [];
beforeEach(() => {
  cache = mkdtempSync(join(lab, 'cache-'));
  bin = mkdtempSync(join(lab, 'bin-'));
  // No test reaches the package index by accident.
  fakePython('echo "no index" >&2; exit 1');
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(answer: Answer | Record<string, Buffer | string>): Promise<FileServer> {
  const server = await serve(answer);
  servers.push(server);
  return server;
}

/** A `python3` that tells its version as a real one, and does `pip` when it is called as pip. */
function fakePython(pip: string): void {
  const program = join(bin, 'python3');
  writeFileSync(
    program,
    `#!/bin/sh
if [ "$2" = -m ]; then ${pip}
else echo "${program}"; echo 3.12.1; fi
`,
  );
  chmodSync(program, 0o755);
}

type Event<C extends EventCode> = Extract<EngineEvent, { code: C }>;

function work(mirrors: string): WorkContext & { of: <C extends EventCode>(code: C) => Event<C>[] } {
  const events: EngineEvent[] = [];
  return {
    env: {
      PATH: `${bin}:/usr/bin:/bin`,
      FLINTROCK_CACHE: cache,
      FLINTROCK_APACHE_MIRRORS: mirrors,
    },
    cwd: lab,
    home: lab,
    platform: process.platform === 'darwin' ? 'darwin' : 'linux',
    clock: systemClock,
    signal: new AbortController().signal,
    values: {} as never,
    ask: ({ default: answer }) => Promise.resolve(answer),
    emit: (code, payload) =>
      void events.push({ code, time: '', cluster: 'a', provider: 'local', ...payload } as never),
    of: (code) => events.filter((event): event is never => event.code === code),
  };
}

function install(context: WorkContext, source?: string): Promise<string> {
  return installSpark(findSparkSource(version, source, context), context);
}

/** What stands in the cache's folder of Sparks. */
function cached(): string[] {
  return existsSync(join(cache, 'spark')) ? readdirSync(join(cache, 'spark')).sort() : [];
}

describe('a Spark that is fetched', () => {
  it('is taken from the first source, checked and unpacked, and the next time it is there', async () => {
    const server = await start(good);
    const home = await install(work(server.url));
    expect(home).toBe(join(cache, 'spark', `spark-${version}`));
    expect(installedVersion(home)).toBe(version);
    expect(existsSync(join(home, 'bin', 'spark-submit'))).toBe(true);
    expect(cached()).toEqual([`spark-${version}`]);
    const asked = server.requests.length;
    expect(await install(work(server.url))).toBe(home);
    expect(server.requests).toHaveLength(asked);
  });

  it('comes through redirects', async () => {
    const target = await start(good);
    const server = await start((request, response) => {
      response.writeHead(302, { location: `${target.url}${request.url ?? ''}` }).end();
    });
    expect(installedVersion(await install(work(server.url)))).toBe(version);
  });

  it('is fetched once by two at the same time, and the one who waits is told so once', async () => {
    const server = await start((request, response) => {
      // Slow enough that the other one has to wait for several of its looks.
      setTimeout(() => sendFile(good, request, response), 400);
    });
    const contexts = [work(server.url), work(server.url)];
    const homes = await Promise.all(contexts.map((context) => install(context)));
    expect(new Set(homes).size).toBe(1);
    expect(server.requests.filter((request) => request === `GET ${path}`)).toHaveLength(1);
    expect(contexts.flatMap((context) => context.of('waiting'))).toHaveLength(1);
  });

  it('is fetched by the one who waited if the other one gives up', async () => {
    let first = true;
    const server = await start((request, response) => {
      // The first transfer never ends.
      if (request.url === path && first) {
        first = false;
        response
          .writeHead(200, { 'content-length': release.length })
          .write(release.subarray(0, 10));
      } else sendFile(good, request, response);
    });
    const giveUp = new AbortController();
    const leaving = work(server.url);
    const one = install({ ...leaving, signal: giveUp.signal });
    await expect.poll(() => leaving.of('download.progress').length).toBeGreaterThan(0);
    const staying = work(server.url);
    const two = install(staying);
    await expect.poll(() => staying.of('waiting').length).toBeGreaterThan(0);
    giveUp.abort();
    await expect(one).rejects.toMatchObject({ code: 'ABORTED' });
    expect(installedVersion(await two)).toBe(version);
    expect(cached()).toEqual([`spark-${version}`]);
  });
});

describe('a source that does not serve', () => {
  it.each<[string, string, (request: string) => Answer | undefined]>([
    ['answers 503', 'HTTP 503', () => (_, response) => void response.writeHead(503).end()],
    [
      'has no such version',
      'no checksum',
      () => (_, response) => void response.writeHead(404).end(),
    ],
    [
      'has a checksum and no archive',
      '404',
      (url) => (url === path ? (_, response) => void response.writeHead(404).end() : undefined),
    ],
    [
      'has another archive than its checksum says',
      'expected SHA-512',
      (url) => (url === path ? (_, response) => void response.end('something else') : undefined),
    ],
    [
      'sends a page instead of a checksum',
      'not a SHA-512 checksum',
      (url) => (url === path ? undefined : (_, response) => void response.end('<html>Sign in')),
    ],
    [
      'breaks off',
      path,
      (url) =>
        url !== path
          ? undefined
          : (_, response) => {
              response.writeHead(200, { 'content-length': release.length });
              response.write(release.subarray(0, 50), () => response.destroy());
            },
    ],
  ])('that %s is left for the next one', async (_what, reason, answer) => {
    const bad = await start((request, response) => {
      const other = answer(request.url ?? '');
      if (other === undefined) sendFile(good, request, response);
      else other(request, response);
    });
    const next = await start(good);
    const context = work(`${bad.url} ${next.url}`);
    expect(installedVersion(await install(context))).toBe(version);
    expect(context.of('source.failed')).toEqual([
      expect.objectContaining({
        source: `${bad.url}${path}`,
        reason: expect.stringContaining(reason) as string,
        next: `${next.url}${path}`,
      }),
    ]);
    expect(cached()).toEqual([`spark-${version}`]);
  });

  it('that can’t be reached is left at once', async () => {
    const next = await start(good);
    const context = work(`${nowhere} ${next.url}`);
    const begin = Date.now();
    await install(context);
    expect(Date.now() - begin).toBeLessThan(2_000);
    expect(context.of('source.failed')[0]?.reason).toMatch(/ECONNREFUSED|bad port/);
  });

  it('that never answers, or stops before its first byte, is left within five seconds', async () => {
    const silent = await start(() => undefined);
    const mute = await start((request, response) => {
      if (request.url === path) response.writeHead(200, { 'content-length': 5 }).flushHeaders();
      else sendFile(good, request, response);
    });
    const next = await start(good);
    const begin = Date.now();
    const contexts = [silent, mute].map((server) => {
      const context = work(`${server.url} ${next.url}`);
      return { ...context, env: { ...context.env, FLINTROCK_CACHE: mkdtempSync(join(lab, 'c-')) } };
    });
    await Promise.all(contexts.map((context) => install(context)));
    expect(Date.now() - begin).toBeLessThan(6_500);
    for (const context of contexts)
      expect(context.of('source.failed')[0]?.reason).toContain('no response within 5 s');
  });

  it('is named with its reason, as every other, if none serves', async () => {
    const bad = await start((_, response) => void response.writeHead(503).end());
    const empty = await start({});
    const failure = install(work(`${bad.url} ${empty.url}/ ${nowhere}`));
    await expect(failure).rejects.toMatchObject({
      code: 'SPARK_NOT_FOUND',
      remedies: expect.arrayContaining([
        expect.objectContaining({ action: { option: 'providers.local.spark-home' } }),
      ]) as unknown[],
    });
    const { message } = (await failure.catch((error: unknown) => error)) as Error;
    expect(message.split('\n')).toEqual([
      `Spark ${version} could not be downloaded.`,
      `  ${bad.url}${path}.sha512: HTTP 503`,
      `  ${empty.url}${path}.sha512: no checksum was found`,
      expect.stringContaining(`  ${nowhere}${path}.sha512: `),
      `  pip download pyspark==${version}: no index`,
    ]);
    expect(cached()).toEqual([]);
  });
});

it.each([
  ['a path that leads out', '../../evil'],
  ['a path from the root', '/evil'],
  ['a path through a link', 'spark/link/evil'],
])('writes nothing outside for an archive with %s', async (_what, member) => {
  const out = join(lab, 'out');
  mkdirSync(out, { recursive: true });
  const file = join(lab, 'hostile.tgz');
  execFileSync('python3', ['-I', '-c', hostileArchive, file, version, member, out]);
  const archive = readFileSync(file);
  const server = await start({ [path]: archive, [`${path}.sha512`]: sha512(archive) });
  await expect(install(work(server.url))).rejects.toMatchObject({ code: 'SPARK_NOT_FOUND' });
  expect(readdirSync(out)).toEqual([]);
  expect(existsSync('/evil')).toBe(false);
  expect(readdirSync(join(cache, '..')).filter((name) => name.includes('evil'))).toEqual([]);
  expect(cached()).toEqual([]);
});

it('unpacks nothing with the rights of another', async () => {
  const file = join(lab, 'suid.tgz');
  execFileSync('python3', ['-I', '-c', hostileArchive, file, version, 'spark/suid', lab]);
  const archive = readFileSync(file);
  const server = await start({ [path]: archive, [`${path}.sha512`]: sha512(archive) });
  const home = await install(work(server.url));
  const { mode, uid } = statSync(join(home, 'suid'));
  expect(mode & 0o7022).toBe(0);
  expect(uid).toBe(process.getuid?.());
});

it('refuses an archive that holds no Spark', async () => {
  const other = pack('other', 'kafka', ['libs/kafka.jar']);
  const loose = join(lab, 'loose.tgz');
  writeFileSync(join(lab, 'README'), '');
  execFileSync('tar', ['-czf', loose, '-C', lab, 'README']);
  for (const archive of [other, readFileSync(loose), Buffer.from('no archive at all')]) {
    const server = await start({ [path]: archive, [`${path}.sha512`]: sha512(archive) });
    await expect(install(work(server.url))).rejects.toMatchObject({ code: 'SPARK_NOT_FOUND' });
    expect(cached()).toEqual([]);
  }
});

describe('an interrupted fetch', () => {
  it('leaves nothing behind while the archive comes', async () => {
    const server = await start((request, response) => {
      if (request.url !== path) sendFile(good, request, response);
      else
        response.writeHead(200, { 'content-length': release.length }).write(release.subarray(0, 9));
    });
    const abort = new AbortController();
    const context = work(server.url);
    const installing = install({ ...context, signal: abort.signal });
    await expect.poll(() => context.of('download.progress').length).toBeGreaterThan(0);
    abort.abort();
    await expect(installing).rejects.toMatchObject({ code: 'ABORTED' });
    expect(cached()).toEqual([]);
  });

  it('leaves nothing behind while pip works', async () => {
    // Goes on writing for a while after it was told to end, as pip's own children do.
    fakePython(
      `trap 'i=0; while [ $i -lt 50 ]; do echo x >"$TMPDIR/late-$i"; i=$((i+1)); done; exit 1' TERM
       echo here >&2; echo x >"$TMPDIR/part"; echo "  Downloading pyspark.tar.gz (1.0 kB)"
       while :; do sleep 0.02; done`,
    );
    const abort = new AbortController();
    const context = work(nowhere);
    const installing = install({ ...context, signal: abort.signal });
    await expect
      .poll(() => context.of('download.progress').filter(({ bytes }) => bytes > 0).length)
      .toBeGreaterThan(0);
    abort.abort();
    await expect(installing).rejects.toMatchObject({ code: 'ABORTED' });
    expect(cached()).toEqual([]);
  });
});

describe('what a killed fetch left in the cache', () => {
  it('is neither used nor in the way, and is tidied up', async () => {
    const folder = join(cache, 'spark');
    // Somebody began to unpack into the very place, by hand.
    mkdirSync(join(folder, `spark-${version}`, 'jars'), { recursive: true });
    writeFileSync(join(folder, `spark-${version}`, 'jars', 'part.jar'), '');
    const server = await start((request, response) => {
      if (request.url !== path) sendFile(good, request, response);
      else
        response.writeHead(200, { 'content-length': release.length }).write(release.subarray(0, 9));
    });
    // A fetch that never ends, whose folder is then left as a killed one leaves it.
    const abort = new AbortController();
    const context = work(server.url);
    const dying = install({ ...context, signal: abort.signal });
    await expect.poll(() => context.of('download.progress').length).toBeGreaterThan(0);
    const left = cached().filter((name) => name.startsWith('.'));
    expect(left).toHaveLength(1);
    abort.abort();
    await expect(dying).rejects.toMatchObject({ code: 'ABORTED' });
    for (const name of left) {
      mkdirSync(join(folder, name, 'spark', 'jars'), { recursive: true });
      writeFileSync(join(folder, name, 'spark', 'jars', `spark-core_2.13-${version}.jar`), 'part');
    }
    const dead = { pid: 4_194_303, startTime: 'long ago', doing: 'install' };
    writeFileSync(join(folder, `spark-${version}.lock`), JSON.stringify(dead));
    // Of another version, which somebody may be fetching right now.
    mkdirSync(join(folder, left[0]?.replace(version, '8.8.8') ?? ''));

    const next = await start(good);
    const home = await install(work(next.url));
    expect(readdirSync(join(home, 'jars'))).toEqual([`spark-core_2.13-${version}.jar`]);
    expect(readFileSync(join(home, 'jars', `spark-core_2.13-${version}.jar`), 'utf8')).toBe('');
    expect(cached()).toEqual([left[0]?.replace(version, '8.8.8'), `spark-${version}`]);
  });

  it('may be a lock that nobody can read', async () => {
    mkdirSync(join(cache, 'spark'), { recursive: true });
    writeFileSync(join(cache, 'spark', `spark-${version}.lock`), '');
    const server = await start(good);
    expect(installedVersion(await install(work(server.url)))).toBe(version);
    expect(cached()).toEqual([`spark-${version}`]);
  });
});

describe('somebody’s own download source', () => {
  it('is tried first, with the checksum beside it, and kept apart from Apache’s', async () => {
    const own = await start({
      '/builds/mine.tgz': release,
      '/builds/mine.tgz.sha512': sha512(release),
    });
    const apache = await start(good);
    const context = work(apache.url);
    const mine = await install(context, `${own.url}/builds/mine.tgz`);
    expect(apache.requests).toEqual([]);
    expect(context.of('warning')).toEqual([]);
    const theirs = await install(context);
    expect(apache.requests).not.toEqual([]);
    expect(theirs).not.toBe(mine);
    expect(cached()).toHaveLength(2);
    // Both are found again, each by who asked for it.
    const asked = own.requests.length + apache.requests.length;
    expect(await install(context, `${own.url}/builds/mine.tgz`)).toBe(mine);
    expect(await install(context)).toBe(theirs);
    expect(own.requests.length + apache.requests.length).toBe(asked);
  });

  it('may be a folder, and have no checksum, which is said', async () => {
    const own = await start({ [`/builds/spark-${version}-bin-hadoop3.tgz`]: release });
    const context = work(nowhere);
    await install(context, `${own.url}/builds`);
    expect(context.of('warning')).toEqual([
      expect.objectContaining({
        kind: 'CHECKSUM_MISMATCH',
        message: expect.stringContaining('is not verified') as string,
      }),
    ]);
  });

  it.each([
    ['a page', '<html>Sign in to the hotel’s network</html>'],
    ['nothing', ''],
    ['another kind of hash', 'd41d8cd98f00b204e9800998ecf8427e  mine.tgz'],
  ])('is not used if what stands in place of its checksum is %s', async (_what, text) => {
    const own = await start({ '/mine.tgz': release, '/mine.tgz.sha512': text });
    const context = work(nowhere);
    await expect(install(context, `${own.url}/mine.tgz`)).rejects.toMatchObject({
      code: 'SPARK_NOT_FOUND',
      message: expect.stringContaining('not a SHA-512 checksum') as string,
    });
    expect(own.requests).toEqual(['GET /mine.tgz.sha512']);
    expect(context.of('warning')).toEqual([]);
  });

  it('is not used if its checksum can’t be had', async () => {
    const own = await start((request, response) => {
      if (request.url === '/mine.tgz') response.end(release);
      else response.writeHead(503).end();
    });
    const context = work(nowhere);
    await expect(install(context, `${own.url}/mine.tgz`)).rejects.toMatchObject({
      code: 'SPARK_NOT_FOUND',
      message: expect.stringContaining('HTTP 503') as string,
    });
    expect(context.of('warning')).toEqual([]);
  });

  it('is not used if the checksum beside it says something else', async () => {
    const own = await start({
      '/mine.tgz': release,
      '/mine.tgz.sha512': sha512(Buffer.from('something else')),
    });
    const apache = await start(good);
    const context = work(apache.url);
    expect(await install(context, `${own.url}/mine.tgz`)).toBe(
      join(cache, 'spark', `spark-${version}`),
    );
    expect(context.of('source.failed')[0]?.reason).toContain('expected SHA-512');
  });

  it('may be a file on this machine, whose name may need escaping', async () => {
    const file = join(lab, 'my build.tgz');
    writeFileSync(file, release);
    const address = pathToFileURL(file).href;
    const context = work(nowhere);
    expect(installedVersion(await install(context, address))).toBe(version);
    expect(context.of('source.failed')).toEqual([]);
    const missing = pathToFileURL(join(lab, 'missing.tgz')).href;
    await expect(install(context, missing)).rejects.toMatchObject({
      code: 'SPARK_NOT_FOUND',
      message: expect.stringContaining(missing) as string,
    });
  });
});

describe('the Python package as the last source', () => {
  it('is fetched by pip, with its progress, and laid out as a release', async () => {
    const sdist = pack('sdist', `pyspark-${version}`, [
      `deps/jars/spark-core_2.13-${version}.jar`,
      'deps/bin/spark-submit',
      'pyspark/__init__.py',
      'lib/py4j-0.10.9.9-src.zip',
      'setup.py',
    ]);
    const file = join(lab, 'sdist.tgz');
    const called = join(bin, 'called');
    // Says what pip says, and lets its part of a file grow before the whole stands in the folder asked for.
    fakePython(
      `echo "$*" >"${called}"; pwd >>"${called}"; cat "$TMPDIR/requirements.txt" >>"${called}"; mkdir "$TMPDIR/pip-unpack-1"
       echo "Collecting pyspark==${version}"; echo "  Downloading pyspark-${version}.tar.gz (455.3 MB)"
       head -c 1000 /dev/zero >"$TMPDIR/pip-unpack-1/part"; until [ -e "${bin}/go" ]; do sleep 0.02; done
       while [ "$1" != --dest ]; do shift; done; cp "${file}" "$2/pyspark-${version}.tar.gz"`,
    );
    expect(sdist.length).toBeGreaterThan(0);
    const context = work(nowhere);
    const installing = install(context);
    await expect
      .poll(() => context.of('download.progress').map(({ bytes, total }) => [bytes, total]))
      .toContainEqual([1000, 455_300_000]);
    writeFileSync(join(bin, 'go'), '');
    const home = await installing;
    expect(readFileSync(called, 'utf8')).toContain(`--no-deps --no-binary :all:`);
    const [words, place, wanted] = readFileSync(called, 'utf8').split('\n');
    // No module of the current folder is taken for pip, nor of the user's own.
    expect(words).toMatch(/^-I -m pip download /);
    expect(place).not.toBe(lab);
    expect(place).toContain(cache);
    expect(wanted).toBe(`pyspark==${version}`);
    expect(installedVersion(home)).toBe(version);
    expect(readdirSync(home).sort()).toEqual(['RELEASE', 'bin', 'jars', 'python']);
    expect(readdirSync(join(home, 'python')).sort()).toEqual(['lib', 'pyspark']);
    expect(context.of('download.finished')).toEqual([
      expect.objectContaining({ source: `pip download pyspark==${version}` }),
    ]);
    expect(cached()).toEqual([`spark-${version}`]);
  });

  it('is refused if it is not laid out as expected', async () => {
    pack('odd', `pyspark-${version}`, ['setup.py']);
    fakePython(
      `while [ "$1" != --dest ]; do shift; done; cp "${join(lab, 'odd.tgz')}" "$2/pyspark.tar.gz"`,
    );
    await expect(install(work(nowhere))).rejects.toMatchObject({ code: 'SPARK_NOT_FOUND' });
    expect(cached()).toEqual([]);
  });

  it('is no source where there is no Python', async () => {
    const context = work(nowhere);
    const bare = { ...context, env: { ...context.env, PATH: join(lab, 'nothing') } };
    await expect(install(bare)).rejects.toMatchObject({
      code: 'SPARK_NOT_FOUND',
      message: expect.stringContaining('no Python was found') as string,
    });
  });
});
