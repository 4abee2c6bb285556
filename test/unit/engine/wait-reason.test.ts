import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../../src/engine/jobs/executor-size.ts';
import { misfit, queueReason, waitReason } from '../../../src/engine/jobs/wait-reason.ts';
import type { Cluster } from '../../../src/model/cluster/cluster.ts';
import { parseSparkStatus } from '../../../src/node/services/spark.ts';
import { parseYarnApplications } from '../../../src/node/services/yarn/yarn.ts';

const cluster = { name: 'demo', provider: 'local' } as Cluster;
const worker = { host: 'w', state: 'ALIVE', cores: 4, memory: 8192 };

function status(workers: readonly object[], activeapps: readonly object[] = []) {
  return parseSparkStatus(
    JSON.stringify({
      status: 'ALIVE',
      workers: workers.map((one, port) => ({ ...one, port })),
      activeapps,
    }),
  );
}

describe('why a job gets no executors', () => {
  it('is that the cluster has no workers', () => {
    expect(waitReason(cluster, status([{ ...worker, state: 'DEAD' }]), {})?.message).toBe(
      'The job is waiting because "demo" has no worker.',
    );
  });

  it('is that no worker can hold one, by what the job says or by what its driver asked for', () => {
    const sizes = 'executor with 16 GiB of memory: the largest worker has 8 GiB for executors.';
    expect(waitReason(cluster, status([worker]), { memoryMiB: 16_384 })?.message).toContain(sizes);
    const waiting = { id: 'app-1', name: 'x', cores: 0, memoryperexecutor: 16_384, starttime: 9 };
    expect(waitReason(cluster, status([worker], [waiting]), {})?.message).toContain(sizes);
    expect(misfit({ cores: 5 }, status([worker, { ...worker, cores: 2 }]))?.message).toBe(
      'No worker can hold an executor with 5 cores: the largest worker has 4.',
    );
    expect(misfit({ cores: 4, memoryMiB: 8192 }, status([worker]))).toBeUndefined();
  });

  it('is that others hold the cores, and who they are', () => {
    const apps = [1, 2, 3, 4, 5].map((n) => ({
      id: `app-${n}`,
      name: `job ${n}`,
      cores: n,
      user: 'ann',
    }));
    const reason = waitReason(cluster, status([worker], apps), {});
    expect(reason?.message).toBe(
      'The job is waiting for cores that other applications hold: "job 1" (app-1, ann, 1 core), "job 2" (app-2, ann, 2 cores), "job 3" (app-3, ann, 3 cores), 2 more.',
    );
    expect(reason?.remedies.at(-1)).toMatchObject({ action: { verb: 'addWorkers' } });
  });

  it('is none where they only take long to start', () => {
    expect(waitReason(cluster, status([worker]), {})).toBeUndefined();
  });
});

describe('why a job waits in YARN’s queue', () => {
  const reasonOf = (app: readonly object[]) =>
    queueReason(cluster, parseYarnApplications(JSON.stringify({ apps: { app } })) ?? []);
  const waiting = { id: 'application_2', name: 'mine', user: 'ec2-user', state: 'ACCEPTED' };

  it('is that others hold what it needs, and who they are', () => {
    const holder = { id: 'application_1', name: 'long', user: 'ann', state: 'RUNNING' };
    expect(
      reasonOf([
        { ...holder, allocatedVCores: 3 },
        { ...waiting, allocatedVCores: 0 },
      ]).message,
    ).toBe(
      'The job is waiting in YARN’s queue for resources that other applications hold: "long" (application_1, ann, 3 cores).',
    );
  });

  it('is that no worker has room', () => {
    expect(reasonOf([{ ...waiting, allocatedVCores: -1 }]).message).toBe(
      'The job is waiting in YARN’s queue: no worker of "demo" has room for it.',
    );
  });

  it('is not read from another page', () => {
    expect(parseYarnApplications('{"nodes":null}')).toBeUndefined();
    expect(parseYarnApplications('{"apps":null}')).toEqual([]);
  });
});

describe('what executors need', () => {
  it('is read from a job’s properties', () => {
    expect(sizeOf({ 'spark.executor.cores': '3', 'spark.executor.memory': '2g' })).toEqual({
      cores: 3,
      memoryMiB: 2048,
    });
    expect(sizeOf({ 'spark.executor.cores': 'x' })).toEqual({ memoryMiB: undefined });
  });
});
