import { timeLimit } from '../../base/time-limit.ts';
import { parseSparkStatus, type SparkStatus, sparkStatusPath } from '../../node/services/spark.ts';
import { closing } from '../support/connection.ts';
import type { FoundCluster } from '../support/find-cluster.ts';

/** How long the master's page may take, in milliseconds. */
const limitMs = 15_000;

/** What Spark's master says; `undefined` if it can't be asked now. */
export async function askMaster(found: FoundCluster): Promise<SparkStatus | undefined> {
  const { provider, cluster, context } = found;
  const { master } = cluster;
  if (master === null) return undefined;
  const signal = timeLimit(limitMs, context.signal);
  try {
    const connection = await provider.connect(cluster, 'once', { ...context, signal });
    return await closing(connection, async (open) =>
      parseSparkStatus(await open.get(master, sparkStatusPath, signal)),
    );
  } catch {
    context.signal.throwIfAborted();
    return undefined;
  }
}
