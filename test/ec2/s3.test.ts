import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, type Person } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { S3Store } from '../helpers/s3-store.ts';
import { inSteps } from '../helpers/steps.ts';

const ec2 = { values: { provider: 'ec2' } } as const;
const hadoopAws = 'org.apache.hadoop:hadoop-aws:3.4.2';

/** All executors are there before the first task, and stay. */
const allWorkers = {
  'spark.dynamicAllocation.enabled': 'false',
  'spark.scheduler.minRegisteredResourcesRatio': '1.0',
  'spark.scheduler.maxRegisteredResourcesWaitingTime': '120s',
};

describe('S3 of a cluster on EC2', () => {
  inSteps();
  let account: Account;
  let person: Person;
  let store: S3Store;
  beforeAll(async () => {
    account = await Account.open();
    await account.reset();
    person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
    store = S3Store.at(account.lab.s3Endpoint);
    await store.createBucket('data');
    await store.createBucket('denied-lake');
    await account.createInstanceProfile('Spark_S3');
  });
  afterAll(() => account.reset());

  const values = (): Parameters<Person['values']>[0] => ({
    s3: true,
    ec2InstanceProfileName: 'Spark_S3',
    sparkMavenRepository: account.lab.downloads.maven,
    sparkDefaults: {
      'spark.hadoop.fs.s3a.endpoint': account.lab.s3Endpoint,
      'spark.hadoop.fs.s3a.path.style.access': 'true',
    },
  });
  const submit = async (code: string, conf: Record<string, string> = {}): Promise<string> => {
    const file = join(person.home, 'job.py');
    writeFileSync(
      file,
      `import os, time\nfrom pyspark.sql import SparkSession\nfrom pyspark.sql.functions import udf\nspark = SparkSession.builder.getOrCreate()\n${code}`,
    );
    const host = new RecordingHost();
    const { exitCode } = await person.open(host).submit('lake', { file, conf }, ec2);
    expect([exitCode, host.bytes('stderr').toString('utf8')]).toEqual([0, expect.any(String)]);
    return host.stdout();
  };
  /** Writes with a task that lasts on each worker; the addresses that files were begun from. */
  const writtenBy = async (folder: string, workers: number): Promise<string[]> => {
    const said = await submit(
      `
slow = udf(lambda id: (time.sleep(1), id)[1], "long")
spark.range(0, ${3 * workers}, 1, ${3 * workers}).select(slow("id").alias("id")).write.parquet("s3a://data/${folder}")
print(spark.read.parquet("s3a://data/${folder}").count())
`,
      allWorkers,
    );
    expect(said).toBe(`${3 * workers}\n`);
    const begun = (await account.lab.s3Requests()).filter(
      ({ method, path, query }) =>
        method === 'POST' && path.startsWith(`/data/${folder}/`) && query === 'uploads',
    );
    for (const { key } of begun) expect(key).toMatch(/^ASIALAB/);
    return [...new Set(begun.map(({ client }) => client))].sort();
  };
  const addresses = async (): Promise<string[]> => {
    const { clusters } = await person.open().describe('lake', ec2);
    return (clusters[0]?.workers ?? []).map(({ address }) => address ?? '').sort();
  };

  it('is told of by the plan if the nodes have no credentials', async () => {
    const { problems } = await person.open().plan('lake', {
      values: person.values({ s3: true }),
    });
    expect(problems).toMatchObject([
      {
        severity: 'warning',
        key: 'launch.s3',
        remedies: [{ action: { option: 'providers.ec2.instance-profile-name' } }],
      },
    ]);
  });

  it('is read once at launch, and what the role may not read is a warning with what it needs', async () => {
    const host = new RecordingHost();
    const { cluster } = await person.open(host).launch('lake', {
      values: person.values({
        ...values(),
        numWorkers: 3,
        sparkWarehouse: 's3a://denied-lake/warehouse',
        eventLogFolder: 's3a://data/events',
      }),
    });
    expect(cluster.packages).toEqual([hadoopAws]);
    expect(cluster.eventLogFolder).toBe('s3a://data/events');
    const warnings = host.of('warning').filter(({ kind }) => kind === 'S3_UNAVAILABLE');
    expect(warnings).toMatchObject([
      {
        message: 's3a://denied-lake/warehouse can’t be read: access denied.',
        remedies: [
          {
            text: expect.stringMatching(
              /role of the instance profile s3:ListBucket,.* on arn:aws:s3:::denied-lake, and s3:GetObject, s3:PutObject/,
            ) as string,
          },
        ],
      },
    ]);
  });

  it('takes what all workers write, with the credentials of their instance profile', async () => {
    const workers = await addresses();
    expect(workers).toHaveLength(3);
    expect(await writtenBy('written', 3)).toEqual(workers);
    const { committer, filenames } = JSON.parse(
      await store.text('data', 'written/_SUCCESS'),
    ) as Record<string, string[]>;
    expect(committer).toBe('magic');
    expect(await store.keys('data', 'written/')).toEqual([
      'written/_SUCCESS',
      ...(filenames ?? []).map((name) => name.replace(/^\//, '')).sort(),
    ]);
    expect(await store.pendingUploads('data')).toEqual([]);
  });

  it('is there on workers that are added or replaced, and after a stop and a start', async () => {
    await person.open().removeWorkers('lake', 2, { ...ec2, drainSeconds: 0 });
    const before = (await person.open().describe('lake', ec2)).clusters[0]?.workers[0]?.id ?? '';
    await person.open().addWorkers('lake', 1, ec2);
    await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [before] }));
    expect((await person.open().repair('lake', ec2)).replaced).toHaveLength(1);
    await person.open().stop('lake', ec2);
    await person.open().start('lake', ec2);
    const workers = await addresses();
    expect(workers).toHaveLength(2);
    expect(await writtenBy('again', 2)).toEqual(workers);
  });

  it('has event logs that are explained, and remain when the cluster is destroyed', async () => {
    const { applications } = await person.open().explain('lake', ec2);
    expect(applications).toHaveLength(2);
    const page = await person.open().openPage('lake', 'history', ec2);
    const [shown] = await page.addresses();
    const listed = async (): Promise<string[]> => {
      const reply = await fetch(`${shown?.address ?? ''}api/v1/applications`);
      return ((await reply.json()) as { id: string }[]).map(({ id }) => id);
    };
    await expect
      .poll(listed, { timeout: 60_000 })
      .toEqual(expect.arrayContaining([...applications]));
    await page.close();
    const host = new RecordingHost();
    await person.open(host).destroy('lake', ec2);
    expect(host.of('history.remains')).toMatchObject([{ folder: 's3a://data/events' }]);
    const keys = await store.keys('data', 'events/');
    expect(keys.filter((key) => /\/events_1_.*zstd$/.test(key))).toHaveLength(2);
  });
});
