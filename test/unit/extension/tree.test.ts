import { describe, expect, it } from 'vitest';
import {
  keepKnown,
  type Listing,
  type ListingProblem,
} from '../../../src/extension/clusters/listing.ts';
import {
  childItems,
  rootItems,
  type TreeItem,
} from '../../../src/extension/clusters/tree/tree-item.ts';
import { formatCluster, formatNode, formatWorkersState } from '../../../src/text/clusters.ts';
import { aCluster, aNode } from '../../helpers/clusters.ts';

const now = Date.parse('2026-05-04T12:00:00.000Z');

describe('a cluster’s words in the tree', () => {
  const remote = { provider: 'ec2', region: 'us-east-1', pricePerHour: 1.43 } as const;
  const type = { instanceType: 'm7g.xlarge' };
  const workers = [aNode('worker-1', type), aNode('worker-2', type)];
  const spot = { instanceType: 'r7g.2xlarge', market: 'spot' } as const;
  const mixed = {
    master: aNode('master', { instanceType: 'm7g.large', market: 'on-demand' }),
    workers: [aNode('worker-1', spot), aNode('worker-2', spot)],
  };

  it.each([
    [aCluster('a'), 'Running · 1 + 2 × 2 cores, 1 GiB'],
    [
      aCluster('a', { ...remote, master: aNode('master', type), workers }),
      'Running · 1 + 2 × m7g.xlarge · 2 h 10 min · ~$3.10',
    ],
    [
      aCluster('a', { ...remote, workers, state: 'degraded' }),
      'Degraded · 1 + 2 × m7g.xlarge · 2 h 10 min · ~$3.10',
    ],
    [
      aCluster('a', {
        ...remote,
        workers,
        lifetime: {
          action: 'stop',
          idleTimeoutSeconds: 1800,
          maxLifetimeSeconds: 36_000,
          maxCost: null,
          costLeft: null,
          idleEndsAt: null,
          endsAt: '2026-05-04T19:50:00.000Z',
        },
      }),
      'Running · 1 + 2 × m7g.xlarge · 2 h 10 min · ~$3.10 · stops in 7 h 50 min, or after 30 min idle',
    ],
    [aCluster('a', { state: 'stopped' }), 'Stopped · 1 + 2 × 2 cores, 1 GiB'],
    [
      aCluster('a', { ...remote, ...mixed, pricePerHour: null }),
      'Running · 1 × m7g.large + 2 × r7g.2xlarge (spot) · 2 h 10 min',
    ],
    [aCluster('a', { state: 'launching' }), 'Launching · 1 + 2 × 2 cores, 1 GiB'],
    [
      aCluster('a', { state: 'half-launched', launchedAt: '2026-05-01T09:50:00.000Z' }),
      'Launch incomplete 3 d 2 h ago · 3 nodes',
    ],
    [
      aCluster('a', { state: 'malformed', reason: 'it has no master', launchedAt: null }),
      'Invalid · it has no master',
    ],
  ])('%#', (cluster, words) => expect(formatCluster(cluster, now)).toBe(words));

  it('say what is being done with it', () =>
    expect(formatCluster(aCluster('a', { state: 'launching' }), now, '1 of 3 nodes ready')).toBe(
      'Launching · 1 of 3 nodes ready',
    ));

  it('say what nodes are', () => {
    expect(formatNode(aNode('master'))).toBe('127.0.0.1:7077');
    expect(formatNode(aNode('worker-1'))).toBe('2 cores, 1 GiB');
    expect(formatNode(aNode('worker-1', { state: 'dead' }))).toBe('Failed · 2 cores, 1 GiB');
    expect(formatNode(aNode('master', { address: '10.0.3.14', ...type }))).toBe(
      '10.0.3.14 · m7g.xlarge',
    );
    expect(formatWorkersState(aCluster('a'))).toBe('2 running · 4 cores, 2 GiB');
  });
});

describe('the rows of the tree', () => {
  const problem: ListingProblem = {
    where: 'EC2 us-east-1',
    code: 'AWS_UNREACHABLE',
    message: 'no',
    remedies: [],
    scope: { provider: 'ec2', region: 'us-east-1' },
    profile: null,
    known: [],
  };
  const problems = [problem];
  const clusters = [
    aCluster('a', { tags: { team: 'search' } }),
    aCluster('b', { tags: { team: 'ads', owner: 'me' } }),
    aCluster('c', { provider: 'ec2', region: 'us-east-1' }),
  ];
  const none = { groupBy: undefined, filter: undefined };
  const labels = (items: readonly TreeItem[]): string[] =>
    items.map((item) => {
      if ('label' in item) return item.label;
      if ('page' in item) return item.page.label;
      return 'node' in item ? item.node.name : item.id;
    });

  it('are clusters, and what could not be asked', () =>
    expect(labels(rootItems({ clusters, problems }, none))).toEqual([
      'local//a',
      'local//b',
      'ec2/us-east-1/c',
      'problem/EC2 us-east-1/AWS_UNREACHABLE',
    ]));

  it('say what could not be asked where there is nothing else, too', () =>
    expect(labels(rootItems({ clusters: [], problems }, none))).toEqual([
      'problem/EC2 us-east-1/AWS_UNREACHABLE',
    ]));

  it('have below what could not be asked what was there before', () => {
    const known = [aCluster('old', { provider: 'ec2', region: 'us-east-1', tags: { team: 'a' } })];
    const listing = { clusters: [], problems: [{ ...problem, known }] };
    const [row] = rootItems(listing, none);
    if (row === undefined) throw new Error('there is no row');
    expect(childItems(row)).toMatchObject([
      { kind: 'cluster', cluster: { name: 'old' }, isOld: true },
    ]);
    const filter = { key: 'team', value: 'b' };
    expect(rootItems(listing, { ...none, filter }).flatMap(childItems)).toEqual([]);
  });

  it('are grouped by a tag, those without it at the end', () =>
    expect(labels(rootItems({ clusters, problems: [] }, { ...none, groupBy: 'team' }))).toEqual([
      'team: ads',
      'team: search',
      'No "team" tag',
    ]));

  it('are filtered by a tag, with one value or any', () => {
    const seen = (key: string, value: string): string[] =>
      labels(rootItems({ clusters, problems: [] }, { ...none, filter: { key, value } }));
    expect(seen('team', '')).toEqual(['local//a', 'local//b']);
    expect(seen('team', 'ads')).toEqual(['local//b']);
  });

  it('have a cluster’s parts below it, each with an id of its own', () => {
    const [root] = rootItems({ clusters, problems: [] }, none);
    if (root === undefined) throw new Error('there is no row');
    const children = childItems(root);
    expect(children.map(({ kind }) => kind)).toEqual(['node', 'workers', 'uis', 'jobs']);
    const all = [root, ...children, ...children.flatMap(childItems)];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(labels(children.flatMap(childItems))).toEqual([
      'worker-1',
      'worker-2',
      'Spark master',
      'Running applications',
      'History server',
    ]);
  });

  it('of 1000 clusters are there in no time worth measuring', () => {
    const many = Array.from({ length: 1000 }, (_, index) => aCluster(`c${index}`));
    expect(rootItems({ clusters: many, problems: [] }, none)).toHaveLength(1000);
  });
});

describe('a listing of which a part failed', () => {
  const problem = (region: string | undefined): ListingProblem => ({
    where: 'EC2',
    code: 'AWS_UNREACHABLE',
    message: 'no',
    remedies: [],
    scope: { provider: 'ec2', region },
    profile: null,
    known: [],
  });
  const inRegion = (name: string, region: string) => aCluster(name, { provider: 'ec2', region });
  const before: Listing = {
    clusters: [aCluster('here'), inRegion('a', 'us-east-1'), inRegion('b', 'eu-west-1')],
    problems: [],
    profile: undefined,
  };
  const known = (listing: Listing): string[][] =>
    listing.problems.map((one) => one.known.map(({ name }) => name));

  it('keeps what was known of the region, and of no other', () => {
    const now = { ...before, clusters: [aCluster('here')], problems: [problem('us-east-1')] };
    expect(known(keepKnown(before, now))).toEqual([['a']]);
  });

  it('keeps what was known of all regions where none could be asked, again and again', () => {
    const now = { ...before, clusters: [], problems: [problem(undefined)] };
    const once = keepKnown(before, now);
    expect(known(once)).toEqual([['a', 'b']]);
    expect(known(keepKnown(once, now))).toEqual([['a', 'b']]);
    expect(keepKnown(once, before)).toBe(before);
  });

  it('names none twice, and none of another profile', () => {
    const two = { ...before, clusters: [], problems: [problem('us-east-1'), problem(undefined)] };
    expect(known(keepKnown(before, two))).toEqual([['a'], ['b']]);
    expect(known(keepKnown(before, { ...two, profile: 'other' }))).toEqual([[], []]);
    expect(known(keepKnown(undefined, two))).toEqual([[], []]);
  });
});
