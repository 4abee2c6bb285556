import { type Cluster, type ClusterState, nodesOf } from '../../model/cluster/cluster.ts';
import { totalOf } from '../../model/cluster/worker-totals.ts';
import { formatApproximateDuration } from '../../text/durations.ts';
import { formatLifetime } from '../../text/lifetimes.ts';
import { formatHourlyPrice } from '../../text/money.ts';
import { formatPlace } from '../../text/places.ts';
import { formatNodeKinds } from '../../text/shapes.ts';
import { formatMemory } from '../../text/sizes.ts';
import { formatState } from '../../text/states.ts';
import { stateSpan } from './cluster-block.ts';
import { type Line } from './palette.ts';
import { oneLine, padEnd, padStart } from './text-layout.ts';
import { cutText, textWidth } from './width.ts';

interface Column {
  readonly title: string;
  readonly of: (cluster: Cluster) => string;
  readonly right?: boolean;
  readonly isState?: boolean;
}

const price: Column = {
  title: 'PRICE',
  of: ({ pricePerHour = null }) => (pricePerHour === null ? '' : formatHourlyPrice(pricePerHour)),
  right: true,
};

const kinds: Column = { title: 'TYPES', of: (cluster) => formatNodeKinds(nodesOf(cluster)) };

/** All clusters, a line each, in a table that is never wider than `width`: what doesn't fit is left out from the right. */
export function clustersTable(clusters: readonly Cluster[], now: number, width: number): Line[] {
  const columns: Column[] = [
    { title: 'NAME', of: ({ name }) => name },
    { title: 'STATE', of: ({ state }) => formatState(state), isState: true },
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
  const widths = columns.map(({ title, of }) =>
    Math.max(title.length, ...clusters.map((cluster) => textWidth(of(cluster)))),
  );
  let used = -2;
  const fitting = columns.filter((_, index) => {
    used += (widths[index] ?? 0) + 2;
    // A name and a state are the least.
    return index < 2 || used <= width;
  });
  const row = (cells: (column: Column) => string, state: ClusterState | null): Line =>
    fitting.map((column, index) => {
      const gap = index === 0 ? '' : '  ';
      const cell = cells(column);
      const last = index === fitting.length - 1;
      const size = last && column.right !== true ? 0 : (widths[index] ?? 0);
      const text = gap + (column.right === true ? padStart(cell, size) : padEnd(cell, size));
      if (cell === '' && last) return [''];
      if (state === null) return [text, 'dim'];
      if (column.isState !== true) return index === 0 ? [text, 'bold'] : [text];
      return stateSpan(state, text);
    });
  return [
    row(({ title }) => title, null),
    ...clusters.flatMap((cluster): Line[] => {
      const line = row(({ of }) => of(cluster), cluster.state);
      const { reason, lifetime = null } = cluster;
      const { foreign = [], master } = cluster;
      const others = foreign.map(({ id }) => id).join(', ');
      const texts = [
        ...(reason === null ? [] : [oneLine(reason)]),
        // Of a name without any node the reason says it.
        ...(foreign.length === 0 || master === null ? [] : [`other instances: ${others}`]),
        ...(lifetime === null ? [] : [formatLifetime(lifetime, now)]),
      ];
      return [line, ...texts.map((text): Line => [[cutText(`  ${text}`, width), 'dim']])];
    }),
  ];
}
