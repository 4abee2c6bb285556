import { AuthorizeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { clientRules } from '../../src/providers/ec2/security/security-groups.ts';
import { type Account, launchIdAt, type Person } from '../helpers/ec2/account.ts';
import { freshAccount } from '../helpers/ec2/fresh-account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';

// What is left behind in an account; how clusters that run are examined is in `resume-and-repair.test.ts`.
let account: Account;
let person: Person;
freshAccount((empty, somebody) => {
  account = empty;
  person = somebody;
});

const values = { provider: 'ec2' } as const;

it('finds what launches left behind, and removes it if told to', async () => {
  await account.makeCluster('half', { state: 'launching', launchId: launchIdAt(20) });
  await account.makeCluster('begun', { state: 'launching' });
  await account.makeGroup('flintrock-gone', {
    'flintrock-name': 'gone',
    'flintrock-launch': launchIdAt(60),
  });
  await account.makeGroup('flintrock-soon', {
    'flintrock-name': 'soon',
    'flintrock-launch': launchIdAt(1),
    'flintrock-state': 'launching',
  });
  await account.makeGroup('flintrock-begun:resize', {
    'flintrock-name': 'begun',
    'flintrock-lock': '2026-01-01T00:00:00.000Z addWorkers ann@laptop',
  });
  await account.makeGroup('flintrock-theirs');

  const before = await account.belongings();
  const { ok, findings, clusters } = await person.open().doctor(undefined, { values });
  expect([ok, clusters]).toEqual([false, 2]);
  expect(findings.map(({ subject, kind, fixable }) => [subject, kind, fixable]).sort()).toEqual([
    ['begun', 'leftover', true],
    ['gone', 'leftover', true],
    ['half', 'half-launched', true],
    ['theirs', 'leftover', false],
  ]);
  expect(await account.belongings()).toEqual(before);

  // Nobody has agreed to anything.
  const kept = await person.open().doctor(undefined, { values, fix: true });
  expect(kept.findings.filter(({ fixed }) => fixed)).toEqual([]);
  expect(await account.belongings()).toEqual(before);

  const host = new RecordingHost({ 'doctor.fix': true });
  const after = await person.open(host).doctor(undefined, { values, fix: true });
  const [question, ...others] = host.questions;
  expect(others).toEqual([]);
  for (const name of ['flintrock-gone', 'flintrock-begun:resize', '"half"'])
    expect(question?.message).toContain(name);
  expect(question?.message).not.toContain('theirs');
  expect(after.ok).toBe(false);
  expect(after.findings.filter(({ fixed }) => !fixed).map(({ subject }) => subject)).toEqual([
    'theirs',
  ]);
  expect((await account.groups()).filter((name) => name.startsWith('flintrock-')).sort()).toEqual([
    'flintrock-begun',
    'flintrock-soon',
    'flintrock-theirs',
  ]);
  expect(await account.instances('half')).toEqual([]);
  expect(await account.instances('begun')).toHaveLength(2);
});

it('replaces the address that a client had, and no network that it let in on purpose', async () => {
  const { group } = await account.makeCluster('door');
  const ours = ['10.1.0.0/16', '203.0.113.9/32'];
  await account.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: group,
      IpPermissions: ours.flatMap((source) => clientRules(source, false)),
    }),
  );
  const now = `${account.lab.clientAddress}/32`;
  expect(await person.open().authorize('door', { values })).toEqual({
    changed: true,
    admitted: [now],
    removed: ['203.0.113.9/32'],
  });
  const named = { ...values, ec2AuthorizeAccessFrom: ['10.2.0.0/16'] };
  const { admitted, removed } = await person.open().authorize('door', { values: named });
  expect([admitted, [...removed].sort()]).toEqual([['10.2.0.0/16'], ['10.1.0.0/16', now].sort()]);
});

it('says why an account can’t be examined', async () => {
  await account.lab.faults([
    { action: 'DescribeInstances', code: 'UnauthorizedOperation', times: null },
  ]);
  expect(await person.open().doctor(undefined, { values })).toMatchObject({
    ok: false,
    findings: [{ subject: 'ec2', kind: 'provider', fixable: false }],
  });
});
