import { count } from '../model/count.ts';
import { memoryText } from '../model/size.ts';
import { nodesOf, type Cluster, type ClusterNode, type ProviderKind } from '../model/cluster.ts';
import { costSoFar, dollars } from '../model/cost.ts';
import { roughDuration } from '../model/duration.ts';
import { lifetimeBrief } from '../model/lifetime.ts';
import { clusterShape, nodeKind } from '../model/cluster-shape.ts';

/** Where a cluster is, in words. */
export function place(cluster: {
  readonly provider: ProviderKind;
  readonly region?: string | undefined;
}): string {
  return cluster.provider === 'local' ? 'this machine' : `EC2 ${cluster.region ?? ''}`.trim();
}

/** What workers give to Spark together; `null` if that isn't known of any. */
export function total(workers: readonly ClusterNode[], what: 'cores' | 'memoryMiB'): number | null {
  const known = workers.flatMap((worker) => worker[what] ?? []);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}

/** What stands behind a cluster's name in the tree: `running · 1+8 × m7g.xlarge · 2 h 10 min · ~$3.10`. */
export function clusterDescription(cluster: Cluster, now: number, doing?: string): string {
  const { state, launchedAt, reason, lifetime = null } = cluster;
  const since = launchedAt === null ? null : (now - Date.parse(launchedAt)) / 1000;
  switch (state) {
    case 'launching':
    case 'starting':
    case 'stopping':
    case 'destroying':
      return [state, doing, doing === undefined ? clusterShape(cluster) : undefined]
        .filter(isThere)
        .join(' · ');
    case 'half-launched':
      return [
        `half-launched${since === null ? '' : ` ${roughDuration(since)} ago`}`,
        count(nodesOf(cluster).length, 'node'),
        'clean up?',
      ].join(' · ');
    case 'malformed':
      return ['malformed', reason].filter(isThere).join(' · ');
    case 'stopped':
      return ['stopped', clusterShape(cluster)].join(' · ');
    case 'running':
    case 'degraded':
    case 'mixed': {
      const cores = total(cluster.workers, 'cores');
      const cost = costSoFar(cluster, now);
      return [
        doing ?? state,
        clusterShape(cluster),
        cluster.provider === 'local' && cores !== null ? count(cores, 'core') : null,
        since === null || cluster.provider === 'local' ? null : roughDuration(since),
        cost === null ? null : `~${dollars(cost)}`,
        lifetime === null ? null : `ends ${lifetimeBrief(lifetime, now)}`,
      ]
        .filter(isThere)
        .join(' · ');
    }
  }
}

/** What stands behind a node's name: `127.0.0.1:7077`, `10.0.3.14 · m7g.large spot`, `2 cores · 1 GiB`. */
export function nodeDescription(node: ClusterNode): string {
  const { state, role, address, port, instanceType, cores, memoryMiB } = node;
  const local = instanceType === undefined;
  return [
    state === 'running' ? null : state,
    role === 'worker' && cores !== null ? count(cores, 'core') : null,
    role === 'worker' && memoryMiB !== null ? memoryText(memoryMiB) : null,
    address === null || (local && role === 'worker')
      ? null
      : `${address}${local && port !== null ? `:${port}` : ''}`,
    nodeKind(node),
  ]
    .filter(isThere)
    .join(' · ');
}

/** What stands behind "workers": `8 alive · 32 cores · 109 GiB`. */
export function workersDescription({ workers }: Cluster): string {
  const running = workers.filter(({ state }) => state === 'running').length;
  const [cores, size] = [total(workers, 'cores'), total(workers, 'memoryMiB')];
  return [
    running === workers.length ? `${running} running` : `${running} of ${workers.length} running`,
    cores === null ? null : count(cores, 'core'),
    size === null ? null : memoryText(size),
  ]
    .filter(isThere)
    .join(' · ');
}

function isThere<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
