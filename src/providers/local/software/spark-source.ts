import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, type Surroundings } from '../../../base/surroundings.ts';
import { pinnedSha512 } from '../../../model/software/pinned-releases.ts';
import {
  archiveUrl,
  isApachesRedirect,
  type ReleaseChecksum,
  releaseChecksum,
  releaseMirrors,
  sparkArchiveName,
  sparkReleasePath,
  sparkReleaseUrl,
} from '../../../node/services/spark-release.ts';

/** A place that a Spark can be fetched from. */
export type SparkCandidate = {
  /** Folder that it will stand in; somebody's own build of a version must not be taken for Apache's. */
  readonly home: string;
} & (
  | {
      readonly kind: 'archive';
      readonly url: string;
      readonly checksum: ReleaseChecksum;
      /** Whether it isn't used without a checksum: only a source of the user's own is. */
      readonly checksumRequired: boolean;
    }
  /** The archive of the Python package `pyspark`, which holds Spark's jars. */
  | { readonly kind: 'pip'; readonly requirement: string }
);

/** Where a cluster's Spark comes from. */
export type SparkSource =
  | { readonly kind: 'installed'; readonly home: string; readonly version: string }
  | {
      readonly kind: 'fetch';
      readonly version: string;
      /** In the order in which they are tried; at least one. */
      readonly candidates: readonly SparkCandidate[];
    };

/**
 * Finds out where Spark would come from: the download cache, else the places that it can be fetched from.
 *
 * @param downloadSource address that the user configured, tried before Apache's; `undefined` for none
 */
export function findSparkSource(
  version: string,
  downloadSource: string | undefined,
  surroundings: Surroundings,
): SparkSource {
  const folder = join(cacheFolder(surroundings), 'spark');
  const apacheHome = join(folder, `spark-${version}`);
  const candidates: SparkCandidate[] = [
    ...releaseMirrors(surroundings.env).map((mirror) => ({
      kind: 'archive' as const,
      home: apacheHome,
      url: sparkReleaseUrl(mirror, version),
      checksum: releaseChecksum(
        surroundings.env,
        mirror,
        sparkReleasePath(version),
        pinnedSha512('spark', version),
      ),
      checksumRequired: true,
    })),
    { kind: 'pip', home: apacheHome, requirement: `pyspark==${version}` },
  ];
  if (downloadSource !== undefined && !isApachesRedirect(downloadSource)) {
    const url = archiveUrl(downloadSource, sparkArchiveName(version));
    const key = createHash('sha256').update(url).digest('hex').slice(0, 8);
    const home = join(folder, `spark-${version}-${key}`);
    const checksum = { pinned: undefined, urls: [`${url}.sha512`] };
    candidates.unshift({ kind: 'archive', home, url, checksum, checksumRequired: false });
  }
  const home = candidates[0]?.home ?? apacheHome;
  return installedVersion(home) === undefined
    ? { kind: 'fetch', version, candidates }
    : { kind: 'installed', home, version };
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
