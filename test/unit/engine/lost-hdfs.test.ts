import { describe, expect, it } from 'vitest';
import type { Provider, WorkContext } from '../../../src/engine/provider.ts';
import { lostHdfs } from '../../../src/engine/support/lost-hdfs.ts';
import type { Cluster } from '../../../src/model/cluster/cluster.ts';
import type { DataNode, HdfsStatus } from '../../../src/node/services/hdfs.ts';

const cluster = {
  name: 'demo',
  workers: [1, 2].map((number) => ({ name: `worker-${number}`, address: `10.0.0.${number}` })),
  services: [{ name: 'hdfs' }],
} as unknown as Cluster;

function dataNode(number: number, blocks: number): DataNode {
  return {
    address: `10.0.0.${number}`,
    state: 'in service',
    usedBytes: 0,
    freeBytes: 0,
    blocks,
    blocksToMove: 0,
    silentSeconds: 1,
  };
}

function inSafeMode(reported: number, dataNodes: DataNode[]): HdfsStatus {
  const safeMode = `Safe mode is ON. The reported blocks ${reported} needs additional ${9 - reported} blocks.`;
  return { safeMode, dataNodes, blocks: 9, missingBlocks: 0, underReplicatedBlocks: 0 };
}

/** What looks after HDFS, at a time that the test tells; and what it does. */
function careTaker(isBlank: boolean): {
  at: (seconds: number, hdfs: HdfsStatus | undefined) => Promise<void>;
  done: string[];
} {
  let now = 0;
  const done: string[] = [];
  const provider = {
    renewHdfs: () => {
      done.push('looked at the disks');
      return Promise.resolve(isBlank);
    },
  } as unknown as Provider;
  const context = {
    clock: { now: () => now },
    emit: (_code: string, { message }: { message: string }) => done.push(message),
  } as unknown as WorkContext;
  const attend = lostHdfs(provider, context);
  return {
    at: (seconds, hdfs) => {
      now = seconds * 1_000;
      return attend(cluster, { spark: undefined, hdfs, setUp: undefined });
    },
    done,
  };
}

describe('an HDFS that waits for blocks', () => {
  it('is let alone while a DataNode is missing, and when it waits no more', async () => {
    const { at, done } = careTaker(true);
    await at(0, undefined);
    await at(200, inSafeMode(0, [dataNode(1, 0)]));
    await at(400, inSafeMode(0, [dataNode(1, 0)]));
    await at(600, { ...inSafeMode(0, [dataNode(1, 0), dataNode(2, 0)]), safeMode: null });
    expect(done).toEqual([]);
  });

  it('is made anew, once, when no DataNode has a block', async () => {
    const { at, done } = careTaker(true);
    await at(0, inSafeMode(0, [dataNode(1, 0), dataNode(2, 0)]));
    await at(1, inSafeMode(0, [dataNode(1, 0), dataNode(2, 0)]));
    expect(done).toEqual([
      'looked at the disks',
      'HDFS on "demo" was recreated empty, because the disks of its workers were blank after the stop.',
    ]);
  });

  it('is waited for as long as blocks come; an error says what it waits for in vain', async () => {
    const { at, done } = careTaker(false);
    await at(0, inSafeMode(0, [dataNode(1, 0), dataNode(2, 0)]));
    await at(80, inSafeMode(3, [dataNode(1, 3), dataNode(2, 0)]));
    await at(160, inSafeMode(5, [dataNode(1, 5), dataNode(2, 0)]));
    await at(240, inSafeMode(5, [dataNode(1, 5), dataNode(2, 0)]));
    await expect(at(255, inSafeMode(5, [dataNode(1, 5), dataNode(2, 0)]))).rejects.toMatchObject({
      code: 'CLUSTER_STATE_UNFIT',
      message:
        'HDFS on "demo" is missing data and is read-only: Safe mode is ON. The reported blocks 5 needs additional 4 blocks.',
    });
    expect(done).toEqual(['looked at the disks']);
  });
});
