import type { Cluster } from '../model/cluster.ts';
import { toClusterError } from '../model/errors.ts';
import { askServices, withReports } from './health.ts';
import {
  placesToLook,
  requireCluster,
  signalOf,
  warnUnasked,
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
    const places = await placesToLook(engine, options);
    const lists = await Promise.all(
      places.map(async ({ provider, values }) => {
        const context = workContext(engine, '', provider.kind, values, signal);
        try {
          return await provider.list(context);
        } catch (error) {
          // One that can't be asked hides nobody else's clusters.
          if (places.length === 1 || signal.aborted) throw error;
          warnUnasked(toClusterError(error), context);
          return [];
        }
      }),
    );
    return { clusters: lists.flat() };
  }
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  if (cluster.master?.state !== 'running' || isBeyondAsking(cluster))
    return { clusters: [cluster] };
  const connection = await provider.connect(cluster, 'look', context);
  try {
    const reports = await askServices(cluster, connection, context);
    const { failure } = connection;
    // Whether it is well can't be told if there is no way in.
    return {
      clusters: [
        failure !== undefined
          ? {
              ...cluster,
              reason: [cluster.reason, failure.message].filter((text) => text !== null).join('; '),
            }
          : withReports(cluster, reports),
      ],
    };
  } finally {
    await connection.close();
  }
}

/** Whether what runs inside says nothing of how a cluster is: it may be gone at any moment, or be no cluster at all. */
function isBeyondAsking({ state }: Cluster): boolean {
  return state === 'destroying' || state === 'malformed';
}
