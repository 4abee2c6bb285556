import type { Cluster, ClusterNode } from '../../src/model/cluster/cluster.ts';

/** A node that runs. */
export function aNode(name: string, change: Partial<ClusterNode> = {}): ClusterNode {
  return {
    name,
    role: name === 'master' ? 'master' : 'worker',
    id: `id-${name}`,
    state: 'running',
    address: '127.0.0.1',
    port: 7077,
    cores: name === 'master' ? null : 2,
    memoryMiB: name === 'master' ? null : 1024,
    reason: null,
    ...change,
  };
}

/** A cluster that runs on this machine. */
export function aCluster(name: string, change: Partial<Cluster> = {}): Cluster {
  return {
    name,
    provider: 'local',
    state: 'running',
    reason: null,
    master: aNode('master'),
    workers: [aNode('worker-1'), aNode('worker-2')],
    services: [{ name: 'spark', version: '4.1.4', healthy: true, ui: 'http://127.0.0.1:8080' }],
    tags: {},
    launchId: '20260504T095000Z-0123abcd',
    launchedAt: '2026-05-04T09:50:00.000Z',
    ...change,
  };
}
