import { nodesOf, type Cluster } from '../../model/cluster.ts';
import { lifetimeText, type ClusterLifetime } from '../../model/lifetime.ts';
import { memoryText } from '../../model/size.ts';
import { hourly } from '../../model/cost.ts';
import { count } from '../../model/count.ts';
import type { HoverText } from '../ui/plain.ts';
import { place, total } from '../words.ts';

/** When a cluster ends by itself: how long that is, and by the clock. */
function endWords(lifetime: ClusterLifetime): string {
  const text = lifetimeText(lifetime, Date.now()).replace(/^ends /, '');
  const { endsAt } = lifetime;
  return endsAt === null ? text : `${text} (${new Date(endsAt).toLocaleString()})`;
}

/** All that is known of a cluster, for whoever points at it. */
export function clusterHover(cluster: Cluster): HoverText {
  const { name, state, reason, workers, services, tags, launchedAt } = cluster;
  const { pricePerHour = null, lifetime = null, foreign = [] } = cluster;
  const [cores, size] = [total(workers, 'cores'), total(workers, 'memoryMiB')];
  const rows: readonly (readonly [string, string | null])[] = [
    ['Where', place(cluster)],
    ['VPC', cluster.vpcId ?? null],
    ['Nodes', `${count(nodesOf(cluster).length, 'node')}, ${count(workers.length, 'worker')}`],
    [
      'Workers give',
      cores === null
        ? null
        : `${count(cores, 'core')}${size === null ? '' : `, ${memoryText(size)}`}`,
    ],
    [
      'Software',
      services.map(({ name: one, version }) => `${one} ${version ?? ''}`.trim()).join(', ') || null,
    ],
    ['Price', pricePerHour === null ? null : hourly(pricePerHour)],
    ['Ends', lifetime === null ? null : endWords(lifetime)],
    [
      'Not its nodes',
      foreign.map(({ id, state, reason }) => `${id} (${state}): ${reason}`).join('; ') || null,
    ],
    ['Launched', launchedAt === null ? null : new Date(launchedAt).toLocaleString()],
    ...Object.entries(tags).map(([key, value]) => [key, value] as const),
  ];
  return {
    heading: `${name} is ${state}`,
    notes: reason === null ? [] : [`⚠ ${reason}`],
    rows: rows.flatMap(([label, value]) => (value === null ? [] : [[label, value] as const])),
  };
}
