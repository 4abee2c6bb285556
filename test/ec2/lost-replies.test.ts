import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import {
  Account,
  errorOf,
  fastClock,
  launchIdAt,
  type Person,
  until,
} from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import type { LabFault } from '../lab/lab.ts';

// Whatever becomes of a reply, a call that was carried out has happened once, and the verb goes on by what is true. Each verb is tried with
// each of its changing calls and each way to lose a reply, on a clock that is eight times as fast; several regions side by side, as most
// of it is waiting. Verbs that need machines are in `lost-replies-of-nodes.test.ts`, at the speed of life.

/** How many times as fast waits are over. */
const speed = 8;
/** How long EC2 doesn't show what is new, in seconds of that clock: at its worst a minute. */
const lagSeconds = 40;

const regions = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'eu-west-1', 'eu-west-2'],
  ...['eu-west-3', 'eu-central-1', 'eu-north-1', 'ap-south-1', 'ap-southeast-1', 'ap-northeast-1'],
  ...['ap-southeast-2', 'ap-northeast-2', 'ca-central-1', 'sa-east-1'],
];

const losses = [
  { how: 'closed once', fault: { dropReply: true, times: 1 } },
  { how: 'closed twice', fault: { dropReply: true, times: 2 } },
  { how: 'closed always', fault: { dropReply: true, times: null } },
  { how: '500 once', fault: { spoilReply: true, times: 1 } },
  { how: '500 twice', fault: { spoilReply: true, times: 2 } },
  { how: '500 always', fault: { spoilReply: true, times: null } },
  { how: 'silent once', fault: { hangReply: true, times: 1 } },
  { how: 'silent always', fault: { hangReply: true, times: null } },
] as const satisfies readonly { how: string; fault: Partial<LabFault> }[];

/** A region of the account that nobody else uses for the moment, a user who works in it, and a name that is free. */
interface Stage {
  readonly account: Account;
  readonly person: Person;
  readonly name: string;
  /** Lets the replies to the call be lost from now on. */
  readonly lose: () => Promise<void>;
  readonly heal: () => Promise<void>;
}

interface Scene {
  readonly verb: string;
  /** The changing calls that it makes. */
  readonly calls: readonly string[];
  /** Plays it, and throws unless all is as it should be. */
  readonly play: (stage: Stage) => Promise<void>;
}

const ec2 = { values: { provider: 'ec2' } } as const;
const yes = { 'destroy.confirm': true, 'stop.confirm': true, 'doctor.fix': true } as const;

/** A verb that waits for machines, which never come: it is looked at then, and stopped. */
async function untilItWaits(
  host: RecordingHost,
  begin: (signal: AbortSignal) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const controller = new AbortController();
  const running = begin(controller.signal);
  running.catch(() => undefined);
  await Promise.race([until('it waits', () => host.of('waiting').length > 0), running]);
  return async () => {
    controller.abort();
    await errorOf(running);
  };
}

/** A clock that can be stopped: who sleeps by it sleeps on until it is let go. */
function frozenAtWill(): { clock: Clock; freeze: () => () => void } {
  let thawed = Promise.resolve();
  const clock: Clock = {
    now: () => systemClock.now(),
    sleep: async (ms, signal) => {
      await systemClock.sleep(ms, signal);
      await thawed;
    },
  };
  const freeze = (): (() => void) => {
    let thaw: () => void = () => undefined;
    thawed = new Promise((resolve) => (thaw = resolve));
    return thaw;
  };
  return { clock, freeze };
}

/** A cluster whose launch is held up as long as `work` takes: by the owner's tags it is ready. */
async function withLaunched(stage: Stage, work: () => Promise<void>): Promise<void> {
  const { account, person, name } = stage;
  const host = new RecordingHost();
  const { clock, freeze } = frozenAtWill();
  const launcher = account.person({ AWS_REGION: account.region }, clock);
  const { launch } = await launcher.open(host).prepareLaunch(name, { values: person.values() });
  const stop = await untilItWaits(host, (signal) => launch({ signal }));
  const thaw = freeze();
  const ids = (await account.instances(name)).map(({ InstanceId = '' }) => InstanceId);
  const group = (await account.groupId(`flintrock-${name}`)) ?? '';
  await account.tag([...ids, group], { 'flintrock-state': 'ready' });
  await until('it is running', async () => {
    const { clusters } = await person.open().describe(undefined, ec2);
    return clusters.some((one) => one.name === name && one.state === 'running');
  });
  try {
    await work();
  } finally {
    await stage.heal();
    thaw();
    await stop();
  }
}

/** Makes a cluster of three nodes that run; gives their ids. */
async function makeRunning({ account, name }: Stage): Promise<string[]> {
  const { master, workers } = await account.makeCluster(name, { workers: 2 });
  const ids = [master, ...workers];
  for (const id of ids) await account.waitForState(id, 'running');
  return ids;
}

const scenes: readonly Scene[] = [
  {
    verb: 'launch',
    calls: ['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'RunInstances', 'CreateTags'],
    play: async ({ account, person, name, lose, heal }) => {
      const host = new RecordingHost();
      const values = person.values({ numWorkers: 2 });
      const { launch } = await person.open(host).prepareLaunch(name, { values });
      await lose();
      const stop = await untilItWaits(host, (signal) => launch({ signal }));
      expect(await account.instances(name)).toHaveLength(3);
      expect(await account.groups()).toContain(`flintrock-${name}`);
      await heal();
      await stop();
    },
  },
  {
    verb: 'resume',
    calls: ['CreateTags'],
    play: async ({ account, person, name, lose, heal }) => {
      // The client that launched it has been silent since: it waits for an answer that never comes.
      const early = { code: 'RequestLimitExceeded', hangReply: true, times: null } as const;
      await account.lab.faultsIn(account.region, [{ action: 'CreateTags', ...early }]);
      const tagged = async (): Promise<number> =>
        (await account.calls()).filter(
          ({ action, region }) => action === 'CreateTags' && region === account.region,
        ).length;
      const before = await tagged();
      const first = account.person({ AWS_REGION: account.region });
      const host = new RecordingHost();
      const { launch } = await first
        .open(host)
        .prepareLaunch(name, { values: first.values({ numWorkers: 2 }) });
      const gone = new AbortController();
      const launching = launch({ signal: gone.signal });
      launching.catch(() => undefined);
      try {
        await until('it has its nodes', () => host.of('node.phase').length > 0);
        await until('it tells them who they are', async () => (await tagged()) > before);
        await heal();
        await until('others see it', async () => {
          const { clusters } = await person.open().describe(undefined, ec2);
          return clusters.some((one) => one.name === name);
        });
        await lose();
        const second = new RecordingHost();
        const stop = await untilItWaits(second, (signal) =>
          person.open(second).resume(name, { ...ec2, signal }),
        );
        await heal();
        await stop();
        expect(await account.instances(name)).toHaveLength(3);
      } finally {
        gone.abort();
        await errorOf(launching);
      }
    },
  },
  {
    verb: 'add-workers',
    calls: ['CreateSecurityGroup', 'CreateTags', 'RunInstances', 'DeleteSecurityGroup'],
    play: (stage) =>
      withLaunched(stage, async () => {
        const { account, person, name, lose, heal } = stage;
        const before = (await account.instances(name)).length;
        const host = new RecordingHost();
        await lose();
        const grow = (signal: AbortSignal): Promise<unknown> =>
          person.open(host).addWorkers(name, 3, { ...ec2, signal });
        const stop = await untilItWaits(host, grow);
        expect((await account.instances(name)).length - before).toBe(3);
        await stop();
        await heal();
        expect(await account.instances(name)).toHaveLength(before);
        await until('its lock is gone', async () =>
          (await account.groups()).every((group) => group !== `flintrock-${name}:resize`),
        );
        // Nobody stands in its own way.
        const again = await untilItWaits(host, grow);
        await again();
      }),
  },
  {
    verb: 'stop',
    calls: ['CreateSecurityGroup', 'StopInstances', 'DeleteSecurityGroup'],
    play: async (stage) => {
      const { person, name, lose } = stage;
      await makeRunning(stage);
      await lose();
      const { changed, cluster } = await person.open(new RecordingHost(yes)).stop(name, ec2);
      expect([changed, cluster.state]).toEqual([true, 'stopped']);
    },
  },
  {
    verb: 'start',
    calls: ['StartInstances'],
    play: async (stage) => {
      const { account, person, name, lose, heal } = stage;
      const ids = await makeRunning(stage);
      await account.stop(ids);
      for (const id of ids) await account.waitForState(id, 'stopped');
      const host = new RecordingHost();
      await lose();
      const start = (signal: AbortSignal): Promise<unknown> =>
        person.open(host).start(name, { ...ec2, signal });
      const stop = await untilItWaits(host, start);
      await heal();
      await stop();
      expect(await account.instanceIds()).toEqual([...ids].sort());
    },
  },
  {
    verb: 'authorize',
    calls: ['AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress'],
    play: async ({ account, person, name, lose }) => {
      const { group } = await account.makeCluster(name);
      await account.allowSsh(group, '203.0.113.7/32', 'flintrock:client:somebody@else');
      const from = (address: string) => ({
        values: { provider: 'ec2' as const, ec2AuthorizeAccessFrom: [address] },
      });
      const [first, second] = ['198.51.100.1/32', '198.51.100.2/32'];
      await person.open().authorize(name, from(first));
      await lose();
      const { changed, admitted, removed } = await person.open().authorize(name, from(second));
      expect({ changed, admitted, removed }).toEqual({
        changed: true,
        admitted: [second],
        removed: [first],
      });
      const { rules } = await account.sshRules(name);
      expect(rules.map(([source]) => source).sort()).toEqual([second, '203.0.113.7/32']);
    },
  },
  {
    verb: 'destroy',
    calls: ['CreateTags', 'TerminateInstances', 'DeleteSecurityGroup'],
    play: async ({ account, person, name, lose }) => {
      await account.makeCluster(name, { workers: 2 });
      await lose();
      await person.open(new RecordingHost(yes)).destroy(name, ec2);
    },
  },
  {
    verb: 'doctor --fix',
    calls: ['CreateTags', 'TerminateInstances', 'DeleteSecurityGroup'],
    play: async ({ account, person, name, lose }) => {
      await account.makeCluster(name, { state: 'launching', launchId: launchIdAt(20) });
      await lose();
      const { findings } = await person
        .open(new RecordingHost(yes))
        .doctor(undefined, { ...ec2, fix: ({ subject }) => subject === name });
      expect(findings).toMatchObject([{ subject: name, kind: 'half-launched', fixed: true }]);
    },
  },
];

/** How each case ended: `ok`, or what was wrong. */
const results = new Map<string, string>();
let whole: Account;

beforeAll(async () => {
  whole = await Account.open();
  await whole.reset({ hosts: false });
});
afterAll(async () => {
  await whole.reset();
  console.log(table());
});

/** One case: nothing may be left of it. */
async function play(scene: Scene, fault: LabFault, region: string, name: string): Promise<string> {
  const account = whole.in(region);
  const person = account.person({ AWS_REGION: region }, fastClock(speed));
  const heal = (): Promise<void> => whole.lab.clearFaultsIn(region);
  try {
    await scene.play({
      account,
      person,
      name,
      lose: () => whole.lab.faultsIn(region, [fault]),
      heal,
    });
    await heal();
    if (['stop', 'start', 'authorize'].includes(scene.verb))
      await person.open(new RecordingHost(yes)).destroy(name, ec2);
    const left = (await account.belongings()).filter((one) => one !== 'flintrock');
    return left.length === 0 ? 'ok' : `left: ${left.join(', ')}`;
  } catch (error) {
    return String(error).slice(0, 300);
  } finally {
    await heal();
    await removeAll(account);
  }
}

/** Whatever a failed case left is in no other one's way. */
async function removeAll(account: Account): Promise<void> {
  const ids = await account.instanceIds();
  if (ids.length > 0) await account.terminate(ids);
  for (const id of ids) await account.waitForState(id, 'terminated');
  for (const name of await account.groups())
    if (name.startsWith('flintrock-'))
      await account.deleteGroup((await account.groupId(name)) ?? '');
}

describe.each(['at once', 'late'] as const)('what EC2 makes shows %s', (when) => {
  beforeAll(async () => {
    await whole.lab.settings({ lagSeconds: when === 'late' ? lagSeconds / speed : 0 });
  });

  it('and every call of every verb happens once, whatever becomes of its reply', async () => {
    const cases = scenes.flatMap((scene) =>
      scene.calls.flatMap((action) => losses.map((loss) => ({ scene, action, ...loss }))),
    );
    const free = [...regions];
    let number = 0;
    await pMap(
      cases,
      async ({ scene, action, how, fault }) => {
        const region = free.pop() ?? '';
        const name = `lost-${(number += 1)}`;
        const ended = await play(scene, { action, after: 0, ...fault }, region, name);
        results.set(`${scene.verb} ${action} ${when} ${how}`, ended);
        free.push(region);
      },
      { concurrency: regions.length },
    );
    const wrong = [...results].filter(
      ([key, ended]) => key.includes(` ${when} `) && ended !== 'ok',
    );
    expect(wrong).toEqual([]);
  }, 280_000);
});

it('a growth that is interrupted while EC2 is silent leaves nothing, however late its workers show', async () => {
  await whole.lab.settings({ lagSeconds: lagSeconds / speed });
  const account = whole.in('us-east-1');
  const person = account.person({}, fastClock(speed));
  const name = 'silent';
  const stage: Stage = {
    account,
    person,
    name,
    lose: () =>
      whole.lab.faultsIn(account.region, [
        { action: 'RunInstances', hangReply: true, times: null },
      ]),
    heal: () => whole.lab.clearFaultsIn(account.region),
  };
  await withLaunched(stage, async () => {
    const before = await account.instanceIds();
    await stage.lose();
    const controller = new AbortController();
    const host = new RecordingHost();
    const growing = person.open(host).addWorkers(name, 2, { ...ec2, signal: controller.signal });
    growing.catch(() => undefined);
    await until(
      'the workers are there',
      async () => (await account.instanceIds()).length > before.length,
    );
    controller.abort();
    await errorOf(growing, 'ABORTED');
    expect(host.of('warning')).toEqual([]);
    expect(await account.instanceIds()).toEqual(before);
  });
});

/** All cases: a row for each call, a column for each loss, seen at once and late. */
function table(): string {
  const head = losses.map(({ how }) => how.padEnd(14)).join('');
  const rows = scenes.flatMap(({ verb, calls }) =>
    calls.map((action) => {
      const cells = losses.map(({ how }) =>
        (['at once', 'late'] as const)
          .map((when) => results.get(`${verb} ${action} ${when} ${how}`) ?? '-')
          .map((ended) => (ended === 'ok' || ended === '-' ? ended : 'WRONG'))
          .join(' / ')
          .padEnd(14),
      );
      return `${verb.padEnd(13)}${action.padEnd(31)}${cells.join('')}`;
    }),
  );
  return ['Replies that are lost; seen at once / late:', `${' '.repeat(44)}${head}`, ...rows].join(
    '\n',
  );
}
