import { compareVersions } from './spark-versions.ts';

/** The Hadoop version that HDFS is of where none is asked for. The one place that says it. */
export const defaultHadoopVersion = '3.3.6';

/** Whether HDFS of a Hadoop version can be installed: Hadoop 2 has other commands and ports, and doesn't run on the Java that Spark requires. */
export function isSupportedHadoop(version: string): boolean {
  return compareVersions(version, '3') >= 0;
}

/** The first Hadoop version whose YARN is for Java 17, which Spark requires; the one that is installed for YARN where none is asked for. */
export const firstYarnHadoopVersion = '3.5.0';

/** The versions of Java that YARN's daemons are run with, both ends included. */
export const yarnJava = { min: 17, max: 21 } as const;

/** Whether YARN's daemons run on a major version of Java. */
export function isYarnsJava(major: number): boolean {
  return major >= yarnJava.min && major <= yarnJava.max;
}

/** Whether YARN of a Hadoop version can be installed. */
export function isSupportedYarn(version: string): boolean {
  return compareVersions(version, firstYarnHadoopVersion) >= 0;
}
