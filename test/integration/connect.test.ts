import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectSession, sessionEnvironment } from '../../src/index.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { clientPython, runPython } from '../helpers/spark-client.ts';
import { inSteps } from '../helpers/steps.ts';

const start = `
from pyspark.sql import SparkSession
from pyspark.sql import functions as f
spark = SparkSession.builder.getOrCreate()
`;

describe('clients of Spark Connect on a local cluster', () => {
  inSteps();
  // UDFs run with the Python whose packages the client has.
  const lab = new LocalLab({ PYSPARK_PYTHON: clientPython() });
  const host = new RecordingHost();
  let session: ConnectSession;

  const launched = async (): Promise<void> => {
    await lab.open().flintrock.launch('demo', {
      values: { provider: 'local', numWorkers: 1, localWorkerMemory: 1024 },
    });
  };
  beforeAll(launched);
  afterAll(async () => {
    await session.close();
    await lab.close();
  });

  const opened = (): Promise<ConnectSession> =>
    lab.open(host).flintrock.connect('demo', {
      conf: {
        'spark.dynamicAllocation.executorIdleTimeout': '2s',
        'spark.dynamicAllocation.shuffleTracking.timeout': '3s',
        'spark.dynamicAllocation.cachedExecutorIdleTimeout': '6s',
      },
    });

  it('run DataFrames, and functions in Python and pandas', async () => {
    session = await opened();
    expect(session).toMatchObject({
      remote: expect.stringMatching(/^sc:\/\/localhost:2\d{4}$/) as string,
      sparkVersion: '4.1.4',
      pages: [{ label: 'Spark master' }],
    });
    const { code, stdout, stderr } = await runPython(
      `${start}
import pandas as pd
print(spark.version, spark.range(100).count())
print(sorted(row[0] for row in spark.range(3).select(f.udf(lambda x: x * 10, 'long')('id')).collect()))
@f.pandas_udf('double')
def half(x: pd.Series) -> pd.Series: return x / 2
print(spark.range(4).select(half('id').alias('h')).toPandas().h.sum())
print(len(spark.range(300000).select('id', f.lit('x' * 40)).toPandas()))`,
      session,
    );
    expect([code, stderr.includes('Traceback')]).toEqual([0, false]);
    expect(stdout.split('\n').slice(0, 4)).toEqual(['4.1.4 100', '[0, 10, 20]', '3.0', '300000']);
    expect(host.of('query.progress').at(-1)).toMatchObject({ runningTasks: 0 });
  });

  it('run a declarative pipeline', async () => {
    const folder = join(lab.home, 'pipeline');
    mkdirSync(join(folder, 'storage'), { recursive: true });
    const spec = join(folder, 'spark-pipeline.yml');
    writeFileSync(
      spec,
      `name: tried\nstorage: file://${folder}/storage\nlibraries:\n  - glob: { include: made/** }\n`,
    );
    mkdirSync(join(folder, 'made'));
    writeFileSync(
      join(folder, 'made', 'numbers.py'),
      `from pyspark import pipelines as dp
from pyspark.sql import SparkSession
@dp.materialized_view
def numbers():
    return SparkSession.active().range(10)
`,
    );
    writeFileSync(
      join(folder, 'made', 'even.sql'),
      'CREATE MATERIALIZED VIEW even AS SELECT id FROM numbers WHERE id % 2 = 0',
    );
    // What `spark-pipelines run` runs.
    const { stdout } = await promisify(execFile)(
      clientPython(),
      ['-m', 'pyspark.pipelines.cli', 'run', '--spec', spec],
      { env: { PATH: lab.env['PATH'], ...sessionEnvironment(session) }, cwd: folder },
    );
    expect(stdout).toContain('COMPLETED');
    const rows = await runPython(`${start}print(spark.table('even').count())`, session);
    expect(rows).toMatchObject({ code: 0, stdout: '5\n' });
  });

  it('hold no core when they are idle, after a shuffle and a cache', async () => {
    const held = `${start}
import time
frame = spark.range(1000).groupBy((f.col('id') % 7).alias('k')).count().cache()
print(frame.count())
time.sleep(1)`;
    expect((await runPython(held, session)).stdout).toBe('7\n');
    const [page] = session.pages;
    const coresInUse = async (): Promise<unknown> => {
      const reply = await fetch(`${page?.address ?? ''}json/`);
      return ((await reply.json()) as { coresused: number }).coresused;
    };
    await expect.poll(coresInUse, { timeout: 60_000 }).toBe(0);
  });

  it('are refused with another token, and by a program that speaks something else', async () => {
    const wrong = { remote: session.remote, token: 'f'.repeat(64) };
    const { code, stderr } = await runPython(`${start}spark.range(1).count()`, wrong);
    expect(code).toBe(1);
    expect(stderr).toContain('The token is missing or wrong.');
    const port = Number(session.remote.split(':').at(-1));
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.on('error', () => undefined).on('close', () => resolve(text));
    });
    expect(answer).not.toContain('200');
  });

  it('keep port and token, also when the server was restarted behind them', async () => {
    const before = sessionEnvironment(session);
    const { flintrock } = lab.open();
    const options = { values: { provider: 'local' as const } };
    expect(sessionEnvironment(await flintrock.connectEndpoint('demo', options))).toEqual(before);
    await flintrock.stop('demo');
    await flintrock.start('demo');
    expect((await runPython(`${start}print(spark.range(5).count())`, session)).stdout).toBe('5\n');
    expect(host.of('connection.restored').at(-1)).toMatchObject({ isNewServer: true });
  });

  it('find their secrets in no command line, event or log', async () => {
    const folder = join(lab.state, 'local', 'demo', 'nodes', 'connect');
    const { token: own } = JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')) as {
      token: string;
    };
    const { stdout: commands } = await promisify(execFile)('ps', ['axww', '-o', 'args']);
    const logs = readdirSync(folder)
      .filter((name) => name.startsWith('daemon.log'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
    const environment = await fetch(`${session.pages[0]?.address ?? ''}json/`);
    const archive = join(lab.home, 'collected.tar.gz');
    await lab.open().flintrock.doctor('demo', { collect: archive });
    const collected = gunzipSync(readFileSync(archive)).toString('latin1');
    expect(collected).toContain('Spark Connect');
    const told = [
      commands,
      ...logs,
      JSON.stringify(host.events),
      await environment.text(),
      collected,
    ];
    for (const secret of [own, session.token])
      for (const text of told) expect(text.includes(secret)).toBe(false);
  });

  it('are told before the first job that their Python is another one', async () => {
    // Stands in for an interpreter of another minor version.
    const other = join(lab.home, 'python');
    writeFileSync(other, `#!/bin/sh\nprintf '${other}\\n3.99.1\\n'\n`, { mode: 0o755 });
    const heard = new RecordingHost();
    // For one program there may be others beside it.
    const beside = await lab
      .open(heard)
      .flintrock.connect('demo', { python: other, isTemporary: true });
    expect(beside.remote).not.toBe(session.remote);
    expect((await runPython(`${start}print(spark.range(2).count())`, beside)).stdout).toBe('2\n');
    await beside.close();
    expect(heard.of('warning')).toMatchObject([
      { kind: 'PYTHON_MISMATCH', remedies: [{ action: { verb: 'pythonEnv' } }] },
    ]);
    expect(host.of('warning')).toEqual([]);
  });

  it('share a cluster, each workspace by a port and a token of its own', async () => {
    const beside = await lab.open().flintrock.connect('demo', { workspace: lab.home });
    expect(beside.remote).not.toBe(session.remote);
    expect(beside.token).not.toBe(session.token);
    const program = `${start}spark.range(3).createOrReplaceTempView('own')
print(spark.table('own').count(), spark.catalog.tableExists('other'))
spark.range(1).createOrReplaceTempView('other')`;
    const both = await Promise.all([runPython(program, session), runPython(program, beside)]);
    for (const one of both) expect(one).toMatchObject({ code: 0, stdout: '3 False\n' });
    const stranger = { remote: beside.remote, token: session.token };
    expect((await runPython(`${start}spark.range(1).count()`, stranger)).code).toBe(1);
    await beside.close();
  });

  it('are told whose the port is if somebody else has it', async () => {
    const again = lab.open().flintrock.connect('demo');
    await expect(again).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringMatching(/^Port \d+ is in use by .+ \(process \d+\)\.$/) as string,
    });
  });

  it('keep port and token when another cluster of the same name takes its place', async () => {
    const before = sessionEnvironment(session);
    await lab.open().flintrock.destroy('demo');
    await expect(session.ended).rejects.toMatchObject({ code: 'CLUSTER_NOT_FOUND' });
    await session.close();
    await launched();
    session = await opened();
    expect(sessionEnvironment(session)).toEqual(before);
    expect((await runPython(`${start}print(spark.range(6).count())`, session)).stdout).toBe('6\n');
  });
});
