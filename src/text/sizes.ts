import { memoryText } from '../base/size.ts';
import { formatCount } from './counts.ts';
import { english, type Translate } from './translate.ts';

/** Memory as Spark counts it: `512 MiB`, `1 GiB`, `1.5 GiB`. */
export function formatMemory(mebibytes: number): string {
  return memoryText(mebibytes);
}

/** Cores and memory, of which either may be unknown: `1 core, 512 MiB`, `4 cores, 16 GiB`, `4 cores`; empty if neither is known. */
export function formatCapacity(
  { cores, memoryMiB }: { readonly cores: number | null; readonly memoryMiB: number | null },
  translate: Translate = english,
): string {
  return [
    ...(cores === null ? [] : [formatCount(cores, 'core', translate)]),
    ...(memoryMiB === null ? [] : [formatMemory(memoryMiB)]),
  ].join(', ');
}

/** Bytes as download pages count them: `0 bytes`, `3.2 kB`, `437 MB`. */
export function formatBytes(number: number): string {
  if (number < 1000) return `${number} bytes`;
  let value = number;
  let unit = 'bytes';
  for (unit of ['kB', 'MB', 'GB', 'TB']) {
    value /= 1000;
    if (value < 999.5) break;
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}
