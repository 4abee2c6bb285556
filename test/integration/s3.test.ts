import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { S3Store } from '../helpers/s3-store.ts';
import { clientPython, runPython } from '../helpers/spark-client.ts';
import { inSteps } from '../helpers/steps.ts';

const session = `
import json, os, signal, time
from pyspark import TaskContext
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
`;

/** All executors are there before the first task, and stay. */
const allWorkers = {
  'spark.dynamicAllocation.enabled': 'false',
  'spark.scheduler.minRegisteredResourcesRatio': '1.0',
  'spark.scheduler.maxRegisteredResourcesWaitingTime': '120s',
};

const secret = 'profile+Secret/0123456789abcdefghijklmno';
const otherSecret = 'environment+Secret/0123456789abcdefghijk';

describe('S3 of a local cluster', () => {
  inSteps();
  let store: S3Store;
  let lab: LocalLab;
  beforeAll(async () => {
    store = await S3Store.start();
    await store.createBucket('data');
    lab = new LocalLab({ PYSPARK_PYTHON: clientPython(), AWS_PROFILE: 'work' });
    // Of the user, as AWS's tools have them.
    Object.assign(lab.env, {
      AWS_SHARED_CREDENTIALS_FILE: join(lab.home, 'credentials'),
      AWS_CONFIG_FILE: join(lab.home, 'config'),
      // Of EC2 as well, which is asked for clusters.
      AWS_ENDPOINT_URL: store.endpoint,
    });
    writeFileSync(
      join(lab.home, 'credentials'),
      `[work]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = ${secret}\n`,
    );
    writeFileSync(join(lab.home, 'config'), '[profile work]\nregion = us-east-1\n');
  });
  afterAll(async () => {
    await lab.close();
    store.close();
  });

  const launch = async (name: string, numWorkers: number): Promise<RecordingHost> => {
    const host = new RecordingHost();
    await lab.open(host).flintrock.launch(name, {
      values: {
        provider: 'local',
        numWorkers,
        localWorkerCores: 1,
        localWorkerMemory: 768,
        s3: true,
        tables: ['delta', 'iceberg'],
        sparkWarehouse: 's3a://data/warehouse',
        eventLogFolder: 's3a://data/events',
        sparkDefaults: {
          'spark.sql.shuffle.partitions': '1',
          'spark.databricks.delta.snapshotPartitions': '1',
        },
      },
    });
    return host;
  };
  const submit = async (
    name: string,
    code: string,
    conf: Record<string, string> = {},
  ): Promise<{ exitCode: number | null; stdout: string; stderr: string }> => {
    writeFileSync(join(lab.home, 'job.py'), session + code);
    const host = new RecordingHost();
    const { exitCode } = await lab.open(host).flintrock.submit(name, { file: 'job.py', conf });
    return { exitCode, stdout: host.stdout(), stderr: host.bytes('stderr').toString('utf8') };
  };
  /** The file that tells of a write: by whom, and what it consists of. */
  const success = async (folder: string): Promise<{ committer: string; filenames: string[] }> =>
    JSON.parse(await store.text('data', `${folder}/_SUCCESS`)) as never;

  it('is checked when it is launched, and the folder of event logs is made', async () => {
    const host = await launch('first', 3);
    expect(host.of('warning').filter(({ kind }) => kind === 'S3_UNAVAILABLE')).toEqual([]);
    const { clusters } = await lab.open().flintrock.describe('first');
    expect(clusters).toMatchObject([
      {
        packages: expect.arrayContaining(['org.apache.hadoop:hadoop-aws:3.4.2']) as string[],
        eventLogFolder: 's3a://data/events',
      },
    ]);
  });

  it('takes what all workers write, by the magic committer, with the profile of the user', async () => {
    const { exitCode, stdout, stderr } = await submit(
      'first',
      `
# Each task tells its executor by the folder that it runs in.
where = udf(lambda _: (time.sleep(1), os.getcwd())[1])
spark.range(0, 6, 1, 6).select("id", where("id").alias("executor")).write.parquet("s3a://data/written")
print(spark.read.parquet("s3a://data/written").select("executor").distinct().count())
`,
      allWorkers,
    );
    expect([exitCode, stdout, stderr]).toEqual([0, '3\n', expect.any(String)]);
    const { committer, filenames } = await success('written');
    expect(committer).toBe('magic');
    expect(await store.keys('data', 'written/')).toEqual([
      'written/_SUCCESS',
      ...filenames.map((name) => name.replace(/^\//, '')).sort(),
    ]);
    expect(filenames).toHaveLength(6);
    expect(await store.pendingUploads('data')).toEqual([]);
  });

  it('shows nothing of a task that was killed, nor of a job that failed', async () => {
    const conf = {
      ...allWorkers,
      // Parts of a file are sent as soon as they can be.
      'spark.hadoop.parquet.block.size': '1048576',
      'spark.hadoop.fs.s3a.multipart.size': '5M',
    };
    const { exitCode, stdout, stderr } = await submit(
      'first',
      `
import urllib.request
def has_begun():
    scope = "lab/20260101/us-east-1/s3/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    request = urllib.request.Request("${store.endpoint}/data?uploads", headers=headers)
    return b"killed/part-00001" in urllib.request.urlopen(request).read()
def kill(rows):
    context = TaskContext.get()
    for number, row in enumerate(rows):
        if number == 110000 and context.partitionId() == 1 and context.attemptNumber() == 0:
            while not has_begun():
                time.sleep(0.2)
            # The executor, which started the process that started this one.
            parent = int(open(f"/proc/{os.getppid()}/stat").read().rsplit(")", 1)[1].split()[1])
            os.kill(parent, signal.SIGKILL)
            time.sleep(600)
        yield row
frame = spark.range(0, 240000, 1, 2).selectExpr("id", "uuid() AS a", "uuid() AS b")
spark.createDataFrame(frame.rdd.mapPartitions(kill), frame.schema).write.parquet("s3a://data/killed")
print(spark.read.parquet("s3a://data/killed").count())
`,
      conf,
    );
    expect([exitCode, stdout, stderr]).toEqual([0, '240000\n', expect.any(String)]);
    const { filenames } = await success('killed');
    expect(filenames).toHaveLength(2);
    expect(await store.keys('data', 'killed/')).toHaveLength(3);

    const failed = await submit(
      'first',
      `
def fail(rows):
    if TaskContext.get().partitionId() == 1:
        time.sleep(5)
        raise ValueError("the last one fails")
    yield from rows
frame = spark.range(0, 2000, 1, 2)
spark.createDataFrame(frame.rdd.mapPartitions(fail), frame.schema).write.parquet("s3a://data/failed")
`,
      { ...conf, 'spark.task.maxFailures': '1' },
    );
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain('the last one fails');
    expect(await store.keys('data', 'failed/')).toEqual([]);
    expect(await store.pendingUploads('data')).toEqual([]);
  });

  it('takes credentials that are in the environment alone, of which none gets into a file or onto a command line', async () => {
    const { AWS_PROFILE: profile = '' } = lab.env;
    delete lab.env['AWS_PROFILE'];
    Object.assign(lab.env, {
      AWS_ACCESS_KEY_ID: 'AKIAENVIRONMENT',
      AWS_SECRET_ACCESS_KEY: otherSecret,
    });
    writeFileSync(join(lab.home, 'credentials'), '');
    const { exitCode, stdout, stderr } = await submit(
      'first',
      `
def commands(_):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            found.append(open(f"/proc/{pid}/cmdline", "rb").read().decode("utf8", "replace"))
        except OSError:
            pass
    yield len([text for text in found if ${JSON.stringify(otherSecret)} in text])
print(spark.read.parquet("s3a://data/written").count())
print(spark.sparkContext.parallelize([0], 1).mapPartitions(commands).collect())
`,
    );
    expect([exitCode, stdout, stderr]).toEqual([0, '6\n[0]\n', expect.any(String)]);
    const found = spawnSync('grep', ['-rlF', otherSecret, lab.state], { encoding: 'utf8' });
    expect(found.stdout).toBe('');
    for (const key of await store.keys('data', 'events/'))
      expect(await store.text('data', key)).not.toContain(otherSecret);
    delete lab.env['AWS_ACCESS_KEY_ID'];
    delete lab.env['AWS_SECRET_ACCESS_KEY'];
    lab.env['AWS_PROFILE'] = profile;
    writeFileSync(
      join(lab.home, 'credentials'),
      `[work]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = ${secret}\n`,
    );
  });

  it('is there for clients of Spark Connect, after a stop and a start, on a worker that is added', async () => {
    const { flintrock } = lab.open();
    await flintrock.removeWorkers('first', 2, { drainSeconds: 0 });
    await flintrock.addWorkers('first', 1);
    await flintrock.stop('first');
    await flintrock.start('first');
    const connected = await flintrock.connect('first', {});
    try {
      const { code, stdout, stderr } = await runPython(
        `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.read.parquet("s3a://data/written").write.parquet("s3a://data/connected")
spark.sql("CREATE TABLE iceberg.db.kept USING iceberg AS SELECT 1 AS id")
spark.sql("CREATE TABLE delta.\`s3a://data/delta\` USING delta AS SELECT 2 AS id")
print(spark.read.parquet("s3a://data/connected").count())
`,
        connected,
      );
      expect([code, stdout, stderr]).toEqual([0, '6\n', expect.any(String)]);
    } finally {
      await connected.close();
    }
    expect(await success('connected')).toMatchObject({ committer: 'magic' });
  });

  it('has event logs that are explained, and remain when the cluster is destroyed', async () => {
    const explained = await lab.open().flintrock.explain('first');
    const page = await lab.open().flintrock.openPage('first', 'history');
    const [shown] = await page.addresses();
    const listed = async (): Promise<string[]> => {
      const reply = await fetch(`${shown?.address ?? ''}api/v1/applications`);
      return ((await reply.json()) as { id: string }[]).map(({ id }) => id);
    };
    await expect
      .poll(listed, { timeout: 60_000 })
      .toEqual(expect.arrayContaining([...explained.applications]));
    await page.close();
    expect(explained.applications.length).toBeGreaterThan(3);
    const host = new RecordingHost();
    await lab.open(host).flintrock.destroy('first');
    expect(host.of('history.remains')).toMatchObject([{ folder: 's3a://data/events' }]);
    expect(host.of('history.saved')).toEqual([]);
    // That of the Connect server, too, which ended then.
    const kept = (await store.keys('data', 'events/')).join('\n');
    for (const application of explained.applications) expect(kept).toContain(application);
  });

  it('has tables that the next cluster reads', async () => {
    await launch('second', 1);
    const { exitCode, stdout, stderr } = await submit(
      'second',
      `
spark.sql("INSERT INTO iceberg.db.kept VALUES (5)")
spark.sql("INSERT INTO delta.\`s3a://data/delta\` VALUES (7)")
print(sorted(row.id for row in spark.table("iceberg.db.kept").collect()))
print(sorted(row.id for row in spark.sql("SELECT * FROM delta.\`s3a://data/delta\`").collect()))
`,
    );
    expect([exitCode, stdout, stderr]).toEqual([0, '[1, 5]\n[2, 7]\n', expect.any(String)]);
  });
});

describe('S3 that a local cluster can’t use', () => {
  const lab = new LocalLab();
  afterAll(() => lab.close());

  it('is refused by the plan where something of it is asked for and it isn’t', async () => {
    const { ok, problems } = await lab.open().flintrock.plan('planned', {
      values: {
        provider: 'local',
        numWorkers: 1,
        localWorkerMemory: 512,
        sparkWarehouse: 's3a://data/w',
        eventLogFolder: 's3a://data/e',
      },
    });
    expect(ok).toBe(false);
    expect(problems).toMatchObject([
      { severity: 'error', key: 'services.spark.event-log-folder' },
      { severity: 'warning', key: 'services.spark.warehouse' },
    ]);
  });
});
