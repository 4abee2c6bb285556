import type { WorkContext } from '../../../engine/provider.ts';
import { kindText } from '../../../model/cluster/cluster-shape.ts';
import { abortError, ClusterError, isClusterError } from '../../../model/errors.ts';
import { advice, setOption } from '../../../model/remedy.ts';
import { awsCode } from '../api/aws-errors.ts';
import type { LaunchSubnet } from '../plan/network.ts';
import type { NodeKind } from '../plan/offers.ts';

// EC2 says no for two reasons. It has no room: another zone or another type may. Or the account may have no more: then each zone of the
// region says the same, and only what counts against another quota is worth a try.

/** What EC2 has refused, so that nothing is asked for again that can't be had. */
export class Shortages {
  readonly #ruledOut = new Set<string>();

  /** Waits for a request for nodes of a kind in a place; if they can't be had, notes why. */
  async noting<T>(request: Promise<T>, kind: NodeKind, place: LaunchSubnet): Promise<T> {
    try {
      return await request;
    } catch (error) {
      if (isShortage(error)) this.#note(error, kind, place);
      throw error;
    }
  }

  #note(error: ClusterError, kind: NodeKind, place: LaunchSubnet): void {
    if (isQuota(error)) this.#ruledOut.add(quotaOf(kind));
    else if (awsCode(error) === 'InsufficientFreeAddressesInSubnet')
      this.#ruledOut.add(place.subnetId);
    else this.#ruledOut.add(roomOf(kind, place));
  }

  /** Whether nodes of a kind can't be had in a place, as far as is known. */
  ruleOut(kind: NodeKind, place: LaunchSubnet): boolean {
    return [quotaOf(kind), place.subnetId, roomOf(kind, place)].some((one) =>
      this.#ruledOut.has(one),
    );
  }
}

function roomOf(kind: NodeKind, place: LaunchSubnet): string {
  return `${place.subnetId} ${kindText(kind)}`;
}

/**
 * What an instance counts against: quotas are of vCPUs, one for each market and group of families (Amazon EC2 User Guide, "Amazon EC2
 * service quotas": "Standard (A, C, D, H, I, M, R, T, Z)", "G and VT", "F", "P", "X", …).
 */
function quotaOf({ instanceType, market }: NodeKind): string {
  const [family = ''] = /^[a-z]+/.exec(instanceType) ?? [];
  const isStandard = /^(?:[acdhimrtz]|im|is)$/.test(family);
  return `${market} ${isStandard ? 'standard' : family.replace(/^vt$/, 'g')}`;
}

/** Whether the account may have no more; a lack of room otherwise. */
function isQuota(error: ClusterError): boolean {
  return error.code === 'AWS_QUOTA_EXCEEDED';
}

/** Whether an error says that these nodes can't be had, though others may. */
export function isShortage(error: unknown): error is ClusterError {
  return isClusterError(error, 'AWS_CAPACITY_SHORT') || isClusterError(error, 'AWS_QUOTA_EXCEEDED');
}

/**
 * Tries ways to get nodes, one after the other, until EC2 has room.
 *
 * @param words what a way is called in a warning, as in "m5.large in us-east-1b"
 * @param attempt asks for one, and says when it begins to; a way of which it is known that it can't succeed gives `undefined`
 * @throws ClusterError `AWS_CAPACITY_SHORT` with all that was tried; `AWS_QUOTA_EXCEEDED` if that is what stood in the way
 */
export async function firstWithCapacity<W, T>(
  ways: readonly W[],
  words: (way: W) => string,
  attempt: (way: W, begin: () => void) => Promise<T | undefined>,
  { emit, signal }: Pick<WorkContext, 'emit' | 'signal'>,
): Promise<T> {
  const tried: string[] = [];
  let last: ClusterError | undefined;
  let asked = '';
  let short: string | undefined;
  for (const way of ways) {
    if (signal.aborted) throw abortError(signal, 'launching instances');
    try {
      const made = await attempt(way, () => {
        if (short !== undefined)
          emit('warning', {
            kind: 'AWS_CAPACITY_SHORT',
            message: `${short} Trying ${words(way)}.`,
            remedies: [],
          });
        short = undefined;
      });
      if (made !== undefined) return made;
    } catch (error) {
      if (!isShortage(error)) throw error;
      last = error;
      const { kind, zone, least } = error.details as Record<string, string | number>;
      asked = `${least ?? 1} × ${kind ?? ''}`;
      tried.push(`${asked} in ${zone ?? ''}: ${error.message}`);
      short = isQuota(error)
        ? `The account’s quota has no room for ${asked} (${awsCode(error)}).`
        : `Insufficient EC2 capacity for ${asked} in ${zone ?? ''} (${awsCode(error)}).`;
    }
  }
  // Room elsewhere would be no use: that is what there is to do something about.
  if (last !== undefined && isQuota(last)) throw quotaError(last, tried);
  throw new ClusterError(
    'AWS_CAPACITY_SHORT',
    `Insufficient EC2 capacity for ${asked}. Tried ${tried.join(' · ')}`,
    {
      remedies: [
        setOption('Add fallback instance types.', 'providers.ec2.fallback-instance-types'),
        setOption('Set a lower minimum number of workers.', 'launch.min-workers'),
        ...advice('Or try another Availability Zone, or try again later.'),
      ],
    },
  );
}

function quotaError(last: ClusterError, tried: readonly string[]): ClusterError {
  if (tried.length === 1) return last;
  return new ClusterError(
    'AWS_QUOTA_EXCEEDED',
    `A service quota of the AWS account is exceeded. Tried ${tried.join(' · ')}`,
    {
      cause: last,
      details: last.details,
      remedies: advice(
        'Use fewer or smaller nodes, or request a quota increase in the Service Quotas console (Amazon EC2).',
      ),
    },
  );
}
