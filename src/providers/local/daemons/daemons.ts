import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Surroundings } from '../../../base/surroundings.ts';
import { ClusterError } from '../../../model/errors.ts';
import { sparkClasses, sparkDaemonOptions } from '../../../node/services/spark.ts';
import {
  type LocalCluster,
  makeFolder,
  nodeFolder,
  type NodeRecord,
  writeNodeRecord,
} from '../records/records.ts';
import { archiveOptions, sparkClassPath } from '../software/class-archive.ts';
import { configurationFolder, daemonEnvironment, launchMark } from './environment.ts';
import { loopback } from './ports.ts';
import { findJvms, type ProcessInfo, readProcess } from './processes.ts';

/** The word on the command line of a node's daemon, and of nothing else. */
export function daemonMark(
  cluster: Pick<LocalCluster, 'record'>,
  node: Pick<NodeRecord, 'name'>,
): string {
  return `-Dflintrock.node=${cluster.record.launchId}/${node.name}`;
}

/** A word on the command line of every daemon of the cluster that lives in a folder, whatever its records say. */
export function folderMark(cluster: Pick<LocalCluster, 'folder'>): string {
  return `-Dlog4j2.configurationFile=${join(configurationFolder(cluster), 'log4j2.properties')}`;
}

/** File that a daemon's output goes to. */
export function daemonLog(cluster: Pick<LocalCluster, 'folder'>, node: string): string {
  return join(nodeFolder(cluster, node), 'daemon.log');
}

/** A daemon that was started just now. */
export interface StartedDaemon {
  /** Its node's new record. */
  readonly node: NodeRecord;
  /** How it ended, in words, once it has. */
  readonly ended: Promise<string>;
}

/** Starts a node's daemon as a process of its own, which outlives this one, and records it. */
export async function startDaemon(
  cluster: LocalCluster,
  node: NodeRecord,
  surroundings: Surroundings,
): Promise<StartedDaemon> {
  const folder = nodeFolder(cluster, node.name);
  await makeFolder(join(folder, 'work'));
  // The log is of one life; the one before stays beside it for users who ask why it ended.
  await rename(daemonLog(cluster, node.name), `${daemonLog(cluster, node.name)}.1`).catch(
    () => undefined,
  );
  const log = openSync(daemonLog(cluster, node.name), 'a', 0o600);
  try {
    const child = spawn(
      join(cluster.record.java.home, 'bin', 'java'),
      daemonArguments(cluster, node, surroundings),
      {
        cwd: folder,
        env: {
          // Where executors keep their scratch files: gone with the node instead of staying in /tmp.
          SPARK_LOCAL_DIRS: join(folder, 'scratch'),
          ...daemonEnvironment(cluster, surroundings),
        },
        // A session of its own: neither Ctrl-C in this terminal nor the end of this process reaches it.
        detached: true,
        stdio: ['ignore', log, log],
      },
    );
    const ended = new Promise<string>((resolve) =>
      child.once('exit', (code, signal) =>
        resolve(
          signal === null ? `it exited with code ${code ?? 0}` : `it was terminated by ${signal}`,
        ),
      ),
    );
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid as number));
    });
    child.unref();
    const found = await readProcess(pid, surroundings.platform);
    const started: NodeRecord = {
      ...node,
      wanted: 'running',
      draining: false,
      process: { pid, startTime: found?.startTime ?? '' },
    };
    await writeNodeRecord(cluster, started);
    return { node: started, ended };
  } catch (error) {
    throw new ClusterError(
      'NODE_DIED',
      `${node.name} could not be started: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  } finally {
    closeSync(log);
  }
}

/** Whether this is the node of its role that writes the class archive for later ones, if there is none yet. */
export function writesArchive({ name, role }: Pick<NodeRecord, 'name' | 'role'>): boolean {
  return role === 'master' || name === 'worker-1';
}

/** Whether a daemon listens on its port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: loopback, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** How much of a worker's log is looked at for its registration, in bytes: it comes early. */
export const registrationBytes = 64 * 1024;

/** Whether a worker's log says that the master has it (`Worker.scala`). */
export function isRegistered(log: string): boolean {
  return log.includes('Successfully registered with master');
}

/** The last part of a daemon's log, at most `bytes` long; empty if there is none. */
export async function readLogTail(
  cluster: Pick<LocalCluster, 'folder'>,
  node: string,
  bytes = 8192,
): Promise<string> {
  try {
    const file = await open(daemonLog(cluster, node));
    try {
      const { size } = await file.stat();
      const length = Math.min(size, bytes);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}

/** Why a daemon ended, as far as its log tells: its last error, in one line. */
export function reasonInLog(tail: string): string | null {
  const lines = tail.trim().split('\n');
  const told = lines.findLast((line) =>
    / ERROR |Exception|Error: |^Could not|OutOfMemory|cannot allocate/i.test(line),
  );
  return told === undefined
    ? null
    : told
        .replace(/^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d /, '')
        .trim()
        .slice(0, 300);
}

function daemonArguments(
  cluster: LocalCluster,
  node: NodeRecord,
  surroundings: Surroundings,
): string[] {
  const { record } = cluster;
  const folder = nodeFolder(cluster, node.name);
  const master = cluster.nodes.find(({ role }) => role === 'master');
  return [
    ...sparkDaemonOptions(record.java.major),
    ...archiveOptions(node.role, record, writesArchive(node) ? folder : null, surroundings),
    launchMark(cluster.record.launchId),
    daemonMark(cluster, node),
    folderMark(cluster),
    // A port that somebody else took meanwhile must end the daemon, not move it to where nobody looks.
    '-Dspark.port.maxRetries=0',
    '-cp',
    sparkClassPath(record.spark.home),
    sparkClasses[node.role],
    '--host',
    loopback,
    '--port',
    String(node.port),
    '--webui-port',
    String(node.uiPort),
    ...(node.role === 'master'
      ? []
      : [
          '--cores',
          String(record.worker.cores),
          '--memory',
          `${record.worker.memoryMiB}m`,
          '--work-dir',
          join(folder, 'work'),
          `spark://${loopback}:${master?.port ?? 0}`,
        ]),
  ];
}

/** The executors that a worker started, of whichever job. */
export async function findExecutors(
  cluster: Pick<LocalCluster, 'record'>,
  { port }: Pick<NodeRecord, 'port'>,
  { platform }: Pick<Surroundings, 'platform'>,
): Promise<ProcessInfo[]> {
  const worker = `spark://Worker@${loopback}:${port}`;
  const jvms = await findJvms(launchMark(cluster.record.launchId), platform);
  return jvms.filter(({ args }) => args.includes(worker));
}
