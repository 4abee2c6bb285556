import { createHash } from 'node:crypto';
import type { Instance } from '@aws-sdk/client-ec2';
import { timeLimit } from '../../../base/time-limit.ts';
import type { WorkContext } from '../../../engine/provider.ts';
import { kindText } from '../../../model/cluster/cluster-shape.ts';
import { abortError, ClusterError } from '../../../model/errors.ts';
import { advice, setOption } from '../../../model/remedy.ts';
import { waitFor } from '../../../model/wait.ts';
import { awsCode, awsError, isCapacityShort, isNetworkFault } from '../api/aws-errors.ts';
import type { Ec2Session } from '../api/session.ts';
import { tagKeys, writeTags } from '../api/tags.ts';
import { tokenOf } from '../inventory/membership.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import { type NodeKind, writeKind } from '../plan/offers.ts';
import { commonInput, kindInput } from './machine-spec.ts';
import { type NodeRequest, type NodeTemplate, tagsOf, userDataOf } from './node-template.ts';

/** Nodes asked of EC2 in one request at most: AWS advises many requests of 100 rather than one of more (EC2 User Guide). */
export const requestSize = 100;
/** How long EC2 may take to answer a request for nodes, or to show what it did, which is not interrupted half-way, in milliseconds. */
const runLimitMs = 180_000;

/**
 * One request for nodes. What it makes is noted in the launch in the same breath as the answer.
 *
 * @returns what was made, by launch index
 * @throws ClusterError `AWS_CAPACITY_SHORT` if EC2 has no room for them there
 */
export async function runInstances(
  template: NodeTemplate,
  request: NodeRequest,
  launch: OngoingLaunch,
  { aws, clock, signal }: Ec2Session,
): Promise<Instance[]> {
  if (signal.aborted) throw abortError(signal, 'launching instances');
  const { role, offer, least, most } = request;
  const { place } = offer;
  const kind = role === 'worker' ? offer.workers : offer.master;
  const userData = userDataOf(template, request);
  const tags = writeTags(tagsOf(template, request));
  const token = clientToken(template, request, kind);
  launch.tokens.add(token);
  try {
    const { Instances = [] } = await aws.ec2Raw(
      'RunInstances',
      {
        ...commonInput(template.spec),
        ...kindInput(kind, template.spotPrice, template.shutdown),
        MinCount: least,
        MaxCount: most,
        ...(userData !== null && { UserData: Buffer.from(userData).toString('base64') }),
        TagSpecifications: [
          { ResourceType: 'instance', Tags: tags },
          { ResourceType: 'volume', Tags: tags },
        ],
        SubnetId: place.subnetId,
        ClientToken: token,
      },
      // Not the user's: an answer that comes too late would leave instances that nobody knows of.
      limit(),
    );
    const instances = [...Instances].sort(
      (one, other) => (one.AmiLaunchIndex ?? 0) - (other.AmiLaunchIndex ?? 0),
    );
    launch.instances.push(...instances.map((instance) => ({ ...instance, Tags: tags })));
    return instances;
  } catch (error) {
    if (isNetworkFault(error)) launch.uncertain = true;
    const ours = awsError(error, 'ec2:RunInstances', clock.now());
    throw isCapacityShort(error)
      ? new ClusterError('AWS_CAPACITY_SHORT', ours.message, {
          cause: error,
          details: { ...ours.details, kind: kindText(kind), zone: place.zone, least },
        })
      : ours;
  }
}

/**
 * The same for the same request: a repeated one makes nothing twice. Another one for what differs in anything, such as a master beside
 * other workers, whose kind stands in its record: EC2 refuses a token that comes back with other parameters.
 */
function clientToken(
  { launchId, growth }: NodeTemplate,
  { first, offer }: NodeRequest,
  kind: NodeKind,
): string {
  const request = growth === null ? String(first) : `${growth} ${first}`;
  const what = [request, offer.place.subnetId, writeKind(kind), writeKind(offer.workers)].join(' ');
  return tokenOf(launchId, createHash('sha256').update(what).digest('hex'));
}

/**
 * Tries ways to get nodes, one after the other, until EC2 has room.
 *
 * @param words what a way is called in a warning, as in "m5.large in us-east-1b"
 * @param attempt asks for one; a way of which it is known that it can't succeed gives `undefined`
 * @throws ClusterError `AWS_CAPACITY_SHORT` with all that was tried
 */
export async function firstWithCapacity<W, T>(
  ways: readonly W[],
  words: (way: W) => string,
  attempt: (way: W) => Promise<T | undefined>,
  { emit, signal }: Pick<WorkContext, 'emit' | 'signal'>,
): Promise<T> {
  const tried: string[] = [];
  let asked = '';
  let short: string | undefined;
  for (const way of ways) {
    if (signal.aborted) throw abortError(signal, 'launching instances');
    if (short !== undefined)
      emit('warning', {
        kind: 'AWS_CAPACITY_SHORT',
        message: `${short} Trying ${words(way)}.`,
        remedies: [],
      });
    short = undefined;
    try {
      const made = await attempt(way);
      if (made !== undefined) return made;
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'AWS_CAPACITY_SHORT') throw error;
      const { kind, zone, least } = error.details as Record<string, string | number>;
      asked = `${least ?? 1} × ${kind ?? ''}`;
      tried.push(`${asked} in ${zone ?? ''}: ${error.message}`);
      short = `Insufficient EC2 capacity for ${asked} in ${zone ?? ''} (${awsCode(error)}).`;
    }
  }
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

/**
 * Tags instances that EC2 has just made, and may not know everywhere yet. Not interrupted: it takes no time, and a client that looks at a
 * half-launched cluster needs the tags.
 */
export async function tagNew(
  ids: string[],
  tags: Readonly<Record<string, string>>,
  { aws, clock }: Ec2Session,
): Promise<void> {
  await onceKnown(() => aws.tag(ids, tags, limit()), clock);
}

/** Ends instances that EC2 has just made, and that are not to be part of their cluster: a tag says so until they are gone. */
export async function discardNew(ids: string[], session: Ec2Session): Promise<void> {
  const { aws, clock } = session;
  await tagNew(ids, { [tagKeys.state]: 'removed' }, session);
  await onceKnown(() => aws.ec2('TerminateInstances', { InstanceIds: ids }, limit()), clock);
}

function limit(): AbortSignal {
  return timeLimit(runLimitMs);
}

async function onceKnown(work: () => Promise<unknown>, clock: WorkContext['clock']): Promise<void> {
  await waitFor(
    async () => {
      try {
        await work();
        return true;
      } catch (error) {
        if (awsCode(error) !== 'InvalidInstanceID.NotFound') throw error;
        return undefined;
      }
    },
    { clock, reason: () => 'EC2 to show the new instances', limitMs: runLimitMs, everyMs: 1_000 },
  );
}

/** A number in parts of `size`: where each begins, and how large it is. */
export function chunks(count: number, size: number): { start: number; size: number }[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, index) => ({
    start: index * size,
    size: Math.min(size, count - index * size),
  }));
}
