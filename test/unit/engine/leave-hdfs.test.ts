import { describe, expect, it } from 'vitest';
import type { ClusterConnection, WorkContext } from '../../../src/engine/provider.ts';
import {
  dataToMove,
  requireHdfsWithout,
  requireNoData,
  whyHdfsNeeds,
} from '../../../src/engine/support/leave-hdfs.ts';
import type { Cluster, ClusterNode, NodeState } from '../../../src/model/cluster/cluster.ts';
import type { DataNode, HdfsStatus } from '../../../src/node/services/hdfs.ts';

const gib = 2 ** 30;

function node(number: number, state: NodeState = 'running'): ClusterNode {
  return {
    name: number === 0 ? 'master' : `worker-${number}`,
    role: number === 0 ? 'master' : 'worker',
    id: `i-${number}`,
    state,
    address: `10.0.0.${number}`,
    port: null,
    cores: null,
    memoryMiB: null,
    reason: null,
  };
}

function clusterOf(...workers: ClusterNode[]): Cluster {
  return {
    name: 'demo',
    provider: 'ec2',
    state: 'running',
    reason: null,
    master: node(0),
    workers,
    services: [{ name: 'hdfs', version: null, healthy: null, ui: null }],
    tags: {},
    launchId: null,
    launchedAt: null,
  };
}

function dataNode(number: number, changes: Partial<DataNode> = {}): DataNode {
  return {
    address: `10.0.0.${number}`,
    state: 'in service',
    usedBytes: gib,
    freeBytes: 10 * gib,
    blocks: 8,
    blocksToMove: 0,
    silentSeconds: 1,
    ...changes,
  };
}

function hdfsOf(dataNodes: DataNode[], changes: Partial<HdfsStatus> = {}): HdfsStatus {
  return {
    safeMode: null,
    dataNodes,
    blocks: 8,
    missingBlocks: 0,
    underReplicatedBlocks: 0,
    ...changes,
  };
}

describe('HDFS lets workers go', () => {
  const [one, two, three] = [node(1), node(2), node(3)];
  const cluster = clusterOf(one, two, three);
  const all = [1, 2, 3].map((number) => dataNode(number));

  it('if enough stay', () => {
    expect(whyHdfsNeeds(cluster, [three], hdfsOf(all), 2)).toBeUndefined();
    expect(whyHdfsNeeds(cluster, [one, two, three], hdfsOf(all), 0)).toBeUndefined();
  });

  it('not if there would be too few for its copies', () => {
    expect(whyHdfsNeeds(cluster, [three, two], hdfsOf(all), 2)).toMatchObject({
      code: 'CLUSTER_STATE_UNFIT',
      message:
        'HDFS on "demo" replicates files to 2 workers, but only 1 would remain; at most 1 can be removed now.',
      remedies: [
        {
          text: 'Reduce the replication factor.',
          action: { options: { command: 'hdfs dfs -setrep 1 /', masterOnly: true } },
        },
      ],
    });
    expect(whyHdfsNeeds(cluster, [three, two, one], hdfsOf(all), 1)?.message).toBe(
      'HDFS on "demo" replicates files to 1 worker, but none would remain; at most 2 can be removed now.',
    );
  });

  it('not because of one that is gone, which it goes on calling alive', () => {
    const shrunk = clusterOf(node(1, 'dead'), two, three);
    expect(whyHdfsNeeds(shrunk, [three], hdfsOf(all), 2)?.message).toContain('only 1 would remain');
    const empty = [dataNode(1, { state: 'empty' }), dataNode(2), dataNode(3)];
    expect(whyHdfsNeeds(cluster, [three], hdfsOf(empty), 2)?.message).toContain('none can be');
  });

  it('not if their data would not fit', () => {
    const full = [dataNode(1, { freeBytes: gib / 4 }), dataNode(2, { freeBytes: gib / 4 }), all[2]];
    const status = hdfsOf(full.flatMap((each) => each ?? []));
    expect(whyHdfsNeeds(cluster, [three], status, 2)?.message).toBe(
      'HDFS has 1 GiB of data on the 1 worker to remove from "demo", but only 512 MiB are free on the remaining workers.',
    );
  });

  it('not if one of them may have what is missing', () => {
    const status = hdfsOf(all.slice(0, 2), { missingBlocks: 3 });
    expect(whyHdfsNeeds(cluster, [three], status, 2)?.message).toBe(
      '3 blocks of HDFS may exist only on worker-3 of "demo", which the NameNode can’t reach.',
    );
    expect(whyHdfsNeeds(clusterOf(one, two), [node(3, 'dead')], status, 2)).toBeUndefined();
  });
});

describe('what is left on a worker', () => {
  it('is what the NameNode counts, as soon as it has', () => {
    const [worker] = [node(1)];
    const seen = (changes: Partial<DataNode>): HdfsStatus => hdfsOf([dataNode(1, changes)]);
    const first = dataToMove(worker, seen({ state: 'leaving' }), undefined);
    expect(first).toEqual({ isMoved: false, blocks: 8 });
    const counted = dataToMove(worker, seen({ state: 'leaving', blocksToMove: 5 }), first);
    expect(counted).toEqual({ isMoved: false, blocks: 5 });
    expect(dataToMove(worker, seen({ state: 'leaving' }), counted)).toEqual(counted);
    expect(dataToMove(worker, seen({ state: 'empty' }), counted)).toEqual({
      isMoved: true,
      blocks: 0,
    });
  });

  it('is unknown while the NameNode is silent or can only read', () => {
    const before = { isMoved: false, blocks: 5 };
    expect(dataToMove(node(1), undefined, before)).toEqual(before);
    const safe = hdfsOf([], { safeMode: 'Safe mode is ON.' });
    expect(dataToMove(node(1), safe, before)).toEqual(before);
  });

  it('is what is missing, where nothing is heard of it', () => {
    expect(dataToMove(node(1), hdfsOf([]), undefined).isMoved).toBe(true);
    expect(dataToMove(node(1), hdfsOf([], { missingBlocks: 2 }), undefined)).toEqual({
      isMoved: false,
      blocks: 2,
    });
  });
});

/** A connection to a NameNode that has these pages, by the beginning of their paths. */
function connectionTo(pages: Record<string, string>): {
  connection: ClusterConnection;
  asked: string[];
} {
  const asked: string[] = [];
  const connection: ClusterConnection = {
    update: () => undefined,
    failure: undefined,
    waitingFor: undefined,
    get: (_node, path) => {
      const [name = '', text] =
        Object.entries(pages).find(([begin]) => path.startsWith(begin)) ?? [];
      asked.push(name);
      return text === undefined ? Promise.reject(new Error('refused')) : Promise.resolve(text);
    },
    close: () => Promise.resolve(),
  };
  return { connection, asked };
}

describe('asking HDFS', () => {
  const context = { signal: new AbortController().signal } as WorkContext;
  const cluster = clusterOf(node(1), node(2), node(3));
  const info = (adminState = 'In Service', blocks = 8): string => {
    const live = [1, 2, 3].map((number) => [
      `10.0.0.${number}:9866`,
      { xferaddr: `10.0.0.${number}:9866`, adminState, used: 1, remaining: 100, numBlocks: blocks },
    ]);
    const LiveNodes = JSON.stringify(Object.fromEntries(live));
    return JSON.stringify({
      beans: [
        { name: 'Hadoop:service=NameNode,name=NameNodeInfo', TotalBlocks: blocks, LiveNodes },
      ],
    });
  };
  const conf = (replication: number): string => `<value>${replication}</value>`;
  const files = (...replications: number[]): string =>
    replications
      .map((one) => `/f 3 bytes, replicated: replication=${one}, 1 block(s):  OK`)
      .join('\n');
  const leave = (count: number, connection: ClusterConnection): Promise<void> =>
    requireHdfsWithout(cluster, cluster.workers.slice(3 - count), connection, context);

  it('looks at every file only if the configured number of copies is too high', async () => {
    const pages = { '/jmx': info(), '/conf': conf(2), '/fsck': files(1, 1) };
    const enough = connectionTo(pages);
    await leave(1, enough.connection);
    expect(enough.asked).toEqual(['/jmx', '/conf']);
    const lowered = connectionTo(pages);
    await leave(2, lowered.connection);
    expect(lowered.asked).toEqual(['/jmx', '/conf', '/fsck']);
    // The NameNode is content with what is configured, however many a file wants.
    const higher = connectionTo({ ...pages, '/fsck': files(3) });
    await expect(leave(2, higher.connection)).rejects.toThrow('to 2 workers');
  });

  it('takes the configured number where the files can’t be looked at', async () => {
    const { connection } = connectionTo({ '/jmx': info(), '/conf': conf(2) });
    await expect(leave(2, connection)).rejects.toThrow('to 2 workers');
    const many = connectionTo({ '/jmx': info('In Service', 1_000_000), '/conf': conf(2) });
    await expect(leave(2, many.connection)).rejects.toThrow('to 2 workers');
    expect(many.asked).toEqual(['/jmx', '/conf']);
  });

  it('lets all go where there is nothing to keep', async () => {
    const { connection } = connectionTo({ '/jmx': info('In Service', 0) });
    await leave(3, connection);
  });

  it('refuses if the NameNode is silent, unless the workers are gone anyway', async () => {
    const { connection } = connectionTo({});
    await expect(leave(1, connection)).rejects.toThrow('the NameNode does not respond');
    await requireHdfsWithout(cluster, [node(3, 'dead')], connection, context);
  });

  it('has none replaced that holds data', async () => {
    const holding = connectionTo({ '/jmx': info() }).connection;
    await expect(requireNoData(cluster, [node(3)], holding, context)).rejects.toThrow(
      'HDFS data on worker-3 of "demo" would be lost',
    );
    await requireNoData(cluster, [node(3, 'dead')], holding, context);
    const empty = connectionTo({ '/jmx': info('Decommissioned') }).connection;
    await requireNoData(cluster, [node(3)], empty, context);
  });
});
