import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../../../base/json-file.ts';
import type { ConnectServer, ConnectServerRequest, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { callVerb } from '../../../model/remedy.ts';
import { waitFor } from '../../../model/wait.ts';
import { connectArguments, connectTokenVariable } from '../../../node/services/connect.ts';
import { sparkClasses, sparkModuleOptions } from '../../../node/services/spark.ts';
import { askPython, findPython, type PythonInstallation } from '../../../python/find-python.ts';
import { minorOf } from '../../../python/interpreters.ts';
import { type LocalCluster, nodeFolder } from '../records/records.ts';
import { awsJobSettings, s3Environment } from '../s3/s3-settings.ts';
import { archiveOptions, sparkClassPath } from '../software/class-archive.ts';
import { packagesClassPath } from '../software/install-packages.ts';
import { pythonPackagesFolder } from '../software/python-packages.ts';
import { isListening, readLogTail, reasonInLog } from './daemons.ts';
import { daemonEnvironment, executorPythonPath, sparkDefaultsOf } from './environment.ts';
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
  { conf, python }: ConnectServerRequest,
  context: WorkContext,
): Promise<ConnectServer> {
  const { record } = cluster;
  const configured = sparkDefaultsOf(cluster);
  const recordFile = join(nodeFolder(cluster, connectServer.name), 'server.json');
  const port = await serveBeside(
    cluster,
    connectServer,
    async (free, folder) => {
      const token = randomBytes(32).toString('hex');
      const chosen = await choosePython(cluster, python, context);
      // What it holds lets its reader in.
      await writeJsonFile(recordFile, { token, pythonVersion: chosen?.version ?? null });
      // Also while the cluster has no packages: the server needn't be restarted for those that come.
      const packages = pythonPackagesFolder(cluster);
      const path = conf[executorPythonPath] ?? configured[executorPythonPath];
      const env = daemonEnvironment(cluster, context);
      return {
        args: [
          `-Xmx${conf['spark.driver.memory'] ?? configured['spark.driver.memory'] ?? '1g'}`,
          '-XX:-UsePerfData',
          ...sparkModuleOptions(record.java.major),
          ...archiveOptions('driver', record, null, context),
          '-cp',
          [sparkClassPath(record.spark.home), ...packagesClassPath(record)].join(':'),
          sparkClasses.submit,
          ...connectArguments(
            free,
            {
              ...Object.fromEntries(awsJobSettings(cluster, context)),
              ...conf,
              [executorPythonPath]: path === undefined ? packages : `${packages}:${path}`,
            },
            new Set(Object.keys(configured)),
          ),
        ],
        env: {
          SPARK_LOCAL_DIRS: join(folder, 'scratch'),
          ...env,
          ...s3Environment(cluster, context),
          PYTHONPATH: [packages, env['PYTHONPATH'] ?? ''].filter(Boolean).join(':'),
          ...(chosen !== undefined && { PYSPARK_PYTHON: chosen.program }),
          [connectTokenVariable]: token,
        },
      };
    },
    context,
  );
  await awaitServer(cluster, port, context);
  const kept = (await readJsonFile(recordFile)) as Pick<ConnectServer, 'token' | 'pythonVersion'>;
  return { host: '127.0.0.1', port, token: kept.token, pythonVersion: kept.pythonVersion };
}

/**
 * The interpreter that runs clients' functions: that of the workspace or the user's shell, whose packages they import, if it is of
 * the cluster's minor version.
 */
async function choosePython(
  { record }: LocalCluster,
  wanted: string | undefined,
  context: WorkContext,
): Promise<PythonInstallation | undefined> {
  const { signal } = context;
  const own = record.python === null ? undefined : await askPython(record.python, signal);
  const other =
    wanted === undefined ? await findPython(context, signal) : await askPython(wanted, signal);
  const fits = other !== undefined && minorOf(other.version) === minorOf(own?.version ?? '');
  return fits ? other : own;
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
