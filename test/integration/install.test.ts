import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ConnectSession } from '../../src/index.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { clientPython, runPython } from '../helpers/spark-client.ts';
import { inSteps } from '../helpers/steps.ts';
import { makeWheel } from '../helpers/wheel.ts';

const postgres = 'org.postgresql:postgresql:42.7.4';
const brought = 'brought-1.0-py3-none-any.whl';

// Executors load the class and import the modules; so does the driver.
const job = (modules: string): string => `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark._jvm.java.lang.Class.forName("org.postgresql.Driver")
def ask(_):
    ${modules}
    return str(answer)
${modules}
print(answer, *set(spark.sparkContext.parallelize(range(8), 4).map(ask).collect()))
try:
    spark.read.format("jdbc").options(driver="org.postgresql.Driver", url="jdbc:postgresql://127.0.0.1:1/x", dbtable="t").load()
except Exception as error:
    print("refused" in str(error))
`;

describe('install on a local cluster', () => {
  inSteps();
  const lab = new LocalLab({ PYSPARK_PYTHON: clientPython() });
  let session: ConnectSession | undefined;
  afterAll(async () => {
    await session?.close();
    await lab.close();
  });

  const submit = async (code: string): Promise<string> => {
    writeFileSync(join(lab.home, 'job.py'), code);
    const host = new RecordingHost();
    const { exitCode } = await lab.open(host).flintrock.submit('demo', { file: 'job.py' });
    expect([exitCode, host.bytes('stderr').toString('utf8')]).toEqual([0, expect.any(String)]);
    return host.stdout();
  };
  const uses = job('import pytz, own; answer = own.answer()');

  it('gives jars and Python packages to jobs that start from then on', async () => {
    writeFileSync(join(lab.home, 'requirements.txt'), '# ours\npytz >= 2020  # zones\n');
    const values = { provider: 'local', numWorkers: 1, localWorkerMemory: 1024 } as const;
    makeWheel(lab.home, 'brought', '1.0', 'brought');
    const launched = await lab.open().flintrock.launch('demo', {
      values: {
        ...values,
        pythonRequirements: 'requirements.txt',
        pythonWheels: [brought],
      },
    });
    expect(launched.cluster.pythonPackages).toEqual(['pytz>=2020', brought]);
    const zones = `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print(set(spark.sparkContext.parallelize(range(4)).map(lambda _: (__import__("pytz").utc.zone, __import__("brought").answer())).collect()))
`;
    expect(await submit(zones)).toBe("{('UTC', 'brought')}\n");
    writeFileSync(join(lab.home, 'more.txt'), 'iniconfig==2.0.0');
    const wheel = makeWheel(lab.home, 'own', '1.0', 'first');
    const { changed, cluster } = await lab
      .open()
      .flintrock.install('demo', [postgres, 'more.txt', wheel]);
    expect(changed).toBe(true);
    expect(cluster).toMatchObject({
      packages: [postgres],
      pythonPackages: ['pytz>=2020', brought, 'iniconfig==2.0.0', 'own-1.0-py3-none-any.whl'],
    });
    expect(await submit(uses)).toBe('first first\nTrue\n');
  });

  it('does nothing the second time', async () => {
    const host = new RecordingHost();
    const wheel = join(lab.home, 'own-1.0-py3-none-any.whl');
    const again = await lab.open(host).flintrock.install('demo', [wheel, 'pytz>=2020', postgres]);
    expect(again.changed).toBe(false);
    expect(host.of('step.started')).toEqual([]);
  });

  it('has clients of Spark Connect use them, whose server it restarts for jars only', async () => {
    session = await lab.open().flintrock.connect('demo');
    const wheel = makeWheel(lab.home, 'own', '1.1', 'second');
    const host = new RecordingHost();
    const { connectRestarted, cluster } = await lab
      .open(host)
      .flintrock.install('demo', [wheel, 'tzdata']);
    expect([connectRestarted, host.questions]).toEqual([false, []]);
    // Another version takes the place of the first.
    expect(cluster.pythonPackages).toEqual([
      ...['pytz>=2020', brought, 'iniconfig==2.0.0', 'tzdata', 'own-1.1-py3-none-any.whl'],
    ]);
    const { code, stdout, stderr } = await runPython(
      `
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
@udf("string")
def ask(_):
    import own, tzdata
    return own.answer()
print(spark.range(1).select(ask("id")).first()[0])
`,
      session,
    );
    expect([code, stdout, stderr]).toEqual([0, 'second\n', expect.any(String)]);
    const asking = new RecordingHost({ 'install.restartConnect': true });
    const jars = await lab.open(asking).flintrock.install('demo', ['com.h2database:h2:2.3.232']);
    expect(jars.connectRestarted).toBe(true);
    await session.close();
    session = undefined;
  });

  it('leaves workers that come later, and a stop and a start, with all of it', async () => {
    const { flintrock } = lab.open();
    await flintrock.addWorkers('demo', 1);
    expect(await submit(uses)).toBe('second second\nTrue\n');
    await flintrock.stop('demo');
    await flintrock.start('demo');
    expect(await submit(uses)).toBe('second second\nTrue\n');
    expect((await flintrock.describe('demo')).clusters).toMatchObject([
      { packages: [postgres, 'com.h2database:h2:2.3.232'] },
    ]);
  });

  it.each([
    [['io.delta:delta-spark_2.13:4.4.0', 'pytz'], 'PACKAGE_MISMATCH', 'is for Spark 4.2'],
    [['org.example:nothing:1.0', 'six'], 'PACKAGE_UNAVAILABLE', 'org.example:nothing:1.0'],
    [['six', 'nosuch-package-of-ours==1.0'], 'PYTHON_INSTALL_FAILED', 'nosuch-package-of-ours'],
    [['pyspark<4'], 'PYTHON_INSTALL_FAILED', 'pyspark'],
    [['six', '--index-url=x'], 'ARGUMENT_INVALID', '--index-url=x'],
    [['none.whl'], 'FILE_NOT_FOUND', 'none.whl'],
  ])('changes nothing if one can’t be had: %s', async (packages, code, message) => {
    const folder = join(lab.state, 'local', 'demo');
    const before = readdirSync(folder).sort();
    const { flintrock } = lab.open();
    await expect(flintrock.install('demo', packages)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
    expect(readdirSync(folder).sort()).toEqual(before);
    const { clusters } = await flintrock.describe('demo');
    expect(clusters[0]?.pythonPackages).not.toContain('six');
  });

  it('is refused while the cluster is stopped', async () => {
    const { flintrock } = lab.open();
    expect(await submit(uses)).toBe('second second\nTrue\n');
    await flintrock.stop('demo');
    await expect(flintrock.install('demo', ['six'])).rejects.toMatchObject({
      code: 'CLUSTER_STATE_UNFIT',
    });
    await flintrock.destroy('demo');
    expect(existsSync(join(lab.state, 'local', 'demo'))).toBe(false);
  });
});
