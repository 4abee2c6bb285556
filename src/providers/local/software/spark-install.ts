import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findProgram } from '../../../base/machine/find-program.ts';
import { stopGroupOnAbort } from '../../../base/machine/stop-group.ts';
import type { WorkContext } from '../../../engine/provider.ts';
import {
  abortError,
  ClusterError,
  type ClusterErrorOptions,
  isClusterError,
} from '../../../model/errors.ts';
import { advice, setOption } from '../../../model/remedy.ts';
import { pinnedSdistSha256 } from '../../../model/software/pinned-releases.ts';
import { waitFor } from '../../../model/wait.ts';
import { downloadFile, fetchSha512 } from '../../../node/bootstrap/download.ts';
import { findPython } from '../../../python/find-python.ts';
import { installerCertificates } from '../../../python/installer.ts';
import { formatStep } from '../../../text/engine/steps.ts';
import { formatWait } from '../../../text/engine/waits.ts';
import { type HeldLock, isHeld, tryLock } from '../records/file-lock.ts';
import { makePrivateFolder } from '../records/records.ts';
import { installedVersion, type SparkCandidate, type SparkSource } from './spark-source.ts';

const installLimitMs = 60 * 60_000;

/**
 * Makes sure that a Spark is on this machine: fetches, verifies and unpacks it unless it is here. Gives its folder.
 *
 * What is unpacked is moved into place whole, so that a Spark in the cache is always a complete one.
 *
 * @throws ClusterError `SPARK_NOT_FOUND` if no source serves it, with what each of them said
 */
export async function installSpark(source: SparkSource, context: WorkContext): Promise<string> {
  if (source.kind === 'installed') return source.home;
  const { candidates, version } = source;
  const failures: ClusterError[] = [];
  for (const [index, candidate] of candidates.entries()) {
    try {
      await install(candidate, version, context);
      return candidate.home;
    } catch (error) {
      if (context.signal.aborted) throw abortError(context.signal, `downloading Spark ${version}`);
      if (!isClusterError(error)) throw error;
      failures.push(error);
      const next = candidates[index + 1];
      context.emit('source.failed', {
        source: candidateName(candidate),
        reason: error.message,
        next: next === undefined ? null : candidateName(next),
      });
    }
  }
  throw new ClusterError(
    'SPARK_NOT_FOUND',
    [
      `Spark ${version} could not be downloaded.`,
      ...failures.map(({ message }) => `  ${message}`),
    ].join('\n'),
    {
      cause: failures.length === 1 ? failures[0] : new AggregateError(failures),
      remedies: [
        ...advice('Check the version and the network connection.'),
        setOption(
          'Or use a Spark that is installed on this machine.',
          'providers.local.spark-home',
        ),
      ],
    },
  );
}

async function install(
  candidate: SparkCandidate,
  version: string,
  context: WorkContext,
): Promise<void> {
  const { home } = candidate;
  await makePrivateFolder(dirname(home));
  const lock = await lockInstall(home, version, context);
  try {
    // The process that held the lock may have been fetching just this.
    if (installedVersion(home) !== undefined) return;
    const drafts = `.${basename(home)}.fetch-`;
    // Only who holds the lock makes such folders: those that are there were left by somebody who was killed.
    for (const name of await readdir(dirname(home)))
      if (name.startsWith(drafts)) await removeTree(join(dirname(home), name));
    const folder = await mkdtemp(join(dirname(home), drafts));
    try {
      const unpacked = join(folder, 'spark');
      if (candidate.kind === 'pip') await fetchFromPip(candidate, folder, unpacked, context);
      else await fetchArchive(candidate, version, folder, unpacked, context);
      if (installedVersion(unpacked) === undefined)
        throw new ClusterError('DOWNLOAD_FAILED', `${candidateName(candidate)} contains no Spark`);
      // What stands there is no Spark, or it would be used.
      await removeTree(home);
      await rename(unpacked, home);
    } finally {
      await removeTree(folder);
    }
  } finally {
    await lock.release();
  }
}

async function removeTree(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

async function lockInstall(home: string, version: string, context: WorkContext): Promise<HeldLock> {
  let told: number | undefined;
  return waitFor(
    async () => {
      const lock = await tryLock(`${home}.lock`, 'install', context.platform);
      if (isHeld(lock)) return lock;
      const subject = { kind: 'other-download', pid: lock.pid, version } as const;
      if (lock.pid !== told) context.emit('waiting', { reason: formatWait({ subject }), subject });
      told = lock.pid;
      return undefined;
    },
    {
      clock: context.clock,
      signal: context.signal,
      reason: () => `another launch that is downloading Spark ${version}`,
      limitMs: installLimitMs,
      everyMs: 250,
    },
  );
}

/** What a candidate is called in messages. */
export function candidateName(candidate: SparkCandidate): string {
  return candidate.kind === 'pip' ? `pip download ${candidate.requirement}` : candidate.url;
}

async function fetchArchive(
  candidate: SparkCandidate & { kind: 'archive' },
  version: string,
  folder: string,
  unpacked: string,
  context: WorkContext,
): Promise<void> {
  const { url } = candidate;
  // The checksum first: a source that has none isn't worth half a gigabyte.
  const expected = await expectedSha512(candidate, context);
  if (expected === undefined)
    context.emit('warning', {
      kind: 'CHECKSUM_MISMATCH',
      message: `${url}.sha512 was not found; the download is not verified.`,
      remedies: advice('Publish the SHA-512 checksum next to the archive, as Apache does.'),
    });
  const file = join(folder, 'spark.tgz');
  const actual = await track(`Spark ${version}`, url, context, (progress) =>
    downloadFile(url, file, progress, context),
  );
  if (expected !== undefined && actual !== expected) {
    await rm(file, { force: true });
    throw new ClusterError(
      'CHECKSUM_MISMATCH',
      `${url}: expected SHA-512 ${expected.slice(0, 16)}…, got ${actual.slice(0, 16)}…`,
      { details: { url, expected, actual } },
    );
  }
  await unpack(file, version, folder, context);
  await rm(file, { force: true });
  const top = await onlyFolder(folder, url);
  await rename(top, unpacked);
}

/** What an archive must be; `undefined` if its source may have no checksum, and says that it has none. */
async function expectedSha512(
  { url, checksum, checksumRequired }: SparkCandidate & { kind: 'archive' },
  context: WorkContext,
): Promise<string | undefined> {
  if (checksum.pinned !== undefined) return checksum.pinned;
  let last: unknown;
  for (const address of checksum.urls)
    try {
      const found = await fetchSha512(address, context);
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
  if (last !== undefined) throw last as Error;
  if (!checksumRequired) return undefined;
  throw new ClusterError('DOWNLOAD_FAILED', `${checksum.urls.join(', ')}: no checksum was found`, {
    details: { url, asked: checksum.urls },
  });
}

async function fetchFromPip(
  { requirement }: SparkCandidate & { kind: 'pip' },
  folder: string,
  unpacked: string,
  context: WorkContext,
): Promise<void> {
  const version = requirement.replace(/^.*==/, '');
  const python = await findPython(context, context.signal);
  if (python === undefined)
    throw new ClusterError('DOWNLOAD_FAILED', `pip download ${requirement}: no Python was found`);
  const target = join(folder, 'pip');
  const temporary = join(folder, 'tmp');
  await mkdir(target);
  await mkdir(temporary);
  // One file with one hash, if it is known: whichever server answers for the index can't give another one.
  const hash = pinnedSdistSha256(version);
  const wanted = join(temporary, 'requirements.txt');
  await writeFile(wanted, `${requirement}${hash === undefined ? '' : ` --hash=sha256:${hash}`}\n`);
  await track(`Spark ${version}`, `pip download ${requirement}`, context, async (progress) => {
    let total: number | null = null;
    // pip shows progress to terminals only: the file that grows in its temporary folder tells as much.
    const watch = setInterval(
      () => void largestFile(temporary).then((bytes) => progress(bytes, total)),
      250,
    );
    try {
      const args = [
        // Isolated: no module of the current folder, of PYTHONPATH or of the user's site is taken for pip. Which index is asked, pip's
        // own configuration says.
        '-I',
        '-m',
        'pip',
        'download',
        '--no-deps',
        // Only the source archive holds Spark's jars in one plain tar file.
        '--no-binary',
        ':all:',
        ...(hash === undefined ? [] : ['--require-hashes']),
        '--disable-pip-version-check',
        '--dest',
        target,
        '--requirement',
        wanted,
      ];
      await run(python.program, args, {
        context,
        folder,
        env: {
          TMPDIR: temporary,
          PIP_NO_INPUT: '1',
          PYTHONUNBUFFERED: '1',
          ...(await installerCertificates(temporary, context)),
        },
        failure: `pip download ${requirement}`,
        onOutput: (text) => {
          const size = /\((\d+(?:\.\d+)?) ([kMG]B)\)/.exec(text);
          if (size !== null)
            total = Number(size[1]) * { kB: 1e3, MB: 1e6, GB: 1e9 }[size[2] as 'MB'];
        },
      });
    } finally {
      clearInterval(watch);
    }
  });
  const [archive, ...others] = await readdir(target);
  if (archive === undefined || others.length > 0)
    throw new ClusterError(
      'DOWNLOAD_FAILED',
      `pip download ${requirement}: ${archive === undefined ? 'nothing' : 'more than one file'} was downloaded`,
    );
  await unpack(join(target, archive), version, folder, context);
  await rm(target, { recursive: true, force: true });
  await rm(temporary, { recursive: true, force: true });
  await arrangeLikeRelease(await onlyFolder(folder, requirement), version, unpacked);
}

/** Lays a PySpark source archive out as Apache's release is: jars and bin on top, Python's part under `python`. */
async function arrangeLikeRelease(top: string, version: string, home: string): Promise<void> {
  const missing = ['deps', 'pyspark', 'lib'].filter((name) => !existsSync(join(top, name)));
  if (missing.length > 0)
    throw new ClusterError(
      'DOWNLOAD_FAILED',
      `pip download pyspark==${version}: not a source archive of PySpark (no ${missing.join(', no ')})`,
    );
  await rename(join(top, 'deps'), home);
  await mkdir(join(home, 'python'));
  await rename(join(top, 'pyspark'), join(home, 'python', 'pyspark'));
  await rename(join(top, 'lib'), join(home, 'python', 'lib'));
  for (const name of ['LICENSE', 'NOTICE'])
    await rename(join(top, name), join(home, name)).catch(() => undefined);
  await writeFile(join(home, 'RELEASE'), `Spark ${version} from the Python package pyspark\n`);
}

// Everything is the user's own, with no more rights than that gives: `tar` itself keeps members inside the folder, and fails on `..`.
const unpackOptions = ['--no-same-owner', '--no-same-permissions'] as const;

async function unpack(
  file: string,
  version: string,
  folder: string,
  context: WorkContext,
): Promise<void> {
  const subject = { kind: 'unpack', version } as const;
  const step = formatStep({ subject });
  const start = context.clock.now();
  context.emit('step.started', { step, subject });
  const tar = await findProgram('tar', context);
  if (tar === undefined)
    throw new ClusterError('DOWNLOAD_FAILED', `unpacking ${file}: tar was not found`);
  await run(tar, [...unpackOptions, '-C', folder, '-xzf', file], {
    context,
    folder,
    env: {},
    failure: `unpacking ${file}`,
  });
  context.emit('step.finished', { step, subject, seconds: (context.clock.now() - start) / 1000 });
}

async function onlyFolder(folder: string, what: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only, ...more] = entries.filter(({ name }) => name !== 'pip' && name !== 'tmp');
  if (only?.isDirectory() !== true || more.length > 0)
    throw new ClusterError('DOWNLOAD_FAILED', `${what}: not an archive of a Spark release`);
  return join(folder, only.name);
}

async function track<T>(
  what: string,
  source: string,
  context: WorkContext,
  fetch: (progress: (bytes: number, total: number | null) => void) => Promise<T>,
): Promise<T> {
  const { clock } = context;
  const start = clock.now();
  let told = -Infinity;
  const result = await fetch((bytes, total) => {
    if (clock.now() - told < 100) return;
    told = clock.now();
    context.emit('download.progress', { what, source, bytes, total });
  });
  context.emit('download.finished', { what, source, seconds: (clock.now() - start) / 1000 });
  return result;
}

async function largestFile(folder: string): Promise<number> {
  try {
    const names = await readdir(folder, { recursive: true });
    const sizes = await Promise.all(
      names.map((name) =>
        stat(join(folder, name)).then(
          (found) => (found.isFile() ? found.size : 0),
          () => 0,
        ),
      ),
    );
    return Math.max(0, ...sizes);
  } catch {
    return 0;
  }
}

async function run(
  program: string,
  args: readonly string[],
  options: {
    context: WorkContext;
    /** Where it runs: a folder of our own, never the current one. */
    folder: string;
    env: Readonly<Record<string, string>>;
    failure: string;
    onOutput?: (text: string) => void;
  },
): Promise<void> {
  const { context, failure, onOutput } = options;
  const { signal } = context;
  signal.throwIfAborted();
  const failed = (why: string, more: ClusterErrorOptions): ClusterError =>
    new ClusterError('DOWNLOAD_FAILED', `${failure}: ${why}`, more);
  const child = spawn(program, args, {
    env: { ...context.env, ...options.env },
    cwd: options.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that stopping it stops what it started as well: pip has helpers that go on writing.
    detached: true,
  });
  let said = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (said = `${said}${text}`.slice(-4096)));
  child.stdout.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  const ended = stopGroupOnAbort(child, signal);
  try {
    // 'close', not 'exit', also when it is stopped: a caller that removes its files then has nobody write new ones.
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(failed(error.message, { cause: error })));
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (code !== 0)
      throw failed(lastLine(said) || `exit code ${code ?? 'unknown'}`, {
        details: { output: said },
      });
  } finally {
    ended();
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
