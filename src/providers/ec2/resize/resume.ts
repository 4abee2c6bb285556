import type { Instance } from '@aws-sdk/client-ec2';
import { ClusterError } from '../../../model/errors.ts';
import { callVerb } from '../../../model/remedy.ts';
import { formatCount } from '../../../text/counts.ts';
import { awsCode } from '../api/aws-errors.ts';
import type { Ec2Session } from '../api/session.ts';
import { readClusterTags, readTags, roleTags, tagKeys } from '../api/tags.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import { newLaunch } from '../inventory/ongoing-launch.ts';
import { chunks, requestSize, tagNew } from '../launch/run-instances.ts';
import { isShortage } from '../launch/shortages.ts';
import { requestWorkers, waitUntilVisible, type WorkerTemplate } from './worker-template.ts';

/**
 * A client that lives asks for all nodes within moments, in milliseconds: what it hasn't asked for so long after it last got some, it
 * never will.
 */
const askingMs = 15_000;

/**
 * Tells the nodes of a launch whose client may be gone who they are, if nobody has. From then on they build themselves.
 *
 * @returns the master
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if it has none
 */
export async function tellNodes(
  { cluster, instances }: Ec2Cluster,
  session: Ec2Session,
): Promise<Instance> {
  const { name } = cluster;
  const there = instances.filter(isThere);
  // Of a joint request the first is the master.
  const master =
    there.find(isMaster) ??
    there.find((instance) => instance.AmiLaunchIndex === 0 && firstOf(instance) === 0);
  const address = master?.PrivateIpAddress;
  if (master?.InstanceId === undefined || address === undefined)
    throw new ClusterError('CLUSTER_STATE_UNFIT', `The master of "${name}" no longer exists.`, {
      remedies: [callVerb('Destroy the cluster, and launch it again.', 'destroy', cluster, {})],
    });
  if (!isMaster(master)) {
    const isNamedByUser = readTags(master.Tags)['Name'] !== `${name}-${roleTags.worker}`;
    await tagNew(
      [master.InstanceId],
      {
        [tagKeys.role]: roleTags.master,
        ...(!isNamedByUser && { Name: `${name}-${roleTags.master}` }),
      },
      session,
    );
  }
  const untold = there.filter(({ Tags }) => readClusterTags(Tags).master !== address);
  if (untold.length > 0)
    await tagNew(
      untold.map(({ InstanceId = '' }) => InstanceId),
      { [tagKeys.master]: address },
      session,
    );
  return master;
}

/**
 * Asks EC2 for the workers of a launch that its client didn't come to ask for: whole requests of which nothing is there. They have the
 * tokens that the client would have given, so that one which EC2 has answered after all makes nothing twice.
 *
 * Workers that EC2 had no room for are only spoken of: the launch may have gone on without them on purpose.
 *
 * @param look looks at the cluster anew
 */
export async function makeMissing(
  look: () => Promise<Ec2Cluster>,
  template: WorkerTemplate,
  session: Ec2Session,
): Promise<void> {
  const { clock, signal } = session;
  let found = await look();
  const { size: wanted } = template.record;
  if (missingRequests(found, wanted).length > 0) {
    const newest = Math.max(...found.instances.map(({ LaunchTime }) => LaunchTime?.getTime() ?? 0));
    const pause = Math.min(askingMs, newest + askingMs - clock.now());
    if (pause > 0) await clock.sleep(pause, signal);
    found = await look();
  }
  const requests = missingRequests(found, wanted);
  if (requests.length > 0) await ask(found, requests, template, session);
  const { name } = found.cluster;
  const missing = wanted + 1 - (await look()).instances.filter(isThere).length;
  if (missing > 0)
    session.emit('warning', {
      kind: 'AWS_CAPACITY_SHORT',
      message: `The launch of "${name}" planned ${formatCount(wanted, 'worker')}, but ${missing} of them are missing.`,
      remedies: [
        callVerb('Add them when the cluster is ready.', 'addWorkers', found.cluster, {
          count: missing,
        }),
      ],
    });
}

async function ask(
  found: Ec2Cluster,
  requests: readonly MissingRequest[],
  template: WorkerTemplate,
  session: Ec2Session,
): Promise<void> {
  const launch = newLaunch(found.launchId ?? '', session.aws.region);
  // All of them have an end before the first failure is told.
  const asked = await Promise.allSettled(
    requests.map(({ first, size }) =>
      requestWorkers(
        template,
        { growth: null, state: 'launching' },
        { kind: template.record.kind, first, least: 1, most: size },
        launch,
        session,
      ),
    ),
  );
  for (const one of asked) {
    if (one.status === 'fulfilled') continue;
    // EC2 has had this request, from the launch's own client: what it made is there, or was.
    const isKnown = awsCode(one.reason) === 'IdempotentParameterMismatch';
    if (!isShortage(one.reason) && !isKnown) throw one.reason;
  }
  const names = await waitUntilVisible(
    found,
    launch.instances.map(({ InstanceId = '' }) => InstanceId),
    session,
  );
  for (const node of names.values())
    session.emit('node.phase', { node, phase: 'booting', detail: null });
}

/** A request of a launch that was never made, or that made nothing. */
interface MissingRequest {
  /** Number of its first worker. */
  readonly first: number;
  readonly size: number;
}

/** The requests of a launch of `wanted` workers of which nothing is there: see `makeNodes`. */
function missingRequests({ instances }: Ec2Cluster, wanted: number): MissingRequest[] {
  const firsts = new Set(instances.map(firstOf));
  const isJoint = instances.some((one) => !isMaster(one) && firstOf(one) === 0);
  const begin = isJoint ? requestSize : 1;
  return chunks(Math.max(0, wanted + 1 - begin), requestSize)
    .map(({ start, size }) => ({ first: begin + start, size }))
    .filter(({ first }) => !firsts.has(first));
}

function isThere({ State }: Instance): boolean {
  return State?.Name === 'pending' || State?.Name === 'running';
}

function isMaster({ Tags }: Instance): boolean {
  return readClusterTags(Tags).role === 'master';
}

function firstOf({ Tags }: Instance): number | undefined {
  return readClusterTags(Tags).first;
}
