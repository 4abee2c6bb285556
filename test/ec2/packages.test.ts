import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteTagsCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, errorOf, type Person } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { runPython } from '../helpers/spark-client.ts';
import { inSteps } from '../helpers/steps.ts';
import { hadoopVersion } from '../lab/prepare.mjs';

const ec2 = { values: { provider: 'ec2' } } as const;
const postgres = 'org.postgresql:postgresql:42.7.4';
/** That package has it as a dependency. */
const library = 'org.checkerframework:checker-qual:3.42.0';
const names = [
  'io.delta:delta-spark_4.1_2.13:4.4.0',
  'org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0',
  postgres,
];

/** How many jars of packages Spark has on a node, all of them readable to Spark’s own user. */
const countJars =
  'sudo -n -u spark sh -c "cat /opt/spark/jars/io.delta_*.jar /opt/spark/jars/org.apache.iceberg_*.jar /opt/spark/jars/org.postgresql_*.jar >/dev/null && ls /opt/spark/jars | grep -c _"';

describe('packages of a cluster on EC2', () => {
  inSteps();
  let account: Account;
  let person: Person;
  beforeAll(async () => {
    account = await Account.open();
    await account.reset();
    person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
  });
  afterAll(() => account.reset());

  const onAllNodes = async (command: string): Promise<string[]> => {
    const host = new RecordingHost();
    await person.open(host).runCommand('lake', command, ec2);
    return host.stdout().trim().split('\n');
  };
  const submit = async (code: string): Promise<string> => {
    const file = join(person.home, 'job.py');
    writeFileSync(
      file,
      `from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n${code}`,
    );
    const host = new RecordingHost();
    const conf = {
      'spark.sql.shuffle.partitions': '2',
      'spark.databricks.delta.snapshotPartitions': '1',
    };
    const { exitCode } = await person.open(host).submit('lake', { file, conf }, ec2);
    expect([exitCode, host.bytes('stderr').toString('utf8')]).toEqual([0, expect.any(String)]);
    return host.stdout();
  };

  it('are fetched by the master alone, and are there on all nodes when it is ready', async () => {
    const { lab } = account;
    const host = new RecordingHost();
    const { cluster } = await person.open(host).launch('lake', {
      values: person.values({
        numWorkers: 2,
        installHdfs: true,
        hdfsVersion: hadoopVersion,
        tables: ['delta', 'iceberg'],
        packages: [postgres],
        sparkMavenRepository: lab.downloads.maven,
      }),
    });
    expect(cluster.packages).toEqual(names);
    const jars = (await lab.downloadRequests()).filter(
      ({ path, method }) => method === 'GET' && path.endsWith('.jar'),
    );
    expect(new Set(jars.map(({ client }) => client)).size).toBe(1);
    expect(new Set(jars.map(({ path }) => path)).size).toBe(jars.length);
    const [count] = await onAllNodes(countJars);
    expect(await onAllNodes(countJars)).toEqual([count, count, count]);
  });

  it('make Delta’s and Iceberg’s tables work in jobs on all workers', async () => {
    const said = await submit(`
path = "hdfs:///delta"
spark.range(0, 100, 1, 4).write.format("delta").save(path)
spark.sql(f"ALTER TABLE delta.\`{path}\` ADD COLUMN name STRING")
spark.sql(f"MERGE INTO delta.\`{path}\` t USING (SELECT 100L AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)")
print(spark.read.format("delta").load(path).count(), spark.read.format("delta").option("versionAsOf", 0).load(path).count())
spark.sql("CREATE TABLE iceberg.db.t USING iceberg AS SELECT id FROM range(0, 10, 1, 4)")
print(spark.table("iceberg.db.t").count())
`);
    expect(said).toBe('101 100\n10\n');
  });

  it('make them work for clients of Spark Connect, whose server install restarts for more', async () => {
    const options = {
      values: {
        provider: 'ec2',
        pythonPackageIndex: account.lab.downloads.packages,
        sparkMavenRepository: account.lab.downloads.maven,
      },
    } as const;
    const host = new RecordingHost({ 'install.restartConnect': true });
    const session = await person.open(host).connect('lake', options);
    try {
      const tables = await runPython(
        `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE iceberg.db.c USING iceberg AS SELECT id FROM range(0, 10, 1, 2)")
spark.sql("MERGE INTO iceberg.db.c t USING (SELECT 10L AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT *")
spark.range(5).write.format("delta").mode("append").save("hdfs:///connected")
spark.sql("DELETE FROM delta.\`hdfs:///connected\` WHERE id = 0")
print(spark.table("iceberg.db.c").count(), spark.read.format("delta").load("hdfs:///connected").count(),
  spark.read.format("delta").option("versionAsOf", 0).load("hdfs:///connected").count())`,
        session,
      );
      expect(tables).toMatchObject({ code: 0, stdout: '11 4 5\n' });
      const { connectRestarted } = await person.open(host).install('lake', [library], options);
      expect(connectRestarted).toBe(true);
      const again = await runPython(
        'from pyspark.sql import SparkSession\nprint(SparkSession.builder.getOrCreate().table("iceberg.db.c").count())',
        session,
      );
      expect(again).toMatchObject({ code: 0, stdout: '11\n' });
      expect(host.of('connection.restored').at(-1)).toMatchObject({ isNewServer: true });
    } finally {
      await session.close();
    }
  });

  it('are there on workers that are added, whatever the tags say, and after a stop and a start', async () => {
    const ids = (await account.instances('lake')).map(({ InstanceId = '' }) => InstanceId);
    await account.ec2.send(
      new DeleteTagsCommand({ Resources: ids, Tags: [{ Key: 'flintrock-packages' }] }),
    );
    await person.open().addWorkers('lake', 1, ec2);
    const counts = await onAllNodes(countJars);
    expect(counts).toHaveLength(4);
    expect(new Set(counts).size).toBe(1);
    await person.open().stop('lake', ec2);
    await person.open().start('lake', ec2);
    const said = await submit(`
spark.sql("INSERT INTO iceberg.db.t SELECT id FROM range(0, 20, 1, 8)")
print(spark.table("iceberg.db.t").count())
spark.sql("TRUNCATE TABLE iceberg.db.t")
print(spark.table("iceberg.db.t").count())
`);
    expect(said).toBe('30\n0\n');
  });

  it('fail a launch, which names the one that can’t be had, and leaves nothing', async () => {
    const error = await errorOf(
      person.open().launch('lacking', {
        values: person.values({
          packages: ['org.example:nothing:1.0'],
          sparkMavenRepository: account.lab.downloads.maven,
        }),
      }),
    );
    expect(error).toMatchObject({
      code: 'PACKAGE_UNAVAILABLE',
      message: expect.stringContaining('org.example:nothing:1.0') as string,
    });
    expect(await account.instances('lacking')).toEqual([]);
  });
});
