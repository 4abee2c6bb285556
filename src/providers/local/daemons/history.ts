import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { waitFor } from '../../../model/wait.ts';
import {
  sparkClasses,
  sparkDaemonOptions,
  sparkHistoryProperties,
} from '../../../node/services/spark.ts';
import { isHeld, tryLock } from '../records/file-lock.ts';
import { type LocalCluster, makeFolder, nodeFolder } from '../records/records.ts';
import { sparkClassPath } from '../software/class-archive.ts';
import { daemonLog, daemonMark, folderMark } from './daemons.ts';
import { daemonEnvironment, eventsFolder, launchMark } from './environment.ts';
import { freePorts } from './ports.ts';
import { endProcesses, findJvms, type ProcessMark } from './processes.ts';

/** The server is no node, and has a folder beside those of nodes. */
const server = { name: 'history' } as const;
const portProperty = '-Dspark.history.ui.port=';
/** How long somebody else may take to start it, in milliseconds. */
const othersLimitMs = 20_000;

/** Starts a cluster's history server, unless it runs; gives its port. It goes on until the cluster is stopped or removed. */
export async function serveHistory(cluster: LocalCluster, context: WorkContext): Promise<number> {
  const { clock, signal, platform } = context;
  const folder = nodeFolder(cluster, server.name);
  await makeFolder(folder);
  return waitFor(
    async () => {
      const running = await findHistory(cluster, context);
      if (running !== undefined) return running;
      const lock = await tryLock(join(folder, 'lock'), 'history', platform);
      if (!isHeld(lock)) return undefined;
      try {
        return (await findHistory(cluster, context)) ?? (await start(cluster, folder, context));
      } finally {
        await lock.release();
      }
    },
    {
      clock,
      signal,
      reason: () => 'the history server, which another process is starting',
      limitMs: othersLimitMs,
      everyMs: 100,
    },
  );
}

/** Ends a cluster's history server, if it runs; gives the processes that did not end. */
export async function endHistory(
  cluster: LocalCluster,
  context: WorkContext,
): Promise<ProcessMark[]> {
  const mark = daemonMark(cluster, server);
  const found = await findJvms(mark, context.platform);
  return endProcesses(found, mark, { ...context, patienceMs: 5_000 });
}

/** The port of the server that runs, by its command line: there is no record that could be wrong. */
async function findHistory(
  cluster: LocalCluster,
  { platform }: WorkContext,
): Promise<number | undefined> {
  const [running] = await findJvms(daemonMark(cluster, server), platform);
  const port = running?.args.find((word) => word.startsWith(portProperty));
  return port === undefined ? undefined : Number(port.slice(portProperty.length));
}

async function start(cluster: LocalCluster, folder: string, context: WorkContext): Promise<number> {
  const { record } = cluster;
  await makeFolder(eventsFolder(cluster));
  const [port = 0] = await freePorts(1);
  const log = openSync(daemonLog(cluster, server.name), 'a', 0o600);
  try {
    const child = spawn(
      join(record.java.home, 'bin', 'java'),
      [
        ...sparkDaemonOptions(record.java.major),
        launchMark(record.launchId),
        daemonMark(cluster, server),
        folderMark(cluster),
        ...sparkHistoryProperties(eventsFolder(cluster), port).map(
          ([key, value]) => `-D${key}=${value}`,
        ),
        '-cp',
        sparkClassPath(record.spark.home).join(':'),
        sparkClasses.history,
      ],
      {
        cwd: folder,
        env: daemonEnvironment(cluster, context),
        detached: true,
        stdio: ['ignore', log, log],
      },
    );
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', resolve);
    });
    child.unref();
    return port;
  } catch (error) {
    throw new ClusterError(
      'NODE_DIED',
      `The history server could not be started: ${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    closeSync(log);
  }
}
