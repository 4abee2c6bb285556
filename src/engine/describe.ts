import type { Cluster } from '../model/cluster.ts';
import { askSpark, withSparkStatus } from './health.ts';
import {
  providersToAsk,
  requireCluster,
  signalOf,
  workContext,
  type Engine,
  type VerbOptions,
} from './engine.ts';

/** The clusters that were asked for. */
export interface DescribeResult {
  readonly clusters: readonly Cluster[];
}

/**
 * Describes one cluster, asking its services too, or all clusters, as far as their providers know without asking what runs inside.
 */
export async function describe(
  engine: Engine,
  name: string | undefined,
  options: VerbOptions,
): Promise<DescribeResult> {
  if (name === undefined) {
    const signal = signalOf(options);
    const providers = await providersToAsk(engine, options);
    const lists = await Promise.all(
      providers.map((provider) => provider.list(workContext(engine, '', provider.kind, signal))),
    );
    return { clusters: lists.flat() };
  }
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  if (cluster.master?.state !== 'running') return { clusters: [cluster] };
  const connection = await provider.connect(cluster, context);
  try {
    const status = await askSpark(cluster, connection, context);
    return { clusters: [withSparkStatus(cluster, status)] };
  } finally {
    await connection.close();
  }
}
