import type { Ec2Calls } from './calls.ts';

/**
 * What each of EC2's actions does, which decides on what it is allowed: the compiler sees to it that none is missing here, and none is
 * here that nobody calls.
 */
const ec2Actions: Readonly<Record<keyof Ec2Calls, 'look' | 'create' | 'tag' | 'change'>> = {
  DescribeImages: 'look',
  DescribeInstanceAttribute: 'look',
  DescribeInstanceTypeOfferings: 'look',
  DescribeInstanceTypes: 'look',
  DescribeInstances: 'look',
  DescribeKeyPairs: 'look',
  DescribeSecurityGroups: 'look',
  DescribeSpotPriceHistory: 'look',
  DescribeSubnets: 'look',
  DescribeVolumes: 'look',
  CreateSecurityGroup: 'create',
  RunInstances: 'create',
  CreateTags: 'tag',
  AuthorizeSecurityGroupIngress: 'change',
  DeleteSecurityGroup: 'change',
  GetConsoleOutput: 'change',
  RevokeSecurityGroupIngress: 'change',
  StartInstances: 'change',
  StopInstances: 'change',
  TerminateInstances: 'change',
};

/** One statement of a policy, as IAM's JSON has it. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** The tags that are written to what is there already. */
const ourTagKeys = ['flintrock-*', 'Name'] as const;

/** What EC2 needs to know of when instances are launched, beside the instances and their volumes. */
const launchResources = [
  'image/*',
  'instance-profile/*',
  'key-pair/*',
  'network-interface/*',
  'placement-group/*',
  'security-group/*',
  'snapshot/*',
  'subnet/*',
].map((resource) => `arn:aws:ec2:*:*:${resource}`);

const made = ['instance/*', 'security-group/*', 'volume/*'].map(
  (resource) => `arn:aws:ec2:*:*:${resource}`,
);

/** A condition that holds if a key is there. */
const isPresent = (key: string) => ({ Null: { [key]: 'false' } });

/**
 * The smallest IAM policy with which everything works, made of the calls that the code makes: what the README shows. What it lets
 * be changed is only what carries the tag `flintrock-name`, and only what is being made can be given that tag.
 *
 * Not in it, as only some need it: `iam:PassRole` for an instance profile of the nodes.
 *
 * Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2"; EC2 User Guide, "Grant
 * permission to tag Amazon EC2 resources during creation".
 *
 * @param ownTags keys of the user's own tags, which nodes get too
 */
export function iamPolicy(ownTags: readonly string[] = []): {
  readonly Version: string;
  readonly Statement: readonly Statement[];
} {
  const named = isPresent('aws:RequestTag/flintrock-name');
  const tagged = isPresent('aws:ResourceTag/flintrock-name');
  const withKeys = (keys: readonly string[]) => ({
    'ForAllValues:StringLike': { 'aws:TagKeys': [...keys] },
  });
  const allow = (
    Sid: string,
    Action: readonly string[],
    Resource: Statement['Resource'] = '*',
    Condition?: Statement['Condition'],
  ): Statement => ({
    Sid,
    Effect: 'Allow',
    Action,
    Resource,
    ...(Condition !== undefined && { Condition }),
  });
  const actions = (kind: (typeof ec2Actions)[keyof Ec2Calls]): string[] =>
    Object.entries(ec2Actions).flatMap(([name, one]) => (one === kind ? `ec2:${name}` : []));
  return {
    // The version of IAM's policy language (IAM User Guide, "IAM JSON policy elements: Version").
    Version: '2012-10-17',
    Statement: [
      allow('Look', actions('look')),
      allow('Create', actions('create'), made, {
        ...named,
        ...withKeys([...ourTagKeys, ...ownTags]),
      }),
      allow('CreateFrom', ['ec2:RunInstances'], launchResources),
      allow('CreateIn', ['ec2:CreateSecurityGroup'], 'arn:aws:ec2:*:*:vpc/*'),
      allow('TagWhatIsCreated', actions('tag'), made, {
        StringEquals: { 'ec2:CreateAction': ['RunInstances', 'CreateSecurityGroup'] },
      }),
      allow('TagOwn', actions('tag'), made, { ...tagged, ...withKeys(ourTagKeys) }),
      allow('ChangeOwn', actions('change'), made, tagged),
      // The newest Amazon Linux: a public parameter, which belongs to no account.
      allow(
        'NewestImage',
        ['ssm:GetParameter'],
        'arn:aws:ssm:*::parameter/aws/service/ami-amazon-linux-latest/*',
      ),
      // Without it the price is told to be unknown, and everything else works.
      allow('Prices', ['pricing:GetProducts']),
    ],
  };
}

/**
 * What removing clusters of the Python tool, and letting oneself in to them, needs beside that: the security groups that it made have
 * no tags. Users who have no such clusters leave it out.
 *
 * @param vpc ARN of the VPC that they are in
 */
export function pythonToolStatement(vpc: string): Statement {
  return {
    Sid: 'GroupsOfThePythonTool',
    Effect: 'Allow',
    Action: [
      'ec2:AuthorizeSecurityGroupIngress',
      'ec2:DeleteSecurityGroup',
      'ec2:RevokeSecurityGroupIngress',
    ],
    Resource: 'arn:aws:ec2:*:*:security-group/*',
    Condition: { ArnEquals: { 'ec2:Vpc': vpc } },
  };
}
