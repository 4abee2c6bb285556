import { describe, expect, it } from 'vitest';
import { askServices, isComplete, withReports } from '../../../src/engine/health.ts';
import type { ClusterConnection, WorkContext } from '../../../src/engine/provider.ts';
import type { Cluster, ClusterNode } from '../../../src/model/cluster/cluster.ts';

function node(name: string, address: string): ClusterNode {
  return {
    name,
    role: name === 'master' ? 'master' : 'worker',
    id: name,
    state: 'running',
    address,
    port: name === 'master' ? 7077 : 7078,
    cores: null,
    memoryMiB: null,
    reason: null,
  };
}

function clusterOf(...services: string[]): Cluster {
  return {
    name: 'demo',
    provider: 'ec2',
    state: 'running',
    reason: null,
    master: node('master', '10.0.0.1'),
    workers: [node('worker-1', '10.0.0.2'), node('worker-2', '10.0.0.3')],
    services: services.map((name) => ({ name, version: null, healthy: null, ui: null })),
    tags: {},
    launchId: null,
    launchedAt: null,
  };
}

const sparkPage = (hosts: string[]): string =>
  JSON.stringify({
    status: 'ALIVE',
    workers: hosts.map((host) => ({ host, port: 7078, state: 'ALIVE', cores: 2, memory: 4096 })),
  });

const hdfsPage = (hosts: string[], safeMode = ''): string =>
  JSON.stringify({
    beans: [
      {
        name: 'Hadoop:service=NameNode,name=NameNodeInfo',
        Safemode: safeMode,
        LiveNodes: JSON.stringify(
          Object.fromEntries(hosts.map((host) => [host, { xferaddr: `${host}:9866` }])),
        ),
        DeadNodes: '{}',
      },
    ],
  });

/** What a cluster looks like whose pages are these; a page that is missing doesn't answer. */
async function look(
  cluster: Cluster,
  pages: { spark?: string; hdfs?: string; yarn?: string },
): Promise<{ complete: boolean; seen: Cluster; asked: (number | undefined)[] }> {
  const asked: (number | undefined)[] = [];
  const connection: ClusterConnection = {
    update: () => undefined,
    failure: undefined,
    waitingFor: undefined,
    get: (_node, _path, _signal, port) => {
      asked.push(port);
      const page = port === undefined ? pages.spark : port === 8088 ? pages.yarn : pages.hdfs;
      return page === undefined ? Promise.reject(new Error('refused')) : Promise.resolve(page);
    },
    close: () => Promise.resolve(),
  };
  const { signal } = new AbortController();
  const reports = await askServices(cluster, connection, { signal } as WorkContext);
  return { complete: isComplete(cluster, reports), seen: withReports(cluster, reports), asked };
}

const both = ['10.0.0.2', '10.0.0.3'];

describe('a cluster with Spark and HDFS', () => {
  const cluster = clusterOf('spark', 'hdfs');

  it('is complete when both count in every worker', async () => {
    const { complete, seen } = await look(cluster, {
      spark: sparkPage(both),
      hdfs: hdfsPage(both),
    });
    expect(complete).toBe(true);
    expect(seen).toMatchObject({
      state: 'running',
      reason: null,
      services: [{ healthy: true }, { healthy: true }],
      workers: [{ cores: 2, memoryMiB: 4096 }, { cores: 2 }],
    });
  });

  it.each([
    ['a DataNode is missing', { hdfs: hdfsPage(['10.0.0.2']) }, 'worker-2: its DataNode is not'],
    ['HDFS can only be read', { hdfs: hdfsPage(both, 'Safe mode is ON.') }, 'Safe mode is ON.'],
    ['the NameNode is silent', {}, 'NameNode does not respond'],
  ])('is not if %s', async (_what, pages, reason) => {
    const { complete, seen } = await look(cluster, { spark: sparkPage(both), ...pages });
    expect(complete).toBe(false);
    expect(seen.state).toBe('degraded');
    expect(seen.reason).toContain(reason);
  });

  it('is not well while no DataNode has a block, and says so', async () => {
    const page = {
      beans: [
        {
          name: 'Hadoop:service=NameNode,name=NameNodeInfo',
          TotalBlocks: 30,
          NumberOfMissingBlocks: 19,
          LiveNodes: JSON.stringify(
            Object.fromEntries(both.map((host) => [host, { xferaddr: `${host}:9866` }])),
          ),
        },
        { name: 'Hadoop:service=NameNode,name=FSNamesystemState', UnderReplicatedBlocks: 11 },
      ],
    };
    const { seen } = await look(cluster, { spark: sparkPage(both), hdfs: JSON.stringify(page) });
    expect(seen).toMatchObject({
      state: 'degraded',
      reason: 'HDFS blocks missing: 19 of 30',
      services: [{ name: 'spark' }, { blocks: { total: 30, missing: 19, underReplicated: 11 } }],
    });
  });

  it('has no worker whose DataNode is no longer heard, though the NameNode calls it alive', async () => {
    const silent = hdfsPage(both).replaceAll(':9866\\"}', ':9866\\",\\"lastContact\\":40}');
    expect(silent).toContain('lastContact');
    const { complete } = await look(cluster, { spark: sparkPage(both), hdfs: silent });
    expect(complete).toBe(false);
  });

  it('is not if Spark lacks a worker', async () => {
    const { complete, seen } = await look(cluster, {
      spark: sparkPage(['10.0.0.2']),
      hdfs: hdfsPage(both),
    });
    expect(complete).toBe(false);
    expect(seen.reason).toBe('worker-2: not registered with the master');
  });
});

describe('a cluster with YARN', () => {
  const cluster = clusterOf('spark', 'hdfs', 'yarn');
  const pages = { spark: sparkPage(both), hdfs: hdfsPage(both) };
  const yarnPage = (...nodes: [host: string, state: string, report?: string][]): string =>
    JSON.stringify({
      nodes: {
        node: nodes.map(([nodeHostName, state, healthReport]) => ({
          nodeHostName,
          state,
          healthReport,
        })),
      },
    });

  it('is complete when YARN counts in every worker, too', async () => {
    const yarn = yarnPage(['10.0.0.2', 'RUNNING'], ['10.0.0.3', 'RUNNING']);
    const { complete, seen } = await look(cluster, { ...pages, yarn });
    expect([complete, seen.state]).toEqual([true, 'running']);
    expect(seen.services.at(-1)).toMatchObject({ name: 'yarn', healthy: true });
  });

  it.each([
    [undefined, 'the YARN ResourceManager does not respond'],
    [
      yarnPage(['10.0.0.2', 'RUNNING']),
      'worker-2: its NodeManager is not registered with the ResourceManager',
    ],
    [
      yarnPage(['10.0.0.2', 'RUNNING'], ['10.0.0.3', 'UNHEALTHY', 'disk full']),
      'worker-2: its NodeManager is unhealthy: disk full',
    ],
    [
      yarnPage(['10.0.0.2', 'DECOMMISSIONED'], ['10.0.0.3', 'RUNNING']),
      'worker-1: its NodeManager is decommissioned',
    ],
  ])('is not otherwise: %s', async (yarn, reason) => {
    const { complete, seen } = await look(cluster, { ...pages, ...(yarn && { yarn }) });
    expect([complete, seen.state, seen.reason]).toEqual([false, 'degraded', reason]);
  });
});

it('a cluster of HDFS alone needs no Spark, and isn’t asked for it', async () => {
  const { complete, seen, asked } = await look(clusterOf('hdfs'), { hdfs: hdfsPage(both) });
  expect(complete).toBe(true);
  expect(seen).toMatchObject({ state: 'running', services: [{ name: 'hdfs', healthy: true }] });
  expect(asked).toEqual([9870]);
});

it('a cluster of Spark alone isn’t asked for HDFS', async () => {
  const { complete, asked } = await look(clusterOf('spark'), { spark: sparkPage(both) });
  expect(complete).toBe(true);
  expect(asked).toEqual([undefined]);
});
