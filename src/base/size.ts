/** Memory as Spark counts it: `512 MiB`, `1 GiB`, `1.5 GiB`. */
export function memoryText(mebibytes: number): string {
  return mebibytes < 1024 ? `${mebibytes} MiB` : `${Number((mebibytes / 1024).toFixed(1))} GiB`;
}
