import type { ClusterNode, ProviderKind } from '../../model/cluster.ts';
import type { Plan } from '../../model/plan.ts';
import { dollars } from '../../model/cost.ts';
import { kindText } from '../../model/cluster-shape.ts';
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
export function hourly(perHour: number): string {
  return `${dollars(perHour)}/h`;
}

/** What a launch makes, as short as can be: `1 + 2 × 1 core, 1 GiB`, `1 + 8 × m7g.xlarge`, `m7g.large + 8 × r7g.xlarge spot`. */
export function plannedShape({ nodes }: Pick<Plan, 'nodes'>): string {
  const master = nodes.find(({ role }) => role === 'master');
  const worker = nodes.find(({ role }) => role === 'worker');
  if (worker === undefined) return '1';
  if (worker.type === 'process') {
    const known = worker.cores !== null && worker.memoryMiB !== null;
    return `1 + ${worker.count} × ${known ? capacity(worker.cores, worker.memoryMiB) : worker.type}`;
  }
  const kind = plannedKind(worker);
  const first = master === undefined || plannedKind(master) === kind ? '1' : plannedKind(master);
  return `${first} + ${worker.count} × ${kind}`;
}

/** What planned nodes are: `m7g.xlarge`, `m7g.xlarge spot`. */
export function plannedKind({ type, market }: Plan['nodes'][number]): string {
  return kindText({ instanceType: type, market });
}

/** What workers give to Spark together; `null` if that isn't known of any. */
export function total(workers: readonly ClusterNode[], what: 'cores' | 'memoryMiB'): number | null {
  const known = workers.flatMap((worker) => worker[what] ?? []);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}
