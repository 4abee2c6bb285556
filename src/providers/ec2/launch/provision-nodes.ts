import type { Instance } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../../engine/provider.ts';
import { kindText } from '../../../model/cluster/cluster-shape.ts';
import { ClusterError, isClusterError } from '../../../model/errors.ts';
import type { NodeSettings } from '../../../node/settings.ts';
import type { Aws } from '../api/aws.ts';
import { readTags, roleTags, tagKeys, writeTags } from '../api/tags.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import { type Offer, sameKind } from '../plan/offers.ts';
import type { Ec2Plan } from '../plan/plan-launch.ts';
import { chunks, discardNew, firstWithCapacity, requestSize, tagNew } from './run-instances.ts';

/** What one request of a launch asks for. */
export interface NodeRequest {
  readonly role: NodeSettings['role'];
  readonly masterAddress: string | null;
  readonly offer: Offer;
  /** Number of its first node: 0 is the master's. */
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

/** How many workers a launch is to make, and with how many it goes on. */
interface WorkerCounts {
  readonly workers: number;
  readonly least: number;
}

/**
 * Makes the nodes of a launch by the first offer that EC2 has room for: all in one request (of each hundred) where the nodes can be
 * told who they are afterwards, else the master first. What an offer made that then falls short is removed again, but for a master
 * that the next one can use.
 *
 * @throws ClusterError `AWS_CAPACITY_SHORT` if there is room for none; what the last one made is the sweep's to remove
 */
export async function provisionNodes(
  { offers, joint }: Pick<Ec2Plan, 'offers' | 'joint'>,
  counts: WorkerCounts,
  ask: (request: NodeRequest) => Promise<Instance[]>,
  launch: OngoingLaunch,
  aws: Aws,
  context: WorkContext,
): Promise<void> {
  let held: Offer | undefined;
  const refused = new Set<string>();
  const attempt = async (offer: Offer): Promise<true | undefined> => {
    const { master: kind, place } = offer;
    const masterKey = `${place.subnetId} ${kindText(kind)}`;
    if (refused.has(masterKey)) return undefined;
    const fits =
      !joint && held?.place.subnetId === place.subnetId && sameKind(held.master, kind)
        ? launch.instances[0]
        : undefined;
    await discard(launch, fits, aws, context);
    const firstSize = joint ? Math.min(counts.workers + 1, requestSize) : 1;
    const first =
      fits === undefined
        ? await ask({
            role: joint ? 'by-index' : 'master',
            masterAddress: null,
            offer,
            first: 0,
            most: firstSize,
            least: joint ? Math.min(counts.least + 1, firstSize) : 1,
          }).catch((error: unknown) => {
            if (isClusterError(error, 'AWS_CAPACITY_SHORT')) refused.add(masterKey);
            throw error;
          })
        : [fits];
    held = offer;
    const [master] = first;
    const address = master?.PrivateIpAddress;
    if (master?.InstanceId === undefined || address === undefined)
      throw new ClusterError('AWS_REQUEST_FAILED', 'EC2 returned no IP address for the master.');
    emitBooting(first.length, 0, context);
    if (joint) await tellRoles(first, launch, aws, context);
    const made = first.length - 1;
    // With fewer than were asked for in the first request, EC2 has no more now.
    const rest = first.length < firstSize ? 0 : counts.workers - made;
    const got = made + (await makeRest(rest, made, offer, address, counts, ask, context));
    if (got < counts.workers)
      context.emit('warning', {
        kind: 'AWS_CAPACITY_SHORT',
        message: `EC2 has capacity for ${got} of ${counts.workers} workers in ${place.zone}; the launch continues with these.`,
        remedies: [],
      });
    return true;
  };
  await firstWithCapacity(
    offers,
    ({ master, workers, place }) =>
      `${kindText(workers)} in ${place.zone}${joint || (held?.place.subnetId === place.subnetId && sameKind(held.master, master)) ? '' : ', with a new master'}`,
    attempt,
    context,
  );
}

/** Asks for the workers that are not there yet, all requests at once. Gives how many were made. */
async function makeRest(
  missing: number,
  made: number,
  offer: Offer,
  masterAddress: string,
  counts: WorkerCounts,
  ask: (request: NodeRequest) => Promise<Instance[]>,
  context: WorkContext,
): Promise<number> {
  const needed = Math.max(0, counts.least - made);
  // All of them have an end before anything is removed: what comes later would be left behind.
  const results = await Promise.allSettled(
    chunks(missing, requestSize).map(async ({ start, size }) => {
      const first = made + 1 + start;
      const { length } = await ask({
        role: 'worker',
        masterAddress,
        offer,
        first,
        most: size,
        least: Math.max(1, Math.min(size, needed - start)),
      });
      emitBooting(length, first, context);
      return length;
    }),
  );
  const got = results.reduce((sum, one) => sum + (one.status === 'fulfilled' ? one.value : 0), 0);
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    const isShort = isClusterError(result.reason, 'AWS_CAPACITY_SHORT');
    if (!isShort || got < needed || made + got === 0) throw result.reason;
  }
  return got;
}

/** Tells the nodes of a joint request who is the master, and where. */
async function tellRoles(
  instances: readonly Instance[],
  launch: OngoingLaunch,
  aws: Aws,
  context: WorkContext,
): Promise<void> {
  const [master] = instances;
  if (master?.InstanceId === undefined) return;
  const tags = readTags(launch.instances[0]?.Tags);
  const own = {
    [tagKeys.role]: roleTags.master,
    Name: `${tags[tagKeys.name] ?? ''}-${roleTags.master}`,
  };
  launch.instances[0] = { ...master, Tags: writeTags({ ...tags, ...own }) };
  await tagNew([master.InstanceId], own, aws, context);
  await tagNew(
    instances.map(({ InstanceId = '' }) => InstanceId),
    { [tagKeys.master]: master.PrivateIpAddress ?? '' },
    aws,
    context,
  );
}

/** Removes what an offer made that fell short. */
async function discard(
  launch: OngoingLaunch,
  kept: Instance | undefined,
  aws: Aws,
  context: WorkContext,
): Promise<void> {
  const ids = launch.instances
    .filter(({ InstanceId }) => InstanceId !== kept?.InstanceId)
    .flatMap(({ InstanceId }) => InstanceId ?? []);
  if (ids.length === 0) return;
  await discardNew(ids, aws, context);
  launch.instances.splice(0, Infinity, ...(kept === undefined ? [] : [kept]));
}

function emitBooting(count: number, first: number, { emit }: WorkContext): void {
  for (let number = first; number < first + count; number += 1)
    emit('node.phase', {
      node: number === 0 ? 'master' : `worker-${number}`,
      phase: 'booting',
      detail: null,
    });
}
