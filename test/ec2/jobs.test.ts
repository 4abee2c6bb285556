import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, errorOf, type Person, until, untilJobSays } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { type RunningCommand, TerminalSession } from '../helpers/terminal-session.ts';

const session =
  'from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n';
/** Where to look, and with which key: that of the person who launched it. */
let values: { readonly provider: 'ec2'; readonly ec2IdentityFile: string };

let account: Account;
/** Who launches and submits, and somebody at another machine. */
let person: Person;
let other: Person;

beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
  other = account.person();
  values = { provider: 'ec2', ec2IdentityFile: account.lab.keyPair.privateKeyFile };
  const launch = { ...values, numWorkers: 2, ec2KeyName: 'lab' };
  await person.open().launch('jobs', { values: launch });
});
afterAll(() => account.reset());

function file(name: string, text: string): string {
  const path = join(person.home, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return name;
}

async function onMaster(command: string): Promise<string> {
  const host = new RecordingHost();
  await person.open(host).runCommand('jobs', command, { values, masterOnly: true });
  return host.stdout();
}

describe('jobs of a cluster on EC2', () => {
  it('bring along what they import, and their files, to every worker', async () => {
    file('helpers/__init__.py', '');
    file('helpers/text.py', 'def turn(word):\n    return word[::-1]\n');
    file('a,b #1.txt', 'hello');
    const name = file(
      'main.py',
      `${session}import os, socket, sys
from helpers.text import turn
from pyspark import SparkFiles
wanted = 2
while len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) <= wanted: pass
def look(_):
    return [(socket.gethostname(), turn('abc'), open(SparkFiles.get('given.txt')).read())]
rows = set(spark.sparkContext.parallelize(range(8), 8).mapPartitions(look).collect())
print(len({host for host, _, _ in rows}), {row[1:] for row in rows}, sys.argv[1:], repr(sys.stdin.read()))
`,
    );
    const host = new RecordingHost();
    const result = await person
      .open(host)
      .submit(
        'jobs',
        { file: name, args: ['größe €', "it's"], files: ['a,b #1.txt#given.txt'] },
        { values },
      );
    expect(host.stdout()).toBe(`2 {('cba', 'hello')} ['größe €', "it's"] ''\n`);
    expect(result).toMatchObject({ exitCode: 0, state: 'succeeded' });
    expect(await onMaster('stat -c %a ~/.flintrock/jobs/*/')).toMatch(/^(700\n)+$/);
  });

  it('are followed on by themselves when the connection is lost, and nothing is missing or twice', async () => {
    const name = file(
      'lines.py',
      `${session}import time
for n in range(60):
    print('line', n, flush=True)
    time.sleep(0.2)
raise SystemExit(5)
`,
    );
    const host = new RecordingHost();
    const running = person.open(host).submit('jobs', { file: name }, { values });
    for (const n of [3, 20]) {
      await untilJobSays(`line ${n}`, host, (text) => text.includes(`line ${n}\n`));
      await account.lab.exec(await masterId(), 'pkill -KILL -f "^sshd: ec2-user"');
    }
    expect(await running).toMatchObject({ exitCode: 5, state: 'failed' });
    expect(host.stdout()).toBe(Array.from({ length: 60 }, (_, n) => `line ${n}\n`).join(''));
    expect(host.of('connection.lost').length).toBeGreaterThanOrEqual(1);
    expect(host.of('connection.restored').length).toBe(host.of('connection.lost').length);
  });

  it('go on while their client is stopped or killed, and are read to the end from another machine', async () => {
    const name = file(
      'asleep.py',
      `import time
for n in range(40):
    print('line', n, flush=True)
    time.sleep(0.2)
raise SystemExit(5)
`,
    );
    const all = Array.from({ length: 40 }, (_, n) => `line ${n}\n`).join('');
    const begin = (): RunningCommand =>
      new TerminalSession(person).start(
        ...['submit', 'jobs', '--provider', 'ec2'],
        ...['--ec2-identity-file', account.lab.keyPair.privateKeyFile, name],
      );
    const stopped = begin();
    await stopped.saw('line 3\n');
    stopped.child.kill('SIGSTOP');
    const killed = begin();
    await killed.saw('line 3\n');
    killed.child.kill('SIGKILL');
    const { jobs } = await other.open().jobs({ values });
    const running = jobs.filter(({ command, state }) => command === name && state === 'running');
    expect(running).toHaveLength(2);
    for (const { id } of running) {
      const host = new RecordingHost();
      const { job } = await other.open(host).jobLog(id, { values, follow: true });
      expect(job).toMatchObject({ state: 'failed', exitCode: 5 });
      expect(host.stdout()).toBe(all);
    }
    stopped.child.kill('SIGCONT');
    expect(await stopped.finished).toMatchObject({ exitCode: 5, stdout: all });
  });

  it('are seen, followed and canceled from another machine', async () => {
    const name = file(
      'long.py',
      `${session}import time\nprint('here', flush=True)\ntime.sleep(600)\n`,
    );
    const { job, exitCode } = await person
      .open()
      .submit('jobs', { file: name, args: ['x'], detach: true }, { values });
    expect(exitCode).toBeNull();
    const { jobs } = await other.open().jobs({ values });
    expect(jobs[0]).toMatchObject({
      id: job,
      state: 'running',
      command: 'long.py x',
      cluster: { name: 'jobs', provider: 'ec2' },
    });
    const host = new RecordingHost();
    const following = other.open(host).jobLog(job, { values, follow: true });
    await untilJobSays('its first line', host, (text) => text.includes('here\n'));
    expect(await onMaster(`sudo -n systemctl is-active flintrock-${job}`)).toBe('active\n');
    expect(await other.open().cancelJob(job, { values })).toMatchObject({ canceled: true });
    expect((await following).job).toMatchObject({ state: 'canceled', exitCode: 143 });
    await until('nothing of it runs', async () => {
      const left = await onMaster(`grep -lz ${job} /proc/[0-9]*/cmdline | wc -l`);
      // Who asks names it, too.
      return Number(left) <= 2;
    });
    expect(await person.open().cancelJob(job, { values })).toMatchObject({ canceled: false });
    await errorOf(other.open().jobLog('job-20200101T000000Z-abcd', { values }), 'JOB_NOT_FOUND');
  });

  it('run beside each other', async () => {
    const name = file(
      'beside.py',
      `${session}import time
print(spark.range(1000).repartition(4).count(), flush=True)
time.sleep(20)
`,
    );
    const hosts = [new RecordingHost(), new RecordingHost()];
    const ended: number[] = [];
    const running = hosts.map(async (host, index) => {
      await (index === 0 ? person : other).open(host).submit(
        'jobs',
        {
          file: join(person.home, name),
          // As docs/sharing.md says: one that takes all cores keeps those that have its shuffle.
          conf: { 'spark.cores.max': '1', 'spark.executor.cores': '1' },
        },
        { values },
      );
      ended.push(index);
    });
    await Promise.all(
      hosts.map((host) => untilJobSays('its count', host, (text) => text.includes('1000\n'))),
    );
    // Each counted before the other had ended.
    expect(ended).toEqual([]);
    await Promise.all(running);
  });

  async function masterId(): Promise<string> {
    const [cluster] = (await person.open().describe('jobs', { values, services: false })).clusters;
    return cluster?.master?.id ?? '';
  }
});
