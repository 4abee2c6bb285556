import { gunzipSync } from 'node:zlib';
import type { LabCall } from '../../lab/lab.ts';
import { awsSecret, isTrial } from './account.ts';
import { group, text } from './call-parameters.ts';
import { permissionFaults } from './permissions.ts';

/**
 * What calls to EC2 do that none ever may: a network that is open, a machine or disk that isn't as safe as it can be, a secret
 * where others can read it.
 */
export function policyFaults(calls: readonly LabCall[]): string[] {
  return [
    ...permissionFaults(calls),
    ...calls.flatMap((call) =>
      [...actionFaults(call), ...secretFaults(call)].map((fault) => `${call.action}: ${fault}`),
    ),
  ];
}

function actionFaults(call: LabCall): string[] {
  switch (call.action) {
    case 'AuthorizeSecurityGroupIngress':
      return ruleFaults(call);
    case 'RunInstances':
      return instanceFaults(call);
    case 'CreateSecurityGroup':
      // The base group is nobody's own: the Python tool's is the same.
      if (call.params['GroupName'] === 'flintrock') return [];
      // A lock is there for minutes, and belongs to no launch.
      return tagFaults(
        call,
        ['security-group'],
        text(call.params['GroupName']).endsWith(':resize') ? ['flintrock-lock'] : undefined,
      );
    default:
      return [];
  }
}

/** 22 from outside, with a word on whose rule it is; all else only among the cluster's own. */
function ruleFaults({ params }: LabCall): string[] {
  const faults: string[] = [];
  for (const rule of group(params, /^IpPermissions\.\d+/)) {
    const outside = group(rule, /^(IpRanges|Ipv6Ranges|Groups)\.\d+/);
    if (outside.length === 0) faults.push('a rule that names nobody');
    for (const source of outside) {
      const network = source['CidrIp'] ?? source['CidrIpv6'];
      if (network === undefined && source['GroupId'] === params['GroupId']) continue;
      if (rule['IpProtocol'] !== 'tcp' || rule['FromPort'] !== '22' || rule['ToPort'] !== '22')
        faults.push(`more than SSH for ${network ?? source['GroupId'] ?? '?'}`);
      if (network !== undefined && /\/0$/.test(network)) faults.push(`open to ${network}`);
      if (!/^flintrock:client:./.test(source['Description'] ?? ''))
        faults.push(`a rule without its owner`);
    }
  }
  return faults;
}

function instanceFaults(call: LabCall): string[] {
  const { params } = call;
  const faults: string[] = [];
  const require = (what: string, isSo: boolean): void => {
    if (!isSo) faults.push(what);
  };
  require('IMDSv2 is not required', params['MetadataOptions.HttpTokens'] === 'required');
  const hops = Number(params['MetadataOptions.HttpPutResponseHopLimit']);
  require('a hop limit above 2', hops >= 1 && hops <= 2);
  const disks = group(params, /^BlockDeviceMapping\.\d+/);
  require('no root volume', disks.length > 0);
  for (const disk of disks) {
    require('a volume that is not gp3', disk['Ebs.VolumeType'] === 'gp3');
    require('a volume that is not encrypted', disk['Ebs.Encrypted'] === 'true');
    require('a volume that stays', disk['Ebs.DeleteOnTermination'] === 'true');
  }
  if (!isTrial(call)) {
    require('no client token', /\S/.test(text(params['ClientToken'])));
    const userData = Buffer.from(text(params['UserData']), 'base64');
    require('too much user data', userData.length <= 16_384);
  }
  return [...faults, ...tagFaults(call, ['instance', 'volume'])];
}

/** What is made is marked in the call that makes it. */
function tagFaults(
  call: LabCall,
  resources: readonly string[],
  others = isTrial(call) ? [] : ['flintrock-launch', 'flintrock-state'],
): string[] {
  const specifications = group(call.params, /^TagSpecification\.\d+/);
  const needed = ['flintrock-name', ...others];
  return resources.flatMap((resource) => {
    const found = specifications.find((one) => one['ResourceType'] === resource) ?? {};
    const keys = group(found, /^Tag\.\d+/).map(({ Key }) => Key);
    return needed.filter((key) => !keys.includes(key)).map((key) => `no ${key} on the ${resource}`);
  });
}

/** Secrets are nowhere but in the user data; ours for AWS not even there. */
function secretFaults({ params }: LabCall): string[] {
  const userData = readUserData({ params });
  return [
    ...Object.entries(params)
      .filter(([key, value]) => key !== 'UserData' && /PRIVATE KEY/.test(String(value)))
      .map(([key]) => `a private key in ${key}`),
    ...(JSON.stringify(params).includes(awsSecret) || userData.includes(awsSecret)
      ? ['the AWS secret']
      : []),
    ...(/aws_secret|AWS_SECRET|AKIA[A-Z0-9]{16}/.test(userData) ? ['AWS credentials'] : []),
  ];
}

/** The user data of a call as the nodes read it; empty if it has none. */
export function readUserData({ params }: Pick<LabCall, 'params'>): string {
  const bytes = Buffer.from(text(params['UserData']), 'base64');
  const document = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8');
  // Its parts may be quoted-printable (RFC 2045, 6.7).
  if (!document.includes('quoted-printable')) return document;
  return document.replace(/=([0-9A-F]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
