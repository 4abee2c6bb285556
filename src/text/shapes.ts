import type { Cluster, ClusterNode } from '../model/cluster/cluster.ts';
import { kindText } from '../model/cluster/cluster-shape.ts';
import type { Plan } from '../model/plan.ts';
import { formatCapacity } from './sizes.ts';
import { english, type Translate } from './translate.ts';

/** So many kinds of workers are named; of more it is only said that they differ. */
const namedKinds = 2;

/** Workers of one kind; the kind is empty if it isn't known. */
interface Workers {
  readonly count: number;
  readonly kind: string;
}

/** What a node is: `m7g.large`, `m7g.large (spot)`; empty for one that is no machine of its own. */
export function formatNodeKind({
  instanceType,
  market,
}: Pick<ClusterNode, 'instanceType' | 'market'>): string {
  return instanceType === undefined ? '' : kindText({ instanceType, market });
}

/** What planned nodes are: `m7g.xlarge`, `m7g.xlarge (spot)`; empty for processes. */
export function formatPlannedKind({
  type,
  market,
}: Pick<Plan['nodes'][number], 'type' | 'market'>): string {
  return type === 'process' ? '' : kindText({ instanceType: type, market });
}

/** The kinds of some nodes, in the order in which they first come: `m7g.large, r7g.2xlarge (spot)`. */
export function formatNodeKinds(nodes: readonly ClusterNode[]): string {
  return [...new Set(nodes.map(formatNodeKind))].filter((kind) => kind !== '').join(', ');
}

/**
 * What a cluster is made of, its master first: `1 + 8 × m7g.xlarge`, `1 × m7g.large + 8 × r7g.2xlarge (spot)`,
 * `1 + 2 × 1 core, 1 GiB` where nodes are processes.
 */
export function formatClusterShape(
  { master, workers }: Pick<Cluster, 'master' | 'workers'>,
  translate: Translate = english,
): string {
  const counts = new Map<string, number>();
  for (const worker of workers) {
    const kind = formatNodeKind(worker) || formatCapacity(worker, translate);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return formatShape(
    master === null ? null : formatNodeKind(master),
    [...counts].map(([kind, count]) => ({ kind, count })),
    translate,
  );
}

/** What a launch makes, in the form of {@link formatClusterShape}. */
export function formatPlannedShape(
  { nodes }: Pick<Plan, 'nodes'>,
  translate: Translate = english,
): string {
  const master = nodes.find(({ role }) => role === 'master');
  const workers = nodes
    .filter(({ role }) => role === 'worker')
    .map((one) => ({
      count: one.count,
      kind: formatPlannedKind(one) || formatCapacity(one, translate),
    }));
  return formatShape(master === undefined ? null : formatPlannedKind(master), workers, translate);
}

/** @param master its kind, empty if that says nothing; `null` if there is none */
function formatShape(
  master: string | null,
  workers: readonly Workers[],
  translate: Translate,
): string {
  const first = master === null ? '0' : '1';
  const total = workers.reduce((sum, { count }) => sum + count, 0);
  const [only = { count: 0, kind: master ?? '' }, ...others] = workers;
  if (others.length === 0 && only.kind === '') return `${first} + ${total}`;
  if (others.length === 0 && (master === null || master === '' || master === only.kind))
    return `${first} + ${total} × ${only.kind}`;
  const parts =
    workers.length > namedKinds
      ? [translate('{0} × several types', total)]
      : workers.map(({ count, kind }) => (kind === '' ? String(count) : `${count} × ${kind}`));
  return [master === null || master === '' ? first : `1 × ${master}`, ...parts].join(' + ');
}
