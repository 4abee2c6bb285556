import { expect, it } from 'vitest';
import type { ClusterNode } from '../../../src/model/cluster/cluster.ts';
import { formatClusterShape } from '../../../src/text/shapes.ts';
import { aNode } from '../../helpers/clusters.ts';

const machine = (
  name: string,
  instanceType: string,
  market: ClusterNode['market'] = 'on-demand',
): ClusterNode => aNode(name, { instanceType, market });
const processes = [aNode('worker-1'), aNode('worker-2', { cores: 4 })];
const unknown = [aNode('worker-1', { cores: null, memoryMiB: null })];

it.each<[ClusterNode | null, readonly ClusterNode[], string]>([
  [machine('master', 'm5.large'), [machine('worker-1', 'm5.large')], '1 + 1 × m5.large'],
  [machine('master', 'm5.large'), [], '1 + 0 × m5.large'],
  [null, [machine('worker-1', 'm5.large')], '0 + 1 × m5.large'],
  [
    machine('master', 'm5.large'),
    [machine('worker-1', 'm5.large', 'spot'), machine('worker-2', 'm5.large', 'spot')],
    '1 × m5.large + 2 × m5.large (spot)',
  ],
  [
    machine('master', 'a'),
    [machine('worker-1', 'b'), machine('worker-2', 'c')],
    '1 × a + 1 × b + 1 × c',
  ],
  [
    machine('master', 'a'),
    ['b', 'c', 'd'].map((type) => machine(type, type)),
    '1 × a + 3 × several types',
  ],
  [aNode('master'), processes.slice(0, 1), '1 + 1 × 2 cores, 1 GiB'],
  [aNode('master'), processes, '1 + 1 × 2 cores, 1 GiB + 1 × 4 cores, 1 GiB'],
  [aNode('master'), unknown, '1 + 1'],
  [null, [], '0 + 0'],
])('a cluster’s shape %#', (master, workers, text) =>
  expect(formatClusterShape({ master, workers })).toBe(text),
);
