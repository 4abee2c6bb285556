/** What is longer than any word that there is was meant to be none of them. */
const maxLength = 100;

/**
 * The candidate that `written` was probably meant to be: at most two letters away, fewer for short words, where everything is
 * near everything.
 */
export function suggest(written: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  if (written.length > maxLength) return undefined;
  const word = fold(written);
  for (const candidate of candidates) {
    const other = fold(candidate);
    const shorter = Math.min(word.length, other.length);
    const allowed = shorter <= 1 ? 0 : shorter <= 4 ? 1 : 2;
    const distance = editDistance(word, other);
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll('_', '-');
}

/** How many letters must be added, left out, changed or swapped with their neighbour to get from `a` to `b`. */
function editDistance(a: string, b: string): number {
  // No need to compare what is farther apart than anybody asks.
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const cell = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + changed);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, cell(i - 2, j - 2) + 1);
      row.push(distance);
    }
  }
  return cell(a.length, b.length);
}
