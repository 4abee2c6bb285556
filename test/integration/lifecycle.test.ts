import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Flintrock } from '../../src/index.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { RecordingHost, SlowHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';

const countPy = `
import os, sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
# Until all executors are there (the driver counts as one): a job begins as soon as the first is.
wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 2
while len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) <= wanted: time.sleep(0.1)
rdd = spark.sparkContext.parallelize(range(1000), 8)
def where(part):
    folders = os.getcwd().split(os.sep)
    yield folders[folders.index("nodes") + 1], sum(part)
rows = rdd.mapPartitions(where).collect()
print("sum", sum(total for _, total in rows))
print("workers", ",".join(sorted(set(worker for worker, _ in rows))))
spark.stop()
sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
`;

describe('a local cluster from launch to destroy', () => {
  inSteps();
  const lab = new LocalLab();
  const job = join(lab.home, 'count.py');

  beforeAll(async () => {
    writeFileSync(job, countPy);
    const { flintrock, host } = lab.open();
    const { cluster } = await flintrock.launch('demo', {
      values: {
        provider: 'local',
        numWorkers: 2,
        localWorkerMemory: 1024,
        localTags: { team: 'search' },
      },
    });
    expect(cluster.state).toBe('running');
    expect(
      host
        .of('node.phase')
        .filter(({ phase }) => phase === 'alive')
        .map(({ node }) => node)
        .sort(),
    ).toEqual(['master', 'worker-1', 'worker-2']);
  });
  afterAll(() => lab.close());

  it('is described with all its parts', async () => {
    const { clusters } = await lab.open().flintrock.describe('demo');
    expect(clusters).toMatchObject([
      {
        name: 'demo',
        provider: 'local',
        state: 'running',
        reason: null,
        master: { name: 'master', state: 'running', address: '127.0.0.1' },
        workers: [
          { name: 'worker-1', state: 'running', memoryMiB: 1024 },
          { name: 'worker-2', state: 'running', memoryMiB: 1024 },
        ],
        services: [
          {
            name: 'spark',
            healthy: true,
            ui: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
          },
        ],
        tags: { team: 'search' },
      },
    ]);
  });

  it('runs a job on both workers and gives its exit code', async () => {
    const { flintrock, host } = lab.open();
    const { exitCode } = await flintrock.submit('demo', { file: job, args: ['7'] });
    expect(host.stdout()).toBe('sum 499500\nworkers worker-1,worker-2\n');
    expect(exitCode).toBe(7);
  });

  it('takes names, arguments and output for UTF-8 where no locale is set', async () => {
    const file = join(lab.home, 'größe.py');
    writeFileSync(
      file,
      `
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print(sys.argv[1], spark.createDataFrame([(sys.argv[1],)], ["n"]).selectExpr("reverse(n)").first()[0])
`,
    );
    const host = new RecordingHost();
    const flintrock = new Flintrock({
      host,
      surroundings: {
        env: { ...lab.env, LC_ALL: undefined, LC_CTYPE: undefined, LANG: undefined },
        home: lab.home,
        cwd: lab.home,
      },
    });
    const { exitCode } = await flintrock.submit('demo', { file, args: ['größe €'] });
    expect([exitCode, host.stdout()]).toEqual([0, 'größe € € eßörg\n']);
  });

  it('shows the job that ran on a history server, which is started once', async () => {
    const { flintrock } = lab.open();
    const addresses = async (): Promise<string[]> => {
      const pages = await (await flintrock.openPage('demo', 'history')).addresses();
      return pages.map(({ address }) => address);
    };
    // Two who ask at the same time.
    const [first, second] = await Promise.all([addresses(), addresses()]);
    expect(first).toHaveLength(1);
    expect(second).toEqual(first);
    const ran = async (): Promise<unknown[]> => {
      const reply = await fetch(`${first[0] ?? ''}api/v1/applications?status=completed`);
      return (await reply.json()) as unknown[];
    };
    await expect.poll(ran).toHaveLength(2);
  });

  it('runs commands on all nodes and says which failed', async () => {
    const { flintrock, host } = lab.open();
    const result = await flintrock.runCommand(
      'demo',
      'echo "$FLINTROCK_NODE"; test "$FLINTROCK_NODE" != worker-2',
    );
    expect(result.ok).toBe(false);
    expect(result.nodes).toEqual([
      { node: 'master', exitCode: 0 },
      { node: 'worker-1', exitCode: 0 },
      { node: 'worker-2', exitCode: 1 },
    ]);
    expect(
      host
        .of('command.output')
        .map(({ node, line }) => `${node}: ${line}`)
        .sort(),
    ).toEqual(['master: master', 'worker-1: worker-1', 'worker-2: worker-2']);
  });

  it('copies files up and down', async () => {
    const { flintrock } = lab.open();
    writeFileSync(join(lab.home, 'up.txt'), 'some text');
    await flintrock.copyFile('demo', { direction: 'up', local: 'up.txt', remote: 'data/' });
    mkdirSync(join(lab.home, 'back'));
    const { nodes } = await flintrock.copyFile('demo', {
      direction: 'down',
      local: 'back',
      remote: 'data/up.txt',
    });
    expect(nodes.map(({ node, bytes }) => [node, bytes])).toEqual([
      ['master', 9],
      ['worker-1', 9],
      ['worker-2', 9],
    ]);
    expect(readFileSync(join(lab.home, 'back', 'worker-2', 'up.txt'), 'utf8')).toBe('some text');
  });

  it('names the file that it can’t copy, and leaves what is there', async () => {
    const { flintrock } = lab.open();
    mkdirSync(join(lab.home, 'folder'));
    const copy = (local: string, remote: string): Promise<unknown> =>
      flintrock.copyFile('demo', { direction: 'up', local, remote });
    await expect(copy('none.txt', 'data/')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(copy('folder', 'data/up.txt')).rejects.toMatchObject({
      code: 'TRANSFER_FAILED',
      message: expect.stringContaining('folder') as string,
    });
    // A file is in the way of the folder that it is to be in.
    await expect(copy('up.txt', 'data/up.txt/below/')).rejects.toMatchObject({
      source: 'environment',
    });
    await expect(
      flintrock.copyFile('demo', { direction: 'down', local: 'back', remote: 'data/none.txt' }),
    ).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect((await flintrock.runCommand('demo', 'cat data/up.txt')).ok).toBe(true);
    expect(readFileSync(join(lab.home, 'up.txt'), 'utf8')).toBe('some text');
  });

  it('has shells with the user’s own Python, unless PYSPARK_PYTHON names another', async () => {
    const ask = ['-c', 'import sys; print(sys.executable)'];
    const python = execFileSync('python3', ask, { encoding: 'utf8' }).trim();
    const [used = '', named = ''] = ['used', 'named'].map((name) => {
      const folder = join(lab.home, name);
      mkdirSync(folder);
      symlinkSync(python, join(folder, 'python3'));
      return folder;
    });
    const shell = async (env: NodeJS.ProcessEnv): Promise<string> => {
      const surroundings = { env: { ...lab.env, ...env }, home: lab.home, cwd: lab.home };
      const flintrock = new Flintrock({ host: new RecordingHost(), surroundings });
      const session = await flintrock.login('demo');
      if (session.kind !== 'process') throw new Error('A process was expected.');
      return execFileSync('/bin/sh', session.args, {
        cwd: session.cwd ?? lab.home,
        env: { ...lab.env, ...env, ...session.env } as NodeJS.ProcessEnv,
        input:
          'command -v python3; echo "$PYSPARK_PYTHON"; python3 -c "import pyspark; print(pyspark.__version__)"',
        encoding: 'utf8',
      });
    };
    const PATH = `${used}:${lab.env['PATH'] ?? ''}`;
    expect(await shell({ PATH })).toBe(`${used}/python3\n${used}/python3\n4.1.4\n`);
    const PYSPARK_PYTHON = `${named}/python3`;
    expect(await shell({ PATH, PYSPARK_PYTHON })).toBe(
      `${used}/python3\n${PYSPARK_PYTHON}\n4.1.4\n`,
    );
  });

  it('refuses a job at once while its master is dead, and start heals it', async () => {
    const { flintrock } = lab.open();
    const [before] = (await flintrock.describe('demo')).clusters;
    process.kill(before?.master?.pid ?? 0, 'SIGKILL');
    await expect
      .poll(async () => (await flintrock.describe('demo')).clusters[0]?.master?.state, {
        timeout: 10_000,
      })
      .toBe('dead');
    await expect(flintrock.submit('demo', { file: job })).rejects.toMatchObject({
      code: 'CLUSTER_STATE_UNFIT',
      message: expect.stringContaining('master') as string,
      remedies: [{ action: { verb: 'start' } }],
    });
    const { changed, cluster } = await flintrock.start('demo');
    expect([changed, cluster.state]).toEqual([true, 'running']);
  });

  it('shows a killed worker, and start heals it', async () => {
    const { flintrock } = lab.open();
    const before = (await flintrock.describe('demo')).clusters[0];
    const victim = before?.workers[0]?.pid;
    expect(victim).toBeTypeOf('number');
    process.kill(victim ?? 0, 'SIGKILL');
    await expect
      .poll(async () => (await flintrock.describe('demo')).clusters[0]?.state, { timeout: 10_000 })
      .toBe('degraded');
    expect((await flintrock.describe('demo')).clusters[0]?.workers[0]).toMatchObject({
      state: 'dead',
      pid: null,
    });
    const { changed, cluster } = await flintrock.start('demo');
    expect(changed).toBe(true);
    expect(cluster.state).toBe('running');
    expect(cluster.workers.map(({ id }) => id)).toEqual(before?.workers.map(({ id }) => id));
    expect(await flintrock.start('demo')).toMatchObject({ changed: false });
  });

  it('grows while a job runs, which finishes, and the next job uses the new worker', async () => {
    const slow = join(lab.home, 'slow.py');
    writeFileSync(
      slow,
      `
import time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("started", flush=True)
print("done", spark.sparkContext.parallelize(range(12), 12).map(lambda x: time.sleep(1) or x).sum())
spark.stop()
`,
    );
    const host = new RecordingHost();
    const running = lab.open(host).flintrock.submit('demo', { file: slow });
    await expect.poll(() => host.stdout(), { timeout: 60_000 }).toContain('started');
    const { flintrock } = lab.open();
    const { added, cluster } = await flintrock.addWorkers('demo', 1);
    expect(added).toEqual(['worker-3']);
    expect(cluster.workers.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'worker-1 running',
      'worker-2 running',
      'worker-3 running',
    ]);
    expect(await running).toMatchObject({ exitCode: 0 });
    expect(host.stdout()).toContain('done 66');
    const next = lab.open();
    await next.flintrock.submit('demo', { file: job, args: ['0', '3'] });
    expect(next.host.stdout()).toContain('workers worker-1,worker-2,worker-3');
  });

  it('shrinks, and never gives a name twice', async () => {
    const { flintrock } = lab.open();
    expect(await flintrock.removeWorkers('demo', 1)).toMatchObject({ removed: ['worker-3'] });
    expect((await flintrock.describe('demo')).clusters[0]?.workers.map(({ name }) => name)).toEqual(
      ['worker-1', 'worker-2'],
    );
    expect(await flintrock.addWorkers('demo', 1)).toMatchObject({ added: ['worker-4'] });
    expect(await flintrock.removeWorkers('demo', 1)).toMatchObject({ removed: ['worker-4'] });
  });

  it('stops and starts with the same workers', async () => {
    const { flintrock } = lab.open();
    const before = (await flintrock.describe('demo')).clusters[0];
    expect(await flintrock.stop('demo')).toMatchObject({
      changed: true,
      cluster: { state: 'stopped' },
    });
    expect(lab.processes()).toEqual([]);
    expect(await flintrock.stop('demo')).toMatchObject({ changed: false });
    const { cluster } = await flintrock.start('demo');
    expect(cluster.state).toBe('running');
    const identity = ({
      name,
      id,
      cores,
      memoryMiB,
    }: (typeof cluster.workers)[number]): unknown[] => [name, id, cores, memoryMiB];
    expect(cluster.workers.map(identity)).toEqual(before?.workers.map(identity));
    expect(await flintrock.submit('demo', { file: job })).toMatchObject({ exitCode: 0 });
  });

  it('is not destroyed for one of its name that it replaced while a question was open', async () => {
    const file = join(lab.state, 'local', 'demo', 'cluster.json');
    const before = readFileSync(file, 'utf8');
    const host = new SlowHost(() => {
      // As a launch of the same name leaves it.
      const { launchId, ...rest } = JSON.parse(before) as { launchId: string };
      const record = { ...rest, launchId: launchId.replaceAll(/\d/g, '7') };
      writeFileSync(file, JSON.stringify(record));
      return Promise.resolve();
    });
    await expect(lab.open(host).flintrock.destroy('demo')).rejects.toMatchObject({
      code: 'CLUSTER_NOT_FOUND',
    });
    writeFileSync(file, before);
    const { clusters } = await lab.open().flintrock.describe('demo');
    expect(clusters).toMatchObject([{ state: 'running', reason: null }]);
  });

  it('is gone without a trace after destroy', async () => {
    const host = new RecordingHost({ 'destroy.confirm': false });
    await expect(lab.open(host).flintrock.destroy('demo')).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const { flintrock } = lab.open();
    await flintrock.destroy('demo');
    expect(await flintrock.describe()).toEqual({ clusters: [], regions: [] });
    expect(lab.processes()).toEqual([]);
    await expect(flintrock.describe('demo')).rejects.toMatchObject({ code: 'CLUSTER_NOT_FOUND' });
  });
});
