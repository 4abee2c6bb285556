import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Flintrock, systemClock } from '../../src/index.ts';
import { Account, awsSecret, type Person, until } from '../helpers/ec2/account.ts';
import { readUserData } from '../helpers/ec2/policy.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';

let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  person = account.person({ FLINTROCK_DEAD_MAN_SECONDS: '20' });
});
beforeEach(() => account.reset());
afterAll(() => account.reset());

const ec2 = { values: { provider: 'ec2' } } as const;

/** The cluster as another machine sees it, so many minutes later. */
async function seenLater(minutes: number): Promise<{ state: string; reason: string | null }> {
  const stranger = account.person();
  const flintrock = new Flintrock({
    surroundings: {
      env: stranger.env,
      home: stranger.home,
      cwd: stranger.home,
      clock: { ...systemClock, now: () => Date.now() + minutes * 60_000 },
    },
  });
  const [cluster] = (await flintrock.describe('killed', ec2)).clusters;
  return { state: cluster?.state ?? 'gone', reason: cluster?.reason ?? null };
}

it('a client that is killed leaves nodes that end themselves', async () => {
  // Nothing that is fetched ever arrives: the launch can't finish by itself.
  await account.lab.downloadFaults([{ path: 'tgz$', hangAt: 10, times: null }]);
  const session = new TerminalSession(person);
  const command = ['launch', 'killed', '--provider', 'ec2', '--num-workers', '2', '--debug'];
  const { child, finished, saw } = session.start(...command);
  await saw('Downloading');
  child.kill('SIGKILL');
  const { stdout, stderr } = await finished;

  // A client that looks meanwhile sees what it is.
  expect((await seenLater(0)).state).toBe('launching');
  const later = await seenLater(16);
  expect(later.state).toBe('half-launched');
  expect(later.reason).toMatch(/not completed/);

  const ids = (await account.instances('killed')).map(({ InstanceId = '' }) => InstanceId);
  expect(ids).toHaveLength(3);
  await until('all of them are terminated', async () => (await account.instances()).length === 0);
  expect(await account.belongings()).toEqual(['flintrock-killed']);
  const changes = await account.changes();
  expect(changes.some(({ action }) => action === 'TerminateInstances')).toBe(false);
  expect(await seenLater(16)).toEqual({
    state: 'half-launched',
    reason: 'all nodes have been terminated, only the security group is left',
  });

  // All that is left can be removed, from anywhere, once.
  const stranger = account.person().open();
  await stranger.destroy('killed', ec2);
  expect(await account.belongings()).toEqual([]);

  // With everything on, it said no secret.
  const [run] = (await account.calls()).filter(({ params }) => params['UserData'] !== undefined);
  const userData = readUserData(run ?? { params: {} });
  const secret = /put secret 600 <<'(\w+)'\n(.+)\n\1/.exec(userData)?.[2] ?? '';
  expect(secret.length).toBeGreaterThanOrEqual(32);
  const said = stdout + stderr;
  for (const text of [secret, awsSecret, 'PRIVATE KEY']) expect(said).not.toContain(text);
});

it('what a killed client left half-way is removed by hand', async () => {
  await account.lab.downloadFaults([{ path: 'tgz$', hangAt: 10, times: null }]);
  const session = new TerminalSession(account.person({ FLINTROCK_DEAD_MAN_SECONDS: '600' }));
  const { child, finished, saw } = session.start(
    ...['launch', 'killed', '--provider', 'ec2', '--num-workers', '1', '--debug'],
  );
  await saw('Booting');
  child.kill('SIGKILL');
  await finished;
  await account.person().open().destroy('killed', ec2);
  expect(await account.belongings()).toEqual([]);
  expect(await account.lab.hosts()).toEqual({});
});
