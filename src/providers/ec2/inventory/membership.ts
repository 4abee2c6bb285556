import { createHash } from 'node:crypto';
import type { Instance, SecurityGroup } from '@aws-sdk/client-ec2';
import { isLaunchId, readTags, tagKeys } from '../api/tags.ts';
import { baseGroupName, clusterGroupName } from '../plan/network.ts';

// Anyone with ec2:CreateTags can write every tag, so tags only say where to look. What makes an instance a node can't be changed by
// retagging: its VPC, the security group that it is in, and the client token of the request that made it.

/**
 * The description of a cluster's security group, which nobody can change: it says which launch made the group, and by what the record
 * of that launch is known (see `launch-record.ts`).
 */
export function groupDescription(launchId: string, seal: string): string {
  return `${pythonDescription} of launch ${launchId}, record ${sealHash(seal)}`;
}

/**
 * The description of a lock on a cluster's size, which nobody can change: by it a client knows its own.
 *
 * @param nonce hexadecimal, for this lock alone
 */
export function lockDescription(nonce: string): string {
  return `Flintrock resize lock ${nonce}`;
}

/** Whether a group is a lock on a cluster's size. */
export function isLock({ Description = '' }: SecurityGroup): boolean {
  return /^Flintrock resize lock(?: [0-9a-f]+)?$/.test(Description);
}

/** The Python tool's description of a cluster's group (`get_or_create_flintrock_security_groups` in its `ec2.py`). */
const pythonDescription = 'Flintrock cluster group';

/**
 * The launch that made a cluster's security group.
 *
 * @returns `null` for a group of the Python tool; `undefined` for one that is neither tool's
 */
export function launchOfGroup({ Description = '' }: SecurityGroup): string | null | undefined {
  if (Description === pythonDescription) return null;
  const [, launchId = ''] = ourDescription.exec(Description) ?? [];
  return isLaunchId(launchId) ? launchId : undefined;
}

/**
 * The cluster that a group is the own group of: one of our launches made it, and its name and tag agree. Others can write the tag, but
 * give no other group that name.
 *
 * @returns `undefined` if it is none of ours
 */
export function clusterOfGroup(group: SecurityGroup): string | undefined {
  const name = readTags(group.Tags)[tagKeys.name];
  return name !== undefined &&
    launchOfGroup(group) != null &&
    group.GroupName === clusterGroupName(name)
    ? name
    : undefined;
}

/** The hash of what the launch's record has to hold, as a cluster's group has it; `undefined` if it has none. */
export function sealOfGroup({ Description = '' }: SecurityGroup): string | undefined {
  return ourDescription.exec(Description)?.[2];
}

/** The hash of a seal: 128 bits of it, in hexadecimal. */
export function sealHash(seal: string): string {
  return createHash('sha256').update(seal).digest('hex').slice(0, 32);
}

const ourDescription = /^Flintrock cluster group of launch (\S+?)(?:, record ([0-9a-f]{32}))?$/;

/**
 * The client token of a request for nodes: the id of the launch, and what tells its requests apart.
 *
 * @param hash hexadecimal; cut to what EC2 takes, 64 characters in all (EC2 API Reference, "Ensuring idempotency")
 */
export function tokenOf(launchId: string, hash: string): string {
  return `${launchId}/${hash}`.slice(0, 64);
}

/** The launch whose client asked EC2 for an instance, also if it did so to add workers; `undefined` if it was none of ours. */
export function launchOfToken({ ClientToken }: Pick<Instance, 'ClientToken'>): string | undefined {
  const [launchId = '', hash = ''] = (ClientToken ?? '').split('/');
  return isLaunchId(launchId) && /^[0-9a-f]{8,}$/.test(hash) ? launchId : undefined;
}

/** Id of the group of a cluster, if an instance is in it. Within a VPC no two groups have one name. */
export function clusterGroupOf(instance: Instance, cluster: string): string | undefined {
  return groupNamed(instance, clusterGroupName(cluster));
}

/** What makes a cluster, beside its name and VPC. */
export interface ClusterIdentity {
  readonly name: string;
  /** Id of its own group; `undefined` if none of its instances is in one. */
  readonly groupId: string | undefined;
  /** Id of the launch that made it; `null` for a cluster of the Python tool. */
  readonly launchId: string | null;
}

/**
 * Why an instance that carries a cluster's name in its VPC isn't one of its nodes.
 *
 * @returns the reason, to stand behind the instance's id; `undefined` if it is a node
 */
export function whyForeign(
  instance: Instance,
  { name, groupId, launchId }: ClusterIdentity,
): string | undefined {
  // EC2 takes an instance that is ending out of its groups. It isn't acted on any more; who asked for it decides.
  if (!isEnding(instance)) {
    const own = clusterGroupOf(instance, name);
    if (own === undefined || own !== groupId)
      return `not in security group ${clusterGroupName(name)}`;
  }
  if (launchId !== null)
    return launchOfToken(instance) === launchId
      ? undefined
      : 'not created by the launch of the cluster';
  if (
    readTags(instance.Tags)[tagKeys.launch] !== undefined ||
    launchOfToken(instance) !== undefined
  )
    return 'not created by the Python Flintrock that launched the cluster';
  return isEnding(instance) || groupNamed(instance, baseGroupName) !== undefined
    ? undefined
    : `not in security group ${baseGroupName}`;
}

/** Whether EC2 is ending an instance, or has. */
export function isEnding({ State }: Instance): boolean {
  return State?.Name === 'shutting-down' || State?.Name === 'terminated';
}

function groupNamed({ SecurityGroups = [] }: Instance, name: string): string | undefined {
  return SecurityGroups.find(({ GroupName }) => GroupName === name)?.GroupId;
}
