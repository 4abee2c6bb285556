import type { WorkContext } from '../../engine/provider.ts';
import { isClusterError } from '../../model/errors.ts';
import { sparkLine } from '../../model/spark-versions.ts';
import { fetchText, parseSha512, probeSize } from '../../node/download.ts';
import {
  archiveUrl,
  checkSparkRelease,
  isApachesRedirect,
  releaseMirrors,
  sparkArchiveName,
  sparkReleaseUrl,
  type Report,
} from '../../node/services/spark-release.ts';
import type { ArchiveSource, NodeSettings, Software } from '../../node/settings.ts';

/** A release that the nodes will have, and how much each must fetch. */
interface PlannedRelease extends Software {
  /** Bytes; `null` if that can't be known from here. */
  readonly fetchBytes: number | null;
}

/** What the nodes will have. */
export interface NodeSoftware {
  readonly spark: PlannedRelease | null;
  readonly hdfs: PlannedRelease | null;
  readonly java: NodeSettings['java'];
  readonly python: NodeSettings['python'];
}

/** Settles what is installed on the nodes and where it comes from, and reports what is wrong with that. */
export async function planSoftware(context: WorkContext, report: Report): Promise<NodeSoftware> {
  const { values, signal } = context;
  const { sparkVersion: version } = values;
  if (values.installSpark) checkSparkRelease(version, values.sparkGitCommit, report);
  const line = sparkLine(version);
  const java = {
    min: Number(line?.java.min.split('.')[0] ?? 17),
    max: Number(line?.java.max.split('.')[0] ?? 17),
    asked: values.javaVersion ?? null,
  };
  if (line !== undefined && java.asked !== null && (java.asked < java.min || java.asked > java.max))
    report(
      'error',
      'JAVA_NOT_FOUND',
      `Spark ${version} needs Java ${line.java.min} to ${line.java.max}; ${java.asked} was asked for.`,
      'Leave java-version out: a fitting one is installed.',
      'launch.java-version',
    );
  const [spark, hdfs] = await Promise.all([
    values.installSpark
      ? planRelease(
          'Spark',
          version,
          releaseSources(
            values.sparkDownloadSource,
            sparkArchiveName(version),
            releaseMirrors(context.env).map((mirror) => sparkReleaseUrl(mirror, version)),
          ),
          'services.spark.download-source',
          report,
          signal,
        )
      : null,
    values.installHdfs
      ? planRelease(
          'Hadoop',
          values.hdfsVersion,
          releaseSources(
            values.hdfsDownloadSource,
            `hadoop-${values.hdfsVersion}.tar.gz`,
            releaseMirrors(context.env).map(
              (mirror) =>
                `${mirror}/hadoop/common/hadoop-${values.hdfsVersion}/hadoop-${values.hdfsVersion}.tar.gz`,
            ),
          ),
          'services.hdfs.download-source',
          report,
          signal,
        )
      : null,
  ]);
  return {
    spark,
    hdfs,
    java,
    python: line?.python ?? { min: '3.9', max: '3.13' },
  };
}

/** Where a release comes from. */
interface Sources {
  readonly sources: readonly ArchiveSource[];
  /** Whether the first one is the person's own. */
  readonly isOwn: boolean;
}

function releaseSources(
  source: string | undefined,
  file: string,
  releases: readonly string[],
): Sources {
  const isOwn = source !== undefined && !isApachesRedirect(source);
  const urls = isOwn ? [archiveUrl(source, file), ...releases] : releases;
  return {
    isOwn,
    // The archive bans whoever takes too much at once.
    sources: urls.map((url) => ({
      url,
      fetch: /^https?:\/\/archive\.apache\.org\//.test(url) ? 'via-master' : 'direct',
    })),
  };
}

function isS3(source: ArchiveSource | undefined): boolean {
  return source?.url.startsWith('s3:') === true;
}

/** The first source that has a checksum says what the archive must be: all sources have the same release. */
async function planRelease(
  name: string,
  version: string,
  { sources, isOwn }: Sources,
  key: string,
  report: Report,
  signal: AbortSignal,
): Promise<PlannedRelease> {
  const [first] = sources;
  if (first?.url.startsWith('file:') === true)
    report(
      'error',
      'PLAN_REFUSED',
      `${first.url}: the nodes can’t read this machine’s files.`,
      'Give an http, https or s3 address.',
      key,
    );
  const asked = await Promise.all(
    sources.map(async ({ url }) => {
      // What lies in S3 is for the nodes' instance profile to read.
      if (!/^https?:/.test(url)) return { sha512: undefined, bytes: undefined, silent: false };
      const [sha512, bytes] = await Promise.all([
        fetchText(`${url}.sha512`, signal)
          .then((text) => (text === undefined ? undefined : parseSha512(text)))
          .catch((error: unknown) => {
            if (isClusterError(error)) return undefined;
            throw error;
          }),
        probeSize(url, signal),
      ]);
      return { sha512, bytes, silent: bytes === undefined };
    }),
  );
  // A configured source may hold somebody's own build: each node takes the checksum beside the archive that it fetches.
  const sha512 = isOwn ? null : (asked.find((one) => one.sha512)?.sha512 ?? null);
  if (isOwn && asked[0]?.silent === false && asked[0].sha512 === undefined && !isS3(first))
    report(
      'warning',
      'CHECKSUM_MISMATCH',
      `There is no checksum beside ${first?.url ?? ''}: what comes from there isn’t checked.`,
      'Put one there: sha512sum FILE > FILE.sha512',
      key,
    );
  if (asked.every(({ silent }) => silent))
    report(
      'warning',
      'DOWNLOAD_FAILED',
      `From here no source of ${name} ${version} answers: ${sources.map(({ url }) => url).join(', ')}.`,
      'The nodes may reach it all the same; if not, the launch fails and is removed.',
      key,
    );
  return {
    version,
    sources,
    sha512,
    fetchBytes: asked.find(({ bytes }) => bytes !== undefined)?.bytes ?? null,
  };
}
