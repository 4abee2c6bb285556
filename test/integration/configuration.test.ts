import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Flintrock } from '../../src/index.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { RecordingHost } from '../helpers/recording-host.ts';

/** Prints properties of the job, and what variables executors on each worker have. */
const program = `import json, os, sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
names = ['spark.sql.shuffle.partitions', 'spark.text', 'spark.dynamicAllocation.enabled', 'spark.starvation.timeout',
  'spark.executor.memory', 'spark.executor.cores']
while len(sc._jsc.sc().statusTracker().getExecutorInfos()) <= int(spark.conf.get('spark.workers')): time.sleep(0.1)
def look(_):
    return [(os.getcwd().split('/nodes/')[1].split('/')[0], os.environ.get('SHADE'),
      os.environ['SPARK_EXECUTOR_DIRS'].split('/spark-')[0])]
seen = sorted(set(sc.parallelize(range(24), 24).mapPartitions(look).collect()))
print(json.dumps({'conf': {n: spark.conf.get(n, None) for n in names}, 'driver': os.environ.get('SHADE'), 'seen': seen}))
`;

interface Seen {
  readonly conf: Readonly<Record<string, string | null>>;
  readonly driver: string | null;
  /** Worker, variable, scratch folder. */
  readonly seen: readonly (readonly [string, string | null, string])[];
}

const lab = new LocalLab();
const scratch = join(lab.home, 'my scratch');
const shade = `a "$HOME" 'b'`;

/** An engine that has the file. */
function open(host: RecordingHost = new RecordingHost()): Flintrock {
  const surroundings = { env: lab.env, home: lab.home, cwd: lab.home };
  return new Flintrock({ host, surroundings, config: join(lab.home, 'flintrock.yaml') });
}

async function run(workers: number, conf: Readonly<Record<string, string>> = {}): Promise<Seen> {
  const host = new RecordingHost();
  const result = await lab.open(host).flintrock.submit('set', {
    file: 'look.py',
    conf: { 'spark.workers': String(workers), ...conf },
  });
  expect(result.state, host.bytes('stderr').toString()).toBe('succeeded');
  return JSON.parse(host.stdout()) as Seen;
}

beforeAll(async () => {
  writeFileSync(join(lab.home, 'look.py'), program);
  writeFileSync(
    join(lab.home, 'flintrock.yaml'),
    `services:
  spark:
    spark-defaults:
      spark.sql.shuffle.partitions: 7
      spark.text: 'C:\\x = @MASTER@'
      spark.executor.memory: 500m
      spark.dynamicAllocation.enabled: no
      spark.starvation.timeout: 8s
    spark-env: {SPARK_LOCAL_DIRS: ${JSON.stringify(scratch)}, SHADE: ${JSON.stringify(shade)}}
`,
  );
  await open().launch('set', {
    values: {
      provider: 'local',
      numWorkers: 1,
      localWorkerCores: 1,
      localWorkerMemory: 1024,
      sparkDefaults: { 'spark.starvation.timeout': '7s', 'spark.secret.word': 'hunter2' },
    },
  });
});
afterAll(() => lab.close());

const expected = {
  'spark.sql.shuffle.partitions': '7',
  'spark.text': 'C:\\x = @MASTER@',
  'spark.dynamicAllocation.enabled': 'false',
  'spark.starvation.timeout': '7s',
  'spark.executor.memory': '500m',
  'spark.executor.cores': '1',
};

it('properties and variables reach jobs and their executors, and a job’s own properties win', async () => {
  const { conf, driver, seen } = await run(1);
  expect(conf).toEqual(expected);
  expect(driver).toBe(shade);
  expect(seen).toEqual([['worker-1', shade, scratch]]);
  const own = await run(1, { 'spark.text': 'mine', 'spark.executor.memory': '600m' });
  expect(own.conf).toEqual({
    ...expected,
    'spark.text': 'mine',
    'spark.executor.memory': '600m',
  });
});

it('are there after a stop and a start, and on workers that are added', async () => {
  const { flintrock } = lab.open();
  await flintrock.stop('set');
  await flintrock.start('set');
  await flintrock.addWorkers('set', 1);
  const { conf, seen } = await run(2);
  expect(conf).toEqual(expected);
  expect(new Set(seen.map(([worker]) => worker))).toEqual(new Set(['worker-1', 'worker-2']));
  expect(new Set(seen.map(([, value]) => value))).toEqual(new Set([shade]));
});

it('are described without secrets, which are in no log', async () => {
  const { clusters } = await lab.open().flintrock.describe('set');
  expect(clusters[0]?.configuration).toEqual({
    'spark-defaults': {
      ...expected,
      'spark.executor.cores': undefined,
      'spark.secret.word': '(hidden)',
    },
    'spark-env': { SPARK_LOCAL_DIRS: scratch, SHADE: shade },
  });
  const nodes = join(lab.state, 'local', 'set', 'nodes');
  for (const node of readdirSync(nodes))
    expect(readFileSync(join(nodes, node, 'daemon.log'), 'utf8')).not.toContain('hunter2');
});

it('are in the plan, and sizes that fit no worker are refused there', async () => {
  const flintrock = open();
  const values = { provider: 'local', localWorkerMemory: 1024, numWorkers: 1 } as const;
  const plan = await flintrock.plan('planned', { values });
  expect(plan.configuration?.['spark-defaults']).toMatchObject({ 'spark.executor.memory': '500m' });
  const large = await flintrock.plan('planned', {
    values: { ...values, sparkDefaults: { 'spark.executor.memory': '2g' } },
  });
  expect(large.problems).toEqual([
    expect.objectContaining({
      severity: 'error',
      key: 'services.spark.spark-defaults',
      message: expect.stringContaining('2 GiB') as string,
    }),
  ]);
});

it('limit the cores of each job, so that a second one runs beside it', async () => {
  const { flintrock } = lab.open();
  await flintrock.launch('shared', {
    values: {
      provider: 'local',
      numWorkers: 1,
      localWorkerCores: 2,
      localWorkerMemory: 1024,
      maxCoresPerJob: 1,
    },
  });
  const go = join(lab.home, 'go');
  writeFileSync(
    join(lab.home, 'hold.py'),
    `import os, time
from pyspark.sql import SparkSession
sc = SparkSession.builder.getOrCreate().sparkContext
def wait(_):
    while not os.path.exists(${JSON.stringify(go)}): time.sleep(0.1)
    return [os.getpid()]
print(len(set(sc.parallelize(range(4), 4).mapPartitions(wait).collect())))
`,
  );
  writeFileSync(
    join(lab.home, 'count.py'),
    'from pyspark.sql import SparkSession\nprint(SparkSession.builder.getOrCreate().range(9).count())\n',
  );
  const first = await flintrock.submit('shared', { file: 'hold.py', detach: true });
  await vi.waitUntil(
    async () => (await flintrock.describe('shared')).clusters[0]?.applications?.[0]?.cores === 1,
    { timeout: 120_000, interval: 100 },
  );
  const second = new RecordingHost();
  const { state } = await lab.open(second).flintrock.submit('shared', { file: 'count.py' });
  expect([state, second.stdout()]).toEqual(['succeeded', '9\n']);
  const { jobs } = await flintrock.jobs({ cluster: 'shared' });
  expect(jobs.find(({ id }) => id === first.job)?.state).toBe('running');
  writeFileSync(go, '');
  await vi.waitUntil(
    async () =>
      (await flintrock.jobs({ cluster: 'shared' })).jobs.every((job) => job.state === 'succeeded'),
    { timeout: 120_000, interval: 100 },
  );
});
