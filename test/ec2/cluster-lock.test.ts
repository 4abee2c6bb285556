import { expect, it } from 'vitest';
import { type Account, errorOf, type Person } from '../helpers/ec2/account.ts';
import { freshAccount } from '../helpers/ec2/fresh-account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { RecordingHost } from '../helpers/recording-host.ts';

// One client at a time changes which nodes of a cluster run. A client that is gone keeps nobody out for long.
let account: Account;
let person: Person;
freshAccount((empty, somebody) => {
  account = empty;
  person = somebody;
});

const ec2 = { values: { provider: 'ec2' } } as const;
const yes = { 'stop.confirm': true } as const;

/** The lock of another client, as it was renewed so many seconds ago; EC2's own clock, by which that is told, has whole seconds. */
async function lockOf(name: string, secondsAgo: number): Promise<void> {
  await account.makeCluster(name);
  await account.allRun();
  const until = new Date(Date.now() + 90_000 - secondsAgo * 1000).toISOString();
  await account.makeGroup(`flintrock-${name}:resize`, {
    'flintrock-name': name,
    'flintrock-lock': `${until} addWorkers ann@laptop`,
  });
}

it('a client that gave a sign of life keeps others out, a stop too, and is named', async () => {
  await lockOf('demo', 45);
  const calls = [
    () => person.open().addWorkers('demo', 1, ec2),
    () => person.open(new RecordingHost(yes)).stop('demo', ec2),
  ];
  for (const call of calls) {
    const error = await errorOf(call(), 'CLUSTER_BUSY');
    expect(error.message).toMatch(
      /^Another client is changing "demo": ann@laptop \(adding workers, last seen [45]\d s ago\)\.$/,
    );
    expect(hintOf(error)).toMatch(/flintrock (add-workers|stop) demo .*--take-over$/);
  }
  const states = (await account.instances('demo')).map(({ State }) => State?.Name);
  expect(states).toEqual(['running', 'running']);
});

it('a cluster can be taken over, and the log says from whom', async () => {
  await lockOf('demo', 45);
  const host = new RecordingHost(yes);
  const { cluster } = await person.open(host).stop('demo', { ...ec2, takeOver: true });
  expect(cluster.state).toBe('stopped');
  expect(host.of('warning').map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^Taking over "demo" from another client: ann@laptop \(adding workers, last seen [45]\d s ago\)\.$/,
    ),
  ]);
  expect(await account.groups()).not.toContain('flintrock-demo:resize');
});

it('a client without a sign of life for 90 seconds keeps nobody out, whatever the clock of this machine says', async () => {
  await lockOf('demo', 91);
  // Its own clock is four minutes late, with which AWS still answers.
  const late = account.person(
    {},
    {
      now: () => Date.now() - 4 * 60_000,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 8)),
    },
  );
  const { cluster } = await late.open(new RecordingHost(yes)).stop('demo', ec2);
  expect(cluster.state).toBe('stopped');
});

it('what merely has the name of a lock is not taken over', async () => {
  await account.makeCluster('demo');
  await account.allRun();
  const until = new Date(Date.now() + 60_000).toISOString();
  await account.makeGroup(
    'flintrock-demo:resize',
    { 'flintrock-name': 'demo', 'flintrock-lock': `${until} stop ann@laptop` },
    { description: 'of the web team' },
  );
  const stop = person.open(new RecordingHost(yes)).stop('demo', { ...ec2, takeOver: true });
  const error = await errorOf(stop, 'CLUSTER_BUSY');
  expect(error.message).toContain('was not created by Flintrock');
  expect(await account.groups()).toContain('flintrock-demo:resize');
});
