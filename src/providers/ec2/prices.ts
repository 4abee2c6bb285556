import type { PlanPrice } from '../../model/plan.ts';
import type { Aws } from './aws.ts';

/** How long AWS's price list may take: a plan is shown without prices rather than late, in milliseconds. */
const limitMs = 5_000;
/** How long the prices of a whole region may take: about a thousand products, in pages of a hundred, in milliseconds. */
const listLimitMs = 20_000;
/** Hours that AWS reckons a month of storage with (EBS pricing page). */
const hoursAMonth = 730;

/** What is to be paid for. */
export interface PricedNodes {
  readonly count: number;
  readonly instanceType: string;
  readonly tenancy: string;
  /** Most that is paid for a spot instance an hour, in dollars; absent for on-demand. */
  readonly spotPrice?: number | undefined;
  /** Size of each node's volumes, in GiB. */
  readonly volumeGiB: number;
  /** Whether each node has a public address, which costs too. */
  readonly publicAddresses: boolean;
}

/**
 * What nodes cost an hour, asked of AWS's price list.
 *
 * @returns `null` if it can't be asked, or doesn't know
 */
export async function priceOf(
  aws: Aws,
  nodes: PricedNodes,
  signal: AbortSignal,
): Promise<PlanPrice | null> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const { count, spotPrice, volumeGiB } = nodes;
  try {
    const [instance, storage, address] = await Promise.all([
      spotPrice ?? instancePrice(aws, nodes.instanceType, nodes.tenancy, limit),
      storagePrice(aws, limit),
      nodes.publicAddresses ? addressPrice(aws, limit) : 0,
    ]);
    if (instance === undefined || storage === undefined || address === undefined) return null;
    const of = `${count} × ${nodes.instanceType}`;
    const parts = [
      {
        name: spotPrice === undefined ? of : `${of}, spot, at most`,
        perHour: count * instance,
      },
      {
        name: `${count} × ${volumeGiB} GiB gp3`,
        perHour: (count * volumeGiB * storage) / hoursAMonth,
      },
      ...(nodes.publicAddresses
        ? [{ name: `${count} × public IPv4 address`, perHour: count * address }]
        : []),
    ];
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

/** Price of an on-demand Linux instance an hour, in dollars; `undefined` if the list doesn't have it. */
export async function instancePrice(
  aws: Aws,
  instanceType: string,
  tenancy: string,
  signal: AbortSignal,
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
export async function regionPrices(
  aws: Aws,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const products = await aws.products(
    'AmazonEC2',
    {
      regionCode: aws.region,
      operatingSystem: 'Linux',
      preInstalledSw: 'NA',
      capacitystatus: 'Used',
      tenancy: 'Shared',
    },
    AbortSignal.any([signal, AbortSignal.timeout(listLimitMs)]),
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

/** Price of a GiB of gp3 a month, in dollars. */
async function storagePrice(aws: Aws, signal: AbortSignal): Promise<number | undefined> {
  const products = await aws.products(
    'AmazonEC2',
    { regionCode: aws.region, productFamily: 'Storage', volumeApiName: 'gp3' },
    signal,
  );
  return unitPrice(products);
}

/** Price of a public IPv4 address in use an hour, in dollars. */
async function addressPrice(aws: Aws, signal: AbortSignal): Promise<number | undefined> {
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
