import { type Cluster, nodesOf } from '../../../model/cluster/cluster.ts';
import { totalOf } from '../../../model/cluster/worker-totals.ts';
import { formatApproximateDuration } from '../../../text/durations.ts';
import { formatLifetime } from '../../../text/lifetimes.ts';
import { formatHourlyPrice } from '../../../text/money.ts';
import { formatPlace } from '../../../text/places.ts';
import { formatNodeKinds } from '../../../text/shapes.ts';
import { formatMemory } from '../../../text/sizes.ts';
import { formatState } from '../../../text/states.ts';
import { stateSpan } from '../cluster-block.ts';
import { type Line } from '../palette.ts';
import { oneLine } from '../text-layout.ts';
import { cutText } from '../width.ts';
import { type Column, table } from './table.ts';

const price: Column<Cluster> = {
  title: 'PRICE',
  of: ({ pricePerHour = null }) => (pricePerHour === null ? '' : formatHourlyPrice(pricePerHour)),
  right: true,
};

const kinds: Column<Cluster> = {
  title: 'TYPES',
  of: (cluster) => formatNodeKinds(nodesOf(cluster)),
};

/** All clusters, a line each, in a table that is never wider than `width`: what doesn't fit is left out from the right. */
export function clustersTable(clusters: readonly Cluster[], now: number, width: number): Line[] {
  const columns: Column<Cluster>[] = [
    { title: 'NAME', of: ({ name }) => name, span: (_, text) => [text, 'bold'] },
    {
      title: 'STATE',
      of: ({ state }) => formatState(state),
      span: ({ state }, text) => stateSpan(state, text),
    },
    {
      title: 'NODES',
      of: ({ master, workers }) => `${master === null ? 0 : 1} + ${workers.length}`,
    },
    { title: 'CORES', of: ({ workers }) => String(totalOf(workers, 'cores') ?? ''), right: true },
    {
      title: 'MEMORY',
      of: ({ workers }) => {
        const size = totalOf(workers, 'memoryMiB');
        return size === null ? '' : formatMemory(size);
      },
      right: true,
    },
    { title: 'WHERE', of: (cluster) => cluster.region ?? formatPlace(cluster) },
    ...(clusters.some((cluster) => kinds.of(cluster) !== '') ? [kinds] : []),
    ...(clusters.some(({ pricePerHour }) => typeof pricePerHour === 'number') ? [price] : []),
    {
      title: 'LAUNCHED',
      of: ({ launchedAt }) =>
        launchedAt === null
          ? ''
          : `${formatApproximateDuration((now - Date.parse(launchedAt)) / 1000)} ago`,
    },
  ];
  return table(columns, clusters, width, (cluster) => {
    const { reason, lifetime = null } = cluster;
    const { foreign = [], master } = cluster;
    const others = foreign.map(({ id }) => id).join(', ');
    const texts = [
      ...(reason === null ? [] : [oneLine(reason)]),
      // Of a name without any node the reason says it.
      ...(foreign.length === 0 || master === null ? [] : [`other instances: ${others}`]),
      ...(lifetime === null ? [] : [formatLifetime(lifetime, now)]),
    ];
    return texts.map((text): Line => [[cutText(`  ${text}`, width), 'dim']]);
  });
}
