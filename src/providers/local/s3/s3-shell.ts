import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { stopGroupOnAbort } from '../../../base/machine/stop-group.ts';
import { timeLimit } from '../../../base/time-limit.ts';
import type { WorkContext } from '../../../engine/provider.ts';
import type { S3ShellResult } from '../../../node/services/s3/event-logs.ts';
import { s3LookLimitMs, s3ShellProgram } from '../../../node/services/s3/s3.ts';
import { configurationFolder, sparkEnvironment } from '../daemons/environment.ts';
import type { LocalCluster } from '../records/records.ts';
import { packagesClassPath } from '../software/install-packages.ts';
import { s3Settings } from './s3-settings.ts';

/** More characters than the list of anybody’s event logs has. */
const maxOutput = 50_000_000;

/** Runs a command of Hadoop’s file system shell with the settings of a cluster and the credentials of the user. */
export async function runS3Shell(
  cluster: LocalCluster,
  command: readonly string[],
  context: WorkContext,
): Promise<S3ShellResult> {
  const { java, spark } = cluster.record;
  const classPath = [join(spark.home, 'jars', '*'), ...packagesClassPath(cluster.record)];
  const defaults = join(configurationFolder(cluster), 'spark-defaults.conf');
  const settings = s3Settings(cluster, context).map(
    ([key, value]) => `${key.replace('spark.hadoop.', '')}=${value}`,
  );
  const args = [java.home, classPath.join(':'), defaults, settings.join('\n'), ...command];
  const child = spawn('bash', ['-s', '--', ...args], {
    cwd: cluster.folder,
    env: sparkEnvironment(cluster, context),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const release = stopGroupOnAbort(child, timeLimit(s3LookLimitMs, context.signal));
  try {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < maxOutput) stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-16_384);
    });
    // It may end before it has read all of it.
    child.stdin.on('error', () => undefined).end(s3ShellProgram);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    context.signal.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    release();
  }
}
