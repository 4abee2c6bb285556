import type { SecurityGroup } from '@aws-sdk/client-ec2';
import type { Leftover, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { oldTrash, trashLifeMs } from '../api/local-state.ts';
import type { Ec2Session } from '../api/session.ts';
import { readTags, tagKeys } from '../api/tags.ts';
import { isLock } from '../inventory/membership.ts';
import { observeGroup } from '../inventory/observe.ts';
import { clusterGroupName, resizeLockName } from '../plan/network.ts';
import { isHeld } from '../security/resize-lock.ts';
import { deleteGroup } from '../security/security-groups.ts';

/** Groups of clusters that have no nodes any more, and locks that nobody holds. */
export async function findLeftovers(session: Ec2Session): Promise<Leftover[]> {
  const { aws, clock, signal } = session;
  const [groups, instances] = await Promise.all([
    aws.groupsNamed(clusterGroupName(''), signal),
    aws.instances({ 'tag-key': [tagKeys.name] }, signal),
  ]);
  const inUse = new Set(
    instances
      .filter(({ State }) => State?.Name !== 'terminated')
      .flatMap(({ SecurityGroups = [] }) => SecurityGroups.map(({ GroupId }) => GroupId)),
  );
  return groups.flatMap((group): Leftover[] => {
    const { GroupId = '', GroupName = '', VpcId = '' } = group;
    if (inUse.has(GroupId)) return [];
    const named = `security group ${GroupName} (${GroupId}) of ${VpcId} in ${aws.region}`;
    const leftover = (cluster: string, message: string): Leftover[] => [
      { cluster, message, remove: remover(group, session), deletes: named },
    ];
    if (isLock(group)) {
      const cluster = readTags(group.Tags)[tagKeys.name];
      if (cluster !== undefined && GroupName === resizeLockName(cluster))
        return isHeld(group, aws.now()) ? [] : leftover(cluster, `Unused lock ${named}.`);
    }
    const left = observeGroup(group, instances, aws.region, clock.now())?.cluster;
    if (left === undefined)
      return [
        {
          cluster: GroupName.slice(clusterGroupName('').length),
          message: `Unused ${named}. It was not created by this tool; if a launch with the Python tool left it, delete it yourself.`,
        },
      ];
    // Otherwise somebody is launching it, or it is listed as not completely removed.
    return left.state === 'malformed' || left.state === 'half-launched'
      ? leftover(left.name, `Only the ${named} is left of "${left.name}".`)
      : [];
  });
}

function remover(
  { GroupId = '', GroupName = '' }: SecurityGroup,
  session: Ec2Session,
): () => Promise<void> {
  return async () => {
    const why = await deleteGroup(GroupId, GroupName, session, undefined);
    if (why !== undefined) throw new ClusterError('CLEANUP_INCOMPLETE', why);
  };
}

/** What was kept of clusters that have been gone for long. */
export async function findOldTrash(context: WorkContext): Promise<Leftover[]> {
  const old = await oldTrash(context);
  return old.map(({ name, key, remove }) => ({
    cluster: name,
    message: `The local files of "${name}" have been in the trash for more than ${trashLifeMs / 86_400_000} days${key === null ? '' : `: the private key ${key}`}.`,
    remove,
    deletes: key === null ? `known host keys of "${name}"` : `private key ${key} of "${name}"`,
  }));
}
