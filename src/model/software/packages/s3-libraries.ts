import { sparkLine } from '../spark-versions.ts';
import table from './s3-libraries.json' with { type: 'json' };
import type { PinnedLibrary } from './table-formats.ts';

const libraries: Readonly<Record<string, PinnedLibrary>> = table;

/**
 * What Spark needs for S3: Hadoop’s file system `s3a` of the Hadoop inside that Spark, the AWS SDK that it was built with, and Spark’s
 * `spark-hadoop-cloud`, which lets S3A’s committers write Parquet. Of the last any patch release of a line fits.
 *
 * Sources: Hadoop’s POMs (`hadoop-project`) of each release, and tests with Spark 4.1.4.
 *
 * @returns `undefined` if that isn’t known
 */
export function s3Library(sparkVersion: string): PinnedLibrary | undefined {
  const line = sparkLine(sparkVersion)?.line;
  if (line === undefined || !sparkVersion.startsWith(`${line}.`)) return undefined;
  return libraries[line];
}
