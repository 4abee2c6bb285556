import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseYarnStatus, yarnStatusPath } from '../../src/node/services/yarn/yarn.ts';
import { commandsOf, runDocumented } from '../helpers/documentation.ts';
import { Account, type Person } from '../helpers/ec2/account.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';

// One cluster with real Spark and real Hadoop, in order: each test goes on where the one before ended.
let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
});
afterAll(() => account.reset());

const ec2 = { values: { provider: 'ec2' } } as const;
/** Little, so that the machine that all nodes share has enough. */
const conf = {
  'spark.executor.memory': '512m',
  'spark.executor.cores': '1',
  'spark.executor.instances': '1',
};
const smallFlags = Object.entries(conf)
  .map(([key, value]) => `--conf ${key}=${value}`)
  .join(' ');

/** A command of a page for a reader who has named no file of the current folder. */
function elsewhere(line: string): string {
  return line.replace(' demo ', ' demo --ec2-region us-east-1 ');
}

/** What a command printed on the master, as the user who logs in runs it. */
async function onMaster(command: string): Promise<string> {
  const host = new RecordingHost();
  const { nodes } = await person
    .open(host)
    .runCommand('demo', `${command} 2>/tmp/errors || { cat /tmp/errors; exit 1; }`, {
      ...ec2,
      masterOnly: true,
    });
  expect(nodes, host.stdout()).toMatchObject([{ exitCode: 0 }]);
  return host.stdout();
}

/** What the ResourceManager says on one of its pages. */
function page(path: string): Promise<string> {
  return onMaster(`curl -sSf "http://$(hostname -I | tr -d ' '):8088${path}"`);
}

/** What the ResourceManager calls each worker's NodeManager; those that left come last. */
async function nodeManagers(): Promise<string[]> {
  return (parseYarnStatus(await page(yarnStatusPath))?.nodeManagers ?? [])
    .map(({ state }) => state)
    .sort();
}

/** State and end of each application, the oldest first. */
async function applications(): Promise<{ id: string; state: string; finalStatus: string }[]> {
  const { apps } = JSON.parse(await page('/ws/v1/cluster/apps')) as {
    apps: { app: { id: string; state: string; finalStatus: string }[] } | null;
  };
  return (apps?.app ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function script(name: string, code: string): string {
  const file = join(person.home, name);
  writeFileSync(
    file,
    `import sys\nfrom pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n${code}`,
  );
  return file;
}

describe('a cluster with YARN', () => {
  inSteps();

  it('counts each worker in, as docs/yarn.md launches it', async () => {
    writeFileSync(
      join(person.home, 'flintrock.yaml'),
      'provider: ec2\nproviders:\n  ec2:\n    region: us-east-1\n',
    );
    const [launch = ''] = commandsOf('yarn.md');
    const { code, stderr } = await runDocumented(person, launch, { config: 'flintrock.yaml' });
    expect([launch, code, stderr]).toEqual([
      expect.stringContaining('--install-yarn'),
      0,
      expect.any(String),
    ]);
    const [cluster] = (await person.open().describe('demo', ec2)).clusters;
    expect(cluster?.services).toMatchObject([
      { name: 'spark', healthy: true },
      { name: 'hdfs', healthy: true },
      { name: 'yarn', version: '3.5.0', healthy: true },
    ]);
    expect(await nodeManagers()).toEqual(['in service', 'in service']);
  });

  it('runs a job in both modes, as docs/yarn.md submits it, and passes on what its driver prints', async () => {
    script(
      'job.py',
      'print(spark.sparkContext.master, spark.conf.get("spark.submit.deployMode"), spark.range(101).groupBy().sum().first()[0])',
    );
    const [, ...lines] = commandsOf('yarn.md');
    const submits = lines.filter((line) => line.includes('submit'));
    const runs = await Promise.all(
      submits.map((line) =>
        runDocumented(
          person,
          line.replace('job.py', `${smallFlags} --ec2-region us-east-1 job.py`),
        ),
      ),
    );
    expect(runs.map(({ code, stdout, stderr }) => [code, stdout, stderr])).toEqual([
      [0, 'yarn client 5050\n', expect.any(String)],
      [0, 'yarn cluster 5050\n', expect.any(String)],
    ]);
    const [list = ''] = lines.filter((line) => line.includes('run-command'));
    const listed = await runDocumented(person, elsewhere(list));
    expect([listed.stderr, listed.stdout.match(/SUCCEEDED/g)]).toEqual([
      expect.any(String),
      ['SUCCEEDED', 'SUCCEEDED'],
    ]);
  });

  it('has a job that fails on a worker fail with its last words, once', async () => {
    const file = script('wrong.py', 'raise ValueError("not today")');
    const host = new RecordingHost();
    const { exitCode, state } = await person
      .open(host)
      .submit('demo', { file, conf, yarn: 'cluster' }, ec2);
    expect([exitCode, state]).toEqual([1, 'failed']);
    // What Python writes to stderr Spark passes on to stdout there.
    expect(host.stdout()).toContain('ValueError: not today');
    expect(host.bytes('stderr').toString('utf8')).toContain('exited with status 1');
  });

  it('keeps the logs of what has ended, in HDFS and on a page', async () => {
    const [first] = await applications();
    expect(await onMaster(`yarn logs -applicationId ${first?.id ?? ''}`)).toContain(
      'End of LogType:stderr',
    );
    const opened = await person.open().openPage('demo', 'yarn', ec2);
    const [shown] = await opened.addresses();
    const reply = await fetch(new URL('/cluster/apps', shown?.address));
    expect(await reply.text()).toContain(first?.id ?? '-');
    await opened.close();
  });

  it('says who holds what a job waits for, and ends the application of one that is canceled', async () => {
    const file = script('long.py', 'import time\nprint("begun", flush=True)\ntime.sleep(600)');
    const { clusterMetrics } = JSON.parse(await page('/ws/v1/cluster/metrics')) as {
      clusterMetrics: { totalMB: number };
    };
    const driver = Math.floor(0.28 * clusterMetrics.totalMB);
    const large = { ...conf, 'spark.driver.memory': `${driver}m` };
    const { job } = await person
      .open()
      .submit('demo', { file, conf: large, yarn: 'cluster', detach: true }, ec2);
    await expect
      .poll(async () => (await applications()).at(-1), { timeout: 60_000, interval: 500 })
      .toMatchObject({ state: 'RUNNING' });
    // Its driver takes more than half of what YARN keeps for drivers, and so would this one.
    const host = new RecordingHost();
    const end = new AbortController();
    const second = person
      .open(host)
      .submit('demo', { file, conf: large, yarn: 'cluster' }, { ...ec2, signal: end.signal })
      .catch((error: unknown) => error);
    await expect
      .poll(() => host.of('warning'), { timeout: 60_000, interval: 500 })
      .toMatchObject([
        { kind: 'JOB_WAITING', message: expect.stringContaining('"long.py"') as string },
      ]);
    end.abort();
    expect(await second).toMatchObject({ code: 'ABORTED' });
    await person.open().cancelJob(job, ec2);
    await expect
      .poll(async () => (await applications()).at(-1), { timeout: 30_000, interval: 500 })
      .toMatchObject({ finalStatus: 'KILLED' });
  });

  it('has a new worker, though one with its address left before, and moves work away from it when it leaves', async () => {
    const [seen] = (await person.open().describe('demo', ec2)).clusters;
    // The lab gives them in order.
    const next = (
      seen?.workers
        .map(({ address }) => address ?? '')
        .sort()
        .at(-1) ?? ''
    ).replace(/\d+$/, (digits) => String(Number(digits) + 1));
    await onMaster(`echo ${next} | sudo tee /var/lib/hadoop/yarn-excluded >/dev/null`);
    await onMaster('sudo -u yarn /usr/local/bin/yarn rmadmin -refreshNodes');
    const { cluster } = await person.open().addWorkers('demo', 1, ec2);
    expect(cluster.workers.at(-1)?.address).toBe(next);
    expect(await nodeManagers()).toEqual(['in service', 'in service', 'in service']);

    const host = new RecordingHost();
    const { removed } = await person.open(host).removeWorkers('demo', 1, ec2);
    expect(removed).toEqual(['worker-3']);
    expect(host.of('node.draining').at(-1)).toMatchObject({ coresInUse: 0, blocksToMove: 0 });
    expect(await onMaster('cat /var/lib/hadoop/yarn-excluded')).toBe(`${next}\n`);
    expect(policyFaults(await account.calls())).toEqual([]);
  });

  it('is there again after a stop and a start, with the logs of before', async () => {
    const [first] = await applications();
    await person.open().stop('demo', ec2);
    const { cluster } = await person.open().start('demo', ec2);
    expect(cluster.services.at(-1)).toMatchObject({ name: 'yarn', healthy: true });
    expect(await nodeManagers()).toEqual(['in service', 'in service', 'leaving']);
    expect(await onMaster(`yarn logs -applicationId ${first?.id ?? ''}`)).toContain(
      'End of LogType:stderr',
    );
  });

  it('gets another worker for one that died', async () => {
    const [, worker] = await account.instances('demo');
    await account.terminate([worker?.InstanceId ?? '']);
    await account.waitForState(worker?.InstanceId ?? '', 'terminated');
    const { added, cluster } = await person.open().repair('demo', ec2);
    expect(added).toHaveLength(1);
    expect(cluster.state).toBe('running');
    const there = new Set(cluster.workers.map(({ address }) => address));
    const status = parseYarnStatus(await page(yarnStatusPath));
    expect(
      status?.nodeManagers.filter(({ address }) => there.has(address)).map(({ state }) => state),
    ).toEqual(['in service', 'in service']);
  });
});
