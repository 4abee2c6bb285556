import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { knownHostsLine } from '../../model/ssh-text.ts';
import { stateFolder, type Surroundings } from '../../model/surroundings.ts';

// What this machine keeps of a cluster, so that its person gets in: never the truth about it, and of no harm if it is lost.

type KeptSurroundings = Pick<Surroundings, 'env' | 'home' | 'platform'>;

/** Under which a cluster's files are kept: the id of its launch, or for a cluster of the Python tool its name. */
export function keptId({
  launchId,
  name,
}: {
  readonly launchId: string | null;
  readonly name: string;
}): string {
  return launchId ?? `of-${encodeURIComponent(name)}`;
}

/** Folder of what is kept of one cluster. */
function keptFolder(id: string, surroundings: KeptSurroundings): string {
  return join(stateFolder(surroundings), 'ec2', id);
}

/** Path of the key that was made for a cluster, whether or not there is one. */
export function clusterKeyPath(launchId: string, surroundings: KeptSurroundings): string {
  return join(keptFolder(launchId, surroundings), 'id_ed25519');
}

/** Path of the host keys of a cluster, for `ssh`. */
export function knownHostsPath(id: string, surroundings: KeptSurroundings): string {
  return join(keptFolder(id, surroundings), 'known_hosts');
}

/**
 * The name under which a host key stands there, as addresses change.
 *
 * @param of the launch whose nodes all show the same key, or one node that has its own
 */
export function hostKeyAlias(of: string): string {
  return `flintrock-${of}`;
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

/**
 * Keeps a host key.
 *
 * @param alias {@link hostKeyAlias}
 * @param publicKey one line, as in `authorized_keys`
 */
export async function keepHostKey(
  id: string,
  alias: string,
  publicKey: string,
  surroundings: KeptSurroundings,
): Promise<void> {
  await mkdir(keptFolder(id, surroundings), { recursive: true, mode: 0o700 });
  // Appended: several nodes may be seen for the first time in the same moment.
  await appendFile(knownHostsPath(id, surroundings), knownHostsLine(alias, publicKey), {
    mode: 0o600,
  });
}

/** The host keys that are kept of a cluster, by alias: each one line of type and key. */
export async function keptHostKeys(
  id: string,
  surroundings: KeptSurroundings,
): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(knownHostsPath(id, surroundings), 'utf8').catch(() => '');
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [alias, type, key] = line.trim().split(/\s+/);
      return alias === undefined || type === undefined || key === undefined
        ? []
        : [[alias, `${type} ${key}`]];
    }),
  );
}

/** Forgets a cluster that is gone. */
export async function forgetCluster(id: string, surroundings: KeptSurroundings): Promise<void> {
  await rm(keptFolder(id, surroundings), { recursive: true, force: true });
}
