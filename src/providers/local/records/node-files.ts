import type { Stats } from 'node:fs';
import { cp, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { isMissing } from '../../../base/json-file.ts';
import { ClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';
import { type LocalCluster, makeFolder, nodeFolder } from './records.ts';

/** A node's home folder: where its shells and commands begin, and relative paths on it too. */
export async function nodeHome(
  cluster: Pick<LocalCluster, 'folder'>,
  node: string,
): Promise<string> {
  const home = join(nodeFolder(cluster, node), 'home');
  await makeFolder(home);
  return home;
}

/**
 * Copies a file or folder to a node; to a path that ends in `/` or is a folder, under its own name. Gives the bytes copied.
 *
 * @throws ClusterError `FILE_NOT_FOUND`
 */
export async function copyIn(
  cluster: Pick<LocalCluster, 'folder'>,
  node: string,
  local: string,
  remote: string,
): Promise<number> {
  return copy(local, await onNode(cluster, node, remote), remote.endsWith('/'));
}

/**
 * Copies a file or folder of a node to this machine; the counterpart of {@link copyIn}.
 *
 * @throws ClusterError `FILE_NOT_FOUND`
 */
export async function copyOut(
  cluster: Pick<LocalCluster, 'folder'>,
  node: string,
  remote: string,
  local: string,
): Promise<number> {
  return copy(await onNode(cluster, node, remote), local, local.endsWith('/'));
}

async function onNode(
  cluster: Pick<LocalCluster, 'folder'>,
  node: string,
  path: string,
): Promise<string> {
  const home = await nodeHome(cluster, node);
  return isAbsolute(path) ? path : resolve(home, path.replace(/^~\/?/, ''));
}

async function copy(source: string, wanted: string, intoFolder: boolean): Promise<number> {
  const found = await statOrUndefined(source);
  if (found === undefined)
    throw new ClusterError('FILE_NOT_FOUND', `File or folder not found: ${source}.`);
  const there = await statOrUndefined(wanted);
  const target =
    intoFolder || there?.isDirectory() === true ? join(wanted, basename(source)) : wanted;
  // A node of this machine sees this machine's files: a path may well name the file itself.
  if (relative(source, target) === '') return 0;
  await mkdir(dirname(target), { recursive: true });
  try {
    await cp(source, target, { recursive: true, preserveTimestamps: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // What can't be copied in this way: a folder to a file, or into itself; a socket.
    if (code?.startsWith('ERR_FS_CP_') !== true) throw error;
    throw new ClusterError('TRANSFER_FAILED', `Couldn’t copy ${source}: ${message}.`, {
      cause: error,
      details: { path: source },
      remedies: advice('Use another path.'),
    });
  }
  return sizeOf(source);
}

async function sizeOf(path: string): Promise<number> {
  // A link counts as itself: it is copied as one, and may lead anywhere.
  const found = await lstat(path);
  if (!found.isDirectory()) return found.size;
  const names = await readdir(path);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function statOrUndefined(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
