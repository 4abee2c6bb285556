import type { ClusterNode, ProviderKind } from '../../model/cluster.ts';
import type { Plan } from '../../model/plan.ts';
import { capacity } from '../../model/size.ts';

/** Where a cluster is, in words. */
export function place({
  provider,
  region,
}: {
  readonly provider: ProviderKind;
  readonly region?: string;
}): string {
  return provider === 'local' ? 'this machine' : `EC2${region === undefined ? '' : ` ${region}`}`;
}

/** Dollars an hour, as short as can be: `$1.53/h`. */
export function hourly(dollars: number): string {
  return `$${dollars.toFixed(dollars < 0.1 ? 3 : 2)}/h`;
}

/** What a launch makes, as short as can be: `1 + 2 × 1 core, 1 GiB`, `1 + 8 × m7g.xlarge`. */
export function plannedShape({ nodes }: Pick<Plan, 'nodes'>): string {
  const master = nodes.find(({ role }) => role === 'master');
  const worker = nodes.find(({ role }) => role === 'worker');
  if (worker === undefined) return '1';
  const each =
    worker.type === 'process' && worker.cores !== null && worker.memoryMiB !== null
      ? capacity(worker.cores, worker.memoryMiB)
      : worker.type;
  const first = master === undefined || master.type === worker.type ? '1' : master.type;
  return `${first} + ${worker.count} × ${each}`;
}

/** What workers give to Spark together; `null` if that isn't known of any. */
export function total(workers: readonly ClusterNode[], what: 'cores' | 'memoryMiB'): number | null {
  const known = workers.flatMap((worker) => worker[what] ?? []);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}
