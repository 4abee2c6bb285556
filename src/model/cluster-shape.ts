import type { Cluster, ClusterNode } from './cluster.ts';

/** A type of machine and how it is paid, as short as can be: `m7g.large`, `m7g.large spot`. */
export function kindText({
  instanceType,
  market,
}: {
  readonly instanceType: string;
  readonly market?: ClusterNode['market'];
}): string {
  return market === 'spot' ? `${instanceType} spot` : instanceType;
}

/** What a node is: `m7g.large`, `m7g.large spot`; `undefined` of one that is no machine of its own. */
export function nodeKind({
  instanceType,
  market,
}: Pick<ClusterNode, 'instanceType' | 'market'>): string | undefined {
  return instanceType === undefined ? undefined : kindText({ instanceType, market });
}

/** The kinds of some nodes, in the order in which they first come. */
export function kindsOf(nodes: readonly ClusterNode[]): string[] {
  return [...new Set(nodes.flatMap((node) => nodeKind(node) ?? []))];
}

/**
 * A cluster's nodes and what they are: `1+2`, `1+8 × m7g.xlarge`, and where they differ `1 × m7g.large + 8 × r7g.2xlarge spot`.
 */
export function clusterShape({ master, workers }: Pick<Cluster, 'master' | 'workers'>): string {
  const ofWorkers = kindsOf(workers);
  const ofMaster = master === null ? undefined : nodeKind(master);
  const numbers = `${master === null ? 0 : 1}+${workers.length}`;
  const [only = ofMaster] = ofWorkers;
  if (only === undefined) return numbers;
  if (ofWorkers.length <= 1 && (ofMaster === undefined || ofMaster === only))
    return `${numbers} × ${only}`;
  const parts = ofWorkers.map(
    (kind) => `${workers.filter((node) => nodeKind(node) === kind).length} × ${kind}`,
  );
  const shown = parts.length > 2 ? [`${workers.length} × several types`] : parts;
  return [...(ofMaster === undefined ? [] : [`1 × ${ofMaster}`]), ...shown].join(' + ');
}
