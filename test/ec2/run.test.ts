import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Account, type Person, until } from '../helpers/ec2/account.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { type RunningCommand, TerminalSession } from '../helpers/terminal-session.ts';

let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
});
afterAll(() => account.reset());

const ec2 = { values: { provider: 'ec2' } } as const;

/** Begins to run a job on a cluster of its own, which may not idle for long; its result has so many megabytes. */
function begin(name: string, { seconds = 0, megabytes = 1 } = {}): RunningCommand {
  const result = `${name}.bin`;
  writeFileSync(
    join(person.home, `${name}.py`),
    `import time
print("working", flush=True)
time.sleep(${seconds})
with open("${result}", "wb") as out:
    out.write(bytes(${megabytes} << 20))
`,
  );
  return new TerminalSession(person).start(
    ...['run', '--cluster', name, '--provider', 'ec2', '--num-workers', '1'],
    ...['--idle-timeout', '20s', '--fetch', result, '--debug', `${name}.py`],
  );
}

it('brings results home, and leaves nothing behind', async () => {
  const { exitCode, stdout, stderr } = await begin('whole').finished;
  expect([exitCode, stdout, stderr]).toEqual([
    0,
    'working\n',
    expect.stringContaining('"whole" was destroyed'),
  ]);
  expect(readdirSync(person.home)).toContain('whole.bin');
  expect(await account.belongings()).toEqual([]);
});

it('leaves no node behind whenever its client is killed, and the next doctor removes the rest', async () => {
  // A launch whose client is killed is killed-clients.test.ts’s.
  const running = begin('first', { seconds: 10 });
  const copying = begin('second', { megabytes: 2000 });
  const ending = begin('third');
  const kill = async ({ child, finished }: RunningCommand): Promise<void> => {
    child.kill('SIGKILL');
    await finished;
  };
  await Promise.all([
    running.saw('working').then(() => kill(running)),
    copying.saw('Copying files').then(() => kill(copying)),
    ending.saw('Destroying').then(() => kill(ending)),
  ]);
  await until('all nodes have ended', async () => (await account.instances()).length === 0);
  const stranger = account.person().open(new RecordingHost({ 'doctor.fix': true }));
  await stranger.doctor(undefined, { ...ec2, fix: true });
  expect(await account.belongings()).toEqual([]);
  expect(policyFaults(await account.calls())).toEqual([]);
});
