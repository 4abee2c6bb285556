import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectServer, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { callVerb } from '../../../model/remedy.ts';
import { waitFor } from '../../../model/wait.ts';
import { connectArguments, connectTokenVariable } from '../../../node/services/connect.ts';
import { sparkClasses, sparkModuleOptions } from '../../../node/services/spark.ts';
import { type LocalCluster, nodeFolder } from '../records/records.ts';
import { archiveOptions, sparkClassPath } from '../software/class-archive.ts';
import { isListening, readLogTail, reasonInLog } from './daemons.ts';
import { daemonEnvironment, executorSettings } from './environment.ts';
import { serveBeside, type SideServer, sideServerPort } from './side-servers.ts';

/** The server that clients of Spark Connect speak to. */
export const connectServer: SideServer = {
  name: 'connect',
  what: 'the Spark Connect server',
  portWord: 'spark.connect.grpc.binding.port=',
};

/** How long it may take to listen, in milliseconds: a JVM that begins on a machine that works. */
const startLimitMs = 90_000;

/** See `Provider.serveConnect`. */
export async function serveConnect(
  cluster: LocalCluster,
  conf: Readonly<Record<string, string>>,
  context: WorkContext,
): Promise<ConnectServer> {
  const { record } = cluster;
  const tokenFile = join(nodeFolder(cluster, connectServer.name), 'token');
  const { port, started } = await serveBeside(
    cluster,
    connectServer,
    async (free, folder) => {
      const token = randomBytes(32).toString('hex');
      await writeFile(tokenFile, token, { mode: 0o600 });
      return {
        args: [
          `-Xmx${conf['spark.driver.memory'] ?? '1g'}`,
          '-XX:-UsePerfData',
          ...sparkModuleOptions(record.java.major),
          ...archiveOptions('driver', record, null, context),
          '-cp',
          sparkClassPath(record.spark.home).join(':'),
          sparkClasses.submit,
          ...connectArguments(free, { ...Object.fromEntries(executorSettings(context)), ...conf }),
        ],
        env: {
          ...daemonEnvironment(cluster, context),
          SPARK_LOCAL_DIRS: join(folder, 'scratch'),
          [connectTokenVariable]: token,
        },
      };
    },
    context,
  );
  await awaitServer(cluster, port, context);
  return { host: '127.0.0.1', port, token: await readFile(tokenFile, 'utf8'), started };
}

async function awaitServer(
  cluster: LocalCluster,
  port: number,
  context: WorkContext,
): Promise<void> {
  const { clock, signal } = context;
  await waitFor(
    async () => {
      if (await isListening(port)) return true;
      if ((await sideServerPort(cluster, connectServer, context)) !== undefined) return undefined;
      const reason = reasonInLog(await readLogTail(cluster, connectServer.name));
      throw new ClusterError(
        'NODE_DIED',
        `The Spark Connect server ended: ${reason ?? 'its log gives no reason'}.`,
        {
          remedies: [
            callVerb(
              'Collect the logs.',
              'doctor',
              { name: cluster.record.name, provider: 'local' },
              {},
            ),
          ],
        },
      );
    },
    {
      clock,
      signal,
      reason: () => `the Spark Connect server of "${cluster.record.name}"`,
      limitMs: startLimitMs,
      everyMs: 50,
    },
  );
}
