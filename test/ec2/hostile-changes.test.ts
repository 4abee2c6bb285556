import { describe, expect, it } from 'vitest';
import { recordUserData } from '../../src/node/bootstrap/launch-record.ts';
import { groupDescription } from '../../src/providers/ec2/inventory/membership.ts';
import {
  type Account,
  errorOf,
  launchIdAt,
  type Person,
  tokenOf,
  until,
} from '../helpers/ec2/account.ts';
import { freshAccount } from '../helpers/ec2/fresh-account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { RecordingHost, SlowHost } from '../helpers/recording-host.ts';

// What others change while a question is open, and what they write where only the form was looked at.
let account: Account;
let person: Person;
freshAccount((empty, somebody) => {
  account = empty;
  person = somebody;
});

const ec2 = { values: { provider: 'ec2' } } as const;

describe('while a question is open', () => {
  it('a cluster of the same name that takes the first one’s place is not destroyed for it', async () => {
    const old = await account.makeCluster('demo');
    let fresh: string[] = [];
    const host = new SlowHost(async () => {
      await account.terminate([old.master, ...old.workers]);
      await until('they are gone', async () => (await account.instances()).length === 0);
      await account.deleteGroup(old.group);
      const { master, workers } = await account.makeCluster('demo', { launchId: launchIdAt(1) });
      fresh = [master, ...workers].sort();
    });
    const error = await errorOf(person.open(host).destroy('demo', ec2), 'CLUSTER_NOT_FOUND');
    expect(error.message).toContain('a new cluster has its name');
    expect(await account.instanceIds()).toEqual(fresh);
  });

  it('a launch that somebody finishes meanwhile is not removed as half-launched', async () => {
    const { group, master, workers } = await account.makeCluster('demo', {
      state: 'launching',
      launchId: launchIdAt(30),
    });
    await account.allRun();
    const host = new SlowHost(() =>
      account.tag([group, master, ...workers], { 'flintrock-state': 'ready' }),
    );
    const { findings } = await person.open(host).doctor('demo', { ...ec2, fix: true });
    expect(host.questions).toHaveLength(1);
    expect(findings).toMatchObject([{ kind: 'half-launched', fixed: false }]);
    expect(await account.instanceIds()).toEqual([master, ...workers].sort());
  });
});

it('an instance with a launch’s token in a group of the Python tool is no excuse to remove that cluster', async () => {
  const made = await account.makePythonCluster('demo');
  const group = (await account.groupId('flintrock-demo')) ?? '';
  const launchId = launchIdAt(60);
  await account.run(
    {
      'flintrock-name': 'demo',
      'flintrock-role': 'master',
      'flintrock-launch': launchId,
      'flintrock-state': 'launching',
    },
    { SecurityGroupIds: [group], ClientToken: tokenOf(launchId) },
  );
  await account.allRun();
  const before = await account.instanceIds();
  const host = new RecordingHost({ 'doctor.fix': true });
  await person.open(host).doctor(undefined, { ...ec2, fix: true });
  expect(made).toHaveLength(2);
  expect(await account.instanceIds()).toEqual(before);
});

it.each([
  ['flintrock-ends', 'soon since START'],
  ['flintrock-max-lifetime', '9999999d'.repeat(30)],
])('a tag %s that is no time hides no cluster', async (key, value) => {
  await account.makeCluster('other');
  const { master } = await account.makeCluster('demo');
  const all = await account.instances('demo');
  const start = all.find(({ InstanceId }) => InstanceId === master)?.LaunchTime?.toISOString();
  await account.tag([master], {
    'flintrock-max-lifetime': '8 h',
    [key]: value.replace('START', start ?? ''),
  });
  const { clusters } = await person.open().describe(undefined, ec2);
  expect(clusters.map(({ name }) => name)).toEqual(['demo', 'other']);
});

it('a worker that is marked as leaving is stopped with its cluster', async () => {
  const { workers } = await account.makeCluster('demo', { workers: 2 });
  await account.allRun();
  await account.tag([workers[0] ?? ''], { 'flintrock-state': 'draining' });
  await person.open().stop('demo', ec2);
  const states = (await account.instances('demo')).map(({ State }) => State?.Name);
  expect(states).toEqual(['stopped', 'stopped', 'stopped']);
});

it('a lock that claims to hold for ever delays for as long as any other', async () => {
  await account.makeCluster('demo');
  await account.makeGroup('flintrock-demo:resize', {
    'flintrock-name': 'demo',
    'flintrock-lock': '9999-12-31T00:00:00.000Z addWorkers nobody@nowhere',
  });
  await account.allRun();
  const error = await errorOf(person.open().addWorkers('demo', 1, ec2));
  expect(error.code).not.toBe('CLUSTER_BUSY');
});

it('an instance in a group that neither tool made is not ended without being named', async () => {
  const group = await account.makeGroup('flintrock-demo', {}, { description: 'of the web team' });
  const base = await account.makeGroup('flintrock');
  const tags = { 'flintrock-name': 'demo', 'flintrock-role': 'slave' };
  for (const launchId of [launchIdAt(60), launchIdAt(50)])
    await account.run(tags, { SecurityGroupIds: [group], ClientToken: tokenOf(launchId) });
  await account.run(tags, { SecurityGroupIds: [base, group] });
  await account.allRun();
  const before = await account.instanceIds();
  await person
    .open()
    .destroy('demo', ec2)
    .catch(() => undefined);
  expect(await account.instanceIds()).toEqual(before);
  expect(await account.groupId('flintrock-demo')).toBe(group);
});

it('a name that a shell would obey stands quoted in each command that is shown', async () => {
  const name = 'demo;$(reboot)';
  await account.makePythonCluster(name);
  const [master] = await account.instances(name);
  await account.stop([master?.InstanceId ?? '']);
  await account.waitForState(master?.InstanceId ?? '', 'stopped');
  const { findings } = await person.open().doctor(undefined, ec2);
  expect(findings.map(hintOf)).toEqual([
    expect.stringContaining(": flintrock start 'demo;$(reboot)'"),
  ]);
});

it('a master that somebody else made decides nothing about new workers', async () => {
  const launchId = launchIdAt(0);
  const common = {
    'flintrock-name': 'demo',
    'flintrock-launch': launchId,
    'flintrock-state': 'ready',
    'flintrock-first': '0',
  };
  const group = await account.makeGroup('flintrock-demo', common, {
    description: groupDescription(launchId, 'the real one'),
  });
  const record = JSON.stringify({
    seal: 'a guess',
    size: 1,
    kind: 'm5.xlarge on-demand',
    subnetId: 'subnet-1',
    zone: 'us-east-1a',
    shutdown: 'terminate',
    hostKey: null,
    tags: {},
    spec: {},
  });
  const forged = { UserData: Buffer.from(recordUserData(record, {})).toString('base64') };
  for (const [role, more] of [
    ['master', forged],
    ['slave', {}],
  ] as const)
    await account.run(
      { ...common, 'flintrock-role': role },
      { SecurityGroupIds: [group], ClientToken: tokenOf(launchId), ...more },
    );
  await account.allRun();
  await account.lab.resetCalls();
  const error = await errorOf(person.open().addWorkers('demo', 1, ec2), 'CLUSTER_STATE_UNFIT');
  expect(error.message).toContain('the instance is not the original master');
  expect((await account.changes()).map(({ action }) => action)).not.toContain('RunInstances');
});
