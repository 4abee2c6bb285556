import { describe, expect, it } from 'vitest';
import type { GrowthPlan, Plan } from '../../../src/model/plan.ts';
import {
  destroyQuestion,
  growthQuestion,
  launchQuestion,
  removeQuestion,
  stopQuestion,
} from '../../../src/text/engine/change-questions.ts';
import { aCluster, aNode } from '../../helpers/clusters.ts';

const now = Date.parse('2026-05-04T12:00:00.000Z');

const plan: Plan = {
  ok: true,
  cluster: 'demo',
  provider: 'ec2',
  region: 'us-east-1',
  profile: 'analytics',
  accountId: '123456789012',
  end: { afterSeconds: 28_800, action: 'terminate' },
  nodes: [
    { role: 'master', count: 1, cores: null, memoryMiB: null, type: 'm5.large' },
    { role: 'worker', count: 8, cores: 4, memoryMiB: 15_000, type: 'm5.xlarge' },
  ],
  software: [],
  price: { currency: 'USD', perHour: 0.8, parts: [{ name: '8 × m5.xlarge', perHour: 0.7 }] },
  changes: [],
  plannedChanges: [],
  problems: [],
};

const onEc2 = aCluster('demo', {
  provider: 'ec2',
  region: 'us-east-1',
  pricePerHour: 0.6,
  master: aNode('master', { instanceType: 'm5.xlarge', market: 'on-demand' }),
  workers: ['worker-1', 'worker-2'].map((name) =>
    aNode(name, { instanceType: 'm5.xlarge', market: 'on-demand' }),
  ),
});

describe('the question before a launch', () => {
  it('says what it costs, who pays and what it may come to', () =>
    expect(launchQuestion(plan)).toEqual({
      text: 'Launch "demo"? Estimated cost: $0.80/h',
      detail: [
        '1 × m5.large + 8 × m5.xlarge · EC2 us-east-1',
        '8 × m5.xlarge: $0.70/h',
        'AWS profile: analytics, account 123456789012',
        'Terminates after 8 h: at most $6.40',
      ].join('\n'),
    }));

  it('is asked without a price, too, and says so', () => {
    const { end, ...endless } = plan;
    expect(end).toBeDefined();
    expect(launchQuestion({ ...endless, price: null, profile: null, accountId: null })).toEqual({
      text: 'Launch "demo"? Price unavailable',
      detail: [
        '1 × m5.large + 8 × m5.xlarge · EC2 us-east-1',
        'AWS profile: default credential chain',
        'No maximum lifetime is set.',
      ].join('\n'),
    });
    const stops = { ...plan, price: null, end: { afterSeconds: 3600, action: 'stop' } } as const;
    expect(launchQuestion(stops).detail).toMatch(/Stops after 1 h$/);
  });
});

describe('the question before a growth', () => {
  const spot: GrowthPlan = {
    count: 2,
    type: 'r5.large',
    market: 'spot',
    price: {
      currency: 'USD',
      perHour: 0.12,
      parts: [
        { name: '2 × r5.large, spot', perHour: 0.1 },
        { name: '2 × public IPv4 address', perHour: 0.02 },
      ],
    },
  };

  it('says what the new workers cost, whatever kinds there are already', () => {
    const lifetime = {
      action: 'terminate' as const,
      idleTimeoutSeconds: null,
      maxLifetimeSeconds: 36_000,
      maxCost: null,
      costLeft: null,
      idleEndsAt: null,
      endsAt: '2026-05-04T14:00:00.000Z',
    };
    expect(growthQuestion({ ...onEc2, lifetime }, spot, undefined, now)).toEqual({
      text: 'Add 2 workers to "demo"? Estimated cost: $0.12/h',
      detail: [
        '2 × r5.large (spot) · EC2 us-east-1',
        '2 × r5.large, spot: $0.10/h',
        '2 × public IPv4 address: $0.020/h',
        'Current cost of "demo": $0.60/h',
        'AWS profile: default credential chain',
        'The cluster terminates in 2 h: at most $0.24',
      ].join('\n'),
    });
    const stopping = { ...lifetime, action: 'stop' as const };
    expect(growthQuestion({ ...onEc2, lifetime: stopping }, spot, undefined, now).detail).toContain(
      'The cluster stops in 2 h: at most $0.24',
    );
  });

  it('says that the price is unavailable only where AWS doesn’t tell it', () => {
    const one: GrowthPlan = { ...spot, count: 1, price: null };
    expect(growthQuestion(onEc2, one, 'dev', now)).toEqual({
      text: 'Add 1 worker to "demo"? Price unavailable',
      detail: [
        '1 × r5.large (spot) · EC2 us-east-1',
        'Current cost of "demo": $0.60/h',
        'AWS profile: dev',
      ].join('\n'),
    });
    expect(growthQuestion({ ...onEc2, pricePerHour: null }, spot, 'dev', now).text).toBe(
      'Add 2 workers to "demo"? Estimated cost: $0.12/h',
    );
  });
});

describe('the question before something is lost', () => {
  const application = { id: 'app-1', name: 'patience', cores: 2 };
  it('names clusters, nodes, price and what runs', () => {
    const busy = { ...onEc2, applications: [application] };
    expect(stopQuestion([busy])).toEqual({
      text: 'Stop "demo"?',
      detail:
        'demo: 3 nodes on EC2 us-east-1, $0.60/h\n  Running: patience (app-1)\n\nEBS volumes are charged while a cluster is stopped.',
    });
    expect(destroyQuestion([busy, aCluster('b', { applications: [] })])).toEqual({
      text: 'Destroy 2 clusters?',
      detail:
        'demo: 3 nodes on EC2 us-east-1, $0.60/h\n  Running: patience (app-1)\nb: 3 nodes on this machine\n  No running applications\n\nAll data on their nodes will be lost. This can’t be undone.',
    });
    expect(removeQuestion(busy, 1).detail).toContain('Running: patience (app-1)');
  });

  it('says so where it isn’t known what runs, and counts many', () => {
    expect(stopQuestion([aCluster('a')]).detail).toContain('unknown');
    expect(destroyQuestion([aCluster('a', { state: 'stopped' })]).detail).not.toContain('unknown');
    const many = Array.from({ length: 9 }, (_, index) => ({ ...application, id: `app-${index}` }));
    expect(stopQuestion([aCluster('a', { applications: many })]).detail).toMatch(/ and 4 more/);
  });
});
