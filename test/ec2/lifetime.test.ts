import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, ClusterLifetime } from '../../src/index.ts';
import { Account, errorOf, type Person, tag, until, untilJobSays } from '../helpers/ec2/account.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';

let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  person = account.person();
});

const ec2 = { values: { provider: 'ec2' } } as const;

async function describeOne(name: string, by: Person = person): Promise<Cluster> {
  const [cluster] = (await by.open().describe(name, ec2)).clusters;
  if (cluster === undefined) throw new Error('It is gone.');
  return cluster;
}

async function lifetimeOf(name: string): Promise<ClusterLifetime> {
  const { lifetime } = await describeOne(name);
  if (lifetime == null) throw new Error('It has no lifetime.');
  return lifetime;
}

/** Seconds until then. */
function left(time: string | null): number {
  if (time === null) throw new Error('No time is known.');
  return (Date.parse(time) - Date.now()) / 1000;
}

async function sleep(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

async function idsOf(name: string, role: 'master' | 'slave'): Promise<string[]> {
  return (await account.instances(name))
    .filter((one) => tag(one, 'flintrock-role') === role)
    .map(({ InstanceId = '' }) => InstanceId);
}

/** Waits until EC2 has none of a cluster's instances any more, none of which somebody has ended through EC2. */
async function untilEnded(name: string): Promise<void> {
  const isGone = async (): Promise<boolean> => (await account.instances(name)).length === 0;
  // The last ones go when all others have heard of it, and what runs has ended.
  await until('the first of them ends', async () => (await account.instances(name)).length < 2);
  await until('all of them are terminated', isGone);
  const changes = (await account.changes()).map(({ action }) => action);
  expect(changes).not.toContain('TerminateInstances');
}

describe('a cluster that may not idle', () => {
  beforeAll(() => account.reset());
  afterAll(() => account.reset());

  it('tells how long it lives', async () => {
    const values = person.values({ idleTimeout: 20 });
    const planned = await person.open().plan('idle', { values });
    expect(planned.changes).toContainEqual('The cluster terminates after 20 s idle.');
    const { cluster } = await person.open().launch('idle', { values });
    const known = {
      idleTimeoutSeconds: 20,
      maxLifetimeSeconds: null,
      maxCost: null,
      costLeft: null,
      endsAt: null,
      action: 'terminate',
    };
    expect(cluster.lifetime).toEqual({ ...known, idleEndsAt: null });
    const [listed] = (await person.open().describe(undefined, ec2)).clusters;
    expect(listed?.lifetime).toEqual({ ...known, idleEndsAt: null });
    const asked = await lifetimeOf('idle');
    expect(asked).toMatchObject(known);
    expect(left(asked.idleEndsAt)).toBeGreaterThan(0);
    expect(left(asked.idleEndsAt)).toBeLessThanOrEqual(20);
  });

  it('stays while somebody is logged in, on whichever node', async () => {
    const session = await person.open().login('idle', { ...ec2, node: 'worker-1' });
    if (session.kind !== 'process') throw new Error('The system’s ssh was expected.');
    const shell = spawn(session.file, [...session.args, 'cat'], { stdio: 'pipe' });
    await sleep(30);
    expect(left((await lifetimeOf('idle')).idleEndsAt)).toBeGreaterThan(10);
    expect(await account.instances('idle')).toHaveLength(2);
    shell.kill();
  });

  it('stays for as long as it is told to', async () => {
    const { lifetime } = await person.open().extend('idle', '30 s', ec2);
    expect(left(lifetime.idleEndsAt)).toBeGreaterThan(45);
    await sleep(25);
    expect(await account.instances('idle')).toHaveLength(2);
    const message = async (duration: string): Promise<string> =>
      (await errorOf(person.open().extend('idle', duration, ec2), 'ARGUMENT_INVALID')).message;
    expect(await message('soon')).toContain('"soon" is not a valid duration or amount');
    expect(await message('2 d 400 d')).toContain('is not a valid duration');
    const unpaid = await errorOf(person.open().extend('idle', '5 USD', ec2), 'CLUSTER_STATE_UNFIT');
    expect(unpaid.message).toContain('has no maximum cost');
  });

  it('ends, whichever client is gone, and its name is free', async () => {
    await untilEnded('idle');
    expect(await account.belongings()).toEqual(['flintrock-idle']);
    expect((await person.open().describe(undefined, ec2)).clusters).toEqual([]);
    expect(await describeOne('idle')).toMatchObject({
      state: 'malformed',
      reason: 'its lifetime has ended, and only the security group is left',
    });
    expect(await person.open().plan('idle', { values: person.values() })).toMatchObject({
      ok: true,
    });
    const stranger = account.person().open();
    const { findings } = await stranger.doctor(undefined, ec2);
    expect(findings).toMatchObject([{ subject: 'idle', kind: 'leftover', fixable: true }]);
    await stranger.destroy('idle', ec2);
    expect(await account.belongings()).toEqual([]);
    expect(policyFaults(await account.calls())).toEqual([]);
  });
});

describe('a cluster whose nodes stop by themselves', () => {
  let first: ClusterLifetime;
  let owner: Person;
  beforeAll(async () => {
    await account.reset();
    owner = account.person({ FLINTROCK_DEAD_MAN_SECONDS: '30' });
  });
  afterAll(() => account.reset());

  it('stops when it idles', async () => {
    const values = owner.values({
      idleTimeout: 20,
      maxLifetime: 3600,
      ec2InstanceInitiatedShutdownBehavior: 'stop',
    });
    await owner.open().launch('rest', { values });
    first = (await owner.open().extend('rest', '2 h', ec2)).lifetime;
    // The end at the latest moves; an idle cluster ends as soon as ever.
    expect(left(first.endsAt)).toBeGreaterThan(2.9 * 3600);
    expect(left(first.idleEndsAt)).toBeLessThanOrEqual(20);
    const [listed] = (await owner.open().describe(undefined, ec2)).clusters;
    expect(listed?.lifetime?.endsAt).toBe(first.endsAt);
    const [master = ''] = await idsOf('rest', 'master');
    await account.waitForState(master, 'stopped');
    await until(
      'all are stopped',
      async () => (await describeOne('rest', owner)).state === 'stopped',
    );
    expect((await describeOne('rest', owner)).lifetime).toMatchObject({
      endsAt: null,
      maxLifetimeSeconds: 3600,
      maxCost: null,
      costLeft: null,
    });
    await errorOf(owner.open().extend('rest', '1 h', ec2), 'CLUSTER_STATE_UNFIT');
  });

  it('begins a new life when it is started, and keeps that over a reboot', async () => {
    const { cluster } = await owner.open().start('rest', ec2);
    expect(left(cluster.lifetime?.endsAt ?? null)).toBeLessThan(3600);
    const { added } = await owner.open().addWorkers('rest', 1, ec2);
    expect(added).toEqual(['worker-2']);
    const grown = (await account.instances('rest')).map((one) => [
      tag(one, 'flintrock-idle-timeout'),
      tag(one, 'flintrock-max-lifetime'),
    ]);
    expect(grown).toEqual(Array.from({ length: 3 }, () => ['20 s', '1 h']));
    const longer = (await owner.open().extend('rest', '30 min', ec2)).lifetime;
    expect(left(longer.endsAt)).toBeGreaterThan(85 * 60);
    expect(left(longer.endsAt)).toBeLessThan(90 * 60);
    const [master = ''] = await idsOf('rest', 'master');
    await account.lab.exec(master, 'systemctl reboot');
    await until('it is asked again after its reboot', async () => {
      const { lifetime } = await describeOne('rest', owner);
      return lifetime?.idleEndsAt != null && lifetime.endsAt === longer.endsAt;
    });
  });

  it('is not left running without its master', async () => {
    const [master = ''] = await idsOf('rest', 'master');
    await account.terminate([master]);
    for (const id of await idsOf('rest', 'slave')) await account.waitForState(id, 'stopped');
  });
});

describe('a cluster that may cost only so much', () => {
  const launched = { maxCost: 8 };
  beforeAll(async () => {
    await account.reset();
    // Two nodes cost $4 a minute.
    await account.lab.prices({ instances: { 'm5.large': 120 } });
  });
  afterAll(() => account.reset());

  it('is refused where nobody knows what it costs, and where that is too little for a minute', async () => {
    const unknown = person.values({ ...launched, ec2InstanceType: 'm4.large' });
    const refused = await person.open().plan('paid', { values: unknown });
    expect(refused.problems).toMatchObject([{ code: 'PRICE_UNKNOWN', key: 'launch.max-cost' }]);
    // A kind that may be fallen back on counts, too.
    const fallback = person.values({ ...launched, ec2FallbackInstanceTypes: ['m4.large'] });
    expect(await person.open().plan('paid', { values: fallback })).toMatchObject({ ok: false });
    const little = await person.open().plan('paid', { values: person.values({ maxCost: 1 }) });
    expect(little.problems).toMatchObject([{ code: 'PLAN_REFUSED', key: 'launch.max-cost' }]);
  });

  it('tells how much is left, and lives shorter with more workers', async () => {
    const values = person.values(launched);
    const planned = await person.open().plan('paid', { values });
    expect(planned.changes).toContainEqual(
      'The cluster terminates after it has cost $8.00 (about 1 min 59 s at $240.02/h).',
    );
    expect(planned.end).toEqual({ afterSeconds: 119, action: 'terminate' });
    await person.open().launch('paid', { values });
    const [listed] = (await person.open().describe(undefined, ec2)).clusters;
    expect(listed?.lifetime).toMatchObject({ maxCost: 8, costLeft: null });
    expect(left(listed?.lifetime?.endsAt ?? null)).toBeLessThan(120);
    const before = await lifetimeOf('paid');
    // What is left is paid for until then.
    expect(before.costLeft).toBeLessThan(8);
    expect((left(before.endsAt) / 60) * 4).toBeCloseTo(before.costLeft ?? NaN, 0);
    await person.open().addWorkers('paid', 1, ec2);
    const after = await lifetimeOf('paid');
    expect((left(after.endsAt) / 60) * 6).toBeCloseTo(after.costLeft ?? NaN, 0);
    const { lifetime } = await person.open().extend('paid', '$1', ec2);
    expect(lifetime.maxCost).toBe(9);
    const [again] = (await person.open().describe(undefined, ec2)).clusters;
    expect(again?.lifetime?.endsAt).toBe(lifetime.endsAt);
    expect(await account.instances('paid')).toHaveLength(3);
  });

  it('ends when it has cost that', async () => {
    await untilEnded('paid');
    expect(policyFaults(await account.calls())).toEqual([]);
  });
});

describe('a cluster of Spot Instances', () => {
  const job = new RecordingHost();
  beforeAll(async () => {
    await account.reset();
    person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
  });
  afterAll(() => account.reset());

  it('moves work away from an instance that EC2 takes back, and is in use meanwhile', async () => {
    const values = person.values({
      numWorkers: 2,
      ec2SpotPrice: 0.1,
      idleTimeout: 10,
      maxLifetime: 3600,
    });
    await person.open().launch('spot', { values });
    writeFileSync(
      join(person.home, 'job.py'),
      `import socket, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
def task(n):
    time.sleep(0.15)
    return socket.gethostname()
while True:
    hosts = set(spark.sparkContext.parallelize(range(12), 12).map(task).collect())
    print(f'hosts={len(hosts)}', flush=True)
    time.sleep(0.5)
`,
    );
    const running = person.open(job).submit('spot', { file: 'job.py' }, ec2);
    running.catch(() => undefined);
    await untilJobSays('the job runs', job, (text) => text.includes('hosts='));
    await untilJobSays('the job is on both', job, (text) => text.includes('hosts=2'));
    const [worker = ''] = await idsOf('spot', 'slave');
    await account.lab.interrupt(worker, 45);
    await until('everybody knows', async () => {
      const { state, reason } = await describeOne('spot');
      return state === 'degraded' && /EC2 interrupts this Spot Instance at 20/.test(reason ?? '');
    });
    const before = job.stdout().length;
    await untilJobSays('the job has left it', job, (text) => /hosts=1\n$/.test(text.slice(before)));
    expect(await account.instances('spot')).toHaveLength(3);
    expect(left((await lifetimeOf('spot')).idleEndsAt)).toBeGreaterThan(5);
    await until(
      'EC2 has taken it back',
      async () => (await account.instances('spot')).length === 2,
    );
  });

  it('ends when it is too old, whatever runs on it', async () => {
    const before = job.stdout().length;
    await untilJobSays('the job goes on', job, (text) => text.length > before);
    const [master = ''] = await idsOf('spot', 'master');
    const near = `echo "$(cat /run/flintrock/began) $(($(date +%s) + 15))" >/var/lib/flintrock/ends`;
    await account.lab.exec(master, near);
    expect(left((await lifetimeOf('spot')).endsAt)).toBeLessThan(16);
    await sleep(8);
    expect(await account.instances('spot')).toHaveLength(2);
    await untilEnded('spot');
  });
});
