import type { Cluster } from '../../model/cluster/cluster.ts';
import { type ClusterLifetime, readExtension } from '../../model/cluster/lifetime.ts';
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
 * Lets a cluster live longer that ends by itself one day: its idle clock begins anew, and its end at the latest moves. If it has no
 * such end, it counts as in use for so long.
 *
 * @param duration how much longer, in seconds or as in `2 h`; absent: as long as if it had just been started
 * @throws ClusterError `ARGUMENT_INVALID` for a duration that is none, and for a cluster on this machine; `CLUSTER_STATE_UNFIT` for a
 *   cluster without a lifetime, or one that doesn't run
 */
export async function extend(
  engine: Engine,
  name: string,
  duration: number | string | undefined,
  options: VerbOptions,
): Promise<ExtendResult> {
  const seconds = duration === undefined ? 0 : requireSeconds(duration);
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  if (provider.extend === undefined)
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `Cluster "${name}" runs on this machine and has no lifetime limit to extend.`,
    );
  requireLasting(cluster);
  return { lifetime: await provider.extend(cluster, seconds, context) };
}

function requireSeconds(duration: number | string): number {
  const seconds = readExtension(duration);
  if (seconds !== undefined) return seconds;
  throw new ClusterError(
    'ARGUMENT_INVALID',
    `${JSON.stringify(duration)} is not a valid duration.`,
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
        : `Cluster "${name}" has no idle timeout and no maximum lifetime to extend.`,
    );
  requireState(cluster, ['running', 'degraded', 'mixed'], 'extending the lifetime');
  if (master?.state !== 'running')
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `The master of "${name}" is not running, so the lifetime can’t be extended.`,
    );
}
