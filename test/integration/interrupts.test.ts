import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, EngineEvent, LaunchResult } from '../../src/index.ts';
import { isAlive } from '../../src/providers/local/daemons/processes.ts';
import type { ClusterRecord, NodeRecord } from '../../src/providers/local/records/records.ts';
import { runClient } from '../helpers/client-process.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { processesOf, processTable } from '../helpers/process-table.ts';
import { ActingHost, RecordingHost } from '../helpers/recording-host.ts';

const lab = new LocalLab();
const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
const clusters = join(lab.state, 'local');
afterAll(() => lab.close());

function launch(name: string, host?: RecordingHost, signal?: AbortSignal): Promise<LaunchResult> {
  return lab.open(host).flintrock.launch(name, {
    values: { provider: 'local', numWorkers: 1, localWorkerMemory: 512, localWorkerCores: 1 },
    signal,
  });
}

async function describeOne(name: string): Promise<Cluster> {
  const [cluster] = (await lab.open().flintrock.describe(name)).clusters;
  if (cluster === undefined) throw new Error(`${name} is gone`);
  return cluster;
}

function recordPath(name: string, node?: string): string {
  return node === undefined
    ? join(clusters, name, 'cluster.json')
    : join(clusters, name, 'nodes', node, 'node.json');
}

function nodeRecord(name: string, node: string): NodeRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordPath(name, node), 'utf8')) as NodeRecord;
  } catch {
    return undefined;
  }
}

/** Waits until a node's daemon is recorded, and gives its process id. */
async function daemonOf(name: string, node: string): Promise<number> {
  await expect
    .poll(() => nodeRecord(name, node)?.process?.pid, { interval: 5 })
    .toBeTypeOf('number');
  return nodeRecord(name, node)?.process?.pid ?? 0;
}

/** That an event is of a node whose daemon is started now. */
function starts(event: EngineEvent, node: string): boolean {
  return event.code === 'node.phase' && event.phase === 'starting' && event.node === node;
}

/** Asserts that no launch left anything: no process, no folder, no lock. */
function expectNothingLeft(): void {
  expect(lab.processes()).toEqual([]);
  expect(readdirSync(clusters)).toEqual([]);
}

describe('a launch', () => {
  it.each<[string, (event: EngineEvent) => boolean]>([
    ['before anything is made', ({ code }) => code === 'verb.started'],
    ['before the first daemon is there', (event) => starts(event, 'master')],
    ['when the master is on its way', (event) => starts(event, 'worker-1')],
  ])('that is stopped %s leaves nothing', async (_when, matches) => {
    const abort = new AbortController();
    const host = new ActingHost((event) => {
      if (matches(event)) abort.abort();
    });
    await expect(launch('cut', host, abort.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(host.of('cleanup.finished')).toMatchObject([{ left: [] }]);
    expectNothingLeft();
  });

  it('that is stopped while its worker comes up leaves nothing', async () => {
    const abort = new AbortController();
    const launching = launch('cut', undefined, abort.signal);
    launching.catch(() => undefined);
    await daemonOf('cut', 'worker-1');
    abort.abort();
    await expect(launching).rejects.toMatchObject({ code: 'ABORTED' });
    expectNothingLeft();
  });

  it('whose signal has aborted beforehand makes nothing', async () => {
    await expect(launch('cut', undefined, AbortSignal.abort())).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expectNothingLeft();
  });

  it('whose worker dies says which one and leaves nothing', async () => {
    let killed: Promise<void> | undefined;
    const host = new ActingHost((event) => {
      if (killed === undefined && starts(event, 'worker-1'))
        killed = daemonOf('cut', 'worker-1').then((pid) => void process.kill(pid, 'SIGKILL'));
    });
    await expect(launch('cut', host)).rejects.toMatchObject({
      code: 'NODE_DIED',
      message: expect.stringMatching(/^worker-1 exited while it was starting: .*SIGKILL/) as string,
    });
    await killed;
    expectNothingLeft();
  });

  it('whose cluster somebody else destroys says so, and both leave nothing', async () => {
    let destroying: Promise<unknown> | undefined;
    const host = new ActingHost((event) => {
      if (starts(event, 'worker-1')) destroying ??= lab.open().flintrock.destroy('cut');
    });
    await expect(launch('cut', host)).rejects.toMatchObject({
      code: 'CLUSTER_NOT_FOUND',
      message: expect.stringContaining('destroyed by another client') as string,
    });
    await destroying;
    expectNothingLeft();
  });
});

describe('a run whose client is killed', () => {
  /** Runs a job on a cluster of its own in another process, and gives that process and the launch's id when something is so. */
  async function runUntil(
    name: string,
    when: (events: readonly EngineEvent[]) => boolean,
  ): Promise<{ kill: () => Promise<void>; launchId: string }> {
    writeFileSync(join(lab.home, 'short.py'), 'import time\nprint("working")\ntime.sleep(8)\n');
    const client = await runClient(
      lab,
      `await flintrock.run({ file: "short.py", cluster: "${name}" }, { values: { provider: "local", numWorkers: 1, localWorkerMemory: 512 } })`,
      { env: { FLINTROCK_DEAD_MAN_SECONDS: '3' } },
    );
    await daemonOf(name, 'master');
    await expect.poll(() => when(client.events), { interval: 20, timeout: 60_000 }).toBe(true);
    const { launchId } = JSON.parse(readFileSync(recordPath(name), 'utf8')) as ClusterRecord;
    const kill = async (): Promise<void> => {
      client.child.kill('SIGKILL');
      await client.outcome;
    };
    return { kill, launchId };
  }

  it.each<[string, (events: readonly EngineEvent[]) => boolean]>([
    ['launching', () => true],
    ['working', (events) => events.some(({ code }) => code === 'job.started')],
  ])('while it is %s leaves no process and no folder', async (name, when) => {
    const { kill, launchId } = await runUntil(name, when);
    await kill();
    const isGone = (): boolean =>
      processesOf(launchId).length === 0 &&
      readdirSync(clusters).filter((one) => one.includes(name)).length === 0;
    await expect.poll(isGone, { interval: 200, timeout: 60_000 }).toBe(true);
  });

  it('leaves another launch of its name alone', async () => {
    const first = await runUntil('renewed', (events) =>
      events.some(({ code }) => code === 'job.started'),
    );
    await lab.open().flintrock.destroy('renewed');
    const { cluster } = await launch('renewed');
    await first.kill();
    // The guard of the first one has ended: it looks once a second.
    const left = (): string[] => processesOf(first.launchId);
    await expect.poll(left, { interval: 200, timeout: 30_000 }).toEqual([]);
    expect(await describeOne('renewed')).toMatchObject({
      state: 'running',
      launchId: cluster.launchId,
    });
    await lab.open().flintrock.destroy('renewed');
  });
});

describe('a launch whose client is killed', () => {
  it('is finished by the client that resumes it', async () => {
    const client = await runClient(
      lab,
      'await flintrock.launch("again", { values: { provider: "local", numWorkers: 2, localWorkerMemory: 512 } })',
    );
    await daemonOf('again', 'master');
    client.child.kill('SIGKILL');
    await client.outcome;
    const { flintrock } = lab.open();
    const { changed, cluster } = await flintrock.resume('again');
    expect(changed).toBe(true);
    expect(cluster).toMatchObject({ state: 'running', workers: [{}, {}] });
    expect((await describeOne('again')).state).toBe('running');
    expect(await flintrock.resume('again')).toMatchObject({ changed: false });

    // A daemon that dies is found, and brought back.
    expect(await flintrock.doctor('again')).toMatchObject({ ok: true, findings: [] });
    process.kill(await daemonOf('again', 'worker-2'), 'SIGKILL');
    await expect.poll(async () => (await describeOne('again')).state).toBe('degraded');
    expect(await flintrock.doctor('again')).toMatchObject({
      ok: false,
      findings: [{ subject: 'again', kind: 'unwell', fixable: true, fixed: false }],
    });
    expect(await flintrock.doctor('again', { fix: true, collect: 'again.tar.gz' })).toMatchObject({
      ok: true,
      findings: [{ fixed: true }],
    });
    expect((await describeOne('again')).state).toBe('running');
    expect(gunzipSync(readFileSync(join(lab.home, 'again.tar.gz'))).toString()).toContain(
      'local/again/worker-2/daemon.log',
    );
    await flintrock.destroy('again');
    expectNothingLeft();
  });

  it('is seen as half-launched, refuses work, and is removed whole', async () => {
    const client = await runClient(
      lab,
      'await flintrock.launch("half", { values: { provider: "local", numWorkers: 1, localWorkerMemory: 512 } })',
    );
    await daemonOf('half', 'worker-1');
    expect((await describeOne('half')).state).toBe('launching');
    client.child.kill('SIGKILL');
    await client.outcome;
    const half = await describeOne('half');
    expect(await lab.open().flintrock.doctor()).toMatchObject({
      ok: false,
      findings: [{ subject: 'half', kind: 'half-launched', fixable: true }],
    });
    expect(half).toMatchObject({
      state: 'half-launched',
      reason: 'its launch was not completed; 2 of 2 nodes are running',
    });
    writeFileSync(join(lab.home, 'job.py'), '');
    const { flintrock } = lab.open();
    for (const refuse of [
      () => flintrock.start('half'),
      () => flintrock.stop('half'),
      () => flintrock.addWorkers('half', 1),
      () => flintrock.removeWorkers('half', 1),
      () => flintrock.submit('half', { file: join(lab.home, 'job.py') }),
    ])
      await expect(refuse()).rejects.toMatchObject({
        code: 'CLUSTER_STATE_UNFIT',
        remedies: [{ action: { verb: 'resume' } }, { action: { verb: 'destroy' } }],
      });
    await expect(launch('half')).rejects.toMatchObject({ code: 'CLUSTER_EXISTS' });
    // Killed between the start of a daemon and the line that tells of it.
    const worker = nodeRecord('half', 'worker-1');
    writeFileSync(recordPath('half', 'worker-1'), JSON.stringify({ ...worker, process: null }));
    expect(processesOf(half.launchId ?? '-')).toHaveLength(2);
    await flintrock.destroy('half');
    expect(processesOf(half.launchId ?? '-')).toEqual([]);
    expectNothingLeft();
  });
});

const longPy = `
import sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("started", flush=True)
tasks, seconds = int(sys.argv[1]), float(sys.argv[2])
total = spark.sparkContext.parallelize(range(tasks), tasks).map(lambda x: time.sleep(seconds) or x).sum()
open(sys.argv[3], "w").write(str(total))
spark.stop()
`;

describe('a cluster of two workers', () => {
  const job = join(lab.home, 'long.py');
  let launchId = '';

  beforeAll(async () => {
    writeFileSync(job, longPy);
    const { cluster } = await lab.open().flintrock.launch('cut', {
      values: { provider: 'local', numWorkers: 2, localWorkerMemory: 512, localWorkerCores: 1 },
    });
    launchId = cluster.launchId ?? '';
    // Somebody's folder, whose name is what a lock of this cluster might be called.
    mkdirSync(join(clusters, 'cut.lock'));
  });

  interface StartedJob {
    readonly host: RecordingHost;
    readonly running: Promise<{ exitCode: number | null }>;
    readonly abort: AbortController;
    readonly result: string;
  }

  /** Submits {@link longPy} and waits until it holds executors. */
  async function submit(
    tasks: number,
    seconds: number,
    answer: 'cancel' | 'detach',
  ): Promise<StartedJob> {
    const host = new RecordingHost({ 'job.interrupted': answer });
    const abort = new AbortController();
    const result = join(lab.home, `result-${Math.random()}`);
    const running = lab
      .open(host)
      .flintrock.submit(
        'cut',
        { file: job, args: [String(tasks), String(seconds), result] },
        { signal: abort.signal },
      );
    running.catch(() => undefined);
    await expect.poll(() => host.stdout(), { timeout: 120_000 }).toContain('started');
    await expect
      .poll(coresUsed, { timeout: 60_000 })
      .toBe((await describeOne('cut')).workers.length);
    return { host, running, abort, result };
  }

  async function coresUsed(): Promise<number> {
    const ui = (await describeOne('cut')).services[0]?.ui ?? '';
    const status = (await (await fetch(`${ui}/json/`)).json()) as { coresused: number };
    return status.coresused;
  }

  function driverProcesses(): string[] {
    return processTable()
      .filter(({ command }) => command.includes(job))
      .map(({ command }) => command.slice(-200));
  }

  it('drops workers that were being added when that is stopped', async () => {
    const abort = new AbortController();
    const adding = lab.open().flintrock.addWorkers('cut', 1, { signal: abort.signal });
    adding.catch(() => undefined);
    const pid = await daemonOf('cut', 'worker-3');
    abort.abort();
    await expect(adding).rejects.toMatchObject({ code: 'ABORTED' });
    const cluster = await describeOne('cut');
    expect(cluster.state).toBe('running');
    expect(cluster.workers.map(({ name }) => name)).toEqual(['worker-1', 'worker-2']);
    expect(processTable().filter((entry) => entry.pid === pid)).toEqual([]);
    expect(existsSync(join(clusters, 'cut', 'nodes', 'worker-3'))).toBe(false);
  });

  it('gets a worker into order whose client was killed while it was being added', async () => {
    // Which number it gets depends on how many were ever added.
    const there = (): string[] => readdirSync(join(clusters, 'cut', 'nodes'));
    const before = new Set(there());
    const added = (): string | undefined => there().find((name) => !before.has(name));
    const client = await runClient(lab, 'await flintrock.addWorkers("cut", 1)');
    await expect.poll(added, { interval: 5 }).toBeTypeOf('string');
    const name = added() ?? '';
    await daemonOf('cut', name);
    client.child.kill('SIGKILL');
    await client.outcome;
    // Killed before the line that tells of the daemon.
    const worker = nodeRecord('cut', name);
    writeFileSync(recordPath('cut', name), JSON.stringify({ ...worker, process: null }));
    expect(await describeOne('cut')).toMatchObject({
      state: 'degraded',
      reason: `${name}: it was never started`,
    });
    const { cluster } = await lab.open().flintrock.start('cut');
    expect(cluster).toMatchObject({ state: 'running', workers: [{}, {}, { name }] });
    expect(processesOf(`-Dflintrock.node=${launchId}/${name}`)).toHaveLength(1);
    await lab.open().flintrock.removeWorkers('cut', 1);
  });

  it('cancels a job whose client is interrupted, with everything of it', async () => {
    const { running, abort, host, result } = await submit(2, 600, 'cancel');
    expect(driverProcesses().length).toBeGreaterThan(1);
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(host.questions).toMatchObject([{ code: 'job.interrupted', default: 'cancel' }]);
    expect(driverProcesses()).toEqual([]);
    await expect.poll(coresUsed).toBe(0);
    expect(existsSync(result)).toBe(false);
  });

  it('keeps a job whose workers are removed, and waits for those only so long', async () => {
    // Longer than the drain may take, and short enough to be seen through.
    const { running, result } = await submit(4, 4, 'cancel');
    const { flintrock, host } = lab.open();
    const { removed } = await flintrock.removeWorkers('cut', 1, { drainSeconds: 1 });
    expect(removed).toEqual(['worker-2']);
    expect(host.of('node.draining').length).toBeGreaterThan(0);
    expect(host.of('warning')).toMatchObject([
      { kind: 'WAIT_TIMEOUT', message: expect.stringContaining('worker-2') as string },
    ]);
    await flintrock.addWorkers('cut', 1);
    expect(await running).toMatchObject({ exitCode: 0 });
    expect(readFileSync(result, 'utf8')).toBe('6');
  });

  it('lets a job finish on a worker that leaves, and the job goes on without a client', async () => {
    const { running, abort, result } = await submit(8, 1, 'detach');
    const { flintrock, host } = lab.open();
    abort.abort();
    expect(await running).toMatchObject({ exitCode: null });
    expect(driverProcesses().length).toBeGreaterThan(0);
    await flintrock.removeWorkers('cut', 1, { drainSeconds: 60 });
    expect(host.of('warning')).toEqual([]);
    await expect.poll(() => existsSync(result), { timeout: 90_000 }).toBe(true);
    await expect.poll(() => readFileSync(result, 'utf8')).toBe('28');
    await expect.poll(driverProcesses).toEqual([]);
  });

  it('lets a worker go whose executor came to its job only after it was asked', async () => {
    const { flintrock } = lab.open();
    const { cluster } = await flintrock.addWorkers('cut', 1);
    const worker = `Worker@127.0.0.1:${cluster.workers.at(-1)?.port ?? 0} `;
    const executor = (): number | undefined =>
      processTable().find(
        ({ command }) =>
          command.includes('CoarseGrainedExecutorBackend') && command.includes(worker),
      )?.pid;
    const abort = new AbortController();
    const result = join(lab.home, 'result-late');
    const args = ['120', '1', result];
    const running = flintrock.submit('cut', { file: job, args }, { signal: abort.signal });
    running.catch(() => undefined);
    await expect.poll(executor, { timeout: 60_000, interval: 5 }).toBeTypeOf('number');
    const pid = executor() ?? 0;
    process.kill(pid, 'SIGSTOP');
    let isStopped = true;
    const host = new ActingHost(({ code }) => {
      if (code !== 'node.draining' || !isStopped) return;
      isStopped = false;
      process.kill(pid, 'SIGCONT');
    });
    await lab.open(host).flintrock.removeWorkers('cut', 1, { drainSeconds: 90 });
    expect(host.of('warning')).toEqual([]);
    // Not because the job was over.
    expect(existsSync(result)).toBe(false);
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('is stopped and started by two at once: one does it, the other may be told to wait', async () => {
    for (const verb of ['stop', 'start'] as const) {
      const both = await Promise.allSettled([0, 1].map(() => lab.open().flintrock[verb]('cut')));
      expect(both.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
      for (const one of both)
        if (one.status === 'rejected')
          expect(one.reason).toMatchObject({ code: 'CLUSTER_BUSY', source: 'environment' });
      expect((await describeOne('cut')).state).toBe(verb === 'stop' ? 'stopped' : 'running');
    }
  });

  describe('beside damaged ones', () => {
    const read = (): ClusterRecord =>
      JSON.parse(readFileSync(recordPath('cut'), 'utf8')) as ClusterRecord;
    const damages: [string, () => string | undefined][] = [
      ['empty', () => ''],
      ['garbage', () => '{"format": 1, "name": '],
      ['missing', () => undefined],
      ['no-object', () => '[]'],
      ['of-the-future', () => JSON.stringify({ ...read(), name: 'of-the-future', format: 2 })],
      ['hollow', () => JSON.stringify({ format: 1, name: 'hollow', launchId: 'x', spark: null })],
      [
        'without-nodes',
        () => JSON.stringify({ ...read(), name: 'without-nodes', launchId: 'of-nobody' }),
      ],
      ['renamed', () => JSON.stringify(read())],
    ];

    it('shows each with its reason, and all others', async () => {
      for (const [name, text] of damages) {
        mkdirSync(join(clusters, name), { recursive: true });
        const record = text();
        if (record !== undefined) writeFileSync(recordPath(name), record);
      }
      // A copy of the whole folder: its records tell of processes that are another cluster's.
      cpSync(join(clusters, 'cut', 'nodes'), join(clusters, 'renamed', 'nodes'), {
        recursive: true,
      });
      cpSync(join(clusters, 'cut'), join(clusters, 'bad-node'), { recursive: true });
      writeFileSync(
        recordPath('bad-node'),
        JSON.stringify({ ...read(), name: 'bad-node', launchId: 'other' }),
      );
      writeFileSync(recordPath('bad-node', 'worker-1'), '{"format":1,"name":"worker-1"}');
      const { clusters: all } = await lab.open().flintrock.describe();
      expect(Object.fromEntries(all.map(({ name, state }) => [name, state]))).toEqual({
        'bad-node': 'malformed',
        cut: 'running',
        'cut.lock': 'malformed',
        empty: 'malformed',
        garbage: 'malformed',
        hollow: 'malformed',
        missing: 'malformed',
        'no-object': 'malformed',
        'of-the-future': 'malformed',
        renamed: 'malformed',
        'without-nodes': 'malformed',
      });
      for (const { state, reason } of all) if (state === 'malformed') expect(reason).toMatch(/\w/);
      for (const name of ['garbage', 'renamed', 'missing'])
        await expect(lab.open().flintrock.start(name)).rejects.toMatchObject({
          code: 'CLUSTER_STATE_UNFIT',
          remedies: [{ action: { verb: 'destroy', cluster: { name } } }],
        });
    });

    it('removes each of them and harms no other', async () => {
      const { flintrock } = lab.open();
      for (const { name } of (await flintrock.describe()).clusters)
        if (name !== 'cut') await flintrock.destroy(name);
      expect(await describeOne('cut')).toMatchObject({ state: 'running' });
      expect(readdirSync(clusters)).toEqual(['cut']);
    });

    it('without its own records is removed with its processes', async () => {
      expect(processesOf(launchId).length).toBeGreaterThan(1);
      rmSync(recordPath('cut', 'master'));
      writeFileSync(recordPath('cut'), '');
      expect(await describeOne('cut')).toMatchObject({ state: 'malformed' });
      const both = await Promise.allSettled([0, 1].map(() => lab.open().flintrock.destroy('cut')));
      for (const one of both)
        if (one.status === 'rejected')
          expect((one.reason as { code: string }).code).toBe('CLUSTER_NOT_FOUND');
      expect(processesOf(launchId)).toEqual([]);
      expectNothingLeft();
    });
  });
});

it('that is started while somebody destroys it ends well, and nothing is left', async () => {
  await launch('cut');
  const { launchId } = await describeOne('cut');
  const worker = await daemonOf('cut', 'worker-1');
  process.kill(worker, 'SIGKILL');
  await expect
    .poll(() =>
      isAlive(
        nodeRecord('cut', 'worker-1')?.process ?? { pid: 0, startTime: '' },
        `-Dflintrock.node=${launchId ?? ''}/worker-1`,
        platform,
      ),
    )
    .toBe(false);
  let destroying: Promise<unknown> | undefined;
  const host = new ActingHost((event) => {
    if (starts(event, 'worker-1')) destroying ??= lab.open().flintrock.destroy('cut');
  });
  await expect(lab.open(host).flintrock.start('cut')).rejects.toMatchObject({
    code: 'CLUSTER_NOT_FOUND',
  });
  await destroying;
  expect(processesOf(launchId ?? '-')).toEqual([]);
  expectNothingLeft();
});
