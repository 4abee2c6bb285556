/** Memory as Spark counts it: `512 MiB`, `1 GiB`, `1.5 GiB`. */
export function memory(mebibytes: number): string {
  if (mebibytes < 1024) return `${mebibytes} MiB`;
  return `${Number((mebibytes / 1024).toFixed(1))} GiB`;
}

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
