import type { Instance } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import {
  endsTag,
  lifetimeOf,
  lifetimeTags,
  withStatus,
} from '../../../src/providers/ec2/inventory/lifetime.ts';
import { aCluster, aNode } from '../../helpers/clusters.ts';

const start = new Date('2026-05-04T09:00:00.000Z');

function master(tags: Record<string, string>, change: Partial<Instance> = {}): Instance {
  return {
    State: { Name: 'running' },
    LaunchTime: start,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ...change,
  };
}

describe('the lifetime that tags tell', () => {
  const both = { 'flintrock-idle-timeout': '30 min', 'flintrock-max-lifetime': '8 h' };

  it('is none without them', () => expect(lifetimeOf(master({}))).toBeNull());

  it('counts from the latest start, as long as it runs', () => {
    const lifetime = {
      idleTimeoutSeconds: 1800,
      maxLifetimeSeconds: 28_800,
      maxCost: null,
      costLeft: null,
      idleEndsAt: null,
      action: null,
    };
    expect(lifetimeOf(master(both))).toEqual({ ...lifetime, endsAt: '2026-05-04T17:00:00.000Z' });
    const stopped = master(both, { State: { Name: 'stopped' } });
    expect(lifetimeOf(stopped)).toEqual({ ...lifetime, endsAt: null });
  });

  it('ends as the launch was configured, and as EC2 ends Spot Instances', () => {
    const ending = (action: string, lifecycle?: 'spot') =>
      lifetimeOf(
        master(
          { ...both, 'flintrock-shutdown': action },
          lifecycle && { InstanceLifecycle: lifecycle },
        ),
      )?.action;
    expect(['terminate', 'stop', 'explode'].map((action) => ending(action))).toEqual([
      'terminate',
      'stop',
      null,
    ]);
    expect(ending('stop', 'spot')).toBe('terminate');
    const values = { idleTimeout: 1800, maxLifetime: undefined, maxCost: undefined } as const;
    const tags = lifetimeTags({ ...values, ec2InstanceInitiatedShutdownBehavior: 'stop' }, NaN);
    expect(lifetimeOf(master(tags))).toMatchObject({ idleTimeoutSeconds: 1800, action: 'stop' });
  });

  it('ends by its cost, if that comes first', () => {
    const tagsOf = (maxCost: number): Record<string, string> =>
      lifetimeTags(
        {
          idleTimeout: undefined,
          maxLifetime: 8 * 3600,
          maxCost,
          ec2InstanceInitiatedShutdownBehavior: 'terminate',
        },
        0.5,
      );
    expect(tagsOf(2)).toMatchObject({ 'flintrock-max-cost': '2 at 0.5 an hour' });
    expect(lifetimeOf(master(tagsOf(2)))).toMatchObject({
      maxCost: 2,
      costLeft: null,
      endsAt: '2026-05-04T13:00:00.000Z',
    });
    expect(lifetimeOf(master(tagsOf(5)))?.endsAt).toBe('2026-05-04T17:00:00.000Z');
    for (const text of [
      '5',
      '0 at 1 an hour',
      '5 at 0 an hour',
      '-5 at 1 an hour',
      'x at y an hour',
    ])
      expect(lifetimeOf(master({ 'flintrock-max-cost': text }))).toBeNull();
  });

  it('may have been moved, until the next start', () => {
    const end = '2026-05-04T20:00:00.000Z';
    const tags = { ...both, ...endsTag(end, master(both)) };
    expect(lifetimeOf(master(tags))?.endsAt).toBe(end);
    const again = master(tags, { LaunchTime: new Date('2026-05-04T11:00:00.000Z') });
    expect(lifetimeOf(again)?.endsAt).toBe('2026-05-04T19:00:00.000Z');
    expect(lifetimeOf(master({ ...both, 'flintrock-ends': 'x' }))?.endsAt).toBe(
      '2026-05-04T17:00:00.000Z',
    );
  });
});

describe('what a master tells', () => {
  it('of a time past all calendars is no time', () => {
    const lifetime = {
      action: null,
      idleTimeoutSeconds: 60,
      maxLifetimeSeconds: 60,
      maxCost: null,
      costLeft: null,
      idleEndsAt: null,
      endsAt: null,
    };
    const status = { shutdown: false, reason: '', hostKeys: new Map(), notices: new Map() };
    for (const far of [1e300, -1e300, Infinity]) {
      const told = { ...status, lifetime: { idleSeconds: far, endsAt: far, cost: null } };
      expect(withStatus(aCluster('a', { lifetime }), told, 0).lifetime).toEqual(lifetime);
    }
  });

  it('of Spot Instances is why they leave, whatever Spark calls them', () => {
    const gone = 'EC2 interrupts this Spot Instance at 2026-05-04T12:00:00Z';
    const cluster = aCluster('a', {
      state: 'degraded',
      reason: 'worker-1: the master reports its state as DECOMMISSIONED; worker-2: dead',
      workers: [
        aNode('worker-1', { reason: 'the master reports its state as DECOMMISSIONED' }),
        aNode('worker-2', { state: 'dead', reason: 'dead' }),
      ],
    });
    const notices = new Map([['id-worker-1', gone]]);
    const status = { shutdown: false, reason: '', lifetime: null, hostKeys: new Map(), notices };
    const told = withStatus(cluster, status, 0);
    expect(told).toMatchObject({ state: 'degraded', reason: `worker-2: dead; worker-1: ${gone}` });
    expect(told.workers[0]).toMatchObject({ state: 'running', reason: gone });
    expect(withStatus(cluster, { ...status, notices: new Map() }, 0)).toMatchObject({
      reason: cluster.reason,
    });
  });
});
