import {
  iamPolicy,
  pythonToolStatement,
  type Statement,
} from '../../../src/providers/ec2/api/iam-policy.ts';
import type { LabCall } from '../../lab/lab.ts';
import { group, text } from './call-parameters.ts';

/** What calls of ours to AWS the README's IAM policy would deny, its conditions included. */
export function permissionFaults(calls: readonly LabCall[]): string[] {
  return [...new Set(calls.filter(isOurs).flatMap(faultsOf))];
}

/** Whether a call is this program's, and not one of the Python tool. */
function isOurs({ agent }: LabCall): boolean {
  return /\bflintrock\b/.test(agent);
}

/** A resource that a call needs to be allowed on, and what the policy's conditions see of it. */
interface Asked {
  readonly action: string;
  /** ARN, as far as policies look at it. */
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** What the README's policy, and the statement for the Python tool's groups, don't allow. */
function faultsOf(call: LabCall): string[] {
  // People add the keys of their own tags.
  const own = requestTags(call).flatMap(({ keys }) =>
    keys.filter((key) => !key.startsWith('flintrock-') && key !== 'Name'),
  );
  const statements = [
    ...iamPolicy(own).Statement,
    pythonToolStatement('arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1'),
  ];
  return askedOf(call)
    .filter((asked) => !statements.some((statement) => allows(statement, asked)))
    .map(({ action, resource }) => `the IAM policy doesn’t allow ${action} on ${resource}`);
}

function askedOf(call: LabCall): Asked[] {
  const action = `${call.service}:${call.action}`;
  if (call.service !== 'ec2') {
    const name = text(call.params['Name']);
    return [
      {
        action,
        resource: name === '' ? '*' : `arn:aws:ssm:us-east-1::parameter${name}`,
        context: {},
      },
    ];
  }
  const arn = (kind: string): string => `arn:aws:ec2:us-east-1:123456789012:${kind}/x`;
  if (/^Describe/.test(call.action)) return [{ action, resource: '*', context: {} }];
  if (call.action === 'RunInstances' || call.action === 'CreateSecurityGroup') {
    const made = call.action === 'RunInstances' ? ['instance', 'volume'] : ['security-group'];
    const from =
      call.action === 'RunInstances'
        ? ['image', 'subnet', 'security-group', 'key-pair', 'network-interface', 'placement-group']
        : ['vpc'];
    const tags = requestTags(call);
    return [
      ...made.flatMap((kind): Asked[] => {
        const { keys = [], values = {} } = tags.find(({ resource }) => resource === kind) ?? {};
        const context = { 'aws:TagKeys': keys, ...values };
        const tagging = { ...context, 'ec2:CreateAction': [call.action] };
        return [
          { action, resource: arn(kind), context },
          ...(keys.length > 0
            ? [{ action: 'ec2:CreateTags', resource: arn(kind), context: tagging }]
            : []),
        ];
      }),
      ...from.map((kind) => ({ action, resource: arn(kind), context: {} })),
    ];
  }
  const keys = group(call.params, /^Tag\.\d+/).map(({ Key = '' }) => Key);
  return Object.entries(call.resourceTags).map(([id, tags]) => ({
    action,
    resource: arn(id.startsWith('sg-') ? 'security-group' : 'instance'),
    context: {
      ...(keys.length > 0 && { 'aws:TagKeys': keys }),
      ...Object.fromEntries(
        Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, [value]]),
      ),
      // The second statement covers groups by their VPC: of this test's clusters, those that are the Python tool's.
      ...(tags['flintrock-name'] === undefined && {
        'ec2:Vpc': ['arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1'],
      }),
    },
  }));
}

/** The tags that a call gives to what it makes, by kind of resource. */
function requestTags({ params }: LabCall): {
  resource: string;
  keys: string[];
  values: Record<string, string[]>;
}[] {
  return group(params, /^TagSpecification\.\d+/).map((one) => {
    const tags = group(one, /^Tag\.\d+/);
    return {
      resource: one['ResourceType'] ?? '',
      keys: tags.map(({ Key = '' }) => Key),
      values: Object.fromEntries(
        tags.map(({ Key = '', Value = '' }) => [`aws:RequestTag/${Key}`, [Value]]),
      ),
    };
  });
}

function allows(statement: Statement, { action, resource, context }: Asked): boolean {
  return (
    statement.Action.includes(action) &&
    [statement.Resource].flat().some((pattern) => resource === '*' || like(pattern, resource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => {
        const has = context[key];
        const values = [wanted].flat();
        switch (operator) {
          case 'Null':
            return (values[0] === 'true') === (has === undefined || has.join('') === '');
          case 'ForAllValues:StringLike':
            return (has ?? []).every((one) => values.some((pattern) => like(pattern, one)));
          case 'StringEquals':
          case 'ArnEquals':
            return has?.some((one) => values.includes(one)) === true;
          default:
            throw new Error(`The condition ${operator} is not known here.`);
        }
      }),
    )
  );
}

/** Whether a text is as a pattern of IAM's says, in which `*` stands for any characters. */
function like(pattern: string, value: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(value);
}
