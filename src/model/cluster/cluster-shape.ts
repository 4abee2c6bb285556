import type { ClusterNode } from './cluster.ts';

/** A type of machine and how it is paid: `m7g.large`, `m7g.large (spot)`. */
export function kindText({
  instanceType,
  market,
}: {
  readonly instanceType: string;
  readonly market?: ClusterNode['market'];
}): string {
  return market === 'spot' ? `${instanceType} (spot)` : instanceType;
}
