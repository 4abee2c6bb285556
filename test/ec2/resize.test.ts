import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SubmitResult } from '../../src/index.ts';
import { Account, errorOf, type Person, tag, until, untilJobSays } from '../helpers/ec2/account.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { ActingHost, RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';

// One cluster with real Spark, in order: each test goes on where the one before ended.
let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
});
afterAll(() => account.reset());

const ec2 = { values: { provider: 'ec2' } } as const;

/** Names and states of a cluster's workers. */
async function workers(): Promise<[string, string][]> {
  const [cluster] = (await person.open().describe('grow', ec2)).clusters;
  return (cluster?.workers ?? []).map(({ name, state }) => [name, state]);
}

/** Runs until it was told to end, and says on how many machines its tasks are whenever that changes. */
const longJob = `import os, socket, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
def task(n):
    time.sleep(0.15)
    return socket.gethostname()
seen = 0
total = 0
while not os.path.exists('/tmp/end'):
    hosts = spark.sparkContext.parallelize(range(12), 12).map(task).collect()
    total += len(hosts)
    # Each task of Python takes a tenth of a second of a processor.
    time.sleep(0.5)
    if len(set(hosts)) != seen:
        seen = len(set(hosts))
        print(f'hosts={seen}', flush=True)
print(f'lost={total % 12}', flush=True)
`;

describe('a cluster that grows and shrinks', () => {
  inSteps();
  let running: Promise<SubmitResult>;
  const job = new RecordingHost();

  it('gives a running job the new worker', async () => {
    await person.open().launch('grow', { values: person.values() });
    writeFileSync(join(person.home, 'job.py'), longJob);
    running = person.open(job).submit('grow', { file: 'job.py' }, ec2);
    running.catch(() => undefined);
    await untilJobSays('the job runs', job, (text) => text.includes('hosts=1'));
    await account.lab.resetCalls();

    const host = new RecordingHost();
    const { added, cluster } = await person.open(host).addWorkers('grow', 1, ec2);
    expect(added).toEqual(['worker-2']);
    expect(cluster.workers.map(({ name, cores }) => [name, cores])).toEqual([
      ['worker-1', expect.any(Number)],
      ['worker-2', expect.any(Number)],
    ]);
    host.expectAlive('worker-2');
    await untilJobSays('the job uses it', job, (text) => text.includes('hosts=2'));

    const calls = await account.calls();
    expect(calls.filter(({ action }) => action === 'RunInstances')).toHaveLength(1);
    expect(policyFaults(calls)).toEqual([]);
    const roles = (await account.instances('grow')).map((one) => tag(one, 'flintrock-role'));
    expect(roles.sort()).toEqual(['master', 'slave', 'slave']);
    expect(await account.groups()).not.toContain('flintrock-grow:resize');
  });

  it('keeps others out while it is resized', async () => {
    const lock = await account.makeGroup('flintrock-grow:resize', {
      'flintrock-lock': `${new Date(Date.now() + 60_000).toISOString()} addWorkers ann@laptop`,
    });
    const error = await errorOf(person.open().addWorkers('grow', 1, ec2), 'CLUSTER_BUSY');
    expect(error.message).toContain('ann@laptop (adding workers, last seen ');
    await errorOf(person.open().removeWorkers('grow', 1, ec2), 'CLUSTER_BUSY');
    // Its holder is lost.
    await account.tag([lock], { 'flintrock-lock': '2026-01-01T00:00:00.000Z addWorkers ann@x' });
  });

  it('takes the newest worker away without harm to the job', async () => {
    const host = new RecordingHost();
    const { removed, cluster } = await person.open(host).removeWorkers('grow', 1, ec2);
    expect(removed).toEqual(['worker-2']);
    expect(cluster).toMatchObject({ state: 'running', workers: [{ name: 'worker-1' }] });
    // It took the expired lock over, and gave it back.
    expect(await account.groups()).not.toContain('flintrock-grow:resize');
    const drained = host.of('node.draining').map(({ coresInUse }) => coresInUse);
    expect(drained.at(-1)).toBe(0);
    expect(await account.instances('grow')).toHaveLength(2);

    const { nodes } = await person.open().runCommand('grow', 'touch /tmp/end', {
      ...ec2,
      masterOnly: true,
    });
    expect(nodes).toMatchObject([{ exitCode: 0 }]);
    expect((await running).exitCode).toBe(0);
    expect(job.stdout()).toMatch(/hosts=2\n(hosts=\d\n)*lost=0\n$/);
  });

  it('shows the job that ran on a history server, which the first who asks starts', async () => {
    const pages = await Promise.all(
      [1, 2].map(() => person.open().openPage('grow', 'history', ec2)),
    );
    try {
      for (const page of pages) {
        const [shown] = await page.addresses();
        const ran = async (): Promise<unknown[]> => {
          const reply = await fetch(`${shown?.address ?? ''}api/v1/applications?status=completed`);
          return (await reply.json()) as unknown[];
        };
        await expect.poll(ran).toMatchObject([{ name: 'job.py' }]);
      }
      const { application, use } = await person.open().explain('grow', ec2);
      expect(application).toMatchObject({ name: 'job.py', skippedEvents: 0, jobs: { running: 0 } });
      expect(use.dollars).toBeGreaterThan(0);
    } finally {
      for (const page of pages) await page.close();
    }
  });

  it('never gives a name twice', async () => {
    // Those that don't run real Spark are there sooner; here only names count.
    const { added } = await person.open().addWorkers('grow', 1, ec2);
    expect(added).toEqual(['worker-3']);
  });

  it('is as before when growing is interrupted, or fails', async () => {
    const before = await account.belongings();
    const controller = new AbortController();
    const host = new ActingHost(({ code }) => {
      if (code === 'node.phase') controller.abort();
    });
    const { signal } = controller;
    await errorOf(person.open(host).addWorkers('grow', 2, { ...ec2, signal }), 'ABORTED');
    expect(host.of('cleanup.finished')).toMatchObject([{ left: [] }]);
    expect((await account.belongings()).sort()).toEqual(before.sort());

    await account.lab.faults([
      { action: 'RunInstances', code: 'InsufficientInstanceCapacity', status: 500 },
    ]);
    await errorOf(person.open().addWorkers('grow', 1, ec2), 'AWS_CAPACITY_SHORT');
    // The replies are lost: what the request made is found, and is one worker.
    await account.lab.faults([{ action: 'RunInstances', dropReply: true, times: 2 }]);
    const { added } = await person.open().addWorkers('grow', 1, ec2);
    await account.lab.faults([
      { action: 'TerminateInstances', dropReply: true, times: 2 },
      { action: 'CreateTags', spoilReply: true, times: 2 },
      { action: 'DeleteSecurityGroup', dropReply: true },
    ]);
    expect((await person.open().removeWorkers('grow', 1, ec2)).removed).toEqual(added);
    await account.lab.clearFaults();
    expect((await account.belongings()).sort()).toEqual(before.sort());
    expect(await workers()).toEqual([
      ['worker-1', 'running'],
      ['worker-3', 'running'],
    ]);
  });

  it('ends soon after Ctrl-C, whenever that comes, and leaves nothing', async () => {
    const before = await account.belongings();
    await account.lab.settings({ apiLatencySeconds: 0.1 });
    const interrupted = async (host: RecordingHost, signal: AbortSignal): Promise<void> => {
      await errorOf(person.open(host).addWorkers('grow', 1, { ...ec2, signal }), 'ABORTED');
      expect((await account.belongings()).sort()).toEqual(before.sort());
    };
    for (const seconds of [0.3, 1, 2])
      await interrupted(new RecordingHost(), AbortSignal.timeout(1000 * seconds));
    // How long a machine takes to come so far, nobody knows.
    for (const phase of ['booting', 'downloading', 'starting']) {
      const controller = new AbortController();
      const host = new ActingHost((event) => {
        if (event.code === 'node.phase' && event.phase === phase) controller.abort();
      });
      await interrupted(host, controller.signal);
    }
    await account.lab.settings({ apiLatencySeconds: 0 });
  }, 120_000);

  it('shows a removal that was interrupted, and ends it with the next', async () => {
    const controller = new AbortController();
    const host = new ActingHost(({ code }) => {
      if (code === 'node.draining') controller.abort();
    });
    const { signal } = controller;
    await errorOf(person.open(host).removeWorkers('grow', 1, { ...ec2, signal }), 'ABORTED');
    const [seen] = (await person.open().describe('grow', ec2)).clusters;
    expect(seen).toMatchObject({
      state: 'degraded',
      reason: 'worker-3: its removal was interrupted',
    });
    const { removed } = await person.open().removeWorkers('grow', 1, ec2);
    expect(removed).toEqual(['worker-3']);
    expect(await workers()).toEqual([['worker-1', 'running']]);
  });
});

it('leaves the growth of the Python tool’s clusters to that tool', async () => {
  await account.makePythonCluster('theirs');
  await until('it runs', async () => {
    const [cluster] = (await person.open().describe('theirs', ec2)).clusters;
    return cluster?.state === 'running' || cluster?.state === 'degraded';
  });
  const error = await errorOf(person.open().addWorkers('theirs', 1, ec2), 'CLUSTER_STATE_UNFIT');
  expect(error.message).toContain('Python Flintrock');
  expect(await account.groups()).not.toContain('flintrock-theirs:resize');
});
