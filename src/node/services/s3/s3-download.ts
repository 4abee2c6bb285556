import type { NodeSettings } from '../../settings.ts';
import program from './s3-request.py';

/** The program by which a node asks S3 for an object, with the role of its instance profile. */
export const s3RequestProgram = program;

/**
 * What a node must know to download from S3: the endpoint that the cluster's jobs use, if it isn't S3's own.
 *
 * @returns `undefined` if it downloads nothing from there
 */
export function s3DownloadSettings({
  spark,
  hdfs,
  configuration,
}: Pick<NodeSettings, 'spark' | 'hdfs' | 'configuration'>): { S3_ENDPOINT: string } | undefined {
  const sources = [...(spark?.sources ?? []), ...(hdfs?.sources ?? [])];
  if (!sources.some(({ url }) => url.startsWith('s3:'))) return undefined;
  return { S3_ENDPOINT: configuration['spark-defaults']?.['spark.hadoop.fs.s3a.endpoint'] ?? '' };
}
