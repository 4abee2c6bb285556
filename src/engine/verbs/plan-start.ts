import type { Cluster } from '../../model/cluster/cluster.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';

/** What starting a cluster costs, found out without starting anything. */
export interface StartPlan {
  readonly cluster: Cluster;
  /** What it costs an hour when all its nodes run, in US dollars; `null` where nothing is charged (local) or the price isn't known. */
  readonly pricePerHour: number | null;
}

/** Finds out which cluster a start would start, and what it costs then. Nothing is started. */
export async function planStart(
  engine: Engine,
  name: string,
  options: VerbOptions,
): Promise<StartPlan> {
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  try {
    const price = await provider.pricePerHour?.(cluster, context, 'started');
    return { cluster, pricePerHour: price ?? null };
  } catch {
    context.signal.throwIfAborted();
    return { cluster, pricePerHour: null };
  }
}
