import type { SecurityGroup } from '@aws-sdk/client-ec2';
import type { Leftover, WorkContext } from '../../engine/provider.ts';
import type { Aws } from './aws.ts';
import { baseGroupName } from './network.ts';
import { isLeftOver } from './plan-launch.ts';
import { isHeld } from './resize-lock.ts';
import { deleteGroup } from './security-groups.ts';
import { readTags, tagKeys } from './tags.ts';
import { ClusterError } from '../../model/errors.ts';

/** Groups of clusters that have no nodes any more, and locks that nobody holds. */
export async function findLeftovers(aws: Aws, context: WorkContext): Promise<Leftover[]> {
  const { clock, signal } = context;
  const [groups, instances] = await Promise.all([
    aws.groups({ Filters: [{ Name: 'group-name', Values: [`${baseGroupName}-*`] }] }, signal),
    aws.instances({ Filters: [{ Name: 'tag-key', Values: [tagKeys.name] }] }, signal),
  ]);
  const inUse = new Set(
    instances
      .filter(({ State }) => State?.Name !== 'terminated')
      .flatMap(({ SecurityGroups = [] }) => SecurityGroups.map(({ GroupId }) => GroupId)),
  );
  return groups.flatMap((group): Leftover[] => {
    const { GroupId = '', GroupName = '' } = group;
    const tags = readTags(group.Tags);
    const cluster = tags[tagKeys.name];
    if (inUse.has(GroupId)) return [];
    const named = `security group ${GroupName} (${GroupId}) in ${aws.region}`;
    if (cluster === undefined)
      return [
        {
          cluster: GroupName.slice(baseGroupName.length + 1),
          message: `There is a ${named} without a cluster. It isn’t this tool’s: delete it yourself if a launch of the Python tool left it.`,
        },
      ];
    if (tags[tagKeys.lock] !== undefined)
      return isHeld(group, clock.now())
        ? []
        : [
            {
              cluster,
              message: `Nobody holds the lock ${named} any more.`,
              remove: remover(group, aws, context),
            },
          ];
    if (!isLeftOver(tags, clock.now())) return [];
    return [
      {
        cluster,
        message: `Of "${cluster}" only its ${named} is left.`,
        remove: remover(group, aws, context),
      },
    ];
  });
}

function remover(
  { GroupId = '', GroupName = '' }: SecurityGroup,
  aws: Aws,
  context: WorkContext,
): () => Promise<void> {
  return async () => {
    const why = await deleteGroup(GroupId, GroupName, aws, context, undefined);
    if (why !== undefined) throw new ClusterError('CLEANUP_INCOMPLETE', why);
  };
}
