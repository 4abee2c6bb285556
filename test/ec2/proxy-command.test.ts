import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PartialValues } from '../../src/index.ts';
import { Account, errorOf, type Person } from '../helpers/ec2/account.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';

// A cluster that nobody can connect to: no inbound rule lets a client in. Each test goes on where the one before ended.
let account: Account;
let person: Person;
let values: PartialValues;

/** Connects with the SSH of an instance from inside of it, as an agent on it does for Session Manager. */
const agent = `#!/usr/bin/env python3
import os, socket, subprocess, sys, threading
instance, region = sys.argv[1:3]
if region != 'us-east-1': sys.exit('An error occurred (TargetNotConnected): ' + instance + ' is not connected.')
def one(*command): return subprocess.run(command, capture_output=True, text=True).stdout.split()[0]
try: machine = one('pgrep', '-P', one('pgrep', '-f', '--', '--[m]achine=' + instance))
except IndexError: sys.exit('An error occurred (TargetNotConnected): ' + instance + ' is not connected.')
if len(sys.argv) == 3: os.execvp('nsenter', ['nsenter', '-t', machine, '-n', sys.executable, sys.argv[0], instance, region, 'inside'])
try: there = socket.create_connection(('127.0.0.1', 22))
except OSError: sys.exit('An error occurred (TargetNotConnected): ' + instance + ' is not connected.')
def back():
    while data := there.recv(65536):
        sys.stdout.buffer.write(data); sys.stdout.buffer.flush()
    os._exit(0)
threading.Thread(target=back, daemon=True).start()
while data := os.read(0, 65536): there.sendall(data)
`;

beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  // Nobody says what this machine’s address is, and nobody has to.
  person = account.person({ FLINTROCK_CLIENT_ADDRESS: undefined });
  const program = join(person.home, 'start session');
  writeFileSync(program, agent, { mode: 0o755 });
  values = {
    provider: 'ec2',
    // To ssh, a % means something; here it is one.
    ec2SshProxyCommand: `env PART=100% '${program}' {instance_id} {region}`,
  };
});
afterAll(() => account.reset());
inSteps();

it('is launched without any rule that lets a client in', async () => {
  const plan = await person.open().plan('shut', { values: person.values(values) });
  expect([plan.ok, plan.problems]).toEqual([true, []]);
  expect(plan.changes.join(' ')).toContain('allows SSH from no address');
  const { cluster } = await person.open().launch('shut', { values: person.values(values) });
  expect(cluster.state).toBe('running');
  const { SecurityGroups = [] } = await account.ec2.send(new DescribeSecurityGroupsCommand({}));
  const rules = SecurityGroups.flatMap(({ IpPermissions = [] }) => IpPermissions);
  expect(
    rules.flatMap(({ IpRanges = [], Ipv6Ranges = [] }) => [...IpRanges, ...Ipv6Ranges]),
  ).toEqual([]);
  expect(policyFaults(await account.calls())).toEqual([]);
});

it('is used by the command: by our own SSH, and by that of the system', async () => {
  const said = new RecordingHost();
  await person.open(said).runCommand('shut', 'hostname', { values });
  const hosts = said.stdout().match(/^ip-127-20-\d+-\d+$/gm) ?? [];
  expect(hosts).toHaveLength(2);
  const session = await person.open().login('shut', { values });
  if (session.kind !== 'process') throw new Error('The system’s ssh was expected.');
  const { stdout } = await promisify(execFile)(session.file, [...session.args, 'hostname']);
  expect(hosts).toContain(stdout.trim());
  const { cluster } = await person.open().addWorkers('shut', 1, { values });
  expect(cluster.workers).toHaveLength(2);
});

it('says what the command has against it', async () => {
  const failing = { ...values, ec2SshProxyCommand: 'no-such-program {instance_id}' };
  const run = person.open().runCommand('shut', 'true', { masterOnly: true, values: failing });
  expect(await errorOf(run)).toMatchObject({
    code: 'SSH_AUTH_FAILED',
    message: expect.stringMatching(
      /through the SSH proxy command: .*no-such-program: not found/,
    ) as string,
  });
  // Straight, there is no way.
  const straight = person.open().runCommand('shut', 'true', { values: { provider: 'ec2' } });
  await expect(straight).rejects.toMatchObject({ code: 'SSH_UNREACHABLE' });
});

it('is destroyed with all that it had', async () => {
  await person.open().destroy('shut', { values });
  expect(await account.belongings('shut')).toEqual([]);
});
