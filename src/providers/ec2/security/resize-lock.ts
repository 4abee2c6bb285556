import { randomBytes } from 'node:crypto';
import type { SecurityGroup } from '@aws-sdk/client-ec2';
import { timeLimit } from '../../../base/time-limit.ts';
import { ClusterError } from '../../../model/errors.ts';
import type { Verb } from '../../../model/events.ts';
import { advice } from '../../../model/remedy.ts';
import type { Aws } from '../api/aws.ts';
import { awsCode } from '../api/aws-errors.ts';
import type { Ec2Session } from '../api/session.ts';
import { readTags, tagKeys, writeTags } from '../api/tags.ts';
import { isLock, lockDescription } from '../inventory/membership.ts';
import { resizeLockName } from '../plan/network.ts';
import { whoami } from './security-groups.ts';

/** How long a lock holds without a sign of life of who took it, in milliseconds. */
const lockLifeMs = 5 * 60_000;
/** How far a client's clock can be off, in milliseconds: past that AWS refuses its requests. */
const clockErrorMs = 5 * 60_000;
/** How often its holder gives one, in milliseconds. */
const renewMs = 60_000;
/** How long taking it, and giving it back, may take, in milliseconds. */
const releaseLimitMs = 120_000;

/**
 * Keeps others from growing or shrinking a cluster: EC2 makes only one group of a name, so the client that makes this one has the lock.
 *
 * @returns gives the lock back
 * @throws ClusterError `CLUSTER_BUSY` if somebody else has it
 */
export async function takeResizeLock(
  name: string,
  vpcId: string,
  verb: Verb,
  session: Ec2Session,
): Promise<() => Promise<void>> {
  const { aws } = session;
  const id = await makeLock(name, vpcId, verb, session);
  const renewal = setInterval(() => {
    const tags = writeTags({ [tagKeys.lock]: lockText(verb, session.clock.now()) });
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
        remedies: advice('It expires within 5 minutes.'),
      });
    });
  };
}

async function makeLock(
  name: string,
  vpcId: string,
  verb: Verb,
  session: Ec2Session,
): Promise<string> {
  const { aws, clock } = session;
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
                [tagKeys.lock]: lockText(verb, clock.now()),
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
      if ((holder !== undefined && isHeld(holder, clock.now())) || tries > 3)
        throw busy(name, holder);
      // The client that deletes an expired one first may make the next; the other finds that taken.
      if (holder?.GroupId !== undefined && isLock(holder)) await deleteLock(holder.GroupId, aws);
    }
  }
}

/** Whether a lock still counts: its holder gave a sign of life. What no holder would have written is none. */
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

/** Until when it holds, for what, and whose it is. */
function lockText(verb: Verb, now: number): string {
  return `${new Date(now + lockLifeMs).toISOString()} ${verb} ${whoami()}`;
}

function busy(name: string, holder: SecurityGroup | undefined): ClusterError {
  if (holder !== undefined && !isLock(holder))
    return new ClusterError(
      'CLUSTER_BUSY',
      `Security group ${resizeLockName(name)} (${holder.GroupId ?? ''}) was not created by Flintrock; while it exists, workers of "${name}" can’t be added or removed.`,
      { remedies: advice('Delete the security group if it is not in use.') },
    );
  const [until = '', doing = '', ...who] = (readTags(holder?.Tags)[tagKeys.lock] ?? '').split(' ');
  return new ClusterError(
    'CLUSTER_BUSY',
    `Another client is changing the number of workers of "${name}"${doing === '' ? '' : ` (${doing}, ${who.join(' ')})`}.`,
    {
      remedies: advice(
        'Wait until the operation is complete; if its client was interrupted, the lock expires within 5 minutes.',
      ),
      details: { until, doing },
    },
  );
}
