import type {
  CreateTagsCommandInput,
  Instance,
  IpPermission,
  SecurityGroup,
} from '@aws-sdk/client-ec2';
import { awsCode } from './aws-errors.ts';
import type { Ec2Calls } from './calls.ts';
import type { Criteria } from './filters.ts';
import { readTags, tagKeys } from './tags.ts';

// A call whose reply was lost may have been carried out all the same. It is neither repeated blindly nor given up blindly: a repeated
// one may be told that all is as it was asked for, and after the last one the world is read until it is known.

/** How the world is read. */
export interface Reader {
  instances(criteria: Criteria): Promise<Instance[]>;
  groups(criteria: Criteria): Promise<SecurityGroup[]>;
}

/** The calls that change something. */
const changing = new Set<keyof Ec2Calls>([
  'AuthorizeSecurityGroupIngress',
  'CreateSecurityGroup',
  'CreateTags',
  'DeleteSecurityGroup',
  'RevokeSecurityGroupIngress',
  'RunInstances',
  'StartInstances',
  'StopInstances',
  'TerminateInstances',
]);

/** Whether a call changes something: a dry run doesn't. */
export function isChanging<A extends keyof Ec2Calls>(action: A, input: Ec2Calls[A][0]): boolean {
  return changing.has(action) && !('DryRun' in input && input.DryRun === true);
}

/**
 * What EC2 says of a repeated call when the one before was carried out (EC2 API Reference, "Error codes"). A group of the name may be
 * somebody else's: that is looked at, see {@link readBack}.
 */
const doneCodes: Readonly<Partial<Record<keyof Ec2Calls, RegExp>>> = {
  AuthorizeSecurityGroupIngress: /^InvalidPermission\.Duplicate$/,
  RevokeSecurityGroupIngress: /^InvalidPermission\.NotFound$/,
  DeleteSecurityGroup: /^InvalidGroup(Id)?\.NotFound$/,
};

/** Whether an error of a repeated call means that the call before was carried out. */
export function meansDone(action: keyof Ec2Calls, error: unknown): boolean {
  return doneCodes[action]?.test(awsCode(error)) === true;
}

/**
 * Reads in the world whether a call was carried out: one look.
 *
 * @returns what its reply would have been; `null` if it was not carried out for certain; `undefined` if nothing shows it (yet)
 */
export async function readBack<A extends keyof Ec2Calls>(
  action: A,
  input: Ec2Calls[A][0],
  read: Reader,
): Promise<Ec2Calls[A][1] | null | undefined> {
  // TypeScript can't see that action and input belong together once both are generic.
  const look = looks[action] as ((given: Ec2Calls[A][0], reader: Reader) => Reply<A>) | undefined;
  return look === undefined ? null : look(input, read);
}

type Reply<A extends keyof Ec2Calls> = Promise<Ec2Calls[A][1] | null | undefined>;

const looks: {
  readonly [A in keyof Ec2Calls]?: (input: Ec2Calls[A][0], read: Reader) => Reply<A>;
} = {
  CreateSecurityGroup: async ({ GroupName = '', VpcId, Description }, read) => {
    const found = await read.groups({
      'group-name': [GroupName],
      ...(VpcId !== undefined && { 'vpc-id': [VpcId] }),
    });
    // Nobody can change a description: it says whose the group is.
    const own = found.find((group) => group.Description === Description);
    if (own?.GroupId !== undefined) return { $metadata: {}, GroupId: own.GroupId };
    return found.length > 0 ? null : undefined;
  },
  AuthorizeSecurityGroupIngress: async ({ GroupId = '', IpPermissions = [] }, read) => {
    const [group] = await read.groups({ 'group-id': [GroupId] });
    const has = new Set(rulesOf(group?.IpPermissions ?? []));
    return rulesOf(IpPermissions).every((rule) => has.has(rule)) ? {} : undefined;
  },
  RevokeSecurityGroupIngress: async ({ GroupId = '', IpPermissions = [] }, read) => {
    const [group] = await read.groups({ 'group-id': [GroupId] });
    const has = new Set(rulesOf(group?.IpPermissions ?? []));
    return rulesOf(IpPermissions).some((rule) => has.has(rule)) ? undefined : {};
  },
  RunInstances: async ({ ClientToken, MinCount = 1, TagSpecifications = [] }, read) => {
    const launch = readTags(TagSpecifications[0]?.Tags)[tagKeys.launch] ?? '';
    const all = await read.instances({ [`tag:${tagKeys.launch}`]: [launch] });
    // Tags say where to look; which request made an instance only its token.
    const made = all.filter((instance) => instance.ClientToken === ClientToken);
    // EC2 may show some of them before the others: with fewer than were asked for it may have had no more, which time will tell.
    return made.length < Math.max(1, MinCount) ? undefined : { $metadata: {}, Instances: made };
  },
  CreateTags: async (input, read) => ((await hasTags(input, read)) ? {} : undefined),
  DeleteSecurityGroup: async ({ GroupId }, read) =>
    (await read.groups({ 'group-id': [GroupId] })).length === 0 ? {} : undefined,
  StartInstances: ({ InstanceIds }, read) => areIn(InstanceIds, ['pending', 'running'], read),
  StopInstances: ({ InstanceIds }, read) => areIn(InstanceIds, ['stopping', 'stopped'], read),
  TerminateInstances: ({ InstanceIds }, read) =>
    areIn(InstanceIds, ['shutting-down', 'terminated'], read),
};

/** Rules, each for one source, as texts to compare. */
function rulesOf(permissions: readonly IpPermission[]): string[] {
  return permissions.flatMap(
    ({ IpProtocol, FromPort, ToPort, IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [] }) =>
      [
        ...IpRanges.map(({ CidrIp }) => CidrIp),
        ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
        ...UserIdGroupPairs.map(({ GroupId }) => GroupId),
      ].map((source) => `${IpProtocol ?? ''} ${FromPort ?? -1} ${ToPort ?? -1} ${source ?? ''}`),
  );
}

async function areIn(
  ids: readonly string[],
  states: readonly string[],
  read: Reader,
): Promise<object | undefined> {
  const found = await read.instances({ 'instance-id': ids });
  return found.length === ids.length &&
    found.every(({ State }) => states.includes(State?.Name ?? ''))
    ? {}
    : undefined;
}

/** Whether resources have the tags, as far as they are instances and groups; others have been named beside their instances. */
async function hasTags(
  { Resources = [], Tags = [] }: CreateTagsCommandInput,
  read: Reader,
): Promise<boolean> {
  const ids = (prefix: string): string[] => Resources.filter((id) => id.startsWith(prefix));
  const [instances, groups] = [ids('i-'), ids('sg-')];
  if (instances.length + groups.length < Resources.length) return false;
  const found = (
    await Promise.all([
      instances.length === 0 ? [] : read.instances({ 'instance-id': instances }),
      groups.length === 0 ? [] : read.groups({ 'group-id': groups }),
    ])
  ).flat();
  return (
    found.length === Resources.length &&
    found.every((one) => {
      const has = readTags(one.Tags);
      return Tags.every(({ Key = '', Value }) => has[Key] === Value);
    })
  );
}
