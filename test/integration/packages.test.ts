import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ConnectSession } from '../../src/index.ts';
import type { ClusterRecord } from '../../src/providers/local/records/records.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { clientPython, runPython } from '../helpers/spark-client.ts';
import { inSteps } from '../helpers/steps.ts';

// The same for both formats and for both kinds of clients; TABLE is a name, or a path with Delta.
const exercise = `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
def exercise(form, table, versions):
    spark.sql(f"CREATE TABLE {table} (id INT, name STRING) USING {form}")
    spark.sql(f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b')")
    spark.sql(f"ALTER TABLE {table} ADD COLUMN age INT")
    spark.sql(f"""MERGE INTO {table} t USING (SELECT 2 AS id, 'B' AS name, 7 AS age UNION ALL SELECT 3, 'c', 8) s
        ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name, age = s.age WHEN NOT MATCHED THEN INSERT *""")
    print(form, [tuple(row) for row in spark.sql(f"SELECT * FROM {table} ORDER BY id").collect()])
    frame = spark.createDataFrame([(4, "d", 9)], "id INT, name STRING, age INT")
    if form == "delta":
        frame.write.format("delta").mode("append").saveAsTable(table)
    else:
        frame.writeTo(table).append()
    first = versions(table)
    old = spark.read.option("versionAsOf", first).table(table)
    print(form, spark.table(table).count(), old.count(), spark.sql(f"SELECT * FROM {table} VERSION AS OF {first}").count())
    spark.sql(f"DELETE FROM {table} WHERE id = 4")
    spark.sql(f"TRUNCATE TABLE {table}")
    print(form, spark.table(table).count())
def delta(table):
    exercise("delta", table, lambda _: 1)
def iceberg(table):
    exercise("iceberg", table, lambda t: spark.sql(f"SELECT snapshot_id FROM {t}.snapshots ORDER BY committed_at").first()[0])
`;

const expected = (form: string): string =>
  `${form} [(1, 'a', None), (2, 'B', 7), (3, 'c', 8)]\n${form} 4 2 2\n${form} 0\n`;

// Delta reads its log with 50 tasks by default.
const quick = {
  'spark.sql.shuffle.partitions': '1',
  'spark.databricks.delta.snapshotPartitions': '1',
};

const delta = 'io.delta:delta-spark_4.1_2.13:4.4.0';
const iceberg = 'org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0';
const postgres = 'org.postgresql:postgresql:42.7.4';

describe('packages of a local cluster', () => {
  inSteps();
  const lab = new LocalLab({ PYSPARK_PYTHON: clientPython() });
  let session: ConnectSession | undefined;
  afterAll(async () => {
    await session?.close();
    await lab.close();
  });

  const submit = async (code: string): Promise<string> => {
    writeFileSync(join(lab.home, 'job.py'), exercise + code);
    const host = new RecordingHost();
    const { exitCode } = await lab.open(host).flintrock.submit('tables', {
      file: 'job.py',
      conf: quick,
    });
    expect([exitCode, host.bytes('stderr').toString('utf8')]).toEqual([0, expect.any(String)]);
    return host.stdout();
  };

  it('are fetched when it is launched, once, and shown', async () => {
    const host = new RecordingHost();
    const { cluster } = await lab.open(host).flintrock.launch('tables', {
      values: {
        provider: 'local',
        numWorkers: 1,
        localWorkerCores: 2,
        localWorkerMemory: 1024,
        tables: ['delta', 'iceberg'],
        packages: [postgres],
      },
    });
    expect(cluster.packages).toEqual([delta, iceberg, postgres]);
    const { clusters } = await lab.open().flintrock.describe();
    expect(clusters).toMatchObject([{ packages: [delta, iceberg, postgres] }]);
    expect(host.of('plan.ready')[0]?.plan.software).toContainEqual({
      name: 'packages',
      version: null,
      source: `${delta}, ${iceberg}, ${postgres}`,
      fetchBytes: null,
    });
    // None of Hadoop's, Scala's or Log4j's, which Spark has.
    const record = readFileSync(join(lab.state, 'local', 'tables', 'cluster.json'), 'utf8');
    const { packages } = JSON.parse(record) as ClusterRecord;
    const jars = readdirSync(packages?.folder ?? '').join('\n');
    expect(jars).toContain('postgresql');
    expect(jars).not.toMatch(/hadoop_|scala-lang|log4j|slf4j/);
  });

  it('make Delta’s and Iceberg’s tables work in jobs, side by side', async () => {
    const path = join(lab.home, 'warehouse', 'd');
    const said = await submit(`
delta("delta_table")
iceberg("iceberg.db.t")
spark.range(3).write.format("delta").save("${path}")
print(spark.sql("SELECT count(*) FROM delta.\`${path}\`").first()[0])
print(spark.sparkContext._jvm.java.lang.Class.forName("org.postgresql.Driver").getName())
`);
    expect(said).toBe(`${expected('delta')}${expected('iceberg')}3\norg.postgresql.Driver\n`);
  });

  it('make them work for clients of Spark Connect', async () => {
    session = await lab.open().flintrock.connect('tables', {
      conf: quick,
    });
    const { code, stdout, stderr } = await runPython(
      `${exercise}\ndelta("connected")\niceberg("iceberg.db.connected")`,
      session,
    );
    expect([code, stdout, stderr]).toEqual([
      0,
      `${expected('delta')}${expected('iceberg')}`,
      expect.any(String),
    ]);
    await session.close();
  });

  it('are there on workers that come later, and after a stop and a start', async () => {
    const { flintrock } = lab.open();
    await flintrock.addWorkers('tables', 1);
    await flintrock.stop('tables');
    await flintrock.start('tables');
    // Iceberg's tables are those of the cluster, not of a job.
    const said = await submit(`
spark.sql("INSERT INTO iceberg.db.t VALUES (5, 'e', 1)")
print(spark.table("iceberg.db.t").count())
spark.sql("CREATE TABLE again USING delta AS SELECT 1 AS id")
print(spark.table("again").count())
`);
    expect(said).toBe('1\n1\n');
    expect((await flintrock.describe()).clusters).toMatchObject([
      {
        workers: [{ state: 'running' }, { state: 'running' }],
        packages: [delta, iceberg, postgres],
      },
    ]);
  });
});

describe('packages that a local cluster can’t have', () => {
  const lab = new LocalLab();
  afterAll(() => lab.close());
  const values = { provider: 'local', numWorkers: 1, localWorkerMemory: 512 } as const;

  it('are refused by the plan if they are for another Spark', async () => {
    const { ok, problems } = await lab.open().flintrock.plan('planned', {
      values: { ...values, packages: ['io.delta:delta-spark_2.13:4.4.0', postgres] },
    });
    expect(ok).toBe(false);
    expect(problems).toEqual([
      {
        severity: 'error',
        code: 'PACKAGE_MISMATCH',
        key: 'launch.packages',
        message: 'delta-spark_2.13:4.4.0 is for Spark 4.2, and the cluster has Spark 4.1.4.',
        remedies: [{ text: `For Spark 4.1.4 use ${delta}.` }],
      },
    ]);
  });

  it('are refused by the plan if no release of a table format fits', async () => {
    const { problems } = await lab.open().flintrock.plan('planned', {
      values: { ...values, sparkVersion: '4.2.1', tables: ['iceberg', 'delta'] },
    });
    expect(problems).toMatchObject([
      {
        severity: 'error',
        code: 'PACKAGE_MISMATCH',
        key: 'launch.tables',
        message: 'No release of Apache Iceberg for Spark 4.2.1 is known.',
      },
    ]);
  });

  it.each([
    ['org.example:nothing:1.0', 'org.example:nothing:1.0 was not found in the Maven repository.'],
    ['http://127.0.0.1:1/x.jar', 'http://127.0.0.1:1/x.jar could not be fetched: '],
  ])('make the launch fail by their name if they can’t be fetched: %s', async (name, message) => {
    await expect(
      lab.open().flintrock.launch('failed', { values: { ...values, packages: [name] } }),
    ).rejects.toMatchObject({
      code: 'PACKAGE_UNAVAILABLE',
      message: expect.stringContaining(message) as string,
    });
    expect((await lab.open().flintrock.describe()).clusters).toEqual([]);
    expect(existsSync(join(lab.state, 'local', 'failed'))).toBe(false);
  });
});
