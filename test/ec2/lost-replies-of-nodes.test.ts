import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, type Flintrock, systemClock } from '../../src/index.ts';
import { Account, fastClock, type Person, until } from '../helpers/ec2/account.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';
import type { LabFault } from '../lab/lab.ts';

// What `lost-replies.test.ts` shows of each call, here of whole verbs whose nodes have to answer: every changing call of each verb
// loses its reply. Three clusters, each with a way to lose them.

const name = 'lossy';
const ec2 = { values: { provider: 'ec2' } } as const;
const changing = [
  ...['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress'],
  ...['RunInstances', 'CreateTags', 'StopInstances', 'StartInstances', 'TerminateInstances'],
  'DeleteSecurityGroup',
];

/** A cluster, and how the replies to its user get lost. */
interface Life {
  readonly account: Account;
  readonly person: Person;
  readonly fault: Omit<LabFault, 'action'>;
}

let lives: readonly Life[];
beforeAll(async () => {
  const whole = await Account.open();
  await whole.reset();
  const ways = [
    { region: 'us-east-1', fault: { dropReply: true, times: 1 } },
    { region: 'us-west-2', fault: { dropReply: true, times: null } },
    { region: 'eu-west-1', fault: { spoilReply: true, times: null } },
  ];
  lives = ways.map(({ region, fault }) => {
    const account = whole.in(region);
    return { account, person: account.person({ AWS_REGION: region }, fastClock(4)), fault };
  });
});
afterAll(async () => {
  await lives[0]?.account.reset();
});

/** Lets every user do something, of which no reply to a changing call arrives (the first time, or ever). */
async function each(verb: (flintrock: Flintrock, life: Life) => Promise<unknown>): Promise<void> {
  await Promise.all(
    lives.map(async (life) => {
      const { account, person, fault } = life;
      const host = new RecordingHost({ 'destroy.confirm': true, 'stop.confirm': true });
      await account.lab.faultsIn(
        account.region,
        changing.map((action) => ({ action, ...fault })),
      );
      try {
        await verb(person.open(host), life);
      } finally {
        await account.lab.clearFaultsIn(account.region);
      }
      // Nobody's lock is left in anybody's way.
      expect(await account.groups()).not.toContain(`flintrock-${name}:resize`);
    }),
  );
}

async function look({ person }: Life): Promise<Cluster> {
  const [cluster] = (await person.open().describe(name, ec2)).clusters;
  if (cluster === undefined) throw new Error('It is gone.');
  return cluster;
}

/** The workers that run, and no instance beside them and the master. */
async function workers(life: Life): Promise<string[]> {
  const cluster = await look(life);
  expect(cluster.state).toBe('running');
  expect(await life.account.instances(name)).toHaveLength(cluster.workers.length + 1);
  return cluster.workers.map((node) => node.name);
}

describe('everything happens once though no reply arrives', () => {
  inSteps();

  it('launch, by clients that are killed before they have told the nodes who they are', async () => {
    await Promise.all(
      lives.map(async ({ account, person, fault }) => {
        const refused = { code: 'RequestLimitExceeded', status: 503, times: null };
        await account.lab.faultsIn(account.region, [
          { action: 'CreateTags', ...refused },
          // Its dry run, which comes first, changes nothing.
          { action: 'RunInstances', after: 1, ...fault },
        ]);
        const session = new TerminalSession(person);
        const { child, finished } = session.start(
          ...['launch', name, '--provider', 'ec2', '--num-workers', '2', '--idle-timeout', '1h'],
        );
        await until('the nodes are told', async () =>
          (await account.calls()).some(
            ({ action, region }) => action === 'CreateTags' && region === account.region,
          ),
        );
        child.kill('SIGKILL');
        await finished;
        await account.lab.clearFaultsIn(account.region);
        expect(await account.instances(name)).toHaveLength(3);
      }),
    );
  });

  it('resume', async () => {
    await each((flintrock) => flintrock.resume(name, ec2));
    for (const life of lives) expect(await workers(life)).toEqual(['worker-1', 'worker-2']);
  });

  it('extend', async () => {
    await each(async (flintrock) => {
      const { lifetime } = await flintrock.extend(name, '3h', ec2);
      expect(Date.parse(lifetime.idleEndsAt ?? '')).toBeGreaterThan(systemClock.now() + 7.2e6);
    });
  });

  it('add-workers', async () => {
    await each((flintrock) => flintrock.addWorkers(name, 1, ec2));
    for (const life of lives)
      expect(await workers(life)).toEqual(['worker-1', 'worker-2', 'worker-3']);
  });

  it('repair', async () => {
    for (const life of lives) {
      const [first, second] = (await look(life)).workers;
      // One machine is gone, of the other only the worker.
      await life.account.terminate([first?.id ?? '']);
      await life.account.waitForState(first?.id ?? '', 'terminated');
      await life.account.lab.exec(second?.id ?? '', 'systemctl stop flintrock-spark-worker');
    }
    await each(async (flintrock) => {
      const { replaced, added } = await flintrock.repair(name, ec2);
      expect({ replaced, added }).toEqual({
        replaced: ['worker-2'],
        added: ['worker-4', 'worker-5'],
      });
    });
    for (const life of lives)
      expect(await workers(life)).toEqual(['worker-3', 'worker-4', 'worker-5']);
  });

  it('remove-workers', async () => {
    await each((flintrock) => flintrock.removeWorkers(name, 2, ec2));
    for (const life of lives) expect(await workers(life)).toEqual(['worker-3']);
  });

  it('stop', async () => {
    await each((flintrock) => flintrock.stop(name, ec2));
    for (const life of lives) expect((await look(life)).state).toBe('stopped');
  });

  it('start', async () => {
    await each((flintrock) => flintrock.start(name, ec2));
    for (const life of lives) expect(await workers(life)).toEqual(['worker-3']);
  });

  it('destroy', async () => {
    await each(async (flintrock, { account }) => {
      await flintrock.destroy(name, ec2);
      expect(await account.belongings()).toEqual([]);
    });
    for (const { account } of lives) expect(policyFaults(await account.calls())).toEqual([]);
  });
});
