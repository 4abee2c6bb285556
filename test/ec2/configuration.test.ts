import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, type Person } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';
import { hadoopVersion } from '../lab/prepare.mjs';

/** Prints properties of the job, Hadoop's as it has them, and what variables executors have on each machine. */
const program = `import json, os, socket, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
names = ['spark.sql.shuffle.partitions', 'spark.text', 'spark.dynamicAllocation.enabled', 'spark.executor.memory', 'spark.cores.max']
hadoop = sc._jsc.hadoopConfiguration()
wanted = int(spark.conf.get('spark.workers', '1'))
while len(sc._jsc.sc().statusTracker().getExecutorInfos()) <= wanted: time.sleep(0.1)
def look(_):
    return [(socket.gethostname(), os.environ.get('SHADE'), os.environ['SPARK_EXECUTOR_DIRS'].split('/spark-')[0])]
seen = set(sc.parallelize(range(24), 24).mapPartitions(look).collect())
spark.range(10).selectExpr('cast(id as string)').write.mode('overwrite').text('/seen')
path = sc._jvm.org.apache.hadoop.fs.Path('/seen')
files = [f for f in path.getFileSystem(hadoop).listStatus(path) if f.getLen() > 0]
print(json.dumps({'conf': {n: spark.conf.get(n, None) for n in names}, 'driver': os.environ.get('SHADE'),
  'hadoop': hadoop.get('fs.trash.interval'), 'copies': sorted({f.getReplication() for f in files}),
  'machines': len({one[0] for one in seen}), 'seen': sorted({one[1:] for one in seen})}))
`;

const shade = `a "$HOME" 'b' \\n`;
const values = {
  numWorkers: 2,
  installHdfs: true,
  hdfsVersion: hadoopVersion,
  // More than an instance has, and no limit on the three of the last test.
  maxCoresPerJob: 9,
  sparkDefaults: {
    'spark.sql.shuffle.partitions': '7',
    'spark.text': 'C:\\x = @MASTER@ ß',
    'spark.dynamicAllocation.enabled': 'false',
    'spark.executor.memory': '500m',
    'spark.hadoop.my.secret.key': 'hunter2',
  },
  sparkEnv: { SHADE: shade, SPARK_LOCAL_DIRS: '/var/tmp/shade' },
  coreSite: { 'fs.trash.interval': '7' },
  hdfsSite: { 'dfs.replication': '1' },
} as const;
const expected = {
  conf: {
    'spark.sql.shuffle.partitions': '7',
    'spark.text': 'C:\\x = @MASTER@ ß',
    'spark.dynamicAllocation.enabled': 'false',
    'spark.executor.memory': '500m',
    'spark.cores.max': '9',
  },
  driver: shade,
  hadoop: '7',
  copies: [1],
  machines: 2,
  seen: [[shade, '/var/tmp/shade']],
};

describe('what a cluster on EC2 is configured with', () => {
  inSteps();
  let account: Account;
  let person: Person;
  const ec2 = { values: { provider: 'ec2' } } as const;

  beforeAll(async () => {
    account = await Account.open();
    await account.reset();
    person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
    writeFileSync(join(person.home, 'look.py'), program);
    await person.open().launch('set', { values: person.values(values) });
  });
  afterAll(() => account.reset());

  const run = async (conf: Readonly<Record<string, string>>): Promise<unknown> => {
    const host = new RecordingHost();
    const job = { file: 'look.py', conf };
    const { state } = await person.open(host).submit('set', job, ec2);
    expect(state, host.bytes('stderr').toString()).toBe('succeeded');
    return JSON.parse(host.stdout());
  };

  it('is seen by jobs, executors and HDFS, and a job’s own properties win', async () => {
    expect(await run({ 'spark.workers': '2' })).toEqual(expected);
    const own = { 'spark.workers': '2', 'spark.text': 'mine' };
    expect(await run(own)).toEqual({
      ...expected,
      conf: { ...expected.conf, 'spark.text': 'mine' },
    });
  });

  it('is the same after a stop and a start, and on a worker that is added', async () => {
    const host = new RecordingHost({ 'stop.confirm': true });
    await person.open(host).stop('set', ec2);
    await person.open().start('set', ec2);
    await person.open().addWorkers('set', 1, ec2);
    expect(await run({ 'spark.workers': '3' })).toEqual({ ...expected, machines: 3 });
  });

  it('is described without secrets, which stand in no tag', async () => {
    const { clusters } = await person.open().describe('set', ec2);
    expect(clusters[0]?.configuration).toEqual({
      'spark-defaults': {
        'spark.cores.max': '9',
        'spark.deploy.defaultCores': '9',
        ...values.sparkDefaults,
        'spark.hadoop.my.secret.key': '(hidden)',
      },
      'spark-env': values.sparkEnv,
      'core-site': values.coreSite,
      'hdfs-site': values.hdfsSite,
    });
    const instances = await account.instances('set');
    expect(instances).toHaveLength(4);
    expect(JSON.stringify(instances)).not.toContain('hunter2');
  });
});
