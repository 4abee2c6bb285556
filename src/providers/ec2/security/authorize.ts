import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2';
import { isInNetwork } from '../../../base/network.ts';
import type { AccessChange, WorkContext } from '../../../engine/provider.ts';
import type { Cluster } from '../../../model/cluster/cluster.ts';
import { ClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';
import { webUiPorts } from '../../../node/layout.ts';
import { isIndirect, reachableAddress } from '../access/node-access.ts';
import { awsCode } from '../api/aws-errors.ts';
import type { Ec2Session } from '../api/session.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import { clusterGroupName } from '../plan/network.ts';
import { addressTowards, asNetwork, clientAddress } from './client-address.ts';
import { clientRules, ruleOwner, ruleOwnerPrefix } from './security-groups.ts';

/**
 * Who may reach a cluster's SSH: what was configured, else this machine's address. Through another host that one would have to be let
 * in, which only the user knows: nobody is then.
 *
 * @param inside a private address of the cluster's network if its nodes are reached at theirs
 */
export async function accessSources(
  context: WorkContext,
  inside?: string,
): Promise<readonly string[]> {
  const { ec2AuthorizeAccessFrom: asked } = context.values;
  if (asked.length === 0 && isIndirect(context.values)) return [];
  const sources = asked.length > 0 ? asked : [await ownAddress(context, inside)];
  return sources.map((source) => (source.startsWith('sg-') ? source : asNetwork(source)));
}

async function ownAddress(context: WorkContext, inside: string | undefined): Promise<string> {
  const isGiven = context.env['FLINTROCK_CLIENT_ADDRESS'] !== undefined;
  const seen = inside === undefined || isGiven ? undefined : await addressTowards(inside);
  return seen ?? clientAddress(context);
}

/**
 * Lets this client in where it is now. Its own rules that let in another place are removed: they are told by their description, and
 * nobody else's is touched.
 *
 * @param onlyStale do nothing unless there is such a rule
 */
export async function admitClient(
  { cluster, groupId }: Ec2Cluster,
  onlyStale: boolean,
  session: Ec2Session,
): Promise<AccessChange> {
  const { aws, signal } = session;
  const [group] = groupId === undefined ? [] : await aws.groups({ 'group-id': [groupId] }, signal);
  if (group?.GroupId === undefined)
    throw new ClusterError(
      'AWS_RESOURCE_NOT_FOUND',
      `Cluster "${cluster.name}" has no security group ${clusterGroupName(cluster.name)} in which SSH can be allowed.`,
      {
        remedies: advice('Add an inbound rule for SSH to a security group of its nodes yourself.'),
      },
    );
  const wanted = await accessSources(session, insideAddress(cluster, session));
  // Through another host: whether that is let in is not for us to say.
  if (wanted.length === 0) return { changed: false, admitted: [], removed: [] };
  const rules = sshSources(group);
  const there = new Set(rules.map(({ source }) => source));
  const missing = wanted.filter((source) => !there.has(source));
  // A network or group was let in on purpose: only who names others now means to replace it.
  const isNamed = !onlyStale && session.values.ec2AuthorizeAccessFrom.length > 0;
  const stale = rules
    .filter(({ source, owner }) => owner === ruleOwner() && !wanted.includes(source))
    .filter(({ source }) => isNamed || /\/(32|128)$/.test(source))
    .map(({ source }) => source);
  if ((missing.length === 0 && stale.length === 0) || (onlyStale && stale.length === 0))
    return { changed: false, admitted: wanted, removed: [] };
  const GroupId = group.GroupId;
  const webUis = hasOpenWebUis(group);
  if (missing.length > 0)
    await aws
      .ec2(
        'AuthorizeSecurityGroupIngress',
        { GroupId, IpPermissions: missing.flatMap((source) => clientRules(source, webUis)) },
        signal,
      )
      .catch((error: unknown) => {
        if (awsCode(error) !== 'InvalidPermission.Duplicate') throw error;
      });
  if (stale.length > 0)
    await aws
      .ec2(
        'RevokeSecurityGroupIngress',
        { GroupId, IpPermissions: stale.flatMap((source) => clientRules(source, webUis)) },
        signal,
      )
      .catch((error: unknown) => {
        if (awsCode(error) !== 'InvalidPermission.NotFound') throw error;
      });
  return { changed: true, admitted: wanted, removed: stale };
}

/**
 * Looks whether any rule lets this client in to a cluster's SSH, for when nothing answers there.
 *
 * @returns the address that no rule lets in; `undefined` if one does, or may: what other groups, prefix lists and wider rules let in
 *   can't be told from here
 */
export async function closedTo(
  { cluster, instances }: Ec2Cluster,
  session: Ec2Session,
): Promise<string | undefined> {
  const { aws, signal, values } = session;
  // Through another host: whether that is let in is not for us to say.
  if (isIndirect(values)) return undefined;
  const ids = (instances[0]?.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? []);
  if (ids.length === 0) return undefined;
  const groups = await aws.groups({ 'group-id': ids }, signal);
  const address = await ownAddress(session, insideAddress(cluster, session));
  const isOpen = groups.some(({ GroupId, IpPermissions = [] }) =>
    IpPermissions.some(
      (rule) => coversSsh(rule) && mayAdmit(rule, address, new Set([GroupId, ...ids])),
    ),
  );
  return isOpen ? undefined : address;
}

/** Whether a rule is about SSH: its protocol and ports. */
function coversSsh({ IpProtocol, FromPort = 0, ToPort = 65_535 }: IpPermission): boolean {
  return IpProtocol === '-1' || (IpProtocol === 'tcp' && FromPort <= 22 && 22 <= ToPort);
}

/**
 * Whether a rule lets an address in, or may.
 *
 * @param own ids of the cluster's groups, which this client is in no more than in others
 */
function mayAdmit(
  { IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] }: IpPermission,
  address: string,
  own: ReadonlySet<string | undefined>,
): boolean {
  if (PrefixListIds.length > 0 || UserIdGroupPairs.some(({ GroupId }) => !own.has(GroupId)))
    return true;
  return [
    ...IpRanges.map(({ CidrIp = '' }) => CidrIp),
    ...Ipv6Ranges.map(({ CidrIpv6 = '' }) => CidrIpv6),
  ].some((network) => isInNetwork(address, network));
}

/** The master's private address if it is reached there. */
function insideAddress({ master }: Cluster, { values }: WorkContext): string | undefined {
  if (master === null) return undefined;
  const address = reachableAddress(master, values);
  return address === null || address === master.publicAddress ? undefined : address;
}

/** Whether the launch opened the web UIs to clients as well. */
function hasOpenWebUis({ IpPermissions = [] }: SecurityGroup): boolean {
  return IpPermissions.some(
    ({ FromPort, IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [] }) =>
      FromPort === webUiPorts[0]?.[0] &&
      [...IpRanges, ...Ipv6Ranges, ...UserIdGroupPairs].some(
        ({ Description }) => Description?.startsWith(ruleOwnerPrefix) === true,
      ),
  );
}

/** Whom a group lets in to port 22, and whose rule that is. */
function sshSources({
  IpPermissions = [],
}: SecurityGroup): { source: string; owner: string | undefined }[] {
  return IpPermissions.filter(({ FromPort, ToPort }) => FromPort === 22 && ToPort === 22).flatMap(
    ({ IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [] }) => [
      ...IpRanges.map(({ CidrIp = '', Description }) => ({ source: CidrIp, owner: Description })),
      ...Ipv6Ranges.map(({ CidrIpv6 = '', Description }) => ({
        source: CidrIpv6,
        owner: Description,
      })),
      ...UserIdGroupPairs.map(({ GroupId = '', Description }) => ({
        source: GroupId,
        owner: Description,
      })),
    ],
  );
}
