import type { Instance } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../engine/provider.ts';
import { ClusterError } from '../../model/errors.ts';
import type { Aws } from './aws.ts';
import type { Ec2Cluster } from './observe.ts';
import { tagNew } from './run-instances.ts';
import { readTags, roleTags, tagKeys } from './tags.ts';

/**
 * Tells the nodes of a launch whose client may be gone who they are, if nobody has. From then on they build themselves.
 *
 * @returns the master
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if it has none
 */
export async function tellNodes(
  { cluster: { name }, instances }: Ec2Cluster,
  aws: Aws,
  context: WorkContext,
): Promise<Instance> {
  const there = instances.filter(isThere);
  // Of a joint request the first is the master.
  const master =
    there.find(isMaster) ??
    there.find((instance) => instance.AmiLaunchIndex === 0 && firstOf(instance) === '0');
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
  return master;
}

/** Says which workers of a launch are missing. */
export async function sayMissing(
  look: () => Promise<Ec2Cluster>,
  master: Instance,
  context: WorkContext,
): Promise<void> {
  const wanted = Number(readTags(master.Tags)[tagKeys.size] ?? 0);
  const found = await look();
  const { name } = found.cluster;
  const missing = wanted + 1 - found.instances.filter(isThere).length;
  if (missing > 0)
    context.emit('warning', {
      kind: 'AWS_CAPACITY_SHORT',
      message: `The launch of "${name}" was to make ${wanted} workers; ${missing} of them are not there.`,
      hint: `Add them once it is ready: flintrock add-workers ${name} --num-workers ${missing}`,
    });
}

function isThere({ State }: Instance): boolean {
  return State?.Name === 'pending' || State?.Name === 'running';
}

function isMaster({ Tags }: Instance): boolean {
  return readTags(Tags)[tagKeys.role] === roleTags.master;
}

function firstOf({ Tags }: Instance): string | undefined {
  return readTags(Tags)[tagKeys.first];
}
