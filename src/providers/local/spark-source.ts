import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, type Surroundings } from '../../model/surroundings.ts';

/**
 * Where Apache's releases are served: the CDN has the current ones, the archive all. `FLINTROCK_APACHE_MIRRORS`, a list separated
 * by spaces, replaces them.
 */
const apacheMirrors = ['https://dlcdn.apache.org', 'https://archive.apache.org/dist'];

/** A place that a Spark can be fetched from. */
export type SparkCandidate =
  | {
      readonly kind: 'archive';
      readonly url: string;
      /** Whether a checksum must stand beside it: without one it isn't used. */
      readonly checksumRequired: boolean;
    }
  /** The archive of the Python package `pyspark`, which holds Spark's jars. */
  | { readonly kind: 'pip'; readonly requirement: string };

/** Where a cluster's Spark comes from. */
export type SparkSource =
  | { readonly kind: 'installed'; readonly home: string; readonly version: string }
  | {
      readonly kind: 'fetch';
      /** Folder that it will stand in. */
      readonly home: string;
      readonly version: string;
      /** In the order in which they are tried. */
      readonly candidates: readonly SparkCandidate[];
    };

/**
 * Finds out where Spark would come from: the download cache, else the places that it can be fetched from.
 *
 * @param downloadSource address that the person configured, or `undefined` for Apache's
 */
export function findSparkSource(
  version: string,
  downloadSource: string | undefined,
  surroundings: Surroundings,
): SparkSource {
  const url = downloadSource === undefined ? undefined : archiveUrl(downloadSource, version);
  // Somebody's own build of a version must not be taken for Apache's.
  const key =
    url === undefined
      ? version
      : `${version}-${createHash('sha256').update(url).digest('hex').slice(0, 8)}`;
  const home = join(cacheFolder(surroundings), 'spark', `spark-${key}`);
  if (installedVersion(home) !== undefined) return { kind: 'installed', home, version };
  const mirrors =
    surroundings.env['FLINTROCK_APACHE_MIRRORS']?.split(/\s+/).filter(Boolean) ?? apacheMirrors;
  const candidates: SparkCandidate[] =
    url !== undefined
      ? [{ kind: 'archive', url, checksumRequired: false }]
      : [
          ...mirrors.map((mirror) => ({
            kind: 'archive' as const,
            url: archiveUrl(`${mirror.replace(/\/$/, '')}/spark/spark-${version}/`, version),
            checksumRequired: true,
          })),
          { kind: 'pip', requirement: `pyspark==${version}` },
        ];
  return { kind: 'fetch', home, version, candidates };
}

/**
 * The version of the Spark in a folder, told by its core jar (the folder `pyspark` of an installed Python package counts too).
 *
 * @returns `undefined` if there is no Spark
 */
export function installedVersion(home: string): string | undefined {
  try {
    for (const name of readdirSync(join(home, 'jars'))) {
      const version = /^spark-core_\d+\.\d+-(.+)\.jar$/.exec(name)?.[1];
      if (version !== undefined) return version;
    }
  } catch {
    // No such folder: no Spark.
  }
  return undefined;
}

function archiveUrl(source: string, version: string): string {
  if (/\.(gz|tgz)$/.test(source)) return source;
  return `${source.endsWith('/') ? source : `${source}/`}spark-${version}-bin-hadoop3.tgz`;
}
