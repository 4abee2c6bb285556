import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { kill } from 'node:process';
import type { SavedHistoryServer, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import {
  sparkClasses,
  sparkDaemonOptions,
  sparkHistoryProperties,
  sparkScalaVersion,
} from '../../../node/services/spark.ts';
import { planLocalLaunch } from '../plan-launch.ts';
import { sparkClassPath } from '../software/class-archive.ts';
import { installSpark } from '../software/spark-install.ts';
import { withoutSecretVariables } from './environment.ts';
import { freePorts, loopback } from './ports.ts';

/** How long it may take to end, in milliseconds. */
const endLimitMs = 5_000;

// Ends the server when this process is gone, however it went: its end of the pipe is closed then.
const untilInputEnds =
  '"$@" </dev/null & child=$!; cat >/dev/null; kill "$child" 2>/dev/null; wait "$child"';

/**
 * Starts Spark’s history server over a folder of event logs that belong to no cluster of this machine. Spark is fetched unless it is
 * here, as for a local cluster. It ends with this process.
 */
export async function serveSavedHistory(
  folder: string,
  context: WorkContext,
): Promise<SavedHistoryServer> {
  const values = { ...context.values, numWorkers: 1 };
  const { plan, spark, java } = await planLocalLaunch(
    { name: 'saved-history', values, wheels: [], given: new Set() },
    context,
  );
  const problem = plan.problems.find(({ code }) => code === 'JAVA_NOT_FOUND');
  if (java === undefined)
    throw new ClusterError('JAVA_NOT_FOUND', problem?.message ?? 'No Java was found.', {
      remedies: problem?.remedies ?? [],
    });
  const home = await installSpark(spark, context);
  const [port = 0] = await freePorts(1);
  const properties = sparkHistoryProperties(folder, port)
    // What is too old was removed already, and nothing else is to be.
    .filter(([key]) => !key.startsWith('spark.history.fs.cleaner.'))
    .map(([key, value]) => `-D${key}=${value}`);
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      untilInputEnds,
      'sh',
      join(java.home, 'bin', 'java'),
      ...sparkDaemonOptions(java.major),
      ...properties,
      '-cp',
      sparkClassPath(home),
      sparkClasses.history,
    ],
    {
      cwd: folder,
      env: {
        ...ownVariables(context),
        JAVA_HOME: java.home,
        SPARK_HOME: home,
        SPARK_LOCAL_IP: loopback,
        SPARK_PUBLIC_DNS: loopback,
        SPARK_SCALA_VERSION: sparkScalaVersion(plan.software[0]?.version ?? ''),
      },
      // A Ctrl-C of the terminal is for this process, which ends it.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', resolve);
  });
  child.stdin.on('error', () => undefined);
  return {
    port,
    closed,
    close: async () => {
      child.stdin.end();
      const late = setTimeout(() => endAtOnce(child), endLimitMs);
      await closed;
      clearTimeout(late);
    },
  };
}

/** The user’s environment, without secrets and without what would make Spark another one. */
function ownVariables({ env }: WorkContext): Record<string, string> {
  return Object.fromEntries(
    Object.entries(withoutSecretVariables(env)).filter(
      ([name]) => !/^(SPARK_|PYSPARK_|HADOOP_|YARN_)/.test(name),
    ),
  );
}

function endAtOnce({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
