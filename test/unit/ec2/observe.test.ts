import type { Instance, InstanceStateName } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { observeClusters, observeGroup } from '../../../src/providers/ec2/inventory/observe.ts';

const now = Date.parse('2026-07-01T12:00:00Z');
const fresh = '20260701T115900Z-0a1b2c3d';
const old = '20260701T100000Z-99999999';

let next = 0;

/** An instance of a cluster: its place in a joint request, and what is different. */
function node(
  index: number,
  tags: Record<string, string> = {},
  state: InstanceStateName = 'running',
  more: Partial<Instance> = {},
): Instance {
  next += 1;
  const all = {
    'flintrock-name': 'demo',
    'flintrock-role': index === 0 ? 'master' : 'slave',
    'flintrock-launch': old,
    'flintrock-state': 'ready',
    'flintrock-first': '0',
    ...tags,
  };
  const name = all['flintrock-name'];
  return {
    InstanceId: `i-${String(next).padStart(4, '0')}`,
    VpcId: 'vpc-1',
    ClientToken: `${all['flintrock-launch']}/0123456789abcdef`,
    SecurityGroups: [
      { GroupId: 'sg-base', GroupName: 'flintrock' },
      { GroupId: `sg-${name}`, GroupName: `flintrock-${name}` },
    ],
    AmiLaunchIndex: index,
    State: { Name: state },
    PrivateIpAddress: `10.0.0.${index + 1}`,
    LaunchTime: new Date(now - 7_200_000),
    Tags: Object.entries(all).map(([Key, Value]) => ({ Key, Value })),
    ...more,
  };
}

function only(instances: Instance[]) {
  const [found, ...others] = observeClusters(instances, 'us-east-1', now);
  if (found === undefined) throw new Error('No cluster was seen.');
  expect(others).toEqual([]);
  return found.cluster;
}

describe('observeClusters', () => {
  it.each<[string, Partial<Instance>, string | null]>([
    ['public address', { PublicIpAddress: '198.51.100.1', PublicDnsName: 'ec2.test' }, 'ec2.test'],
    [
      'no public address',
      { PrivateDnsName: 'ip-10-0-0-1.internal', PublicDnsName: '' },
      'ip-10-0-0-1.internal',
    ],
    ['a VPC without DNS names', { PublicIpAddress: '198.51.100.1', PublicDnsName: '' }, null],
    ['nothing, as of a stopped instance', {}, null],
  ])('gives a node the host name that it is reached by: %s', (_title, more, hostName) => {
    expect(only([node(0, {}, 'running', more)]).master?.hostName).toBe(hostName);
  });

  it('names nodes by their place in the launch, in whatever order they come', () => {
    const nodes = [node(2), node(0), node(3), node(1)];
    const { master, workers, state } = only(nodes);
    expect([master?.name, ...workers.map(({ name }) => name)]).toEqual([
      'master',
      'worker-1',
      'worker-2',
      'worker-3',
    ]);
    expect(workers[0]?.id).toBe(nodes[3]?.InstanceId);
    expect(state).toBe('running');
  });

  it('never gives a name twice, whatever the tags say', () => {
    const nodes = [node(0), node(1), node(1), node(1, { 'flintrock-first': 'x' })];
    const names = only(nodes).workers.map(({ name }) => name);
    expect(new Set(names).size).toBe(3);
  });

  it('reads clusters of the Python tool, which have no other tags', () => {
    const python = (role: string): Instance => ({
      InstanceId: `i-${role}`,
      VpcId: 'vpc-1',
      SecurityGroups: [
        { GroupId: 'sg-base', GroupName: 'flintrock' },
        { GroupId: 'sg-theirs', GroupName: 'flintrock-theirs' },
      ],
      State: { Name: 'running' },
      LaunchTime: new Date(now - 60_000),
      Tags: [
        { Key: 'flintrock-name', Value: 'theirs' },
        { Key: 'flintrock-role', Value: role },
        { Key: 'Name', Value: `theirs-${role}` },
      ],
    });
    const cluster = only([python('slave'), python('master')]);
    expect(cluster).toMatchObject({ name: 'theirs', state: 'running', launchId: null, tags: {} });
    expect(cluster.launchedAt).toBe('2026-07-01T11:59:00.000Z');
  });

  it.each<[string, Instance[], string, RegExp | null]>([
    ['launching', [node(0, launching(fresh)), node(1, launching(fresh))], 'launching', null],
    [
      'never finished',
      [node(0, launching(old)), node(1, launching(old))],
      'half-launched',
      /not completed/,
    ],
    ['going', [node(0, { 'flintrock-state': 'destroying' }), node(1)], 'destroying', null],
    ['gone but for its last moments', [node(0, {}, 'shutting-down')], 'destroying', null],
    ['stopped', [node(0, {}, 'stopped'), node(1, {}, 'stopped')], 'stopped', null],
    ['stopping', [node(0, {}, 'stopping'), node(1, {}, 'stopped')], 'stopping', null],
    ['half stopped', [node(0), node(1, {}, 'stopped')], 'mixed', /1 of 2/],
    ['without a master', [node(1), node(2)], 'malformed', /no master/],
    [
      'with two',
      [node(0), node(1, { 'flintrock-role': 'master' })],
      'malformed',
      /2 masters found: i-/,
    ],
    ['starting', [node(0), node(1, {}, 'pending')], 'starting', null],
  ])('tells a cluster that is %s', (_, nodes, state, reason) => {
    const cluster = only(nodes);
    expect(cluster.state).toBe(state);
    if (reason === null) expect(cluster.reason).toBeNull();
    else expect(cluster.reason).toMatch(reason);
  });

  it('tells which node ended by itself, in EC2’s words', () => {
    const StateReason = { Code: 'Server.SpotInstanceTermination', Message: 'Spot termination' };
    const dead = node(1, {}, 'terminated', { StateReason });
    const cluster = only([node(0), dead, node(2)]);
    expect(cluster.state).toBe('degraded');
    expect(cluster.reason).toBe('worker-1: Spot termination');
    expect(cluster.workers[0]).toMatchObject({ state: 'dead', reason: 'Spot termination' });
  });

  it('does not speak of what was ended on purpose, or belongs to an earlier cluster', () => {
    const StateReason = { Code: 'Client.UserInitiatedShutdown', Message: 'User initiated' };
    const purpose = node(1, {}, 'terminated', { StateReason });
    const earlier = node(3, { 'flintrock-launch': '20250101T000000Z-00000000' }, 'terminated', {
      StateReason: { Code: 'Server.InternalError', Message: 'x' },
    });
    const cluster = only([node(0), purpose, node(2), earlier]);
    expect([cluster.state, cluster.workers.length]).toEqual(['running', 1]);
    expect(observeClusters([purpose, earlier], 'us-east-1', now)).toEqual([]);
  });

  it.each(['terminated', 'shutting-down', 'stopping', 'stopped'] as const)(
    'misses a node that somebody waits for and that is %s',
    (state) => {
      const StateReason = { Code: 'Client.UserInitiatedShutdown', Message: 'User initiated' };
      const ended = node(1, {}, state, { StateReason });
      const nodes = [node(0), ended, node(2)];
      const [found] = observeClusters(nodes, 'us-east-1', now, {
        expected: new Set([ended.InstanceId]),
      });
      expect(found?.cluster.workers.map((worker) => [worker.state, worker.reason])).toEqual([
        ['dead', `the instance is ${state}: User initiated`],
        ['running', null],
      ]);
    },
  );

  it('lets no odd cluster hide another', () => {
    const named = (name: string) => ({ 'flintrock-name': name });
    const found = observeClusters(
      [node(1, named('b')), node(0, named('c')), node(0, named('a')), { InstanceId: 'i-other' }],
      'us-east-1',
      now,
    );
    expect(found.map(({ cluster: { name, state } }) => [name, state])).toEqual([
      ['a', 'running'],
      ['b', 'malformed'],
      ['c', 'running'],
    ]);
  });

  it('shows the user’s tags only, and what is installed', () => {
    const tags = {
      project: 'x',
      'aws:ec2spot': 'y',
      'flintrock-software': 'spark=4.1.4 hdfs=3.4.1',
    };
    const cluster = only([node(0, tags), node(1)]);
    expect(cluster.tags).toEqual({ project: 'x' });
    expect(cluster.services.map(({ name, version }) => [name, version])).toEqual([
      ['spark', '4.1.4'],
      ['hdfs', '3.4.1'],
    ]);
  });
});

function launching(launch: string): Record<string, string> {
  return { 'flintrock-launch': launch, 'flintrock-state': 'launching' };
}

describe('observeGroup', () => {
  const group = (launch: string, state: string, gone: readonly Instance[] = []) =>
    observeGroup(
      {
        GroupId: 'sg-1',
        GroupName: 'flintrock-demo',
        Description: `Flintrock cluster group of launch ${launch}`,
        Tags: [
          { Key: 'flintrock-name', Value: 'demo' },
          { Key: 'flintrock-state', Value: state },
        ],
      },
      gone,
      'us-east-1',
      now,
    )?.cluster;

  it('says how a cluster that had been ready came to its end', () => {
    const ended = (tags: Record<string, string>, code: string): Instance => ({
      ...node(0, { 'flintrock-role': 'master', 'flintrock-launch': old, ...tags }, 'terminated'),
      StateReason: { Code: code, Message: code },
    });
    const lasting = { 'flintrock-idle-timeout': '30 min' };
    const byItself = 'Client.InstanceInitiatedShutdown';
    for (const [gone, reason] of [
      [[ended(lasting, byItself)], 'its lifetime has ended'],
      [[ended({}, byItself)], 'all nodes have been terminated'],
      [[ended(lasting, 'Client.UserInitiatedShutdown')], 'all nodes have been terminated'],
      [[], 'all nodes have been terminated'],
    ] as const)
      expect(group(old, 'ready', gone)).toMatchObject({
        state: 'malformed',
        reason: expect.stringContaining(reason) as string,
      });
  });

  it('may be a launch of this moment, or what is left of one', () => {
    expect(group(fresh, 'launching')).toMatchObject({ state: 'launching', master: null });
    expect(group(old, 'launching')).toMatchObject({ state: 'half-launched' });
    expect(group(fresh, 'destroying')).toMatchObject({
      state: 'destroying',
      reason: expect.stringContaining('only the security group') as string,
    });
  });
});
