import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteTagsCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PartialValues } from '../../src/index.ts';
import { Account, errorOf, type Person } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';
import { makeWheel } from '../helpers/wheel.ts';

const postgres = 'org.postgresql:postgresql:42.7.4';

// Each executor imports the modules and loads the class, on each node.
const program = `
import os, own, pytz, sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark._jvm.java.lang.Class.forName("org.postgresql.Driver")
while len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) <= int(sys.argv[1]): time.sleep(0.1)
def ask(_):
    import own, pytz, time
    time.sleep(0.3)
    return own.answer(), os.uname().nodename
found = spark.sparkContext.parallelize(range(12), 12).map(ask).collect()
print(own.answer(), *sorted({text for text, _ in found}), len({host for _, host in found}))
try:
    spark.read.format("jdbc").options(driver="org.postgresql.Driver", url="jdbc:postgresql://127.0.0.1:1/x", dbtable="t").load()
except Exception as error:
    print("refused" in str(error))
`;

/** What a node has of its own, on one line. */
const has =
  'echo $(ls /opt/python-packages/ | grep -v -e dist-info -e __pycache__) $(ls -d /opt/python-packages.staged 2>/dev/null) $(ls /opt/spark/jars | grep -c org.postgresql_)';

describe('install on a cluster on EC2', () => {
  inSteps();
  let account: Account;
  let person: Person;
  let ec2: { values: PartialValues };
  beforeAll(async () => {
    account = await Account.open();
    await account.reset();
    const { downloads } = account.lab;
    person = account.person({ FLINTROCK_APACHE_MIRRORS: downloads.full });
    ec2 = {
      values: {
        provider: 'ec2',
        sparkMavenRepository: downloads.maven,
      },
    };
  });
  afterAll(() => account.reset());

  const onNodes = async (command: string): Promise<string[]> => {
    const host = new RecordingHost();
    await person.open(host).runCommand('demo', command, ec2);
    // Nodes answer in any order.
    return host.stdout().trim().split('\n').sort();
  };
  const submit = async (workers: number): Promise<string> => {
    const file = join(person.home, 'job.py');
    writeFileSync(file, program);
    // All executors are there before the first task, and stay.
    const conf = { 'spark.dynamicAllocation.enabled': 'false' };
    const job = { file, args: [String(workers)], conf };
    const host = new RecordingHost();
    const { exitCode } = await person.open(host).submit('demo', job, ec2);
    expect([exitCode, host.bytes('stderr').toString('utf8')]).toEqual([0, expect.any(String)]);
    return host.stdout();
  };

  it('brings jars, packages and wheels to all nodes, and leaves what runs alone', async () => {
    const wheel = makeWheel(person.home, 'own', '1.0', 'first');
    // Packages that are installed later come from the same index.
    const values = person.values({
      numWorkers: 2,
      pythonPackageIndex: account.lab.downloads.packages,
      pythonWheels: [wheel],
    });
    const launched = await person.open().launch('demo', { values });
    expect(launched.cluster.pythonPackages).toEqual(['own-1.0-py3-none-any.whl']);
    expect(await onNodes(has)).toEqual(['own.py 0', 'own.py 0', 'own.py 0']);
    const file = join(person.home, 'long.py');
    writeFileSync(
      file,
      'from pyspark.sql import SparkSession\nimport time\nspark = SparkSession.builder.getOrCreate()\nspark.range(4).count()\ntime.sleep(600)\n',
    );
    const running = await person.open().submit('demo', { file, detach: true }, ec2);
    const executors = 'pgrep -u spark -f CoarseGrainedExecutorBackend';
    await expect.poll(() => onNodes(executors), { timeout: 60_000 }).not.toEqual(['']);
    const before = await onNodes(executors);
    const { cluster } = await person.open().install('demo', [postgres, 'pytz>=2020'], ec2);
    expect(cluster).toMatchObject({
      packages: [postgres],
      pythonPackages: ['own-1.0-py3-none-any.whl', 'pytz>=2020'],
    });
    expect(await onNodes(executors)).toEqual(before);
    await person.open().cancelJob(running.job, { ...ec2, cluster: 'demo' });
    expect(await submit(2)).toBe('first first 2\nTrue\n');
    const jars = (await account.lab.downloadRequests()).filter(
      ({ path, method }) => method === 'GET' && path.endsWith('.jar'),
    );
    // The master alone.
    expect(new Set(jars.map(({ client }) => client)).size).toBe(1);
    const again = await person.open().install('demo', [wheel, 'pytz>=2020', postgres], ec2);
    expect(again.changed).toBe(false);
  });

  it('changes no node if one of them can’t have it, and names that one', async () => {
    const before = await onNodes(has);
    // The last worker loses what pip is found by.
    const { clusters } = await person.open().describe('demo', ec2);
    const address = clusters[0]?.workers[1]?.address ?? '';
    const only = (command: string): string =>
      `case " $(hostname -I) " in *" ${address} "*) ${command};; esac`;
    await onNodes(only('sudo mv /var/lib/flintrock/python /var/lib/flintrock/python.away'));
    const error = await errorOf(person.open().install('demo', ['numpy'], ec2));
    expect(error).toMatchObject({
      code: 'PYTHON_INSTALL_FAILED',
      message: expect.stringMatching(/on worker-2: the node has no Python/) as string,
    });
    await onNodes(only('sudo mv /var/lib/flintrock/python.away /var/lib/flintrock/python'));
    expect(await onNodes(has)).toEqual(before);
    const after = await person.open().describe('demo', ec2);
    expect(after.clusters[0]?.pythonPackages).not.toContain('numpy');
  });

  it.each([
    [['io.delta:delta-spark_2.13:4.4.0', 'numpy'], 'PACKAGE_MISMATCH', 'is for Spark 4.2'],
    [['numpy', 'org.example:nothing:1.0'], 'PACKAGE_UNAVAILABLE', 'org.example:nothing:1.0'],
    [['numpy', 'nosuch-package==1.0'], 'PYTHON_INSTALL_FAILED', 'nosuch-package==1.0'],
  ])('changes nothing if one can’t be had: %s', async (packages, code, message) => {
    const before = await onNodes(has);
    expect(await errorOf(person.open().install('demo', packages, ec2))).toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
    expect(await onNodes(has)).toEqual(before);
  });

  it('replaces another version of the same', async () => {
    const wheel = makeWheel(person.home, 'own', '1.1', 'second');
    await person.open().install('demo', [wheel, 'tzdata'], ec2);
    expect(await submit(2)).toBe('second second 2\nTrue\n');
  });

  it('is there on workers that are added or replaced, whatever the tags say, and after a stop and a start', async () => {
    const ids = (await account.instances('demo')).map(({ InstanceId = '' }) => InstanceId);
    await account.ec2.send(
      new DeleteTagsCommand({
        Resources: ids,
        Tags: [{ Key: 'flintrock-packages' }, { Key: 'flintrock-python-packages' }],
      }),
    );
    await person.open().addWorkers('demo', 1, ec2);
    expect(await submit(3)).toBe('second second 3\nTrue\n');
    const { clusters } = await person.open().describe('demo', ec2);
    const lost = clusters[0]?.workers[0]?.id ?? '';
    await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [lost] }));
    const { replaced } = await person.open().repair('demo', ec2);
    expect(replaced).toEqual(['worker-1']);
    expect(await submit(3)).toBe('second second 3\nTrue\n');
    await person.open().stop('demo', ec2);
    await person.open().start('demo', ec2);
    expect(await submit(3)).toBe('second second 3\nTrue\n');
    expect(new Set(await onNodes(has))).toEqual(new Set(['own.py pytz tzdata 1']));
  });
});
