import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  type Instance,
  ModifySubnetAttributeCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PartialValues } from '../../src/index.ts';
import { Account, type Person, until } from '../helpers/ec2/account.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';
import { images } from '../lab/images.ts';

// A company's network: nodes without public addresses, and one host that people go through. Each test goes on where the one before ended.
let account: Account;
let person: Person;
let bastion: Instance;
let doorGroup: string;
let network: PartialValues;

beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  // The lab's machines have addresses of this network whatever is said, and are reached at them.
  const { Vpc } = await account.ec2.send(new CreateVpcCommand({ CidrBlock: '127.20.0.0/16' }));
  const VpcId = Vpc?.VpcId ?? '';
  const [inner, outer] = await Promise.all(
    ['127.20.0.0/20', '127.20.16.0/20'].map(async (CidrBlock) => {
      const { Subnet } = await account.ec2.send(
        new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone: 'us-east-1a' }),
      );
      return Subnet?.SubnetId ?? '';
    }),
  );
  await account.ec2.send(
    new ModifySubnetAttributeCommand({ SubnetId: outer, MapPublicIpOnLaunch: { Value: true } }),
  );
  const group = await account.ec2.send(
    new CreateSecurityGroupCommand({ VpcId, GroupName: 'door', Description: 'of a test' }),
  );
  doorGroup = group.GroupId ?? '';
  await account.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: doorGroup,
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '127.30.0.0/16' }] },
      ],
    }),
  );
  const [made] = await account.run(
    { Name: 'bastion' },
    {
      ImageId: images.debianPlain,
      KeyName: account.lab.keyPair.name,
      SubnetId: outer,
      SecurityGroupIds: [doorGroup],
    },
  );
  await until('the bastion has an address', async () => {
    bastion = (await account.instances()).find(
      ({ InstanceId }) => InstanceId === made?.InstanceId,
    ) ?? { InstanceId: '' };
    return bastion.PublicIpAddress !== undefined;
  });
  // Nobody says what this machine’s address is.
  person = account.person({ FLINTROCK_CLIENT_ADDRESS: undefined });
  network = {
    ec2SubnetId: [inner ?? ''],
    ec2VpcId: VpcId,
    ec2KeyName: account.lab.keyPair.name,
    ec2IdentityFile: account.lab.keyPair.privateKeyFile,
  };
});
afterAll(() => account.reset());
inSteps();

/** Somebody whose `ssh` knows the bastion as `jump`. OpenSSH looks for its configuration in the home that the system knows. */
function withSshConfig(by: Person): Record<string, string> {
  const config = join(by.home, 'ssh-config');
  writeFileSync(
    config,
    `Host jump
  HostName ${bastion.PublicIpAddress ?? ''}
  User ec2-user
  IdentityFile ${account.lab.keyPair.privateKeyFile}
  StrictHostKeyChecking accept-new
  UserKnownHostsFile ${join(by.home, 'known_hosts')}
`,
  );
  const folder = join(by.home, 'bin');
  mkdirSync(folder);
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`);
  chmodSync(join(folder, 'ssh'), 0o755);
  return { PATH: `${folder}:${by.env['PATH'] ?? ''}` };
}

it('a plan says who is let in, and asks where it can’t know', async () => {
  const open = person.open();
  const inside = await open.plan('private', { values: person.values(network) });
  expect(inside.ok).toBe(true);
  expect(inside.problems.map(({ code, message }) => [code, message])).toEqual([
    ['CLIENT_ADDRESS_UNKNOWN', expect.stringContaining('allow SSH from 127.20.255.254/32')],
  ]);
  expect(inside.changes.join(' ')).toContain('no public address');
  const through = await open.plan('private', {
    values: person.values({ ...network, ec2SshProxy: 'jump' }),
  });
  expect(through.problems.map(({ code, key }) => [code, key])).toEqual([
    ['PLAN_REFUSED', 'providers.ec2.authorize-access-from'],
  ]);
});

it('a cluster without public addresses is launched and used through a bastion', async () => {
  const env = withSshConfig(person);
  const values = { provider: 'ec2', ...network, ec2SshProxy: 'jump' } as const;
  const sources = [doorGroup, '2001:db8::7'];
  const { cluster } = await person.open(new RecordingHost(), env).launch('private', {
    values: person.values({ ...values, ec2AuthorizeAccessFrom: sources }),
  });
  expect(cluster.state).toBe('running');
  expect([cluster.master, ...cluster.workers].map((node) => node?.publicAddress)).toEqual([
    null,
    null,
  ]);
  for (const node of [cluster.master, ...cluster.workers])
    expect(node?.hostName).toMatch(/^ip-[\d-]+\.ec2\.internal$/);
  const rules = (await account.calls())
    .filter(({ action }) => action === 'AuthorizeSecurityGroupIngress')
    .map(({ params }) => JSON.stringify(params))
    .join('\n');
  expect(rules).toContain(doorGroup);
  expect(rules).toContain('2001:db8::7/128');
  expect(rules).not.toContain('127.30.');
  expect(policyFaults(await account.calls())).toEqual([]);

  const said = new RecordingHost();
  await person.open(said, env).runCommand('private', 'hostname', { values });
  expect(said.stdout().match(/^ip-127-20-\d+-\d+$/gm)).toHaveLength(2);
  const session = await person.open(new RecordingHost(), env).login('private', { values });
  if (session.kind !== 'process') throw new Error('The system’s ssh was expected.');
  expect(session.args.slice(0, -1)).toContain('jump');
  const { stdout } = await promisify(execFile)(session.file, [...session.args, 'hostname']);
  expect(stdout).toMatch(/^ip-127-20-/);
});

it('says what a bastion has against somebody', async () => {
  const env = withSshConfig(account.person());
  const values = { provider: 'ec2', ...network, ec2SshProxy: 'nobody@jump:22' } as const;
  const run = person
    .open(new RecordingHost(), env)
    .runCommand('private', 'true', { masterOnly: true, values });
  await expect(run).rejects.toMatchObject({
    code: 'SSH_AUTH_FAILED',
    message: expect.stringContaining('through nobody@jump:22: ') as string,
  });
});

it('from inside the network it is reached straight, once this address is let in', async () => {
  const values = { provider: 'ec2', ...network } as const;
  const change = await person.open().authorize('private', { values });
  expect(change).toMatchObject({ changed: true, admitted: ['127.20.255.254/32'] });
  const said = new RecordingHost();
  await person.open(said).runCommand('private', 'hostname', { values });
  expect(said.stdout().match(/^ip-127-20-\d+-\d+$/gm)).toHaveLength(2);
  await person.open().destroy('private', { values });
  expect(await account.belongings('private')).toEqual([]);
});
