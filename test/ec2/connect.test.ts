import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectSession, type PartialValues, sessionEnvironment } from '../../src/index.ts';
import { Account, errorOf, type Person, until } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { runPython } from '../helpers/spark-client.ts';
import { inSteps } from '../helpers/steps.ts';

const count = `
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
print(spark.range(9).count(), sum(row[0] for row in spark.range(3).select(udf(lambda x: x + 1, 'long')('id')).collect()))
`;
const pandas = `
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql.functions import pandas_udf
spark = SparkSession.builder.getOrCreate()
@pandas_udf('long')
def twice(x: pd.Series) -> pd.Series: return x * 2
print(sorted(row[0] for row in spark.range(4, numPartitions=4).select(twice('id')).collect()))
`;

describe('clients of Spark Connect on EC2', () => {
  inSteps();
  const host = new RecordingHost();
  let account: Account;
  let person: Person;
  let session: ConnectSession;
  let ec2: { values: PartialValues };
  beforeAll(async () => {
    account = await Account.open();
    await account.reset();
    person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
    ec2 = { values: { provider: 'ec2', pythonPackageIndex: account.lab.downloads.packages } };
    const values = person.values({ idleTimeout: 40 });
    await person.open().launch('connect', { values });
  });
  afterAll(async () => {
    await session.close();
    await account.reset();
  });

  it('come in through one SSH connection, with web pages beside them', async () => {
    session = await person.open(host).connect('connect', {
      ...ec2,
      // An executor that stays for long is no work.
      conf: { 'spark.dynamicAllocation.executorIdleTimeout': '600s' },
    });
    expect(await runPython(count, session)).toMatchObject({ code: 0, stdout: '9 6\n' });
    expect(session).toMatchObject({ sparkVersion: '4.1.4', pythonVersion: /^3\.11\./ });
    const [page] = session.pages;
    const { applications } = {
      applications: await (await fetch(`${page?.address ?? ''}json/`)).text(),
    };
    expect(applications).toContain('"Spark Connect"');
    const { stdout } = await onMaster('ss -tnH state established sport = :22 | wc -l');
    // This session's, and that of the command.
    expect(Number(stdout)).toBe(2);
    // Its event log is never ended.
    const { application, findings } = await person.open().explain('connect', ec2);
    expect(application).toMatchObject({ isServer: true, endedAt: null });
    expect(findings.map(({ kind }) => kind)).not.toContain('idle-driver');
  });

  it('find pandas and pyarrow on all nodes, which asks no node a second time', async () => {
    expect(host.of('step.finished').map(({ subject }) => subject)).toEqual([
      { kind: 'node-packages', nodes: 2 },
    ]);
    expect(host.of('warning')).toEqual([]);
    expect(await runPython(pandas, session)).toMatchObject({ code: 0, stdout: '[0, 2, 4, 6]\n' });
    const again = new RecordingHost();
    const beside = await person.open(again).connect('connect', { ...ec2, isTemporary: true });
    await beside.close();
    expect(again.of('step.started')).toEqual([]);
  });

  it('find their token in no file that others can read, nor in a command line', async () => {
    const { token } = session;
    const { stdout } = await onMaster(
      'stat -c %a /run/flintrock-spark-connect.env; ss -tlnH sport = :15002 | awk "{print \\$4}"',
    );
    expect(stdout).toBe('600\n127.0.0.1:15002\n');
    const { stdout: commands } = await onMaster('cat /proc/[0-9]*/cmdline | tr "\\0" " "');
    const { stdout: logs } = await onMaster('sudo -n journalctl -u flintrock-spark-connect -o cat');
    const secret = (await onMaster('sudo -n cat /run/flintrock-spark-connect.env')).stdout;
    const [, own = ''] = secret.trim().split('=');
    expect(own).toMatch(/^[0-9a-f]{64}$/);
    for (const text of [commands, logs, JSON.stringify(host.events)])
      for (const one of [token, own]) expect(text.includes(one)).toBe(false);
  });

  it('find their way back when the connection breaks in the middle of a query', async () => {
    const before = sessionEnvironment(session);
    const told = host.of('query.progress').length;
    const long = runPython(
      `
import time
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
slow = udf(lambda x: time.sleep(1) or x, 'long')
rows = spark.range(12).repartition(1).select(slow('id')).collect()
print(sum(row[0] for row in rows))`,
      session,
    );
    const begun = (): boolean => host.of('query.progress').length > told;
    await until('the query has begun', () => Promise.resolve(begun()));
    // In the middle of its twelve seconds.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    // The session's, which was there first: a connection of its own brings this command.
    await onMaster(
      `for p in $(ls -v /proc | grep '^[0-9]*$'); do tr '\\0' ' ' </proc/$p/cmdline 2>/dev/null | grep -q '^sshd: ec2-user *$' && exec sudo -n kill -KILL "$p"; done; exit 1`,
    );
    expect(await long).toMatchObject({ code: 0, stdout: '66\n' });
    expect(host.of('connection.restored').at(-1)).toMatchObject({ isNewServer: false });
    expect(sessionEnvironment(session)).toEqual(before);
  });

  it('find their way back after the cluster was stopped and started', async () => {
    const before = sessionEnvironment(session);
    await person.open().stop('connect', ec2);
    await person.open().start('connect', ec2);
    expect(await runPython(pandas, session)).toMatchObject({ code: 0, stdout: '[0, 2, 4, 6]\n' });
    expect(host.of('connection.restored').at(-1)).toMatchObject({ isNewServer: true });
    expect(sessionEnvironment(session)).toEqual(before);
    // What was installed on the nodes is still there.
    expect(host.of('step.started')).toHaveLength(1);
  });

  it('do not keep a cluster that nobody uses, though they are connected', async () => {
    await until('the cluster ends', async () => (await account.instances('connect')).length === 0);
    await expect(session.ended).rejects.toMatchObject({ code: 'CLUSTER_NOT_FOUND' });
  });

  it('are told that an older Spark has no such server', async () => {
    const values = person.values({ sparkVersion: '3.5.9' });
    await account.person().open().launch('older', { values });
    const error = await errorOf(account.person().open().connect('older', ec2));
    expect(error).toMatchObject({ code: 'CONNECT_UNSUPPORTED' });
    const environment = await errorOf(account.person().open().pythonEnv('older', ec2));
    expect(environment).toMatchObject({ code: 'CONNECT_UNSUPPORTED' });
  });

  async function onMaster(command: string): Promise<{ stdout: string }> {
    const recorder = new RecordingHost();
    await person.open(recorder).runCommand('connect', command, { ...ec2, masterOnly: true });
    return { stdout: recorder.stdout() };
  }
});
