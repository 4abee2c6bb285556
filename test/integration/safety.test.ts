import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isPortFree } from '../../src/base/machine/port-free.ts';
import { type Cluster, Flintrock } from '../../src/index.ts';
import { readProcess } from '../../src/providers/local/daemons/processes.ts';
import type { ClusterRecord, NodeRecord } from '../../src/providers/local/records/records.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { isLoopback, openSockets, processesOf, processTable } from '../helpers/process-table.ts';
import { RecordingHost } from '../helpers/recording-host.ts';

/** Uses an executor and its Python, then stays until the file named by the argument is there. */
const waitPy = `
import os, sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("sum", spark.sparkContext.parallelize(range(10), 2).map(lambda x: x * 2).sum(), flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.05)
spark.stop()
`;

const lab = new LocalLab();
const job = join(lab.home, 'wait.py');
const host = new RecordingHost();
const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
let masterPort = 0;
let uiPort = 0;

beforeAll(async () => {
  writeFileSync(job, waitPy);
  [masterPort, uiPort] = await lastingPorts();
  await withSecrets(host).launch('safe', {
    values: { provider: 'local', numWorkers: 1, localWorkerMemory: 1024 },
  });
});
// A test that fails leaves no job that keeps the cores from the next one.
const ends = new Set<() => Promise<unknown>>();
afterEach(() => Promise.all([...ends].map((end) => end())));
afterAll(() => lab.close());

async function describeOne(name: string): Promise<Cluster> {
  const [cluster] = (await lab.open().flintrock.describe(name)).clusters;
  if (cluster === undefined) throw new Error(`${name} is gone`);
  return cluster;
}

function folderOf(name: string): string {
  return join(lab.state, 'local', name);
}

function nodeRecord(name: string, node: string): NodeRecord {
  return JSON.parse(
    readFileSync(join(folderOf(name), 'nodes', node, 'node.json'), 'utf8'),
  ) as NodeRecord;
}

/** Everything that works for a cluster: daemons, drivers, executors, their Pythons. */
function processesUsing(name: string): number[] {
  return processTable()
    .filter(({ environment }) => environment.includes(`SPARK_CONF_DIR=${folderOf(name)}/`))
    .map(({ pid }) => pid);
}

async function occupy(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Two free ports that the system gives to nobody by itself: they stay free while their cluster is stopped. */
async function lastingPorts(): Promise<[number, number]> {
  const free: number[] = [];
  for (let port = 20_000 + (process.pid % 5_000); free.length < 2; port += 1)
    if (await isPortFree(port)) free.push(port);
  return [free[0] ?? 0, free[1] ?? 0];
}

/** What opens doors elsewhere, in the environment of the user who launches and submits. */
const secrets = {
  AWS_SECRET_ACCESS_KEY: 'not-for-daemons-1',
  AWS_SESSION_TOKEN: 'not-for-daemons-2',
  GITHUB_TOKEN: 'not-for-daemons-3',
  DB_PASSWORD: 'not-for-daemons-4',
} as const;

function withSecrets(listener: RecordingHost): Flintrock {
  const env = { ...lab.env, ...secrets, AWS_REGION: 'eu-west-1' };
  return new Flintrock({
    host: listener,
    surroundings: { env, home: lab.home, cwd: lab.home },
  });
}

/** Starts a job that stays until `end` is called. */
async function startJob(
  name: string,
): Promise<{ host: RecordingHost; end: () => Promise<number | null> }> {
  const listener = new RecordingHost();
  const go = join(lab.home, `go-${Math.random()}`);
  const running = withSecrets(listener).submit(
    name,
    { file: job, args: [go] },
    { values: { provider: 'local' } },
  );
  const end = async (): Promise<number | null> => {
    ends.delete(end);
    writeFileSync(go, '');
    return (await running).exitCode;
  };
  ends.add(end);
  await expect.poll(() => listener.stdout(), { timeout: 120_000 }).toContain('sum 90');
  return { host: listener, end };
}

describe('a cluster with a job on it', () => {
  it('listens on the loopback address only, and shows its secret to nobody', async () => {
    const secret = readFileSync(join(folderOf('safe'), 'secret'), 'utf8');
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    const running = await startJob('safe');
    const pids = processesUsing('safe');
    // A master, a worker, a driver, an executor and their Pythons, or this looks at the wrong processes.
    const commands = processTable().filter(({ pid }) => pids.includes(pid));
    for (const part of [
      'Master',
      'Worker',
      'SparkSubmit',
      'CoarseGrainedExecutorBackend',
      'python',
    ])
      expect(commands.some(({ command }) => command.includes(part))).toBe(true);
    const sockets = openSockets(pids);
    expect(sockets.length).toBeGreaterThanOrEqual(6);
    expect(sockets.filter((socket) => !isLoopback(socket))).toEqual([]);

    expect(processTable().filter(({ command }) => command.includes(secret))).toEqual([]);
    const pages = await Promise.all(
      [...new Set(sockets.map(({ port }) => port))].map(async (port) =>
        fetch(`http://127.0.0.1:${port}/environment/`, { signal: AbortSignal.timeout(5_000) }).then(
          (response) => response.text(),
          () => '',
        ),
      ),
    );
    // The driver's own page shows its configuration, and Spark 4's master one like it.
    expect(pages.some((page) => page.includes('spark.authenticate.secret'))).toBe(true);
    expect(pages.filter((page) => page.includes(secret))).toEqual([]);
    // The driver is the user's own program: it has what he has. What runs on for others has none of it.
    const holders = commands.filter(({ environment }) => environment.includes('not-for-daemons'));
    expect(holders.some(({ command }) => command.includes('SparkSubmit'))).toBe(true);
    expect(
      holders.filter(({ command }) => /deploy\.(master|worker)|GrainedExecutor/.test(command)),
    ).toEqual([]);
    const executor = commands.find(({ command }) => command.includes('GrainedExecutorBackend'));
    expect(executor?.environment).toContain('AWS_REGION=eu-west-1');
    expect(await running.end()).toBe(0);
    expect(JSON.stringify([host.events, running.host.events])).not.toContain(secret);
  });

  it('lets nobody end a job or a worker by a page', async () => {
    const running = await startJob('safe');
    const master = nodeRecord('safe', 'master');
    const page = `http://127.0.0.1:${master.uiPort}`;
    const { activeapps, workers } = (await (await fetch(`${page}/json/`)).json()) as {
      activeapps: { id: string }[];
      workers: { host: string; state: string }[];
    };
    const app = activeapps[0]?.id ?? '';
    expect(workers.map(({ state }) => state)).toEqual(['ALIVE']);
    const post = async (path: string, body: Record<string, string>): Promise<number> => {
      const form = new URLSearchParams(body);
      return (await fetch(`${page}${path}`, { method: 'POST', body: form, redirect: 'manual' }))
        .status;
    };
    await post('/app/kill/', { id: app, terminate: 'true' });
    expect(await post('/workers/kill/', { host: '127.0.0.1' })).toBe(403);
    await fetch(`${page}/proxy/${app}/jobs/job/kill/?id=0&terminate=true`);
    expect(await (await fetch(page)).text()).not.toContain('(kill)');
    const after = (await (await fetch(`${page}/json/`)).json()) as {
      activeapps: unknown[];
      workers: { state: string }[];
    };
    expect(after.activeapps).toHaveLength(1);
    expect(after.workers.map(({ state }) => state)).toEqual(['ALIVE']);
    expect(await running.end()).toBe(0);
  });

  it('keeps its files to its owner', () => {
    const open: string[] = [];
    for (const folder of [lab.state, join(lab.state, 'local'), folderOf('safe')])
      if ((statSync(folder).mode & 0o077) !== 0) open.push(folder);
    const secret = readFileSync(join(folderOf('safe'), 'secret'), 'utf8');
    let holders = 0;
    for (const name of readdirSync(folderOf('safe'), { recursive: true }) as string[]) {
      const path = join(folderOf('safe'), name);
      const { mode } = statSync(path);
      const holds = statSync(path).isFile() && readFileSync(path, 'latin1').includes(secret);
      if (holds) holders += 1;
      if ((holds || /\.(json|conf)$/.test(name)) && (mode & 0o077) !== 0) open.push(path);
    }
    expect(holders).toBe(2);
    expect(open).toEqual([]);
  });

  it('gives nothing to an application without its secret', async () => {
    const { spark, java } = JSON.parse(
      readFileSync(join(folderOf('safe'), 'cluster.json'), 'utf8'),
    ) as ClusterRecord;
    const conf = join(lab.home, 'conf-of-a-stranger');
    mkdirSync(conf);
    const log = join(folderOf('safe'), 'nodes', 'master', 'daemon.log');
    const outsiders = [
      ['--conf', 'spark.authenticate=false'],
      ['--conf', 'spark.authenticate=true', '--conf', 'spark.authenticate.secret=wrong'],
    ].map((args) => {
      const { port } = nodeRecord('safe', 'master');
      const child = spawn(
        join(spark.home, 'bin', 'spark-submit'),
        ['--master', `spark://127.0.0.1:${port}`, ...args, job, join(lab.home, 'never')],
        {
          env: {
            ...process.env,
            JAVA_HOME: java.home,
            SPARK_CONF_DIR: conf,
            SPARK_LOCAL_IP: '127.0.0.1',
          },
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: true,
        },
      );
      const said = { out: '', err: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
      return { child, said };
    });
    const before = readFileSync(log, 'utf8').length;
    try {
      // Both have tried, and were turned away.
      for (const { said } of outsiders)
        await expect
          .poll(() => said.err, { timeout: 90_000 })
          .toMatch(/Failed to connect to master/);
      const status = (await (
        await fetch(`${(await describeOne('safe')).services[0]?.ui ?? ''}/json/`)
      ).json()) as { activeapps: unknown[]; workers: { coresused: number }[] };
      expect(status.activeapps).toEqual([]);
      expect(status.workers.map(({ coresused }) => coresused)).toEqual([0]);
      for (const { said } of outsiders) expect(said.out).toBe('');
      expect(readFileSync(log, 'utf8').slice(before)).not.toMatch(/Registered app/);
    } finally {
      for (const { child } of outsiders) process.kill(-(child.pid ?? 0), 'SIGKILL');
    }
  });
});

describe('two clusters', () => {
  it('of one name, launched at once: one wins and is unharmed', async () => {
    const values = {
      provider: 'local',
      numWorkers: 1,
      localWorkerMemory: 1024,
      localMasterPort: masterPort,
      localMasterUiPort: uiPort,
    } as const;
    const launches = await Promise.allSettled(
      [0, 1, 2].map(() => lab.open().flintrock.launch('beside', { values })),
    );
    expect(launches.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const launch of launches)
      if (launch.status === 'rejected')
        expect((launch.reason as { code: string }).code).toMatch(/^CLUSTER_(EXISTS|BUSY)$/);
    await expect(lab.open().flintrock.launch('beside', { values })).rejects.toMatchObject({
      code: expect.stringMatching(/CLUSTER_EXISTS|PLAN_REFUSED/) as string,
    });
    expect(await describeOne('beside')).toMatchObject({
      state: 'running',
      master: { port: masterPort },
      services: [{ ui: `http://127.0.0.1:${uiPort}` }],
    });
  });

  it('run jobs side by side, each on its own worker', async () => {
    const both = await Promise.all(['safe', 'beside'].map((name) => startJob(name)));
    for (const name of ['safe', 'beside']) {
      const folder = join(folderOf(name), 'nodes', 'worker-1', 'work');
      expect(readdirSync(folder).length).toBeGreaterThan(0);
      expect(openSockets(processesUsing(name)).filter((socket) => !isLoopback(socket))).toEqual([]);
    }
    expect(await Promise.all(both.map(({ end }) => end()))).toEqual([0, 0]);
  });

  it('count together against the machine’s memory', async () => {
    const localWorkerMemory = Math.floor((totalmem() / 1024 / 1024) * 0.79);
    const { problems } = await lab.open().flintrock.plan('third', {
      values: { provider: 'local', numWorkers: 1, localWorkerMemory },
    });
    expect(problems).toEqual([
      expect.objectContaining({
        code: 'MACHINE_FULL',
        message: expect.stringContaining('in addition to 2 GiB of other local clusters') as string,
      }),
    ]);
  });
});

describe('a port that somebody takes while a cluster is stopped', () => {
  it('is replaced by another one if nobody wished for it', async () => {
    const { flintrock } = lab.open();
    await flintrock.stop('safe');
    const before = nodeRecord('safe', 'master');
    const servers = await Promise.all([before.port, before.uiPort].map(occupy));
    try {
      const { cluster } = await flintrock.start('safe');
      expect(cluster.state).toBe('running');
      expect(cluster.master?.port).not.toBe(before.port);
      expect(cluster.services[0]?.ui).not.toBe(`http://127.0.0.1:${before.uiPort}`);
    } finally {
      servers.forEach((server) => server.close());
    }
  });

  it('is an error that names it if it was wished for, and the cluster starts once it is free', async () => {
    const { flintrock } = lab.open();
    await flintrock.stop('beside');
    const server = await occupy(masterPort);
    try {
      await expect(flintrock.start('beside')).rejects.toMatchObject({
        code: 'PORT_TAKEN',
        message: expect.stringContaining(String(masterPort)) as string,
        remedies: [{ text: expect.stringContaining('master-port') as string }],
      });
      expect((await describeOne('beside')).state).toBe('stopped');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect((await flintrock.start('beside')).cluster).toMatchObject({
      state: 'running',
      master: { port: masterPort },
    });
  });
});

it('never signals a process that merely has a recorded id', async () => {
  const { launchId } = await describeOne('beside');
  const stranger = spawn('sleep', ['1000']);
  await once(stranger, 'spawn');
  const pid = stranger.pid ?? 0;
  const startTime = (await readProcess(pid, platform))?.startTime ?? '';
  const path = join(folderOf('beside'), 'nodes', 'worker-1', 'node.json');
  try {
    for (const mark of [
      { pid, startTime },
      { pid, startTime: 'before the last boot' },
    ]) {
      writeFileSync(path, JSON.stringify({ ...nodeRecord('beside', 'worker-1'), process: mark }));
      expect((await describeOne('beside')).workers[0]).toMatchObject({ state: 'dead', pid: null });
    }
    writeFileSync(
      path,
      JSON.stringify({ ...nodeRecord('beside', 'worker-1'), process: { pid, startTime } }),
    );
    await lab.open().flintrock.destroy('beside');
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    expect(await readProcess(pid, platform)).toBeDefined();
    // Its real daemon, which no record told of any more, is gone all the same.
    expect(processesOf(launchId ?? 'none')).toEqual([]);
    expect(existsSync(folderOf('beside'))).toBe(false);
  } finally {
    stranger.kill('SIGKILL');
  }
});
