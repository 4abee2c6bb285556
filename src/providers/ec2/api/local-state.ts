import { createHash } from 'node:crypto';
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolder, type Surroundings } from '../../../base/surroundings.ts';
import { pathComponent, readableComponent } from '../../../model/path-component.ts';
import { knownHostsLine } from '../../../model/ssh/text.ts';

// What this machine keeps of a cluster, so that its user gets in: never the truth about it. Losing it loses the way in, so that it is
// thrown away only with the cluster that it was kept for, and lies in a trash folder for a while.

type StateSurroundings = Pick<Surroundings, 'env' | 'home' | 'platform' | 'clock'>;

/** The cluster that something is kept of. */
export interface KeptCluster {
  readonly name: string;
  /** `null` for a cluster of the Python tool. */
  readonly launchId: string | null;
  readonly region?: string | undefined;
  readonly vpcId?: string | null | undefined;
}

/** How long what was kept of a cluster that is gone lies in the trash, in milliseconds. */
export const trashLifeMs = 30 * 86_400_000;

/** The file that says whose folder it is. */
const recordFile = 'cluster.json';
const keyFile = 'id_ed25519';
const agentKeyFile = 'of-agent.pub';

/** Under which a cluster's files are kept: the id of its launch, or for a cluster of the Python tool what tells it apart. */
function folderName({ launchId, name, region = '', vpcId }: KeptCluster): string {
  if (launchId !== null) return pathComponent(launchId);
  const place = createHash('sha256').update(JSON.stringify([region, vpcId ?? '', name]));
  return pathComponent(`of-${readableComponent(name)}-${place.digest('hex').slice(0, 12)}`);
}

/** Folder of what is kept of one cluster. */
function folderOf(cluster: KeptCluster, surroundings: StateSurroundings): string {
  return join(stateFolder(surroundings), 'ec2', folderName(cluster));
}

function trashOf(surroundings: StateSurroundings): string {
  return join(stateFolder(surroundings), 'trash');
}

/** Path of the key that was made for a cluster, whether or not there is one. */
export function clusterKeyPath(cluster: KeptCluster, surroundings: StateSurroundings): string {
  return join(folderOf(cluster, surroundings), keyFile);
}

/** Path of the host keys of a cluster, for `ssh`. */
export function knownHostsPath(cluster: KeptCluster, surroundings: StateSurroundings): string {
  return join(folderOf(cluster, surroundings), 'known_hosts');
}

/**
 * The name under which a host key stands there, as addresses change.
 *
 * @param of id of an instance, or of the launch whose master it is
 */
export function hostKeyAlias(of: string): string {
  return `flintrock-${pathComponent(of)}`;
}

/** Keeps a key that lets its holder in, for its owner only. */
export async function keepClusterKey(
  cluster: KeptCluster,
  privateKey: string,
  surroundings: StateSurroundings,
): Promise<void> {
  await makeFolder(cluster, surroundings);
  await writeFile(clusterKeyPath(cluster, surroundings), privateKey, { mode: 0o600 });
}

/**
 * Keeps the public half of a key that an agent holds, so that `ssh` can ask it for this one.
 *
 * @param publicKey one line, as in `authorized_keys`
 * @returns the file's path
 */
export async function keepPublicKey(
  cluster: KeptCluster,
  publicKey: string,
  surroundings: StateSurroundings,
): Promise<string> {
  await makeFolder(cluster, surroundings);
  const path = join(folderOf(cluster, surroundings), agentKeyFile);
  await writeFile(path, `${publicKey.trim()}\n`, { mode: 0o600 });
  return path;
}

/**
 * Keeps a host key.
 *
 * @param alias {@link hostKeyAlias}
 * @param publicKey one line, as in `authorized_keys`
 */
export async function keepHostKey(
  cluster: KeptCluster,
  alias: string,
  publicKey: string,
  surroundings: StateSurroundings,
): Promise<void> {
  await makeFolder(cluster, surroundings);
  // Appended: several nodes may be seen for the first time in the same moment.
  await appendFile(knownHostsPath(cluster, surroundings), knownHostsLine(alias, publicKey), {
    mode: 0o600,
  });
}

/** The host keys that are kept of a cluster, by alias: each one line of type and key. */
export async function keptHostKeys(
  cluster: KeptCluster,
  surroundings: StateSurroundings,
): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(knownHostsPath(cluster, surroundings), 'utf8').catch(() => '');
  return new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [alias, type, key] = line.trim().split(/\s+/);
      return alias === undefined || type === undefined || key === undefined
        ? []
        : [[alias, `${type} ${key}`]];
    }),
  );
}

/** Whether anything is kept of a cluster: it was launched from this machine, or used from it. */
export async function isKept(
  cluster: KeptCluster,
  surroundings: StateSurroundings,
): Promise<boolean> {
  return (await recordIn(folderOf(cluster, surroundings)))?.name === cluster.name;
}

/** Puts what is kept of a cluster that is gone into the trash; nothing happens if it was kept for another cluster. */
export async function forgetCluster(
  cluster: KeptCluster,
  surroundings: StateSurroundings,
): Promise<void> {
  const folder = folderOf(cluster, surroundings);
  const kept = await recordIn(folder);
  if (kept?.name !== cluster.name || kept.launchId !== cluster.launchId) return;
  const trash = trashOf(surroundings);
  await mkdir(trash, { recursive: true, mode: 0o700 });
  const time = surroundings.clock.now();
  await rename(folder, join(trash, pathComponent(`${time}-${folderName(cluster)}`)));
}

/** What lies in the trash for longer than {@link trashLifeMs}. */
export interface TrashedCluster {
  /** Name of the cluster that it was kept of. */
  readonly name: string;
  /** Path of the private key in it, or `null` if there is none. */
  readonly key: string | null;
  readonly remove: () => Promise<void>;
}

/** Looks through the trash for what has been there long enough. */
export async function oldTrash(surroundings: StateSurroundings): Promise<TrashedCluster[]> {
  const trash = trashOf(surroundings);
  const names = await readdir(trash).catch((): string[] => []);
  const old = names.filter((name) => {
    const time = Number(/^(\d{1,15})-/.exec(name)?.[1] ?? NaN);
    return surroundings.clock.now() - time > trashLifeMs;
  });
  return Promise.all(
    old.map(async (entry) => {
      const folder = join(trash, entry);
      const key = join(folder, keyFile);
      const hasKey = await stat(key).then(
        () => true,
        () => false,
      );
      return {
        name: (await recordIn(folder))?.name ?? entry,
        key: hasKey ? key : null,
        remove: () => rm(folder, { recursive: true, force: true }),
      };
    }),
  );
}

async function makeFolder(cluster: KeptCluster, surroundings: StateSurroundings): Promise<void> {
  const folder = folderOf(cluster, surroundings);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Whatever the umask is, and whichever process made it before.
  await chmod(folder, 0o700);
  const { name, launchId } = cluster;
  await writeFile(join(folder, recordFile), `${JSON.stringify({ name, launchId })}\n`, {
    mode: 0o600,
    // The first one stays: who it was made for doesn't change.
    flag: 'wx',
  }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}

async function recordIn(
  folder: string,
): Promise<Pick<KeptCluster, 'name' | 'launchId'> | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, recordFile), 'utf8')) as KeptCluster;
  } catch {
    return undefined;
  }
}
