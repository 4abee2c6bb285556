import type { Ec2Calls } from './aws.ts';

/** Why each of EC2's actions is needed: the compiler sees to it that none is missing here, and none is here that nobody calls. */
const ec2Actions: Readonly<Record<keyof Ec2Calls, 'look' | 'change'>> = {
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
  GetConsoleOutput: 'look',
  AuthorizeSecurityGroupIngress: 'change',
  CreateSecurityGroup: 'change',
  CreateTags: 'change',
  DeleteSecurityGroup: 'change',
  RevokeSecurityGroupIngress: 'change',
  RunInstances: 'change',
  StartInstances: 'change',
  StopInstances: 'change',
  TerminateInstances: 'change',
};

/** One statement of a policy, as IAM's JSON has it. */
interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string;
}

/**
 * The smallest IAM policy with which everything works, made of the calls that the code makes: what the README shows.
 *
 * Not in it, as only some need it: `iam:PassRole` for an instance profile of the nodes.
 */
export function iamPolicy(): {
  readonly Version: string;
  readonly Statement: readonly Statement[];
} {
  const actions = (kind: 'look' | 'change'): string[] =>
    Object.entries(ec2Actions)
      .filter(([, one]) => one === kind)
      .map(([name]) => `ec2:${name}`);
  const allow = (Sid: string, Action: readonly string[], Resource = '*'): Statement => ({
    Sid,
    Effect: 'Allow',
    Action,
    Resource,
  });
  return {
    // The version of IAM's policy language (IAM User Guide, "IAM JSON policy elements: Version").
    Version: '2012-10-17',
    Statement: [
      allow('Look', actions('look')),
      allow('Change', actions('change')),
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
