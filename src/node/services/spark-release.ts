import type { ErrorCode } from '../../model/errors.ts';
import type { PlanProblem } from '../../model/plan.ts';
import { advice, type Remedy, setOption } from '../../model/remedy.ts';
import {
  defaultHadoopVersion,
  firstYarnHadoopVersion,
  isSupportedHadoop,
  isSupportedYarn,
} from '../../model/software/hadoop-versions.ts';
import { sparkVersionStatus } from '../../model/software/spark-versions.ts';

/** Where Apache's releases are served: the CDN has the current ones, the archive all. */
const apacheMirrors = ['https://dlcdn.apache.org', 'https://archive.apache.org/dist'];

/**
 * Where Apache's releases are looked for, in this order.
 *
 * @param env `FLINTROCK_APACHE_MIRRORS`, a list separated by spaces, replaces Apache's own
 */
export function releaseMirrors(env: Readonly<Record<string, string | undefined>>): string[] {
  const mirrors = env['FLINTROCK_APACHE_MIRRORS']?.split(/\s+/).filter(Boolean) ?? apacheMirrors;
  return mirrors.map((mirror) => mirror.replace(/\/$/, ''));
}

/** Apache's own sites, which mirrors are checked against: the current releases, and all. */
const apacheSites = ['https://downloads.apache.org', 'https://archive.apache.org/dist'];

/** What a release must be, and who says so. */
export interface ReleaseChecksum {
  /** The SHA-512 that this project pins, in hexadecimal. */
  readonly pinned: string | undefined;
  /** Where it stands otherwise, in the order in which it is asked for. */
  readonly urls: readonly string[];
}

/**
 * What Apache's release must be that a mirror serves. Never by the word of the mirror itself, unless the user put it in the place of
 * Apache's: then it is trusted as configured.
 *
 * @param mirror one of {@link releaseMirrors}
 * @param path of the archive on a mirror
 */
export function releaseChecksum(
  env: Readonly<Record<string, string | undefined>>,
  mirror: string,
  path: string,
  pinned: string | undefined,
): ReleaseChecksum {
  if (env['FLINTROCK_APACHE_MIRRORS'] !== undefined)
    return { pinned: undefined, urls: [`${mirror}/${path}.sha512`] };
  return { pinned, urls: apacheSites.map((site) => `${site}/${path}.sha512`) };
}

/** Path of a Spark release on any mirror. */
export function sparkReleasePath(version: string): string {
  return `spark/spark-${version}/${sparkArchiveName(version)}`;
}

/** Path of a Hadoop release on any mirror. */
export function hadoopReleasePath(version: string): string {
  return `hadoop/common/hadoop-${version}/hadoop-${version}.tar.gz`;
}

/** Address of a Spark release on a mirror of Apache's. */
export function sparkReleaseUrl(mirror: string, version: string): string {
  return `${mirror}/${sparkReleasePath(version)}`;
}

/**
 * Address of the archive that a configured download source means: the source itself if it is an archive, else the release's
 * file in that folder.
 */
export function archiveUrl(source: string, file: string): string {
  if (/\.(gz|tgz)$/.test(source)) return source;
  return `${source.endsWith('/') ? source : `${source}/`}${file}`;
}

/** The file name of Spark's releases with Hadoop's client inside. */
export function sparkArchiveName(version: string): string {
  return `spark-${version}-bin-hadoop3.tgz`;
}

/** Whether a source is the Python tool's default, which stands in everybody's file: a page that sends on to the CDN. */
export function isApachesRedirect(source: string): boolean {
  return /^https?:\/\/(www\.)?apache\.org\/dyn\/closer/.test(source);
}

/** Adds a problem to a plan. */
export type Report = (
  severity: PlanProblem['severity'],
  code: ErrorCode,
  message: string,
  remedies: readonly Remedy[],
  key?: string | null,
) => void;

/** Reports what is wrong with a Spark version, and with building one. */
export function checkSparkRelease(
  version: string,
  gitCommit: string | undefined,
  report: Report,
): void {
  if (gitCommit !== undefined)
    report(
      'error',
      'PLAN_REFUSED',
      'Building Spark from a Git commit is not supported, because it would take 15 minutes on each launch.',
      advice('Build Spark once, and set services.spark.download-source to the URL of the archive.'),
      'services.spark.git-commit',
    );
  const problem = sparkVersionProblem(version);
  if (problem === undefined) return;
  const { severity, message, nearest } = problem;
  const key = 'services.spark.version';
  report(
    severity,
    'PLAN_REFUSED',
    message,
    nearest === null ? [] : [setOption('Use the nearest supported release.', key, nearest)],
    key,
  );
}

/** What is wrong with a Spark version, and the release to use in its place. */
export interface SparkVersionProblem {
  readonly severity: PlanProblem['severity'];
  readonly message: string;
  readonly nearest: string | null;
}

/** Tells what is wrong with a Spark version; `undefined` if it is a known release. */
export function sparkVersionProblem(version: string): SparkVersionProblem | undefined {
  const status = sparkVersionStatus(version);
  switch (status.kind) {
    case 'known':
      return undefined;
    case 'newer':
      return {
        severity: 'warning',
        message: `Spark ${version} is newer than this version of Flintrock supports; it is handled like ${status.like}.`,
        nearest: null,
      };
    case 'incomplete':
      return {
        severity: 'error',
        message: `Spark ${version} is not a release: its version number is incomplete.`,
        nearest: status.nearest,
      };
    case 'unsupported':
      return {
        severity: 'error',
        message: `Spark ${version} is not supported.`,
        nearest: status.nearest,
      };
  }
}

/** Reports what is wrong with the Hadoop version of HDFS, and of YARN if there is to be YARN. */
export function checkHadoopRelease(version: string, yarn: boolean, report: Report): void {
  if (isSupportedHadoop(version)) {
    if (yarn && !isSupportedYarn(version))
      report(
        'error',
        'PLAN_REFUSED',
        `YARN of Hadoop ${version} does not support the Java that Spark requires.`,
        [setOption('Use a supported release.', 'services.hdfs.version', firstYarnHadoopVersion)],
        'services.hdfs.version',
      );
    return;
  }
  report(
    'error',
    'PLAN_REFUSED',
    `HDFS of Hadoop ${version} is not supported.`,
    [setOption('Use a supported release.', 'services.hdfs.version', defaultHadoopVersion)],
    'services.hdfs.version',
  );
}
