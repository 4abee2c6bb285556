import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cluster, ErrorCode, Flintrock } from '../../src/index.ts';
import { type Account, errorOf, launchIdAt, type Person } from '../helpers/ec2/account.ts';
import { freshAccount } from '../helpers/ec2/fresh-account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';

// Every verb in every state that needs no machine to be told; what runs is in `lifecycle.test.ts`.
let account: Account;
let person: Person;
freshAccount((empty, somebody) => {
  account = empty;
  person = somebody;
  writeFileSync(join(person.home, 'job.py'), 'print(1)\n');
});

const ec2 = { values: { provider: 'ec2' } } as const;

/** What each verb does, as one word: how the cluster is then, or the error's code. */
const verbs = {
  describe: async (flintrock: Flintrock) =>
    (await flintrock.describe('demo', ec2)).clusters[0]?.state ?? 'none',
  start: async (flintrock: Flintrock) => changed(await flintrock.start('demo', ec2)),
  stop: async (flintrock: Flintrock) => changed(await flintrock.stop('demo', ec2)),
  login: async (flintrock: Flintrock) => (await flintrock.login('demo', ec2)).kind,
  runCommand: async (flintrock: Flintrock) =>
    String((await flintrock.runCommand('demo', 'true', ec2)).ok),
  copyFile: async (flintrock: Flintrock) =>
    String(
      (
        await flintrock.copyFile(
          'demo',
          { direction: 'up', local: 'job.py', remote: 'job.py' },
          ec2,
        )
      ).nodes.length,
    ),
  submit: async (flintrock: Flintrock) =>
    String((await flintrock.submit('demo', { file: 'job.py' }, ec2)).exitCode),
  plan: async (flintrock: Flintrock) => {
    const plan = await flintrock.plan('demo', { values: person.values() });
    return plan.ok ? 'ok' : (plan.problems[0]?.code ?? 'none');
  },
  destroy: async (flintrock: Flintrock) => {
    await flintrock.destroy('demo', ec2);
    return (await account.belongings('demo')).join() || 'gone';
  },
} as const;

type VerbName = keyof typeof verbs;

function changed({ changed: did, cluster }: { changed: boolean; cluster: Cluster }): string {
  return `${did ? 'changed' : 'unchanged'} ${cluster.state}`;
}

async function outcome(verb: VerbName): Promise<string> {
  try {
    return await verbs[verb](person.open());
  } catch (error) {
    return (error as { code: ErrorCode }).code;
  }
}

/** How a cluster comes into a state, and what the verbs do then: where nothing is said, `CLUSTER_STATE_UNFIT`. */
const states: Record<
  string,
  { make: () => Promise<unknown>; expected: Partial<Record<VerbName, string>> }
> = {
  absent: {
    make: () => Promise.resolve(),
    expected: {
      describe: 'CLUSTER_NOT_FOUND',
      start: 'CLUSTER_NOT_FOUND',
      stop: 'CLUSTER_NOT_FOUND',
      login: 'CLUSTER_NOT_FOUND',
      runCommand: 'CLUSTER_NOT_FOUND',
      copyFile: 'CLUSTER_NOT_FOUND',
      submit: 'CLUSTER_NOT_FOUND',
      plan: 'ok',
      destroy: 'CLUSTER_NOT_FOUND',
    },
  },
  'named only by a group that isn’t ours': {
    make: () => account.makeGroup('flintrock-demo'),
    expected: {
      describe: 'CLUSTER_NOT_FOUND',
      start: 'CLUSTER_NOT_FOUND',
      stop: 'CLUSTER_NOT_FOUND',
      login: 'CLUSTER_NOT_FOUND',
      runCommand: 'CLUSTER_NOT_FOUND',
      copyFile: 'CLUSTER_NOT_FOUND',
      submit: 'CLUSTER_NOT_FOUND',
      // A group that nobody marked is left over, as of the Python tool's failed launches.
      plan: 'ok',
      destroy: 'CLUSTER_NOT_FOUND',
    },
  },
  launching: {
    make: async () => {
      await account.lab.settings({ pendingSeconds: 60 });
      await account.makeCluster('demo', { state: 'launching' });
    },
    expected: { describe: 'launching', plan: 'CLUSTER_EXISTS', destroy: 'gone' },
  },
  'half-launched': {
    make: async () => {
      await account.lab.settings({ pendingSeconds: 60 });
      await account.makeCluster('demo', { state: 'launching', launchId: launchIdAt(16) });
    },
    expected: { describe: 'half-launched', plan: 'CLUSTER_EXISTS', destroy: 'gone' },
  },
  stopped: {
    make: async () => {
      const { master, workers } = await account.makeCluster('demo');
      await account.waitForState(master, 'running');
      await account.stop([master, ...workers]);
      for (const id of [master, ...workers]) await account.waitForState(id, 'stopped');
    },
    expected: {
      describe: 'stopped',
      stop: 'unchanged stopped',
      start: 'changed running',
      plan: 'CLUSTER_EXISTS',
      destroy: 'gone',
    },
  },
  'without a master': {
    make: async () => {
      const { master } = await account.makeCluster('demo', { workers: 2 });
      await account.waitForState(master, 'running');
      await account.terminate([master]);
      await account.waitForState(master, 'terminated');
    },
    expected: { describe: 'malformed', plan: 'CLUSTER_EXISTS', destroy: 'gone' },
  },
  'with two masters': {
    make: async () => {
      const { workers } = await account.makeCluster('demo', { workers: 2 });
      await account.tag(workers.slice(0, 1), { 'flintrock-role': 'master' });
      await account.lab.settings({ stoppingSeconds: 0.1 });
    },
    expected: { describe: 'malformed', plan: 'CLUSTER_EXISTS', destroy: 'gone' },
  },
  'half-destroyed, with nodes': {
    make: async () => {
      const { master, workers } = await account.makeCluster('demo', {
        workers: 2,
        state: 'destroying',
      });
      await account.waitForState(master, 'running');
      await account.terminate(workers.slice(0, 1));
    },
    expected: { describe: 'destroying', plan: 'CLUSTER_EXISTS', destroy: 'gone' },
  },
  'half-destroyed, only its group left': {
    make: () =>
      account.makeGroup('flintrock-demo', {
        'flintrock-name': 'demo',
        'flintrock-launch': launchIdAt(120),
        'flintrock-state': 'destroying',
      }),
    expected: { describe: 'destroying', plan: 'ok', destroy: 'gone' },
  },
};

describe.each(Object.entries(states))('a cluster that is %s', (_, { make, expected }) => {
  // Starting needs machines that come up: shown in `lifecycle.test.ts`.
  const names = (Object.keys(verbs) as VerbName[]).filter(
    (verb) => expected[verb] !== 'changed running',
  );

  it('is told apart by every verb', async () => {
    await make();
    const seen: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    for (const verb of names) {
      wanted[verb] = expected[verb] ?? 'CLUSTER_STATE_UNFIT';
      seen[verb] = await outcome(verb);
    }
    expect(seen).toEqual(wanted);
  });
});

describe('destroy', () => {
  it('says so when there is nothing any more, however often', async () => {
    await account.makeCluster('demo');
    expect(await outcome('destroy')).toBe('gone');
    expect(await outcome('destroy')).toBe('CLUSTER_NOT_FOUND');
  });
});

describe('describe of all', () => {
  it('asks once, and lists a thousand nodes, the odd ones too', async () => {
    const sizes = Array.from({ length: 10 }, (_, index) => [`c${index}`, 98] as const);
    await Promise.all(sizes.map(([name, workers]) => account.makeCluster(name, { workers })));
    await account.run(
      { 'flintrock-name': 'odd', 'flintrock-role': 'slave' },
      { MinCount: 5, MaxCount: 5 },
    );
    const { workers } = await account.makeCluster('twins', { workers: 3 });
    await account.tag(workers.slice(0, 1), { 'flintrock-role': 'master' });
    await account.run({ Name: 'not ours' });
    await account.allRun();
    await account.lab.resetCalls();

    const { clusters } = await person.open().describe(undefined, ec2);
    expect(clusters.map(({ name, state, workers: { length } }) => [name, state, length])).toEqual([
      ...sizes.map(([name]) => [name, 'running', 98]),
      ['odd', 'malformed', 0],
      ['twins', 'malformed', 3],
    ]);
    // A machine, a disk of 8 GiB and an address each.
    expect(clusters[0]?.pricePerHour).toBeCloseTo(99 * (0.096 + (8 * 0.08) / 730 + 0.005));
    expect(clusters[0]?.launchedAt).toMatch(/^20\d\d-/);
    const looks = (await account.calls()).filter(({ action }) => action === 'DescribeInstances');
    expect(looks.length).toBeLessThanOrEqual(2);
    for (const { params } of looks) expect(params['MaxResults']).toBe('1000');
  });

  it('lists the clusters of several regions, and warns of one that can’t be asked', async () => {
    await account.makeCluster('here');
    const values = { provider: 'ec2', ec2Regions: ['eu-west-1', 'us-west-2'] } as const;
    const { clusters } = await person.open().describe(undefined, { values });
    expect(clusters.map(({ name, region }) => [name, region])).toEqual([['here', 'us-east-1']]);
    const regions = (await account.calls())
      .filter(({ action }) => action === 'DescribeInstances')
      .map(({ region }) => region);
    expect(regions.sort()).toEqual(['eu-west-1', 'us-east-1', 'us-west-2']);

    await account.lab.faults([{ action: 'DescribeInstances', code: 'UnauthorizedOperation' }]);
    const host = new RecordingHost();
    await person.open(host).describe(undefined, { values });
    expect(host.of('warning').map(({ kind }) => kind)).toEqual(['AWS_PERMISSION_DENIED']);
    await account.lab.faults([
      { action: 'DescribeInstances', code: 'UnauthorizedOperation', times: null },
    ]);
    const all = person.open().describe(undefined, { values });
    await errorOf(all, 'AWS_PERMISSION_DENIED');
  });
});

it('a node that EC2 has forgotten keeps the tombstone from nothing else', async () => {
  const { group, master, workers } = await account.makeCluster('demo', { workers: 2 });
  // As EC2 answers a call that names it among others; afterwards each is asked for with fewer.
  await account.lab.faults([
    { action: 'CreateTags', code: 'InvalidInstanceID.NotFound', times: 1, message: 'not there' },
  ]);
  await account.lab.resetCalls();
  await person.open().destroy('demo', ec2);
  const marked = (await account.calls())
    .filter(({ action }) => action === 'CreateTags')
    .slice(1)
    .flatMap(({ params }) =>
      Object.entries(params).flatMap(([key, id]) => (/^ResourceId\./.test(key) ? [id] : [])),
    );
  expect([...marked].sort()).toEqual([group, master, ...workers].sort());
  expect(await account.belongings()).toEqual([]);
});
