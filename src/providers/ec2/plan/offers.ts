import type { LaunchRequest } from '../../../engine/provider.ts';
import type { LaunchSubnet } from './network.ts';

/** How instances are paid. */
export type Market = 'on-demand' | 'spot';

/** What nodes of one role are. */
export interface NodeKind {
  readonly instanceType: string;
  readonly market: Market;
}

/** What the nodes of a cluster are. */
export interface ClusterKinds {
  readonly master: NodeKind;
  readonly workers: NodeKind;
}

/** One way to get the nodes of a cluster: of what kinds, and where. All of them are in one place. */
export interface Offer extends ClusterKinds {
  readonly place: LaunchSubnet;
}

type KindOptions = Pick<
  LaunchRequest['values'],
  | 'ec2InstanceType'
  | 'ec2MasterInstanceType'
  | 'ec2FallbackInstanceTypes'
  | 'ec2Spot'
  | 'ec2SpotPrice'
  | 'ec2SpotFallback'
>;

/** Which nodes are spot instances. A price alone means all of them, as in the Python tool. */
export function spotNodes({
  ec2Spot,
  ec2SpotPrice,
}: Pick<LaunchRequest['values'], 'ec2Spot' | 'ec2SpotPrice'>): 'none' | 'workers' | 'all' {
  return ec2Spot ?? (ec2SpotPrice === undefined ? 'none' : 'all');
}

/** What the nodes may be, in the order in which it is tried: each type, then each on demand where spot may fall back. */
export function kindsToTry(values: KindOptions): readonly [ClusterKinds, ...ClusterKinds[]] {
  const spot = spotNodes(values);
  const types = new Set([values.ec2InstanceType, ...values.ec2FallbackInstanceTypes]);
  const kinds = (master: Market, workers: Market): ClusterKinds[] =>
    [...types].map((type) => ({
      master: { instanceType: values.ec2MasterInstanceType ?? type, market: master },
      workers: { instanceType: type, market: workers },
    }));
  const asked = kinds(
    spot === 'all' ? 'spot' : 'on-demand',
    spot === 'none' ? 'on-demand' : 'spot',
  );
  const fallback = spot !== 'none' && values.ec2SpotFallback ? kinds('on-demand', 'on-demand') : [];
  return [...asked, ...fallback] as [ClusterKinds, ...ClusterKinds[]];
}

/** All ways to get a cluster, in order: the first kinds in every place, then the next. */
export function offersOf(
  kinds: readonly ClusterKinds[],
  places: readonly LaunchSubnet[],
  isOffered: (instanceType: string, zone: string) => boolean,
): Offer[] {
  return kinds.flatMap(({ master, workers }) =>
    places
      .filter(({ zone }) =>
        [master, workers].every(({ instanceType }) => isOffered(instanceType, zone)),
      )
      .map((place) => ({ place, master, workers })),
  );
}

/** Whether nodes of both kinds can be made by one request. */
export function sameKind(one: NodeKind, other: NodeKind): boolean {
  return one.instanceType === other.instanceType && one.market === other.market;
}

/** A kind as one text: `m5.large spot`. */
export function writeKind({ instanceType, market }: NodeKind): string {
  return `${instanceType} ${market}`;
}

/** A kind from such a text, or `undefined` if it is none. */
export function readKind(text: string | undefined): NodeKind | undefined {
  const [instanceType = '', market] = (text ?? '').split(' ');
  return market === 'spot' || market === 'on-demand' ? { instanceType, market } : undefined;
}
