import { createHash } from 'node:crypto';
import type { Instance } from '@aws-sdk/client-ec2';
import { patientLimit } from '../../../base/time-limit.ts';
import type { WorkContext } from '../../../engine/provider.ts';
import { kindText } from '../../../model/cluster/cluster-shape.ts';
import { abortError, ClusterError } from '../../../model/errors.ts';
import { waitFor } from '../../../model/wait.ts';
import { awsCode, awsError, isNetworkFault } from '../api/aws-errors.ts';
import type { Ec2Session } from '../api/session.ts';
import { tagKeys, writeTags } from '../api/tags.ts';
import { tokenOf } from '../inventory/membership.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import { type NodeKind, writeKind } from '../plan/offers.ts';
import { commonInput, kindInput } from './machine-spec.ts';
import { type NodeRequest, type NodeTemplate, tagsOf, userDataOf } from './node-template.ts';
import { isShortage } from './shortages.ts';

/** Nodes asked of EC2 in one request at most: AWS advises many requests of 100 rather than one of more (EC2 User Guide). */
export const requestSize = 100;
/** How long EC2 may take to answer a request for nodes, or to show what it did, in milliseconds. */
const runLimitMs = 180_000;
/** How long its answer is still waited for after an interruption, in milliseconds: with it is known what is to be removed. */
const graceMs = 10_000;

/**
 * One request for nodes. What it makes is noted in the launch in the same breath as the answer.
 *
 * @returns what was made, by launch index
 * @throws ClusterError `AWS_CAPACITY_SHORT` if EC2 has no room for them there; `AWS_QUOTA_EXCEEDED`
 */
export async function runInstances(
  template: NodeTemplate,
  request: NodeRequest,
  launch: OngoingLaunch,
  { aws, clock, signal }: Ec2Session,
): Promise<Instance[]> {
  const refuseAborted = (): void => {
    if (signal.aborted) throw abortError(signal, 'launching instances');
  };
  refuseAborted();
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
      limit(signal),
    );
    const instances = [...Instances].sort(
      (one, other) => (one.AmiLaunchIndex ?? 0) - (other.AmiLaunchIndex ?? 0),
    );
    launch.instances.push(...instances.map((instance) => ({ ...instance, Tags: tags })));
    return instances;
  } catch (error) {
    if (isNetworkFault(error)) {
      launch.uncertain.add(token);
      refuseAborted();
    }
    const ours = awsError(error, 'ec2:RunInstances', clock.now());
    throw isShortage(ours)
      ? new ClusterError(ours.code, ours.message, {
          cause: error,
          remedies: ours.remedies,
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
 * Tags instances that EC2 has just made, and may not know everywhere yet. Not interrupted at once: it takes no time, and a client that
 * looks at a half-launched cluster needs the tags.
 */
export async function tagNew(
  ids: string[],
  tags: Readonly<Record<string, string>>,
  { aws, clock, signal }: Ec2Session,
): Promise<void> {
  await onceKnown(() => aws.tag(ids, tags, limit(signal)), clock);
}

/** Ends instances that EC2 has just made, and that are not to be part of their cluster: a tag says so until they are gone. */
export async function discardNew(ids: string[], session: Ec2Session): Promise<void> {
  const { aws, clock, signal } = session;
  await tagNew(ids, { [tagKeys.state]: 'removed' }, session);
  await onceKnown(() => aws.ec2('TerminateInstances', { InstanceIds: ids }, limit(signal)), clock);
}

function limit(signal: AbortSignal): AbortSignal {
  return patientLimit(runLimitMs, signal, graceMs);
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
