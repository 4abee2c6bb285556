import { timeLimit } from '../../../base/time-limit.ts';
import type { PlanPrice } from '../../../model/plan.ts';
import { filtersOf } from '../api/filters.ts';
import type { Ec2Session } from '../api/session.ts';
import type { NodeKind } from './offers.ts';
import type { NodeVolumes } from './volumes.ts';

/** How long AWS's price list may take: a plan is shown without prices rather than late, in milliseconds. */
const limitMs = 5_000;
/** How long the prices of a whole region may take: about a thousand products, in pages of a hundred, in milliseconds. */
const listLimitMs = 20_000;
/** Hours that AWS reckons a month of storage with (EBS pricing page). */
export const hoursAMonth = 730;

/** So many nodes of one kind. */
export interface PricedKind extends NodeKind {
  readonly count: number;
}

/** What is to be paid for. */
export interface PricedNodes {
  readonly kinds: readonly PricedKind[];
  /** Where: spot prices differ by zone. */
  readonly zone: string;
  readonly tenancy: string;
  /** Most that is paid for a spot instance an hour, in dollars; absent if no limit was given. */
  readonly spotPrice?: number | undefined;
  /** Each node's volumes. */
  readonly volumes: NodeVolumes;
  /** Whether each node has a public address, which costs too. */
  readonly publicAddresses: boolean;
}

/**
 * What nodes cost an hour, asked of AWS's price list; of spot instances the price now, or the most that is paid.
 *
 * @returns `null` if it can't be asked, or doesn't know
 */
export async function priceOf(nodes: PricedNodes, session: Ec2Session): Promise<PlanPrice | null> {
  const { clock, signal } = session;
  const limited = { ...session, signal: timeLimit(limitMs, signal) };
  const { kinds, volumes, spotPrice } = nodes;
  const types = [...new Set(volumes.map(({ type }) => type))];
  const count = kinds.reduce((sum, kind) => sum + kind.count, 0);
  const asked = kinds.filter(({ market }) => market === 'spot' && spotPrice === undefined);
  try {
    const [spot, ofTypes, address, ...onDemand] = await Promise.all([
      asked.length === 0 ? new Map<string, number>() : spotPrices(asked, clock.now(), limited),
      Promise.all(types.map((type) => storagePrice(type, limited))),
      nodes.publicAddresses ? addressPrice(limited) : 0,
      ...kinds.map(({ instanceType, market }) =>
        market === 'spot' ? undefined : instancePrice(instanceType, nodes.tenancy, limited),
      ),
    ]);
    const storage = new Map(types.map((type, index) => [type, ofTypes[index]]));
    if (address === undefined) return null;
    const parts: { name: string; perHour: number }[] = [];
    for (const [index, { count: number, instanceType, market }] of kinds.entries()) {
      const each =
        market === 'spot'
          ? (spotPrice ?? spot.get(`${instanceType} ${nodes.zone}`))
          : onDemand[index];
      if (each === undefined) return null;
      const how =
        market === 'on-demand' ? '' : spotPrice === undefined ? ', spot' : ', maximum Spot price';
      parts.push({ name: `${number} × ${instanceType}${how}`, perHour: number * each });
    }
    for (const { type, sizeGiB, iops, throughput } of volumes) {
      const each = storage.get(type);
      if (each === undefined) return null;
      const isMore = iops !== undefined || throughput !== undefined;
      parts.push({
        name: `${count} × ${sizeGiB} GiB ${type}${isMore ? ', without provisioned IOPS and throughput' : ''}`,
        perHour: (count * sizeGiB * each) / hoursAMonth,
      });
    }
    if (nodes.publicAddresses)
      parts.push({ name: `${count} × public IPv4 address`, perHour: count * address });
    return {
      currency: 'USD',
      perHour: parts.reduce((sum, { perHour }) => sum + perHour, 0),
      parts,
    };
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/**
 * What spot instances of some types cost an hour now, in dollars, by type and zone with a space between them.
 *
 * A start time of now gives the prices that hold now (EC2 API Reference, "DescribeSpotPriceHistory").
 */
export async function spotPrices(
  types: readonly { readonly instanceType: string }[],
  now: number,
  { aws, signal }: Ec2Session,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  let NextToken: string | undefined;
  do {
    const page = await aws.ec2(
      'DescribeSpotPriceHistory',
      {
        ...filtersOf({
          'instance-type': [...new Set(types.map(({ instanceType }) => instanceType))],
        }),
        ProductDescriptions: ['Linux/UNIX'],
        StartTime: new Date(now),
        ...(NextToken !== undefined && { NextToken }),
      },
      signal,
    );
    for (const { InstanceType = '', AvailabilityZone = '', SpotPrice } of page.SpotPriceHistory ??
      [])
      found.set(`${InstanceType} ${AvailabilityZone}`, Number(SpotPrice));
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return found;
}

/** Price of an on-demand Linux instance an hour, in dollars; `undefined` if the list doesn't have it. */
export async function instancePrice(
  instanceType: string,
  tenancy: string,
  { aws, signal }: Ec2Session,
): Promise<number | undefined> {
  const products = await aws.products(
    'AmazonEC2',
    {
      regionCode: aws.region,
      instanceType,
      operatingSystem: 'Linux',
      preInstalledSw: 'NA',
      capacitystatus: 'Used',
      tenancy: { dedicated: 'Dedicated', host: 'Host' }[tenancy] ?? 'Shared',
    },
    signal,
  );
  return unitPrice(products);
}

/** Prices of all on-demand Linux instances of the region an hour, in dollars, by type. */
export async function regionPrices({
  aws,
  signal,
}: Ec2Session): Promise<ReadonlyMap<string, number>> {
  const products = await aws.products(
    'AmazonEC2',
    {
      regionCode: aws.region,
      operatingSystem: 'Linux',
      preInstalledSw: 'NA',
      capacitystatus: 'Used',
      tenancy: 'Shared',
    },
    timeLimit(listLimitMs, signal),
    'all',
  );
  const prices = new Map<string, number>();
  for (const text of products) {
    const { product } = JSON.parse(text) as {
      product?: { attributes?: { instanceType?: string } };
    };
    const type = product?.attributes?.instanceType;
    const price = unitPrice([text]);
    if (type !== undefined && price !== undefined) prices.set(type, price);
  }
  return prices;
}

/** Price of a GiB of a type of volume a month, in dollars. */
export async function storagePrice(
  type: string,
  { aws, signal }: Ec2Session,
): Promise<number | undefined> {
  const products = await aws.products(
    'AmazonEC2',
    { regionCode: aws.region, productFamily: 'Storage', volumeApiName: type },
    signal,
  );
  return unitPrice(products);
}

/** Price of a public IPv4 address in use an hour, in dollars. */
export async function addressPrice({ aws, signal }: Ec2Session): Promise<number | undefined> {
  const products = await aws.products(
    'AmazonVPC',
    { regionCode: aws.region, group: 'VPCPublicIPv4Address' },
    signal,
  );
  return unitPrice(products.filter((text) => text.includes('InUseAddress'))) ?? unitPrice(products);
}

/** The on-demand price of the first product that has one above nothing. */
function unitPrice(products: readonly string[]): number | undefined {
  for (const text of products) {
    const { terms } = JSON.parse(text) as {
      terms?: {
        OnDemand?: Record<
          string,
          { priceDimensions?: Record<string, { pricePerUnit?: { USD?: string } }> }
        >;
      };
    };
    for (const term of Object.values(terms?.OnDemand ?? {}))
      for (const { pricePerUnit } of Object.values(term.priceDimensions ?? {})) {
        const price = Number(pricePerUnit?.USD);
        if (price > 0) return price;
      }
  }
  return undefined;
}
