import type { Cluster } from '../../model/cluster/cluster.ts';
import { ClusterError, toClusterError } from '../../model/errors.ts';
import { type ServiceProperties, shownServiceProperties } from '../../model/software/properties.ts';
import { askServices, withReports } from '../health.ts';
import type { ClusterConnection, WorkContext } from '../provider.ts';
import { withConnection } from '../support/connection.ts';
import { type Engine, signalOf, type VerbOptions, workContext } from '../support/context.ts';
import {
  type FoundCluster,
  placeAsked,
  requireCluster,
  searchedRegions,
  searchTargets,
  warnUnasked,
} from '../support/find-cluster.ts';

/** The clusters that were asked for. */
export interface DescribeResult {
  readonly clusters: readonly Cluster[];
  /** AWS Regions that were searched; that of the cluster, if one was named. */
  readonly regions: readonly string[];
}

/** What {@link describe} takes. */
export interface DescribeOptions extends VerbOptions {
  /**
   * Whether to ask the nodes of a named cluster too, and for its price. Without it, only the provider is asked.
   * @default true
   */
  readonly services?: boolean | undefined;
  /** Called with a named cluster as its provider knows it, before its nodes are asked. */
  readonly onFound?: ((cluster: Cluster) => void) | undefined;
}

/**
 * Describes one cluster, asking its services too, or all clusters, as far as their providers know without asking what runs inside.
 */
export async function describe(
  engine: Engine,
  name: string | undefined,
  options: DescribeOptions,
): Promise<DescribeResult> {
  if (name === undefined) {
    const signal = signalOf(options);
    const places = await searchTargets(engine, options);
    const regions = await searchedRegions(engine, places, signal);
    const lists = await Promise.all(
      places.map(async ({ provider, values }) => {
        const context = workContext(engine, '', provider.kind, values, signal);
        try {
          return await provider.list(context);
        } catch (error) {
          // One that can't be asked hides nobody else's clusters.
          if (signal.aborted) throw error;
          if (places.length === 1) throw withPlace(toClusterError(error), context);
          warnUnasked(toClusterError(error), context);
          return [];
        }
      }),
    );
    return { clusters: lists.flat(), regions };
  }
  const found = await requireCluster(engine, name, options);
  const { region } = found.cluster;
  const regions = region === undefined ? [] : [region];
  options.onFound?.(found.cluster);
  if (options.services === false) return { clusters: [found.cluster], regions };
  // Side by side: what it costs is soon known, or not at all.
  const [cluster, price, configuration] = await Promise.all([
    withServices(found),
    priceOf(found),
    configurationOf(found),
  ]);
  return {
    clusters: [
      {
        ...cluster,
        ...(price !== undefined && { pricePerHour: price }),
        ...(configuration !== undefined && { configuration }),
      },
    ],
    regions,
  };
}

/** What was put into the configuration of a cluster, as it may be shown; `undefined` if that is nothing, or can't be found out. */
async function configurationOf({
  provider,
  cluster,
  context,
}: FoundCluster): Promise<ServiceProperties | undefined> {
  try {
    const found = await provider.configuration(cluster, context);
    return found === undefined || Object.keys(found).length === 0
      ? undefined
      : shownServiceProperties(found);
  } catch {
    context.signal.throwIfAborted();
    return undefined;
  }
}

/** An error of a look at clusters that says in its details where and as whom it looked. */
function withPlace(error: ClusterError, context: WorkContext): ClusterError {
  const { code, message, remedies, details } = error;
  return new ClusterError(code, message, {
    cause: error,
    remedies,
    details: { ...details, ...placeAsked(context) },
  });
}

/** What a cluster's nodes cost an hour; `undefined` where nothing is paid. */
async function priceOf({
  provider,
  cluster,
  context,
}: FoundCluster): Promise<number | null | undefined> {
  try {
    return await provider.pricePerHour?.(cluster, context);
  } catch {
    context.signal.throwIfAborted();
    return null;
  }
}

/** A cluster that was found, with what its services say of themselves. */
export async function withServices(found: FoundCluster): Promise<Cluster> {
  const { cluster, context } = found;
  if (cluster.master?.state !== 'running' || isBeyondAsking(cluster)) return cluster;
  return withConnection(found, async (connection) => {
    const reports = await askServices(cluster, connection, context);
    const { failure } = connection;
    if (failure === undefined)
      return await withNodeDetails(withReports(cluster, reports), connection, context);
    // Whether it is well can't be told if there is no way in.
    const reason = [cluster.reason, failure.message].filter((text) => text !== null).join('; ');
    return { ...cluster, reason };
  });
}

/** A cluster with what its nodes know; as it is if they can't be asked. */
async function withNodeDetails(
  cluster: Cluster,
  connection: ClusterConnection,
  { signal }: WorkContext,
): Promise<Cluster> {
  try {
    return (await connection.details?.(cluster, signal)) ?? cluster;
  } catch {
    signal.throwIfAborted();
    return cluster;
  }
}

/** Whether what runs inside says nothing of how a cluster is: it may be gone at any moment, or be no cluster at all. */
function isBeyondAsking({ state }: Cluster): boolean {
  return state === 'destroying' || state === 'malformed';
}
