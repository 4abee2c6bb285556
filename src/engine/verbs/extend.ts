import type { Cluster } from '../../model/cluster/cluster.ts';
import {
  type ClusterLifetime,
  type LifetimeExtension,
  readExtension,
} from '../../model/cluster/lifetime.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import { formatExtensionHint } from '../../text/lifetimes.ts';
import type { LastingCluster } from '../provider.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { requireState } from '../support/guards.ts';

/** A cluster's lifetime after it was extended. */
export interface ExtendResult {
  readonly lifetime: ClusterLifetime;
}

/**
 * Lets a cluster live longer that ends by itself one day: its idle clock begins anew, and its end at the latest moves, by its age and
 * by its cost. If it has no such end, it counts as in use for so long. By an amount of money only what it may cost rises.
 *
 * @param duration how much longer, in seconds or as in `2 h`, or how much more it may cost, as in `5 USD`; absent: as long as if it had
 *   just been started
 * @throws ClusterError `ARGUMENT_INVALID` for a duration that is none, and for a cluster on this machine; `CLUSTER_STATE_UNFIT` for a
 *   cluster without a lifetime, or one that doesn't run
 */
export async function extend(
  engine: Engine,
  name: string,
  duration: number | string | undefined,
  options: VerbOptions,
): Promise<ExtendResult> {
  const by = duration === undefined ? { seconds: 0 } : requireExtension(duration);
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  if (provider.extend === undefined)
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `Cluster "${name}" runs on this machine and has no lifetime limit to extend.`,
    );
  requireLasting(cluster);
  if ('dollars' in by && cluster.lifetime.maxCost === null)
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `Cluster "${name}" has no maximum cost to increase.`,
      { remedies: advice('Extend its lifetime by a duration, such as 2 h.') },
    );
  return { lifetime: await provider.extend(cluster, by, context) };
}

function requireExtension(duration: number | string): LifetimeExtension {
  const by = readExtension(duration);
  if (by !== undefined) return by;
  throw new ClusterError(
    'ARGUMENT_INVALID',
    `${JSON.stringify(duration)} is not a valid duration or amount.`,
    { remedies: advice(formatExtensionHint()) },
  );
}

function requireLasting(cluster: Cluster): asserts cluster is LastingCluster {
  const { name, launchId, lifetime, master } = cluster;
  if (lifetime == null)
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      launchId === null
        ? `Cluster "${name}" was launched by the Python Flintrock and has no lifetime limit to extend.`
        : `Cluster "${name}" has no idle timeout, maximum lifetime or maximum cost to extend.`,
    );
  requireState(cluster, ['running', 'degraded', 'mixed'], 'extending the lifetime');
  if (master?.state !== 'running')
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `The master of "${name}" is not running, so the lifetime can’t be extended.`,
    );
}
