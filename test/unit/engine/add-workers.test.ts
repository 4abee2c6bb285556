import { expect, it, vi } from 'vitest';
import type { FoundCluster } from '../../../src/engine/support/find-cluster.ts';
import { grow } from '../../../src/engine/verbs/add-workers.ts';
import { systemClock } from '../../../src/index.ts';
import { aCluster, aNode } from '../../helpers/clusters.ts';
import { RecordingHost } from '../../helpers/recording-host.ts';

it('a growth that fails removes no worker that was there before, whatever it is called by then', async () => {
  const old = aNode('worker-1', { id: 'i-old' });
  const cluster = aCluster('demo', { workers: [old] });
  // Somebody changed the tags by which nodes have their numbers.
  const after = aCluster('demo', {
    workers: [aNode('worker-1', { id: 'i-new' }), { ...old, name: 'worker-2' }],
  });
  const removeWorkers = vi.fn(() => Promise.resolve());
  const provider = {
    kind: 'ec2',
    pollMs: 1,
    find: () => Promise.resolve(after),
    connect: () => Promise.reject(new Error('no way in')),
    removeWorkers,
  };
  const host = new RecordingHost();
  const context = {
    signal: new AbortController().signal,
    clock: systemClock,
    emit: () => undefined,
  };
  const engine = { host, surroundings: { clock: systemClock }, providers: {} };
  await expect(
    grow(engine as never, { provider, cluster, context } as unknown as FoundCluster, 'adding', () =>
      Promise.resolve({ names: new Map([['i-hidden', 'worker-2']]) }),
    ),
  ).rejects.toThrow('no way in');
  expect(removeWorkers).not.toHaveBeenCalled();
});
