import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { platform as hostPlatform } from 'node:process';
import type { Stats } from 'ssh2';
import type { Surroundings } from '../base/surroundings.ts';
import { ClusterError, isClusterError } from '../model/errors.ts';
import { systemFault } from '../model/system-error.ts';
import type { SshConnection } from './connection.ts';
import { copyLimits, nameFault } from './file-names.ts';
import { RemoteFiles, transferError } from './sftp.ts';

/** How a copy is made. */
export interface TransferOptions {
  readonly signal: AbortSignal;
  /** Told once at the end if something was left out, with a sentence. */
  readonly onSkipped: (message: string) => void;
  /** Whose rules names here follow; this machine's by default. */
  readonly platform?: Surroundings['platform'];
  /** How long one answer of the other side may take, in milliseconds. */
  readonly answerLimitMs?: number;
}

/**
 * Copies a file or folder to the other side. Into a folder that is there, or a path that ends in a slash, it goes under its
 * own name; missing folders are made. Links and special files in a folder are left out.
 *
 * @param remote a relative path starts from the user's home folder
 * @returns bytes copied
 * @throws ClusterError `TRANSFER_FAILED`
 */
export async function upload(
  connection: SshConnection,
  local: string,
  remote: string,
  options: TransferOptions,
): Promise<number> {
  const files = await RemoteFiles.open(connection, options.signal, options.answerLimitMs);
  const skipped = new Skipped(local);
  try {
    const target = untilde(remote);
    const into = target.endsWith('/') || (await files.stat(target))?.isDirectory() === true;
    const path = into ? posix.join(target, basename(local)) : target;
    await makeFolder(files, posix.dirname(path));
    return await put(files, local, await stat(local), path, skipped);
  } finally {
    files.end();
    skipped.report(options.onSkipped);
  }
}

/**
 * Copies a file or folder from the other side, which is not believed: whatever names it lists, nothing is written anywhere but at
 * `local`, or under its own name in it. Links and special files in a folder are left out, and names that lead elsewhere.
 *
 * @param local an existing folder, or a path that ends in a slash, takes it under its own name
 * @returns bytes copied
 * @throws ClusterError `FILE_NOT_FOUND`, `TRANSFER_FAILED`, `DISK_FULL`
 */
export async function download(
  connection: SshConnection,
  remote: string,
  local: string,
  options: TransferOptions,
): Promise<number> {
  const files = await RemoteFiles.open(connection, options.signal, options.answerLimitMs);
  const skipped = new Skipped(remote);
  try {
    const source = untilde(remote);
    const found = await files.stat(source);
    if (found === undefined)
      throw new ClusterError('FILE_NOT_FOUND', `File or folder not found on the node: ${remote}.`);
    const isFolder = await stat(local).then(
      (here) => here.isDirectory(),
      () => /[/\\]$/.test(local),
    );
    const platform = options.platform ?? systemPlatform;
    const path = isFolder ? join(local, await ownName(files, source, platform)) : local;
    await mkdir(dirname(path), { recursive: true });
    const fetching = new Fetching(files, platform, skipped);
    return await fetching.fetch(source, found, path, 0);
  } finally {
    files.end();
    skipped.report(options.onSkipped);
  }
}

const systemPlatform =
  hostPlatform === 'win32' || hostPlatform === 'darwin' ? hostPlatform : 'linux';

/** SFTP starts in the home folder and knows no `~`. */
function untilde(path: string): string {
  if (path === '~') return '.';
  return path.startsWith('~/') ? path.slice(2) || '.' : path;
}

/** The name under which a source goes into a folder: the last part of its path, as it was asked for if that is a name. */
async function ownName(
  files: RemoteFiles,
  source: string,
  platform: Surroundings['platform'],
): Promise<string> {
  const asked = posix.basename(source);
  if (nameFault(asked, platform) === undefined) return asked;
  const name = posix.basename(await files.realpath(source));
  const fault = nameFault(name, platform);
  if (fault !== undefined)
    throw transferError(source, `it has ${fault}; use a path that ends in a name`);
  return name;
}

/** What was left out of a copy. */
class Skipped {
  readonly #of: string;
  readonly #examples: string[] = [];
  #number = 0;

  constructor(of: string) {
    this.#of = of;
  }

  add(path: string, why: string): void {
    this.#number += 1;
    if (this.#examples.length < 5)
      this.#examples.push(`${JSON.stringify(path.slice(0, 300))} (${why})`);
  }

  report(onSkipped: (message: string) => void): void {
    if (this.#number === 0) return;
    const more = this.#number - this.#examples.length;
    const list = [...this.#examples, ...(more > 0 ? [`${more} more`] : [])].join(', ');
    onSkipped(`Not copied from ${this.#of}: ${list}.`);
  }
}

async function put(
  files: RemoteFiles,
  local: string,
  found: { isDirectory(): boolean; isFile(): boolean; readonly mode: number },
  remote: string,
  skipped: Skipped,
): Promise<number> {
  if (found.isFile()) return putFile(files, local, remote, found.mode & 0o777);
  if (!found.isDirectory()) {
    skipped.add(local, kindOf(found));
    return 0;
  }
  await makeFolder(files, remote);
  let bytes = 0;
  for (const name of await readdir(local)) {
    const path = join(local, name);
    bytes += await put(files, path, await lstat(path), posix.join(remote, name), skipped);
  }
  return bytes;
}

async function putFile(
  files: RemoteFiles,
  local: string,
  remote: string,
  mode: number,
): Promise<number> {
  const file = await open(local);
  try {
    const pieces = file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 });
    return await files.write(remote, pieces, mode);
  } finally {
    await file.close();
  }
}

/** A copy from the other side. */
class Fetching {
  readonly #files: RemoteFiles;
  readonly #platform: Surroundings['platform'];
  readonly #skipped: Skipped;
  #entries = 0;

  constructor(files: RemoteFiles, platform: Surroundings['platform'], skipped: Skipped) {
    this.#files = files;
    this.#platform = platform;
    this.#skipped = skipped;
  }

  /** Fetches what is at `remote` to `local`, whose folder is there. */
  async fetch(remote: string, found: Stats, local: string, depth: number): Promise<number> {
    if (found.isFile()) return this.#fetchFile(remote, found, local, depth);
    if (!found.isDirectory()) {
      this.#skipped.add(remote, kindOf(found));
      return 0;
    }
    if (depth > copyLimits.depth)
      throw transferError(remote, `folders are nested more than ${copyLimits.depth} levels deep`);
    if (!(await this.#makeLocalFolder(local, remote, depth))) return 0;
    let bytes = 0;
    for await (const batch of this.#files.list(remote)) {
      // An empty answer counts too: they could come for ever.
      this.#entries += Math.max(1, batch.length);
      if (this.#entries > copyLimits.entries)
        throw transferError(remote, `there are more than ${copyLimits.entries} files and folders`);
      for (const { name, stats } of batch) {
        if (name === '.' || name === '..') continue;
        const path = `${remote}/${name}`;
        const fault = nameFault(name, this.#platform);
        if (fault !== undefined) {
          this.#skipped.add(path, fault);
          continue;
        }
        const entry = stats ?? (await this.#files.lstat(path));
        if (entry !== undefined)
          bytes += await this.fetch(path, entry, join(local, name), depth + 1);
      }
    }
    return bytes;
  }

  async #makeLocalFolder(local: string, remote: string, depth: number): Promise<boolean> {
    // What the user named himself may be a link; below it none is followed out of it.
    const there = await (depth === 0 ? stat(local) : lstat(local)).catch(() => undefined);
    if (there === undefined) await mkdir(local);
    else if (!there.isDirectory()) {
      if (depth === 0) throw transferError(remote, `${local} is not a folder`);
      this.#skipped.add(remote, `${local} is ${kindOf(there)}`);
      return false;
    }
    return true;
  }

  async #fetchFile(remote: string, found: Stats, local: string, depth: number): Promise<number> {
    const there = await (depth === 0 ? stat(local) : lstat(local)).catch(() => undefined);
    if (there !== undefined && !there.isFile()) {
      this.#skipped.add(remote, `${local} is ${kindOf(there)}`);
      return 0;
    }
    await requireRoom(local, found.size);
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
    // No such flag on Windows, where making links takes rights that few have.
    const follow = depth === 0 ? 0 : ((O_NOFOLLOW as number | undefined) ?? 0);
    const file = await open(local, O_WRONLY | O_CREAT | O_TRUNC | follow, found.mode & 0o777).catch(
      (error: unknown) => {
        throw localError(remote, error);
      },
    );
    let bytes = 0;
    try {
      for await (const piece of this.#files.read(remote, found.size)) {
        await file.write(piece);
        bytes += piece.length;
      }
    } catch (error) {
      throw localError(remote, error);
    } finally {
      await file.close();
    }
    return bytes;
  }
}

/** The error of a copy, where it isn't one already, nor trouble of this machine's files that says what it is. */
function localError(remote: string, error: unknown): unknown {
  if (isClusterError(error) || systemFault(error) !== undefined) return error;
  return transferError(remote, (error as Error).message, error);
}

/** Refuses a file that has no room here: the server may say any size. */
async function requireRoom(local: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(local));
  if (bytes > bavail * bsize)
    throw new ClusterError(
      'DISK_FULL',
      `${local} requires ${Math.ceil(bytes / 1024 ** 3)} GiB, which is more than the free disk space.`,
    );
}

function kindOf(found: {
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink?(): boolean;
}): string {
  if (found.isFile()) return 'a file';
  if (found.isDirectory()) return 'a folder';
  return found.isSymbolicLink?.() === true ? 'a symbolic link' : 'a special file';
}

async function makeFolder(files: RemoteFiles, path: string): Promise<void> {
  if (path === '' || path === '.' || path === '/') return;
  if ((await files.stat(path))?.isDirectory() === true) return;
  await makeFolder(files, posix.dirname(path));
  await files.mkdir(path);
}
