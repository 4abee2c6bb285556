/** A line of a Python traceback. */
const frame = /File "([^"]+)", line (\d{1,9})\b/;
/** A file of a job on a cluster: in the job’s folder, or in an archive of modules. */
const onCluster = /\/(?:job-\d{8}T\d{6}Z-[0-9a-f]+\/(?:.*\/)?|[^/]+\.zip\/)([^*?{}[\]]+\.py)$/;

/** A file of a job in a line of a terminal. */
export interface Frame {
  /** Where it stands in the line. */
  readonly startIndex: number;
  readonly length: number;
  /** The file’s path below a folder that may be anywhere in the workspace. */
  readonly path: string;
  /** From 1. */
  readonly lineNumber: number;
}

/** The file of a job that a line of a terminal names. */
export function findFrame(line: string): Frame | undefined {
  const found = frame.exec(line);
  const [text = '', remote = '', number] = found ?? [];
  const [, path] = onCluster.exec(remote) ?? [];
  if (found === null || path === undefined) return undefined;
  return { startIndex: found.index, length: text.length, path, lineNumber: Number(number) };
}
