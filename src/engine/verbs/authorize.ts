import { ClusterError } from '../../model/errors.ts';
import type { AccessChange } from '../provider.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';

/**
 * Lets this client's address (or the sources that are configured) into a cluster, in place of what it let in for this client before.
 *
 * @throws ClusterError `ARGUMENT_INVALID` for a cluster on this machine
 */
export async function authorize(
  engine: Engine,
  name: string,
  options: VerbOptions,
): Promise<AccessChange> {
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  if (provider.authorize === undefined)
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `Cluster "${name}" runs on this machine and accepts no connections from other machines.`,
    );
  return provider.authorize(cluster, context);
}
