/** A number with its noun: `1 worker`, `3 workers`. The plural is the noun with an s. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
