import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { waitFor } from '../../../model/wait.ts';
import { isHeld, tryLock } from '../records/file-lock.ts';
import { type LocalCluster, makeFolder, nodeFolder } from '../records/records.ts';
import { daemonLog, daemonMark, folderMark } from './daemons.ts';
import { launchMark } from './environment.ts';
import { freePorts } from './ports.ts';
import { endProcesses, findJvms, type ProcessMark } from './processes.ts';

/** A server of a cluster that is no node: started when it is asked for first, it goes on until the cluster is stopped or removed. */
export interface SideServer {
  /** Name of its folder, beside those of nodes. */
  readonly name: 'history' | 'connect';
  /** What it is, in words. */
  readonly what: string;
  /** The word on its command line that its port follows at once: there is no record that could be wrong. */
  readonly portWord: string;
}

/** How a {@link SideServer} is started: all that its JVM's command line has after the marks. */
export interface SideServerStart {
  /** JVM options, class path, main class and arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How long somebody else may take to start it, in milliseconds. */
const othersLimitMs = 20_000;

/**
 * Starts a server, unless it runs; gives its port.
 *
 * @param prepare tells how it is started on a port, once that is to be done, into a folder of its own
 */
export async function serveBeside(
  cluster: LocalCluster,
  server: SideServer,
  prepare: (port: number, folder: string) => Promise<SideServerStart>,
  context: WorkContext,
): Promise<number> {
  const { clock, signal, platform } = context;
  const folder = nodeFolder(cluster, server.name);
  await makeFolder(folder);
  const running = (): Promise<number | undefined> => sideServerPort(cluster, server, context);
  return waitFor(
    async () => {
      const found = await running();
      if (found !== undefined) return found;
      const lock = await tryLock(join(folder, 'lock'), server.name, platform);
      if (!isHeld(lock)) return undefined;
      try {
        const late = await running();
        if (late !== undefined) return late;
        const [port = 0] = await freePorts(1);
        await start(cluster, server, folder, await prepare(port, folder));
        return port;
      } finally {
        await lock.release();
      }
    },
    {
      clock,
      signal,
      reason: () => `${server.what}, which another process is starting`,
      limitMs: othersLimitMs,
      everyMs: 100,
    },
  );
}

/** Ends a cluster's server, if it runs; gives the processes that did not end. */
export async function endBeside(
  cluster: LocalCluster,
  server: SideServer,
  context: WorkContext,
): Promise<ProcessMark[]> {
  const mark = daemonMark(cluster, server);
  const found = await findJvms(mark, context.platform);
  return endProcesses(found, mark, { ...context, patienceMs: 5_000 });
}

/** The port of a server, by its command line; `undefined` if it doesn't run. */
export async function sideServerPort(
  cluster: LocalCluster,
  server: SideServer,
  { platform }: Pick<WorkContext, 'platform'>,
): Promise<number | undefined> {
  const [running] = await findJvms(daemonMark(cluster, server), platform);
  const port = running?.args.find((word) => word.startsWith(server.portWord));
  return port === undefined ? undefined : Number(port.slice(server.portWord.length));
}

async function start(
  cluster: LocalCluster,
  server: SideServer,
  folder: string,
  { args, env }: SideServerStart,
): Promise<void> {
  const { record } = cluster;
  const path = daemonLog(cluster, server.name);
  // The log is of one life; the one before stays beside it.
  await rename(path, `${path}.1`).catch(() => undefined);
  const log = openSync(path, 'a', 0o600);
  try {
    const child = spawn(
      join(record.java.home, 'bin', 'java'),
      [launchMark(record.launchId), daemonMark(cluster, server), folderMark(cluster), ...args],
      { cwd: folder, env, detached: true, stdio: ['ignore', log, log] },
    );
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', resolve);
    });
    child.unref();
  } catch (error) {
    throw new ClusterError(
      'NODE_DIED',
      `${server.what} could not be started: ${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    closeSync(log);
  }
}
