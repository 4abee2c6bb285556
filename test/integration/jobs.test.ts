import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isClusterError } from '../../src/index.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { ActingHost, RecordingHost } from '../helpers/recording-host.ts';

const session =
  'from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n';

/** Waits for something that a machine which is busy with other things does late. */
const until = (_what: string, ask: () => Promise<boolean> | boolean): Promise<boolean> =>
  vi.waitUntil(ask, { timeout: 180_000, interval: 50 });

describe('jobs of a local cluster', () => {
  const lab = new LocalLab();
  const file = (name: string, text: string): string => {
    const path = join(lab.home, name);
    writeFileSync(path, text);
    return path;
  };
  /** Runs a job to its end. */
  const run = async (name: string, more: object = {}) => {
    const host = new RecordingHost();
    const result = await lab.open(host).flintrock.submit('jobs', { file: name, ...more });
    return { ...result, host, stdout: host.stdout() };
  };
  const stateOf = async (id: string) =>
    (await lab.open().flintrock.jobs({ cluster: 'jobs' })).jobs.find((job) => job.id === id);

  beforeAll(async () => {
    await lab.open().flintrock.launch('jobs', {
      values: { provider: 'local', numWorkers: 1, localWorkerCores: 2, localWorkerMemory: 1536 },
    });
  });
  afterAll(() => lab.close());

  it('bring along the modules that they import, to the executors too', async () => {
    mkdirSync(join(lab.home, 'words'));
    file('words/__init__.py', '');
    file('words/upper.py', 'def upper(text):\n    return text.upper()\n');
    file(
      'helper.py',
      'from words.upper import upper\ndef turn(text):\n    return upper(text)[::-1]\n',
    );
    file(
      'main.py',
      `${session}import helper, sys
from pyspark.sql.functions import udf
rows = spark.createDataFrame([(sys.argv[1],)], ['word']).select(udf(helper.turn)('word')).collect()
print(rows[0][0], spark.conf.get('spark.app.name'), spark.conf.get('spark.x'), repr(sys.stdin.read()))
`,
    );
    file('p.conf', 'spark.x from-file\nspark.app.name unused\n');
    const { stdout, host, state } = await run('main.py', {
      args: ['abc'],
      propertiesFile: 'p.conf',
      conf: { 'spark.app.name': 'turned' },
    });
    expect([stdout, state]).toEqual(["CBA turned from-file ''\n", 'succeeded']);
    expect(host.of('job.started')).toMatchObject([
      { modules: ['helper.py', 'words/__init__.py', 'words/upper.py'] },
    ]);
  });

  it('have files, archives and modules of their own, under the names that they were given', async () => {
    mkdirSync(join(lab.home, 'data, #1'));
    file('data, #1/a,b.txt', 'hello');
    file('other.py', 'WORD = "other"\n');
    mkdirSync(join(lab.home, 'package'));
    file('package/__init__.py', 'WORD = "package"\n');
    execFileSync('tar', ['-czf', 'x.tgz', 'other.py'], { cwd: lab.home });
    file(
      'attached.py',
      `${session}
def look(_):
    import os, other, package
    from pyspark import SparkFiles
    return [(open(SparkFiles.get('renamed.txt')).read(), other.WORD, package.WORD, os.listdir(SparkFiles.get('unpacked')))]
print(spark.sparkContext.parallelize([1], 1).mapPartitions(look).collect())
`,
    );
    const { stdout, state } = await run('attached.py', {
      pyFiles: ['other.py', 'package'],
      files: ['data, #1/a,b.txt#renamed.txt'],
      archives: ['x.tgz#unpacked'],
    });
    expect([stdout, state]).toEqual([
      "[('hello', 'other', 'package', ['other.py'])]\n",
      'succeeded',
    ]);
  });

  it('are SQL and notebooks too', async () => {
    file(
      'query.sql',
      "-- a; comment\nSELECT 'ö;' AS word, count(*) AS n FROM range(3); SELECT * FROM nope",
    );
    const sql = await run('query.sql');
    expect(sql.stdout).toContain('|  ö;|  3|');
    expect(sql).toMatchObject({ exitCode: 1, state: 'failed' });
    // Spark's driver passes both of Python's streams on in one.
    expect(sql.stdout).toContain('TABLE_OR_VIEW_NOT_FOUND');
    const cells = [{ cell_type: 'code', source: ['%time\n', 'print(spark.range(5).count())'] }];
    file('book.ipynb', JSON.stringify({ cells, nbformat: 4 }));
    expect(await run('book.ipynb')).toMatchObject({ stdout: '5\n', exitCode: 0 });
  });

  it('go on without a client, and are followed by another one from the first byte', async () => {
    file(
      'steps.py',
      `${session}import os, sys, time
for n in range(3):
    while n > 0 and not os.path.exists(sys.argv[1] + str(n)): time.sleep(0.05)
    sys.stdout.buffer.write(b'step %d \\xff\\n' % n); sys.stdout.flush()
sys.exit(4)
`,
    );
    const go = join(lab.home, 'go');
    const { job, exitCode } = await run('steps.py', { args: [go], detach: true });
    expect(exitCode).toBeNull();
    await until('its first line', async () => {
      const host = new RecordingHost();
      await lab.open(host).flintrock.jobLog(job);
      return host.stdout().includes('step 0');
    });
    expect(await stateOf(job)).toMatchObject({
      state: 'running',
      exitCode: null,
      command: expect.stringMatching(/^steps\.py /) as string,
      cluster: { name: 'jobs', provider: 'local' },
    });
    const host = new RecordingHost();
    const following = lab.open(host).flintrock.jobLog(job, { follow: true });
    for (const n of [1, 2]) writeFileSync(`${go}${n}`, '');
    expect((await following).job).toMatchObject({ state: 'failed', exitCode: 4 });
    expect(host.bytes('stdout')).toEqual(
      Buffer.from('step 0 \xff\nstep 1 \xff\nstep 2 \xff\n', 'latin1'),
    );
    const ended = await stateOf(job);
    expect(ended).toMatchObject({ state: 'failed', exitCode: 4 });
    expect(Date.parse(ended?.endedAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(ended?.startedAt ?? ''),
    );
  });

  it('are canceled by any client, once', async () => {
    file('long.py', `${session}import time\nprint('here', flush=True)\ntime.sleep(600)\n`);
    const { job } = await run('long.py', { detach: true });
    const { flintrock } = lab.open();
    expect(await flintrock.cancelJob(job)).toMatchObject({ canceled: true });
    expect(await stateOf(job)).toMatchObject({ state: 'canceled', exitCode: 143 });
    expect(await flintrock.cancelJob(job)).toMatchObject({ canceled: false });
    await until('nothing of it is left', () =>
      Promise.resolve(lab.processes().every((line) => !line.includes(job))),
    );
  });

  it.each([
    ['nothing like it', 'ARGUMENT_INVALID'],
    ['job-20200101T000000Z-abcd', 'JOB_NOT_FOUND'],
  ])('are known by their IDs: %s', async (id, code) => {
    const error: unknown = await lab
      .open()
      .flintrock.jobLog(id)
      .catch((reason: unknown) => reason);
    expect(isClusterError(error) && error.code).toBe(code);
  });

  it('tell who holds the cores that they wait for, and run as soon as those are given back', async () => {
    file(
      'holder.py',
      `${session}import os, sys, time
spark.range(10).repartition(2).count()
open(sys.argv[1] + '.there', 'w').close()
while not os.path.exists(sys.argv[1]): time.sleep(0.05)
`,
    );
    const end = join(lab.home, 'end');
    const holder = await run('holder.py', {
      args: [end],
      conf: { 'spark.app.name': 'the holder', 'spark.dynamicAllocation.enabled': 'false' },
      detach: true,
    });
    await until('the holder has the cores', () => Promise.resolve(existsSync(`${end}.there`)));
    const host = new RecordingHost();
    const second = lab.open(host).flintrock.submit('jobs', {
      file: file('second.py', `${session}print(spark.range(7).count())\n`),
    });
    await until('it is told', () => Promise.resolve(host.of('warning').length > 0));
    expect(host.of('warning')).toMatchObject([
      {
        kind: 'JOB_WAITING',
        message: expect.stringMatching(/"the holder" \(app-[^)]*, 2 cores\)/) as string,
      },
    ]);
    const { clusters } = await lab.open().flintrock.describe('jobs');
    expect(clusters[0]?.applications).toContainEqual(
      expect.objectContaining({ name: 'the holder', cores: 2 }),
    );
    writeFileSync(end, '');
    expect(await second).toMatchObject({ exitCode: 0 });
    expect(host.stdout()).toBe('7\n');
    expect(await stateOf(holder.job)).toMatchObject({ state: 'succeeded' });
  });

  it.each([
    [{ 'spark.executor.memory': '8g' }, 'the largest worker has 1.5 GiB'],
    [{ 'spark.executor.cores': '64' }, 'the largest worker has 2.'],
    [{ 'spark.executor.memory': '300m' }, 'Spark requires 450 MiB'],
  ])('ask for no executor that can’t be: %j', async (conf, text) => {
    const error: unknown = await run('long.py', { conf }).catch((reason: unknown) => reason);
    expect(isClusterError(error) && [error.code, error.message]).toEqual([
      'ARGUMENT_INVALID',
      expect.stringContaining(text),
    ]);
  });

  it('take no package for another Spark with them, also not to a cluster of their own', async () => {
    file('packages.py', session);
    const packages = ['io.delta:delta-spark_2.13:4.4.0'];
    const refusal = {
      code: 'PACKAGE_MISMATCH',
      message: 'delta-spark_2.13:4.4.0 is for Spark 4.2, and the cluster has Spark 4.1.4.',
    };
    await expect(run('packages.py', { packages })).rejects.toMatchObject(refusal);
    const values = { provider: 'local', numWorkers: 1, sparkVersion: '4.1.4' } as const;
    await expect(
      lab.open().flintrock.run({ file: 'packages.py', cluster: 'own', packages }, { values }),
    ).rejects.toMatchObject(refusal);
    const { clusters } = await lab.open().flintrock.describe();
    expect(clusters.map(({ name }) => name)).toEqual(['jobs']);
  });

  it('take a cluster of their own with them when they are interrupted', async () => {
    const abort = new AbortController();
    const host = new ActingHost(({ code }) => {
      if (code === 'job.output') abort.abort();
    });
    file('own.py', `${session}import time\nprint('here', flush=True)\ntime.sleep(600)\n`);
    const error: unknown = await lab
      .open(host)
      .flintrock.run(
        { file: 'own.py', cluster: 'own' },
        {
          values: { provider: 'local', numWorkers: 1, localWorkerCores: 1, localWorkerMemory: 512 },
          signal: abort.signal,
        },
      )
      .catch((reason: unknown) => reason);
    expect(isClusterError(error) && error.code).toBe('ABORTED');
    const { clusters } = await lab.open().flintrock.describe();
    expect(clusters.map(({ name }) => name)).toEqual(['jobs']);
  });

  it('leave no scratch files, and their workers clean up', () => {
    const folder = join(lab.state, 'local', 'jobs');
    for (const job of readdirSync(join(folder, 'jobs')))
      expect(existsSync(join(folder, 'jobs', job, 'scratch'))).toBe(false);
    const work = execFileSync('grep', ['-r', 'spark.worker.cleanup', join(folder, 'conf')], {
      encoding: 'utf8',
    });
    expect(work).toContain('spark.worker.cleanup.enabled true');
  });
});
