import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolder, type Surroundings } from '../../model/surroundings.ts';

// What this machine keeps of a cluster, so that its person gets in: never the truth about it, and of no harm if it is lost.

type KeptSurroundings = Pick<Surroundings, 'env' | 'home' | 'platform'>;

/** Folder of what is kept of one launch's cluster. */
function keptFolder(launchId: string, surroundings: KeptSurroundings): string {
  return join(stateFolder(surroundings), 'ec2', launchId);
}

/** Path of the key that was made for a cluster, whether or not there is one. */
export function clusterKeyPath(launchId: string, surroundings: KeptSurroundings): string {
  return join(keptFolder(launchId, surroundings), 'id_ed25519');
}

/** Path of the host keys of a cluster, for `ssh`. */
export function knownHostsPath(launchId: string, surroundings: KeptSurroundings): string {
  return join(keptFolder(launchId, surroundings), 'known_hosts');
}

/** The name under which a cluster's host key stands there: addresses change, and all nodes show the same key. */
export function hostKeyAlias(launchId: string): string {
  return `flintrock-${launchId}`;
}

/** Keeps a key that lets its holder in, for its owner only. */
export async function keepClusterKey(
  launchId: string,
  privateKey: string,
  surroundings: KeptSurroundings,
): Promise<void> {
  await mkdir(keptFolder(launchId, surroundings), { recursive: true, mode: 0o700 });
  await writeFile(clusterKeyPath(launchId, surroundings), privateKey, { mode: 0o600 });
}

/** Keeps a cluster's host key: one line, as in `authorized_keys`. */
export async function keepHostKey(
  launchId: string,
  publicKey: string,
  surroundings: KeptSurroundings,
): Promise<void> {
  await mkdir(keptFolder(launchId, surroundings), { recursive: true, mode: 0o700 });
  const [type = '', key = ''] = publicKey.split(/\s+/);
  await writeFile(
    knownHostsPath(launchId, surroundings),
    `${hostKeyAlias(launchId)} ${type} ${key}\n`,
    { mode: 0o600 },
  );
}

/** The host key that is kept, one line of type and key; `undefined` if none is. */
export async function keptHostKey(
  launchId: string,
  surroundings: KeptSurroundings,
): Promise<string | undefined> {
  try {
    const text = await readFile(knownHostsPath(launchId, surroundings), 'utf8');
    const [, type, key] = text.trim().split(/\s+/);
    return type === undefined || key === undefined ? undefined : `${type} ${key}`;
  } catch {
    return undefined;
  }
}

/** Forgets a cluster that is gone. */
export async function forgetCluster(
  launchId: string,
  surroundings: KeptSurroundings,
): Promise<void> {
  await rm(keptFolder(launchId, surroundings), { recursive: true, force: true });
}
