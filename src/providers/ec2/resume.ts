import type { Instance } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../engine/provider.ts';
import { ClusterError } from '../../model/errors.ts';
import type { Aws } from './aws.ts';
import type { Ec2Cluster } from './observe.ts';
import { tagNew } from './run-instances.ts';
import { readTags, roleTags, tagKeys } from './tags.ts';

/**
 * Does what is left to do of a launch whose client may be gone: tells the nodes who they are, if nobody has. From then on they build
 * themselves.
 */
export async function resumeLaunch(
  { cluster, instances }: Ec2Cluster,
  aws: Aws,
  context: WorkContext,
): Promise<void> {
  const { name } = cluster;
  const there = instances.filter(
    ({ State }) => State?.Name === 'pending' || State?.Name === 'running',
  );
  if (there.some(({ Tags }) => readTags(Tags)[tagKeys.hostKey] === undefined))
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `The image of "${name}" has no cloud-init: its nodes were to be set up by the client that launched it, and nobody else knows how.`,
      { hint: `Remove it, and launch it again: flintrock destroy ${name}` },
    );
  const isMaster = ({ Tags }: Instance): boolean =>
    readTags(Tags)[tagKeys.role] === roleTags.master;
  // Of a joint request the first is the master.
  const master =
    there.find(isMaster) ??
    there.find(
      ({ Tags, AmiLaunchIndex }) => AmiLaunchIndex === 0 && readTags(Tags)[tagKeys.first] === '0',
    );
  const address = master?.PrivateIpAddress;
  if (master?.InstanceId === undefined || address === undefined)
    throw new ClusterError('CLUSTER_STATE_UNFIT', `"${name}" has no master any more.`, {
      hint: `Remove it, and launch it again: flintrock destroy ${name}`,
    });
  if (!isMaster(master))
    await tagNew(
      [master.InstanceId],
      { [tagKeys.role]: roleTags.master, Name: `${name}-${roleTags.master}` },
      aws,
      context,
    );
  const untold = there.filter(({ Tags }) => readTags(Tags)[tagKeys.master] === undefined);
  if (untold.length > 0)
    await tagNew(
      untold.map(({ InstanceId = '' }) => InstanceId),
      { [tagKeys.master]: address },
      aws,
      context,
    );
  const wanted = Number(readTags(master.Tags)[tagKeys.size] ?? 0);
  const missing = wanted + 1 - there.length;
  if (missing > 0)
    context.emit('warning', {
      kind: 'AWS_CAPACITY_SHORT',
      message: `The launch of "${name}" was to make ${wanted} workers; ${missing} of them are not there.`,
      hint: `Add them once it is ready: flintrock add-workers ${name} --num-workers ${missing}`,
    });
}
