import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import { ClusterError } from '../model/errors.ts';
import type { SshConnection } from './connection.ts';

/**
 * Copies a file or folder to the other side. Into a folder that is there, or a path that ends in a slash, it goes under its
 * own name; missing folders are made.
 *
 * @param remote a relative path starts from the user's home folder
 * @returns bytes copied
 */
export async function upload(
  connection: SshConnection,
  local: string,
  remote: string,
  signal: AbortSignal,
): Promise<number> {
  const files = await connection.files();
  try {
    const target = untilde(remote);
    const into = target.endsWith('/') || (await remoteStat(files, target))?.isDirectory() === true;
    const path = into ? posix.join(target, basename(local)) : target;
    await makeFolder(files, posix.dirname(path));
    return await put(files, local, path, signal);
  } finally {
    files.end();
  }
}

/**
 * Copies a file or folder from the other side.
 *
 * @param local an existing folder, or a path that ends in a slash, takes it under its own name
 * @returns bytes copied
 * @throws ClusterError `FILE_NOT_FOUND`
 */
export async function download(
  connection: SshConnection,
  remote: string,
  local: string,
  signal: AbortSignal,
): Promise<number> {
  const files = await connection.files();
  try {
    const source = untilde(remote);
    const found = await remoteStat(files, source);
    if (found === undefined)
      throw new ClusterError('FILE_NOT_FOUND', `There is no file or folder ${remote} on the node.`);
    const isFolder = await stat(local).then(
      (here) => here.isDirectory(),
      () => /[/\\]$/.test(local),
    );
    const path = isFolder ? join(local, posix.basename(source)) : local;
    await mkdir(join(path, '..'), { recursive: true });
    return await fetch(files, source, found, path, signal);
  } finally {
    files.end();
  }
}

/** SFTP starts in the home folder and knows no `~`. */
function untilde(path: string): string {
  if (path === '~') return '.';
  return path.startsWith('~/') ? path.slice(2) || '.' : path;
}

async function put(
  files: SFTPWrapper,
  local: string,
  remote: string,
  signal: AbortSignal,
): Promise<number> {
  const found = await stat(local);
  if (!found.isDirectory()) {
    await pipeline(
      createReadStream(local),
      files.createWriteStream(remote, { mode: found.mode & 0o777 }),
      { signal },
    );
    return found.size;
  }
  await makeFolder(files, remote);
  let bytes = 0;
  for (const name of await readdir(local))
    bytes += await put(files, join(local, name), posix.join(remote, name), signal);
  return bytes;
}

async function fetch(
  files: SFTPWrapper,
  remote: string,
  found: Stats,
  local: string,
  signal: AbortSignal,
): Promise<number> {
  if (!found.isDirectory()) {
    await pipeline(
      files.createReadStream(remote),
      createWriteStream(local, { mode: found.mode & 0o777 }),
      { signal },
    );
    return found.size;
  }
  await mkdir(local, { recursive: true });
  const entries = await new Promise<FileEntryWithStats[]>((resolve, reject) =>
    files.readdir(remote, (error, list) => (error === undefined ? resolve(list) : reject(error))),
  );
  let bytes = 0;
  for (const { filename } of entries) {
    const path = posix.join(remote, filename);
    const entry = await remoteStat(files, path);
    if (entry !== undefined)
      bytes += await fetch(files, path, entry, join(local, filename), signal);
  }
  return bytes;
}

function remoteStat(files: SFTPWrapper, path: string): Promise<Stats | undefined> {
  return new Promise((resolve, reject) =>
    files.stat(path, (error, found) => {
      if (error === undefined) resolve(found);
      // SSH_FX_NO_SUCH_FILE of the SFTP drafts.
      else if ((error as { code?: unknown }).code === 2) resolve(undefined);
      else reject(error);
    }),
  );
}

async function makeFolder(files: SFTPWrapper, path: string): Promise<void> {
  if (path === '' || path === '.' || path === '/') return;
  if ((await remoteStat(files, path))?.isDirectory() === true) return;
  await makeFolder(files, posix.dirname(path));
  await new Promise<void>((resolve, reject) =>
    files.mkdir(path, (error) => (error == null ? resolve() : reject(error))),
  );
}
