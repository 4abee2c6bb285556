import { nodesOf, type Cluster } from '../../model/cluster.ts';
import { kindsOf } from '../../model/cluster-shape.ts';
import { roughDuration } from '../../model/duration.ts';
import { lifetimeText } from '../../model/lifetime.ts';
import { stateSpan } from './cluster-block.ts';
import { hourly, place, total } from './nouns.ts';
import { textLength, type Line } from './palette.ts';
import { memoryText } from '../../model/size.ts';
import { oneLine, padEnd, padStart } from './text.ts';

interface Column {
  readonly title: string;
  readonly of: (cluster: Cluster) => string;
  readonly right?: boolean;
  readonly isState?: boolean;
}

const price: Column = {
  title: 'PRICE',
  of: ({ pricePerHour = null }) => (pricePerHour === null ? '' : hourly(pricePerHour)),
  right: true,
};

const kinds: Column = { title: 'TYPES', of: (cluster) => kindsOf(nodesOf(cluster)).join(', ') };

/** All clusters, a line each, in a table that is never wider than `width`: what doesn't fit is left out from the right. */
export function clustersTable(clusters: readonly Cluster[], now: number, width: number): Line[] {
  const columns: Column[] = [
    { title: 'NAME', of: ({ name }) => name },
    { title: 'STATE', of: ({ state }) => state, isState: true },
    {
      title: 'NODES',
      of: ({ master, workers }) => `${master === null ? 0 : 1} + ${workers.length}`,
    },
    { title: 'CORES', of: ({ workers }) => String(total(workers, 'cores') ?? ''), right: true },
    {
      title: 'MEMORY',
      of: ({ workers }) => {
        const size = total(workers, 'memoryMiB');
        return size === null ? '' : memoryText(size);
      },
      right: true,
    },
    { title: 'WHERE', of: (cluster) => cluster.region ?? place(cluster) },
    ...(clusters.some((cluster) => kinds.of(cluster) !== '') ? [kinds] : []),
    ...(clusters.some(({ pricePerHour }) => typeof pricePerHour === 'number') ? [price] : []),
    {
      title: 'LAUNCHED',
      of: ({ launchedAt }) =>
        launchedAt === null ? '' : `${roughDuration((now - Date.parse(launchedAt)) / 1000)} ago`,
    },
  ];
  const widths = columns.map(({ title, of }) =>
    Math.max(title.length, ...clusters.map((cluster) => textLength(of(cluster)))),
  );
  let used = -2;
  const fitting = columns.filter((_, index) => {
    used += (widths[index] ?? 0) + 2;
    // A name and a state are the least.
    return index < 2 || used <= width;
  });
  const row = (cells: (column: Column) => string, isHead: boolean): Line =>
    fitting.map((column, index) => {
      const gap = index === 0 ? '' : '  ';
      const cell = cells(column);
      const last = index === fitting.length - 1;
      const size = last && column.right !== true ? 0 : (widths[index] ?? 0);
      const text = gap + (column.right === true ? padStart(cell, size) : padEnd(cell, size));
      if (cell === '' && last) return [''];
      if (isHead) return [text, 'dim'];
      if (column.isState !== true) return index === 0 ? [text, 'bold'] : [text];
      const [, style] = stateSpan(cell as Cluster['state']);
      return style === undefined ? [text] : [text, style];
    });
  return [
    row(({ title }) => title, true),
    ...clusters.flatMap((cluster): Line[] => {
      const line = row(({ of }) => of(cluster), false);
      const { reason, lifetime = null } = cluster;
      const { foreign = [], master } = cluster;
      const others = foreign.map(({ id }) => id).join(', ');
      const texts = [
        ...(reason === null ? [] : [oneLine(reason)]),
        // Of a name without any node the reason says it.
        ...(foreign.length === 0 || master === null ? [] : [`not its nodes: ${others}`]),
        ...(lifetime === null ? [] : [lifetimeText(lifetime, now)]),
      ];
      return [line, ...texts.map((text): Line => [[cut(`  ${text}`, width), 'dim']])];
    }),
  ];
}

function cut(text: string, width: number): string {
  return textLength(text) > width ? `${text.slice(0, width - 1)}…` : text;
}
