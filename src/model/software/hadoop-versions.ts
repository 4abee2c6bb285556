import { compareVersions } from './spark-versions.ts';

/** The Hadoop version that HDFS is of where none is asked for. The one place that says it. */
export const defaultHadoopVersion = '3.3.6';

/** Whether HDFS of a Hadoop version can be installed: Hadoop 2 has other commands and ports, and doesn't run on the Java that Spark requires. */
export function isSupportedHadoop(version: string): boolean {
  return compareVersions(version, '3') >= 0;
}
