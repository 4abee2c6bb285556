import { count } from './count.ts';

/** Memory as Spark counts it: `512 MiB`, `1 GiB`, `1.5 GiB`. */
export function memoryText(mebibytes: number): string {
  return mebibytes < 1024 ? `${mebibytes} MiB` : `${Number((mebibytes / 1024).toFixed(1))} GiB`;
}

/** What an executor, a worker or an instance has: `1 core, 512 MiB`, `4 cores, 16 GiB`. */
export function capacity(cores: number, memoryMiB: number): string {
  return `${count(cores, 'core')}, ${memoryText(memoryMiB)}`;
}
