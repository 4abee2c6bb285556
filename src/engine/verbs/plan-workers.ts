import type { GrowthPlan } from '../../model/plan.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { requireState } from '../support/guards.ts';
import { requireCount } from './add-workers.ts';

/**
 * Finds out what adding workers would make, and what that costs. Nothing is made.
 *
 * @param count how many, at least 1
 * @throws ClusterError `ARGUMENT_INVALID`, `CLUSTER_STATE_UNFIT`
 */
export async function planWorkers(
  engine: Engine,
  name: string,
  count: number,
  options: VerbOptions,
): Promise<GrowthPlan> {
  requireCount(count, 'add');
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  requireState(cluster, ['running'], 'adding workers');
  return (
    (await provider.planWorkers?.(cluster, count, context)) ?? {
      count,
      type: 'process',
      price: null,
    }
  );
}
