import { timeLimit } from '../../base/time-limit.ts';
import { parseSparkStatus, type SparkStatus, sparkStatusPath } from '../../node/services/spark.ts';
import {
  parseYarnApplications,
  type YarnApplication,
  yarnApplicationsPath,
  yarnPorts,
} from '../../node/services/yarn/yarn.ts';
import { closing } from '../support/connection.ts';
import type { FoundCluster } from '../support/find-cluster.ts';

/** How long the master's page may take, in milliseconds. */
const limitMs = 15_000;

/** What Spark's master says; `undefined` if it can't be asked now. */
export function askMaster(found: FoundCluster): Promise<SparkStatus | undefined> {
  return ask(found, sparkStatusPath, parseSparkStatus);
}

/** The applications that YARN's ResourceManager knows; `undefined` if it can't be asked now. */
export function askYarn(found: FoundCluster): Promise<readonly YarnApplication[] | undefined> {
  return ask(found, yarnApplicationsPath, parseYarnApplications, yarnPorts.resourceManagerUi);
}

async function ask<T>(
  found: FoundCluster,
  path: string,
  parse: (page: string) => T | undefined,
  port?: number,
): Promise<T | undefined> {
  const { provider, cluster, context } = found;
  const { master } = cluster;
  if (master === null) return undefined;
  const signal = timeLimit(limitMs, context.signal);
  try {
    const connection = await provider.connect(cluster, 'once', { ...context, signal });
    return await closing(connection, async (open) =>
      parse(await open.get(master, path, signal, port)),
    );
  } catch {
    context.signal.throwIfAborted();
    return undefined;
  }
}
