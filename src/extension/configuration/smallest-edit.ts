/** A part of a text and what to put in its place. */
export interface TextChange {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The smallest change that makes one text of another; `undefined` if they are the same. Cursors and marks elsewhere stay. */
export function smallestEdit(before: string, after: string): TextChange | undefined {
  if (before === after) return undefined;
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from += 1;
  let end = 0;
  while (end < most - from && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  // A line end is never cut in two: an editor has none of its halves.
  if (before[from - 1] === '\r') from -= 1;
  if (before[before.length - end] === '\n' && end > 0) end -= 1;
  return { from, to: before.length - end, text: after.slice(from, after.length - end) };
}
