import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getuid } from 'node:process';
import { isMissing, readJsonFile, writeJsonFile } from '../../../base/json-file.ts';
import { stateFolder, type Surroundings } from '../../../base/surroundings.ts';
import { clusterNameProblem, type NodeRole } from '../../../model/cluster/cluster.ts';
import { ClusterError } from '../../../model/errors.ts';
import { advice, callVerb } from '../../../model/remedy.ts';
import type { PackageSet } from '../../../model/software/packages/package-set.ts';
import {
  readServiceProperties,
  type ServiceProperties,
} from '../../../model/software/properties.ts';
import type { ProcessMark } from '../daemons/processes.ts';
import type { JavaInstallation } from '../software/find-java.mjs';

/** Packages of a local cluster. */
interface LocalPackages extends PackageSet {
  /** Absolute path of the folder of their jars. */
  readonly folder: string;
}

/** Python packages of a local cluster. */
interface LocalPythonPackages {
  /** Requirements for pip, and absolute paths of wheels. */
  readonly requirements: readonly string[];
  /** Such as `3.11`. */
  readonly minor: string;
  /** URL of the package index that they are from; absent: as the user configured pip or uv. */
  readonly index?: string | undefined;
}

/** What a local cluster is, kept in `cluster.json` of its folder: the counterpart of EC2's tags. */
export interface ClusterRecord {
  readonly format: 1;
  readonly name: string;
  readonly launchId: string;
  /** ISO 8601, UTC. */
  readonly launchedAt: string;
  /** Whether its launch ended well. */
  readonly ready: boolean;
  /** Whether its removal has begun. */
  readonly removing: boolean;
  readonly spark: { readonly version: string; readonly home: string };
  readonly java: JavaInstallation;
  /** Absolute path of the Python that executors use, or `null`. */
  readonly python: string | null;
  readonly worker: { readonly cores: number; readonly memoryMiB: number };
  readonly executorsPerWorker: number;
  readonly mavenRepository: string | null;
  /** What it has beside Spark itself; absent if that is nothing. */
  readonly packages?: LocalPackages | undefined;
  /** Python packages of its own, and the minor of Python that they are for; absent if there are none. */
  readonly pythonPackages?: LocalPythonPackages | undefined;
  /** Where tables are; `null` where nothing is said, absent in records of earlier versions. */
  readonly warehouse?: string | null;
  /** Where event logs are, if not in the cluster’s own folder: a path on S3. */
  readonly eventLogFolder?: string | undefined;
  /** What the user puts into Spark's configuration; absent in records of older versions. */
  readonly configuration?: ServiceProperties;
  /** Ports that the user chose; `null` where a free one is to be found. */
  readonly wishedPorts: { readonly master: number | null; readonly masterUi: number | null };
  /** Number of the next worker: a name is never given twice. */
  readonly nextWorker: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** What a node of a local cluster is, kept in `node.json` of its folder. */
export interface NodeRecord {
  readonly format: 1;
  readonly name: string;
  readonly role: NodeRole;
  readonly id: string;
  /** Whether its daemon should run. */
  readonly wanted: 'running' | 'stopped';
  readonly draining: boolean;
  /** Port of its daemon and of its web page; another one after a start if somebody else has it by then. */
  readonly port: number;
  readonly uiPort: number;
  /** Its daemon, or `null` before the first start and after a stop. */
  readonly process: ProcessMark | null;
}

/** A local cluster as its folder tells it. */
export interface LocalCluster {
  readonly folder: string;
  readonly record: ClusterRecord;
  /** By name: the master first, then the workers by number. */
  readonly nodes: readonly NodeRecord[];
}

/** Folder of all local clusters. */
export function clustersFolder(surroundings: Surroundings): string {
  return join(stateFolder(surroundings), 'local');
}

/** Folder of a cluster; its name is the cluster's. */
export function clusterFolder(name: string, surroundings: Surroundings): string {
  return join(clustersFolder(surroundings), name);
}

/** Folder of all nodes of a cluster. */
export function nodesFolder(name: string, surroundings: Surroundings): string {
  return join(clusterFolder(name, surroundings), 'nodes');
}

/** Folder of a node. */
export function nodeFolder(cluster: Pick<LocalCluster, 'folder'>, node: string): string {
  return join(cluster.folder, 'nodes', node);
}

/**
 * Takes a cluster's name by making its folder, which only one can.
 *
 * @throws ClusterError `CLUSTER_EXISTS`
 */
export async function claimFolder(name: string, surroundings: Surroundings): Promise<string> {
  await makePrivateFolder(clustersFolder(surroundings));
  const folder = clusterFolder(name, surroundings);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw clusterExists(name);
  }
  await makeFolder(join(folder, 'nodes'));
  return folder;
}

/**
 * Makes a folder, for its owner only, in one that must be there; one that is there already will do.
 *
 * Never its parents: what is still at work on a cluster that somebody removes meanwhile would bring a part of it back.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * Makes a folder with its parents, for its owner only, whatever the umask; one that is there and was made by an older version, with
 * more rights, loses them.
 *
 * @throws ClusterError `FOLDER_UNSAFE` if it belongs to somebody else, who could put anything into it
 */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch(async (error: unknown) => {
    // What Node says of a read-only file system if it is to make the parents as well.
    if (!isMissing(error)) throw error;
    await mkdir(path, { mode: 0o700 });
  });
  const found = await stat(path);
  if (getuid !== undefined && found.uid !== getuid())
    throw new ClusterError('FOLDER_UNSAFE', `The folder ${path} belongs to another user.`, {
      remedies: advice('Set FLINTROCK_CACHE and FLINTROCK_STATE to folders that belong to you.'),
    });
  if ((found.mode & 0o777) !== 0o700) await chmod(path, 0o700);
}

/** The error of a name that is taken. */
export function clusterExists(name: string): ClusterError {
  return new ClusterError('CLUSTER_EXISTS', `A local cluster named "${name}" already exists.`, {
    remedies: [
      ...advice('Use another name.'),
      callVerb(
        'Or destroy the existing cluster first.',
        'destroy',
        { name, provider: 'local' },
        {},
      ),
    ],
  });
}

/** Names of all local clusters, also of those whose records can't be read. */
export async function clusterNames(surroundings: Surroundings): Promise<string[]> {
  const names = await folders(clustersFolder(surroundings));
  return names.filter((name) => clusterNameProblem(name) === undefined).sort();
}

/**
 * Reads a cluster.
 *
 * @returns `undefined` if there is none of that name; a text that says what is wrong if its records can't be read
 */
export async function readCluster(
  name: string,
  surroundings: Surroundings,
): Promise<LocalCluster | string | undefined> {
  const folder = clusterFolder(name, surroundings);
  if (!(await folders(clustersFolder(surroundings))).includes(name)) return undefined;
  try {
    const record = await readJsonFile(join(folder, 'cluster.json'));
    if (record === undefined) return 'its record cluster.json is missing';
    if (!isClusterRecord(record))
      return 'its record cluster.json was written by another version or is corrupt';
    // A copied or renamed folder: what it tells of is another cluster, and none of its processes.
    if (record.name !== name) return `its record cluster.json is of "${record.name}"`;
    const nodes: NodeRecord[] = [];
    for (const node of await folders(join(folder, 'nodes'))) {
      const found = await readJsonFile(join(folder, 'nodes', node, 'node.json'));
      // A folder without a record is a node that was being made when its maker died: nothing runs in it yet.
      if (found === undefined) continue;
      if (!isNodeRecord(found) || found.name !== node)
        return `the record node.json of ${node} was written by another version or is corrupt`;
      nodes.push(found);
    }
    return { folder, record, nodes: nodes.sort(byNumber) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    return `its records can’t be read: ${(error as Error).message}`;
  }
}

/**
 * Reads a cluster that must be there.
 *
 * @throws ClusterError `CLUSTER_NOT_FOUND`, `CLUSTER_STATE_UNFIT` if its records can't be read
 */
export async function requireCluster(
  name: string,
  surroundings: Surroundings,
): Promise<LocalCluster> {
  const cluster = await readCluster(name, surroundings);
  if (cluster === undefined)
    throw new ClusterError('CLUSTER_NOT_FOUND', `Local cluster "${name}" was not found.`, {
      remedies: [callVerb('List all clusters.', 'describe', null, {})],
    });
  if (typeof cluster === 'string')
    throw new ClusterError('CLUSTER_STATE_UNFIT', `Cluster "${name}" can’t be used: ${cluster}.`, {
      remedies: [callVerb('Destroy the cluster.', 'destroy', { name, provider: 'local' }, {})],
    });
  return cluster;
}

/**
 * The record of a node that must be there.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT`
 */
export function requireNode(
  cluster: LocalCluster,
  { name }: { readonly name: string },
): NodeRecord {
  const node = cluster.nodes.find((other) => other.name === name);
  if (node === undefined)
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `Node "${name}" of "${cluster.record.name}" no longer exists.`,
    );
  return node;
}

/** Writes a cluster's own record. */
export async function writeClusterRecord(folder: string, record: ClusterRecord): Promise<void> {
  await writeJsonFile(join(folder, 'cluster.json'), record);
}

/** Writes a node's record, making its folder if need be. */
export async function writeNodeRecord(
  cluster: Pick<LocalCluster, 'folder'>,
  record: NodeRecord,
): Promise<void> {
  const folder = nodeFolder(cluster, record.name);
  await makeFolder(folder);
  await writeJsonFile(join(folder, 'node.json'), record);
}

/**
 * Removes a cluster's folder and frees its name; one that is gone is no error.
 *
 * It is moved out of the way first, which only one can do: of two who remove it, the slower one never touches what a new
 * cluster of that name has made by then.
 */
export async function removeClusterFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  try {
    await rename(folder, join(parent, `${removedMark}${randomBytes(6).toString('hex')}`));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  // Also those that somebody was killed over.
  for (const name of await folders(parent))
    if (name.startsWith(removedMark)) await removeFolder(join(parent, name));
}

/** What removed folders are called until they are gone: no cluster's name begins with a dot. */
const removedMark = '.removed-';

/** Removes a folder with all that is in it; one that is gone is no error. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

async function folders(parent: string): Promise<string[]> {
  try {
    const entries = await readdir(parent, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isClusterRecord(value: unknown): value is ClusterRecord {
  if (!isObject(value)) return false;
  const { format, name, launchId, launchedAt, spark, java, worker, nextWorker } = value;
  return (
    format === 1 &&
    [name, launchId, launchedAt].every((text) => typeof text === 'string') &&
    isObject(spark) &&
    [spark['version'], spark['home']].every((text) => typeof text === 'string') &&
    isObject(java) &&
    typeof java['home'] === 'string' &&
    isObject(worker) &&
    [worker['cores'], worker['memoryMiB'], nextWorker].every((n) => typeof n === 'number') &&
    (value['configuration'] === undefined ||
      readServiceProperties(value['configuration']) !== undefined) &&
    isObject(value['wishedPorts']) &&
    isObject(value['tags'])
  );
}

function isNodeRecord(value: unknown): value is NodeRecord {
  if (!isObject(value)) return false;
  const { format, name, role, id, port, uiPort, process } = value;
  return (
    format === 1 &&
    [name, id].every((text) => typeof text === 'string') &&
    (role === 'master' || role === 'worker') &&
    [port, uiPort].every((number) => typeof number === 'number') &&
    (process === null ||
      (isObject(process) &&
        typeof process['pid'] === 'number' &&
        typeof process['startTime'] === 'string'))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function byNumber(a: NodeRecord, b: NodeRecord): number {
  const number = (node: NodeRecord): number =>
    node.role === 'master' ? 0 : Number(node.name.replace(/^\D*/, ''));
  return number(a) - number(b);
}
