import { hostname, userInfo } from 'node:os';
import type { IpPermission } from '@aws-sdk/client-ec2';
import { timeLimit } from '../../../base/time-limit.ts';
import { ClusterError, isClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';
import { waitFor } from '../../../model/wait.ts';
import { webUiPorts } from '../../../node/layout.ts';
import { awsCode, isUnreachable } from '../api/aws-errors.ts';
import type { Ec2Session } from '../api/session.ts';
import { tagKeys, writeTags } from '../api/tags.ts';
import { groupDescription } from '../inventory/membership.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import { baseGroupName, clusterGroupName, type FoundGroups } from '../plan/network.ts';

/** How long a group may go on being in use by nodes that are gone, in milliseconds. */
const deleteLimitMs = 3 * 60_000;

/** How long EC2 may take to make a group, or to show that it did, in milliseconds. */
const takeLimitMs = 120_000;

/** What a cluster's groups are made of. */
export interface GroupRequest {
  readonly name: string;
  readonly vpcId: string;
  readonly groups: FoundGroups;
  /** Networks, and ids of groups, that may reach the cluster's SSH. */
  readonly access: readonly string[];
  /** Whether they may reach its web UIs too. */
  readonly webUis: boolean;
  readonly launchId: string;
  /** What the launch's record will hold: see `groupDescription`. */
  readonly seal: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Takes the cluster's name by making its group, and opens the group: SSH for its user, everything among its nodes.
 *
 * @returns ids of all groups of its nodes
 * @throws ClusterError `CLUSTER_EXISTS` if somebody else was faster
 */
export async function makeGroups(
  { name, vpcId, groups, access, webUis, launchId, seal, tags }: GroupRequest,
  launch: OngoingLaunch,
  session: Ec2Session,
): Promise<string[]> {
  const { aws, signal } = session;
  const { base, cluster: leftOver, own } = groups;
  if (leftOver?.GroupId !== undefined)
    // The client that deletes it first goes on; the other one finds it gone, and then the name taken.
    await takeOver(leftOver.GroupId, name, session);
  const { GroupId: id } = await takeName(
    aws.ec2(
      'CreateSecurityGroup',
      {
        GroupName: clusterGroupName(name),
        Description: groupDescription(launchId, seal),
        VpcId: vpcId,
        TagSpecifications: [
          {
            ResourceType: 'security-group',
            Tags: writeTags({
              ...tags,
              [tagKeys.name]: name,
              [tagKeys.launch]: launchId,
              [tagKeys.state]: 'launching',
              Name: clusterGroupName(name),
            }),
          },
        ],
      },
      // Not interrupted: a group of which nobody knows would be left.
      timeLimit(takeLimitMs),
    ),
    name,
  );
  if (id === undefined)
    throw new ClusterError('AWS_REQUEST_FAILED', 'EC2 did not create the security group.');
  launch.groupId = id;
  const [baseId] = await Promise.all([
    base?.GroupId ?? makeBaseGroup(vpcId, session),
    aws.ec2(
      'AuthorizeSecurityGroupIngress',
      { GroupId: id, IpPermissions: permissions(id, access, webUis) },
      signal,
    ),
  ]);
  return [baseId, id, ...own];
}

/** The rules of a cluster's group. Nothing is ever opened to everybody unless the user wrote exactly that. */
function permissions(groupId: string, access: readonly string[], webUis: boolean): IpPermission[] {
  return [
    { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: groupId }] },
    ...access.flatMap((source) => clientRules(source, webUis)),
  ];
}

/** What the descriptions of rules begin with that clients of ours made. */
export const ruleOwnerPrefix = 'flintrock:client:';

/** Whose a rule is, as its description says it. */
export function ruleOwner(): string {
  return `${ruleOwnerPrefix}${whoami()}`;
}

/** The rules of this client's that let a network, or a group's members, in to SSH, and to web UIs if they are open. */
export function clientRules(source: string, webUis: boolean): IpPermission[] {
  const Description = ruleOwner();
  const from = source.startsWith('sg-')
    ? { UserIdGroupPairs: [{ GroupId: source, Description }] }
    : source.includes(':')
      ? { Ipv6Ranges: [{ CidrIpv6: source, Description }] }
      : { IpRanges: [{ CidrIp: source, Description }] };
  const ports = [[22, 22] as const, ...(webUis ? webUiPorts : [])];
  return ports.map(([FromPort, ToPort]) => ({ IpProtocol: 'tcp', FromPort, ToPort, ...from }));
}

/** Who made a rule, in the characters that EC2 allows in a description. */
export function whoami(): string {
  let user = '';
  try {
    user = userInfo().username;
  } catch {
    // A process may run as a user who isn't in the system's list.
  }
  return `${user}@${hostname()}`
    .replaceAll(/[^A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]/g, '-')
    .slice(0, 120);
}

async function makeBaseGroup(vpcId: string, { aws, clock, signal }: Ec2Session): Promise<string> {
  try {
    const { GroupId = '' } = await aws.ec2(
      'CreateSecurityGroup',
      {
        GroupName: baseGroupName,
        Description: 'Flintrock base group',
        VpcId: vpcId,
        // It is no cluster's. Permissions go by the tag, for which an empty one counts as none.
        TagSpecifications: [
          { ResourceType: 'security-group', Tags: writeTags({ [tagKeys.name]: '-' }) },
        ],
      },
      signal,
    );
    return GroupId;
  } catch (error) {
    if (awsCode(error) !== 'InvalidGroup.Duplicate') throw error;
    // Another launch has just made it, and EC2 may not show it yet.
    return waitFor(
      async () => {
        const criteria = { 'group-name': [baseGroupName], 'vpc-id': [vpcId] };
        return (await aws.groups(criteria, signal))[0]?.GroupId;
      },
      {
        clock,
        signal,
        reason: () => `EC2 to show security group ${baseGroupName}`,
        isPassing: isUnreachable,
        limitMs: takeLimitMs,
        everyMs: 1_000,
      },
    );
  }
}

async function takeName<T>(request: Promise<T>, name: string): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (awsCode(error) !== 'InvalidGroup.Duplicate') throw error;
    throw new ClusterError(
      'CLUSTER_EXISTS',
      `Another client has just launched a cluster named "${name}".`,
      {
        cause: error,
        remedies: advice('Use another name.'),
      },
    );
  }
}

/**
 * Deletes a cluster's group once nothing is in it any more.
 *
 * @param whileBusy called each time it is still in use: what was made at the last moment may have appeared. `undefined` if it is
 *   known that something stays in it, so that waiting is no use
 * @returns why it could not be deleted, or `undefined`
 */
export async function deleteGroup(
  groupId: string,
  what: string,
  session: Ec2Session,
  whileBusy: (() => Promise<void>) | undefined,
): Promise<string | undefined> {
  const { aws, clock, signal } = session;
  const named = `security group ${what} (${groupId})`;
  let last = '';
  try {
    const end = await waitFor(
      async () => {
        try {
          await aws.ec2('DeleteSecurityGroup', { GroupId: groupId }, signal);
          return gone;
        } catch (error) {
          if (/^InvalidGroup(Id)?\.NotFound$/.test(awsCode(error))) return gone;
          if (!isInUse(error)) throw error;
          last = (error as Error).message;
        }
        const others = await groupsNaming(groupId, session);
        // Somebody else's rules: waiting is no use.
        if (others.length > 0)
          return `${named}: it is referenced by rules of ${others.join(', ')}; remove these rules, then destroy the cluster again`;
        await whileBusy?.();
        return undefined;
      },
      {
        clock,
        signal,
        reason: () => `security group ${what} to be unused`,
        limitMs: whileBusy === undefined ? 0 : deleteLimitMs,
        everyMs: 3_000,
      },
    );
    return end === gone ? undefined : end;
  } catch (error) {
    if (signal.aborted) throw error;
    const why = isClusterError(error, 'WAIT_TIMEOUT') ? last : (error as Error).message;
    return `${named}: ${why}`;
  }
}

/** Stands for a group that isn't there any more. */
const gone = '';

/** Other groups whose rules let members of this one in: EC2 keeps it as long as there are such. */
async function groupsNaming(groupId: string, { aws, signal }: Ec2Session): Promise<string[]> {
  const found = await aws
    .groups({ 'ip-permission.group-id': [groupId] }, signal)
    // A client that may not ask waits.
    .catch(() => []);
  return found
    .filter(({ GroupId }) => GroupId !== groupId)
    .map(({ GroupName = '', GroupId = '' }) => `${GroupName} (${GroupId})`);
}

/**
 * Deletes the group of a former cluster of the name.
 *
 * @throws ClusterError `CLUSTER_EXISTS` if something is still in it
 */
async function takeOver(groupId: string, name: string, { aws, signal }: Ec2Session): Promise<void> {
  try {
    await aws.ec2('DeleteSecurityGroup', { GroupId: groupId }, signal);
  } catch (error) {
    if (/NotFound/.test(awsCode(error))) return;
    if (!isInUse(error)) throw error;
    throw new ClusterError(
      'CLUSTER_EXISTS',
      `Security group ${clusterGroupName(name)} (${groupId}) of a former cluster "${name}" is still in use.`,
      {
        cause: error,
        remedies: advice(
          'Remove it from the network interfaces and rules that use it, or use another name.',
        ),
      },
    );
  }
}

function isInUse(error: unknown): boolean {
  return /^(DependencyViolation|InvalidGroup\.InUse)$/.test(awsCode(error));
}
