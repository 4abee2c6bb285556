import { randomBytes } from 'node:crypto';
import type { SecurityGroup } from '@aws-sdk/client-ec2';
import { timeLimit } from '../../../base/time-limit.ts';
import { ClusterError } from '../../../model/errors.ts';
import type { Verb } from '../../../model/events.ts';
import { advice } from '../../../model/remedy.ts';
import { formatDuration } from '../../../text/durations.ts';
import { formatVerb } from '../../../text/verbs.ts';
import type { Aws } from '../api/aws.ts';
import { awsCode } from '../api/aws-errors.ts';
import type { Ec2Session } from '../api/session.ts';
import { readTags, tagKeys, writeTags } from '../api/tags.ts';
import { isLock, lockDescription } from '../inventory/membership.ts';
import { resizeLockName } from '../plan/network.ts';
import { whoami } from './security-groups.ts';

/** The verbs that change which nodes of a cluster run: one at a time. */
export const locking: ReadonlySet<Verb> = new Set<Verb>([
  'addWorkers',
  'removeWorkers',
  'install',
  'repair',
  'stop',
]);

/** How long a lock holds without a sign of life of who took it, in milliseconds. */
const lockLifeMs = 90_000;
/** How often its holder gives one, in milliseconds. */
const renewMs = 30_000;
/** How far a time by EC2's clock can be off, in milliseconds: its answers say it to the second, and take a moment. */
const clockErrorMs = 10_000;
/** How long taking it, and giving it back, may take, in milliseconds. */
const releaseLimitMs = 120_000;

/** What a lock is taken for. */
export interface LockRequest {
  /** The cluster's name. */
  readonly name: string;
  readonly vpcId: string;
  readonly verb: Verb;
  /** Whether to take it from a client that has it. */
  readonly takeOver: boolean;
}

/**
 * Keeps others from growing, shrinking or stopping a cluster: EC2 makes only one group of a name, so the client that makes this one
 * has the lock.
 *
 * @returns gives the lock back
 * @throws ClusterError `CLUSTER_BUSY` if somebody else has it
 */
export async function takeResizeLock(
  request: LockRequest,
  session: Ec2Session,
): Promise<() => Promise<void>> {
  const { aws } = session;
  const { name, verb } = request;
  const id = await makeLock(request, session);
  const renewal = setInterval(() => {
    const tags = writeTags({ [tagKeys.lock]: lockText(verb, aws.now()) });
    // Missed once, there is time for more; gone for good, nothing is to be done about it here.
    aws
      .ec2('CreateTags', { Resources: [id], Tags: tags }, timeLimit(releaseLimitMs))
      .catch(() => undefined);
  }, renewMs);
  renewal.unref();
  return async () => {
    clearInterval(renewal);
    await deleteLock(id, aws).catch((error: unknown) => {
      session.emit('warning', {
        kind: 'CLEANUP_INCOMPLETE',
        message: `The lock ${resizeLockName(name)} could not be released: ${(error as Error).message}`,
        remedies: advice(`It expires within ${lockLifeMs / 1000} seconds.`),
      });
    });
  };
}

async function makeLock(
  { name, vpcId, verb, takeOver }: LockRequest,
  session: Ec2Session,
): Promise<string> {
  const { aws } = session;
  for (let tries = 1; ; tries += 1) {
    try {
      const { GroupId = '' } = await aws.ec2(
        'CreateSecurityGroup',
        {
          GroupName: resizeLockName(name),
          Description: lockDescription(randomBytes(8).toString('hex')),
          VpcId: vpcId,
          TagSpecifications: [
            {
              ResourceType: 'security-group',
              Tags: writeTags({
                [tagKeys.name]: name,
                [tagKeys.lock]: lockText(verb, aws.now()),
                Name: resizeLockName(name),
              }),
            },
          ],
        },
        // Not interrupted: a lock of which nobody knows would be left.
        timeLimit(releaseLimitMs),
      );
      return GroupId;
    } catch (error) {
      if (awsCode(error) !== 'InvalidGroup.Duplicate') throw error;
      const holder = await findLock(name, vpcId, session);
      const held = holder !== undefined && isHeld(holder, aws.now());
      if (tries > 3 || (held && !(takeOver && isLock(holder)))) throw busy(name, holder, aws.now());
      // The client that deletes a lock first may make the next; the other finds that taken.
      if (holder?.GroupId === undefined || !isLock(holder)) continue;
      if (held)
        session.emit('warning', {
          kind: 'CLUSTER_BUSY',
          message: `Taking over "${name}" from another client: ${holderText(holder, aws.now())}.`,
          remedies: [],
        });
      await deleteLock(holder.GroupId, aws);
    }
  }
}

/**
 * Whether a lock still counts: its holder gave a sign of life. What no holder would have written is none.
 *
 * @param now by EC2's clock, in milliseconds since the epoch
 */
export function isHeld({ Tags }: Pick<SecurityGroup, 'Tags'>, now: number): boolean {
  const until = Date.parse((readTags(Tags)[tagKeys.lock] ?? '').split(' ')[0] ?? '');
  return until > now && until <= now + lockLifeMs + clockErrorMs;
}

async function findLock(
  name: string,
  vpcId: string,
  { aws, signal }: Ec2Session,
): Promise<SecurityGroup | undefined> {
  const [group] = await aws.groups(
    { 'group-name': [resizeLockName(name)], 'vpc-id': [vpcId] },
    signal,
  );
  return group;
}

async function deleteLock(id: string, aws: Aws): Promise<void> {
  try {
    await aws.ec2('DeleteSecurityGroup', { GroupId: id }, timeLimit(releaseLimitMs));
  } catch (error) {
    if (!/NotFound/.test(awsCode(error))) throw error;
  }
}

/** Until when it holds by EC2's clock, for what, and whose it is. */
function lockText(verb: Verb, now: number): string {
  return `${new Date(now + lockLifeMs).toISOString()} ${verb} ${whoami()}`;
}

/** Who holds a lock, for what, and how long ago that one was last heard: `ann@laptop (adding workers, last seen 12 s ago)`. */
function holderText({ Tags }: Pick<SecurityGroup, 'Tags'>, now: number): string {
  const [until = '', doing = '', ...who] = (readTags(Tags)[tagKeys.lock] ?? '').split(' ');
  const age = Math.max(0, Math.round((now - (Date.parse(until) - lockLifeMs)) / 1000));
  const what = isVerb(doing) ? `${formatVerb(doing, 0).toLowerCase()}, ` : '';
  return `${who.join(' ')} (${what}last seen ${formatDuration(age)} ago)`;
}

function isVerb(text: string): text is Verb {
  return locking.has(text as Verb);
}

function busy(name: string, holder: SecurityGroup | undefined, now: number): ClusterError {
  if (holder === undefined)
    return new ClusterError(
      'CLUSTER_BUSY',
      `Several clients are changing "${name}" at this moment.`,
      {
        remedies: advice('Try again in a moment.'),
      },
    );
  if (!isLock(holder))
    return new ClusterError(
      'CLUSTER_BUSY',
      `Security group ${resizeLockName(name)} (${holder.GroupId ?? ''}) was not created by Flintrock; while it exists, "${name}" can’t be resized or stopped.`,
      { remedies: advice('Delete the security group if it is not in use.') },
    );
  const [until = '', doing = ''] = (readTags(holder.Tags)[tagKeys.lock] ?? '').split(' ');
  return new ClusterError(
    'CLUSTER_BUSY',
    `Another client is changing "${name}": ${holderText(holder, now)}.`,
    {
      remedies: advice(
        `Wait until the operation is complete; a client that is no longer running stops counting after ${lockLifeMs / 1000} seconds.`,
      ),
      details: { until, doing, canTakeOver: true },
    },
  );
}
