/** Bytes as download pages count them: `0 bytes`, `3.2 kB`, `437 MB`. */
export function bytes(number: number): string {
  if (number < 1000) return `${number} bytes`;
  let value = number;
  let unit = 'bytes';
  for (unit of ['kB', 'MB', 'GB', 'TB']) {
    value /= 1000;
    if (value < 999.5) break;
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}
