import type { Line } from '../palette.ts';
import { padEnd, padStart } from '../text-layout.ts';
import { textWidth } from '../width.ts';

/** A column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string;
  /** @default left */
  readonly right?: boolean;
  /** How a cell is painted, whose text is filled up already. */
  readonly span?: (row: T, text: string) => Line[number];
}

/** So many columns are shown however narrow the terminal is. */
const leastColumns = 2;

/**
 * A table, a line each row, that is never wider than `width`: what doesn't fit is left out from the right.
 *
 * @param below lines that follow a row
 */
export function table<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  width: number,
  below: (row: T) => readonly Line[] = () => [],
): Line[] {
  const widths = columns.map(({ title, of }) =>
    Math.max(title.length, ...rows.map((row) => textWidth(of(row)))),
  );
  let used = -2;
  const fitting = columns.filter((_, index) => {
    used += (widths[index] ?? 0) + 2;
    return index < leastColumns || used <= width;
  });
  const line = (
    cells: (column: Column<T>) => string,
    span: (column: Column<T>, text: string) => Line[number],
  ): Line =>
    fitting.map((column, index) => {
      const gap = index === 0 ? '' : '  ';
      const cell = cells(column);
      const last = index === fitting.length - 1;
      const size = last && column.right !== true ? 0 : (widths[index] ?? 0);
      const text = gap + (column.right === true ? padStart(cell, size) : padEnd(cell, size));
      return cell === '' && last ? [''] : span(column, text);
    });
  return [
    line(
      ({ title }) => title,
      (_, text) => [text, 'dim'],
    ),
    ...rows.flatMap((row) => [
      line(
        ({ of }) => of(row),
        ({ span }, text) => span?.(row, text) ?? [text],
      ),
      ...below(row),
    ]),
  ];
}
