import type { LaunchRequest, WorkContext } from '../../../engine/provider.ts';
import { type ClusterError, isClusterError } from '../../../model/errors.ts';
import type { PlannedSoftware } from '../../../model/plan.ts';
import { advice, setOption } from '../../../model/remedy.ts';
import { isYarnsJava, yarnJava } from '../../../model/software/hadoop-versions.ts';
import { type PackageSet, packageSet } from '../../../model/software/packages/package-set.ts';
import { pinnedSha512 } from '../../../model/software/pinned-releases.ts';
import {
  compareVersions,
  javaRangeText,
  sparkLine,
  supportsPython,
} from '../../../model/software/spark-versions.ts';
import { fetchSha512, probeSize, type WebAccess } from '../../../node/bootstrap/download.ts';
import {
  checkPackages,
  checkS3Paths,
  plannedPackages,
} from '../../../node/services/spark-packages.ts';
import {
  archiveUrl,
  checkHadoopRelease,
  checkSparkRelease,
  hadoopReleasePath,
  isApachesRedirect,
  type ReleaseChecksum,
  releaseChecksum,
  releaseMirrors,
  type Report,
  sparkArchiveName,
  sparkReleasePath,
} from '../../../node/services/spark-release.ts';
import type { ArchiveSource, NodeSettings, Software } from '../../../node/settings.ts';
import type { NodeImage } from './machines.ts';

/** A release that the nodes will have, and how much each must fetch. */
interface PlannedRelease extends Software {
  /** Bytes; `null` if that can't be known from here. */
  readonly fetchBytes: number | null;
}

/** What the nodes will have. */
export interface NodeSoftware {
  readonly spark: PlannedRelease | null;
  readonly hdfs: (PlannedRelease & { readonly yarn: boolean }) | null;
  /** What Spark has beside itself, as the plan has it. */
  readonly packages?: PlannedSoftware | undefined;
  readonly java: NodeSettings['java'];
  readonly python: NodeSettings['python'] & {
    /** Name of the user's environment that its version is taken from; `null` if it isn't. */
    readonly chosenBy: string | null;
  };
}

/** Settles what is installed on the nodes and where it comes from, and reports what is wrong with that. */
export async function planSoftware(context: WorkContext, report: Report): Promise<NodeSoftware> {
  const { values } = context;
  const { sparkVersion: version } = values;
  if (values.installSpark) checkSparkRelease(version, values.sparkGitCommit, report);
  if (values.installHdfs) checkHadoopRelease(values.hdfsVersion, values.installYarn, report);
  const line = sparkLine(version);
  const packages = values.installSpark ? packageSet(values) : undefined;
  if (packages !== undefined) planPackages(packages, context, report);
  if (values.installSpark) checkS3Paths(values, report);
  const java = planJava(context, report);
  checkS3Sources(values, report);
  const [spark, hdfs] = await Promise.all([
    values.installSpark
      ? planRelease(
          'Spark',
          version,
          releaseSources(
            values.sparkDownloadSource,
            sparkArchiveName(version),
            sparkReleasePath(version),
            pinnedSha512('spark', version),
            context.env,
          ),
          'services.spark.download-source',
          report,
          context,
        )
      : null,
    values.installHdfs
      ? planRelease(
          'Hadoop',
          values.hdfsVersion,
          releaseSources(
            values.hdfsDownloadSource,
            `hadoop-${values.hdfsVersion}.tar.gz`,
            hadoopReleasePath(values.hdfsVersion),
            pinnedSha512('hadoop', values.hdfsVersion),
            context.env,
          ),
          'services.hdfs.download-source',
          report,
          context,
        )
      : null,
  ]);
  return {
    spark,
    hdfs: hdfs && { ...hdfs, yarn: values.installYarn },
    packages: packages && plannedPackages(packages, version, values.sparkMavenRepository),
    java,
    python: {
      ...(line?.python ?? { min: '3.9', max: '3.13' }),
      asked: null,
      chosenBy: null,
      packages: values.pythonPackages,
      packageIndex: values.pythonPackageIndex ?? null,
    },
  };
}

/** Reports what is wrong with packages, and with where their tables would be. */
function planPackages(set: PackageSet, { values }: WorkContext, report: Report): void {
  checkPackages(set, values.sparkVersion, report);
  if (set.s3 === true && values.ec2InstanceProfileName === undefined)
    report(
      'warning',
      'PACKAGE_MISMATCH',
      'The nodes have no instance profile, and so no AWS credentials: they can read public buckets only.',
      [
        setOption(
          'Name an instance profile whose role may use your buckets.',
          'providers.ec2.instance-profile-name',
        ),
      ],
      'launch.s3',
    );
  if (set.tables.length > 0 && values.sparkWarehouse === undefined && !values.installHdfs)
    report(
      'warning',
      'PACKAGE_MISMATCH',
      'The cluster has no folder that all nodes reach: tables without a location on S3 can’t be written.',
      [
        setOption('Name one, such as s3a://bucket/warehouse.', 'services.spark.warehouse'),
        setOption('Or install HDFS.', 'launch.install-hdfs', true),
      ],
      'launch.tables',
    );
}

/** Reports archives on S3 that nodes are to fetch without credentials. */
function checkS3Sources(values: WorkContext['values'], report: Report): void {
  const { ec2InstanceProfileName, installSpark, installHdfs } = values;
  if (ec2InstanceProfileName !== undefined) return;
  const sources = [
    [installSpark, values.sparkDownloadSource, 'services.spark.download-source'],
    [installHdfs, values.hdfsDownloadSource, 'services.hdfs.download-source'],
  ] as const;
  for (const [isInstalled, source, key] of sources)
    if (isInstalled && source?.startsWith('s3:') === true)
      report(
        'warning',
        'DOWNLOAD_FAILED',
        `The nodes have no instance profile, and so no AWS credentials for ${source}: only a public bucket can be read.`,
        [
          setOption(
            'Name an instance profile whose role may read the bucket.',
            'providers.ec2.instance-profile-name',
          ),
        ],
        key,
      );
}

/** The newest Java with which releases of Hadoop before 3.5.0 can read files. */
const newestJavaOfOldHadoop = 23;

/** Settles which Java the nodes may have, and reports one that doesn’t fit. */
export function planJava(
  { values }: Pick<WorkContext, 'values'>,
  report: Report,
): NodeSoftware['java'] {
  const { sparkVersion, javaVersion, installHdfs, installYarn, hdfsVersion } = values;
  const line = sparkLine(sparkVersion);
  const major = (version: string | undefined): number => Number.parseInt(version ?? '17', 10);
  const min = Math.max(major(line?.java.min), installYarn ? yarnJava.min : 0);
  const max = Math.min(major(line?.java.max), installYarn ? yarnJava.max : Infinity);
  const late = Object.keys(line?.java.updates ?? {}).map(Number);
  const refuse = (message: string): void =>
    report(
      'error',
      'JAVA_NOT_FOUND',
      message,
      advice('Remove java-version to install a supported version.'),
      'launch.java-version',
    );
  if (javaVersion === undefined)
    // Images may have an update of these that is too old; a package installed now is not.
    return { min, max: Math.min(max, ...late.map((one) => one - 1)), asked: null };
  if (installYarn && !isYarnsJava(javaVersion))
    refuse(
      `YARN requires Java ${yarnJava.min} or ${yarnJava.max}, but ${javaVersion} is configured.`,
    );
  else if (line !== undefined && (javaVersion < min || javaVersion > max))
    refuse(
      `Spark ${sparkVersion} requires Java ${javaRangeText(line.java)}, but ${javaVersion} is configured.`,
    );
  else if (
    installHdfs &&
    javaVersion > newestJavaOfOldHadoop &&
    compareVersions(hdfsVersion, '3.5.0') < 0
  )
    refuse(`HDFS of Hadoop ${hdfsVersion} does not run on Java ${javaVersion}.`);
  return { min, max, asked: javaVersion };
}

/** The minors of Python 3 that Amazon Linux 2023 has, its own and those of its packages (AL2023 User Guide, "Python in AL2023"). */
const amazonLinuxPythons = ['3.9', '3.11', '3.12', '3.13', '3.14'];

/**
 * Settles which Python the nodes have: the one that was asked for, else that of the user's environment if it can be had, else
 * whatever is there. Reports one that can't be had, as far as that is known beforehand: what other images have, their nodes find out.
 */
export function planPython(
  { values, selectedPython }: Pick<LaunchRequest, 'values' | 'selectedPython'>,
  { python }: NodeSoftware,
  image: Pick<NodeImage, 'isAmazonLinux'> | undefined,
  report: Report,
): NodeSoftware['python'] {
  const { sparkVersion, pythonVersion: asked } = values;
  const line = sparkLine(sparkVersion);
  const offered = image?.isAmazonLinux === true ? amazonLinuxPythons : undefined;
  const fitting = offered?.filter((minor) => line !== undefined && supportsPython(line, minor));
  const key = 'launch.python-version';
  if (asked === undefined) {
    const minor = selectedPython?.version.split('.').slice(0, 2).join('.') ?? '';
    if (selectedPython === undefined || fitting?.includes(minor) !== true) return python;
    return { ...python, asked: minor, chosenBy: selectedPython.name };
  }
  if (line !== undefined && !supportsPython(line, asked))
    report(
      'error',
      'PYTHON_NOT_FOUND',
      `Spark ${sparkVersion} supports Python ${python.min} to ${python.max}, but ${asked} is configured.`,
      advice('Remove python-version to use a supported version.'),
      key,
    );
  else if (fitting?.includes(asked) === false)
    report(
      'error',
      'PYTHON_NOT_FOUND',
      `Amazon Linux 2023 has no Python ${asked}.`,
      advice(`Use one of: ${fitting.join(', ')}.`, 'Or use an AMI that has it.'),
      key,
    );
  return { ...python, asked };
}

/** Where a release comes from, and what it must be. */
interface Sources {
  readonly sources: readonly ArchiveSource[];
  /** Whether the first one is the user's own. */
  readonly isOwn: boolean;
  readonly checksum: ReleaseChecksum;
}

/** @param path of Apache's archive on a mirror */
function releaseSources(
  source: string | undefined,
  file: string,
  path: string,
  pinned: string | undefined,
  env: WorkContext['env'],
): Sources {
  const isOwn = source !== undefined && !isApachesRedirect(source);
  const mirrors = releaseMirrors(env);
  const releases = mirrors.map((mirror) => `${mirror}/${path}`);
  const own = isOwn ? archiveUrl(source, file) : undefined;
  const urls = own === undefined ? releases : [own, ...releases];
  const apaches = mirrors.map((mirror) => releaseChecksum(env, mirror, path, pinned));
  return {
    isOwn,
    checksum:
      own === undefined
        ? { pinned: apaches[0]?.pinned, urls: [...new Set(apaches.flatMap((one) => one.urls))] }
        : { pinned: undefined, urls: [`${own}.sha512`] },
    // The archive bans clients that take too much at once.
    sources: urls.map((url) => ({
      url,
      fetch: /^https?:\/\/archive\.apache\.org\//.test(url) ? 'via-master' : 'direct',
    })),
  };
}

function isS3(source: ArchiveSource | undefined): boolean {
  return source?.url.startsWith('s3:') === true;
}

/** What could be found out of a release's checksum: itself, that there is none, or why it isn't known. */
interface FoundChecksum {
  readonly sha512: string | undefined;
  readonly error: ClusterError | undefined;
}

async function findChecksum(
  { pinned, urls }: ReleaseChecksum,
  web: WebAccess,
): Promise<FoundChecksum> {
  if (pinned !== undefined) return { sha512: pinned, error: undefined };
  let error: ClusterError | undefined;
  for (const url of urls) {
    // What lies in S3 is for the nodes' instance profile to read.
    if (!/^https?:/.test(url)) continue;
    try {
      const sha512 = await fetchSha512(url, web);
      if (sha512 !== undefined) return { sha512, error: undefined };
    } catch (cause) {
      if (!isClusterError(cause)) throw cause;
      error ??= cause;
    }
  }
  return { sha512: undefined, error };
}

/** Finds out what a release must be, and whether its sources answer, and reports what is wrong with them. */
async function planRelease(
  name: string,
  version: string,
  { sources, isOwn, checksum }: Sources,
  key: string,
  report: Report,
  web: WebAccess,
): Promise<PlannedRelease> {
  const [first] = sources;
  if (first?.url.startsWith('file:') === true)
    report(
      'error',
      'PLAN_REFUSED',
      `${first.url} is on this machine, and the nodes can’t read it.`,
      advice('Use an http, https or s3 URL.'),
      key,
    );
  const [{ sha512, error }, ...asked] = await Promise.all([
    findChecksum(checksum, web),
    ...sources.map(async ({ url }) => {
      if (!/^https?:/.test(url)) return { bytes: undefined, silent: false };
      const bytes = await probeSize(url, web);
      return { bytes, silent: bytes === undefined };
    }),
  ]);
  const answers = asked[0]?.silent === false && !isS3(first);
  if (isOwn && answers && error !== undefined)
    report(
      'error',
      'DOWNLOAD_FAILED',
      `The checksum file of ${first?.url ?? ''} can’t be used: ${error.message}`,
      advice(
        'Upload a correct checksum (sha512sum FILE > FILE.sha512), or remove the checksum file to download without verification.',
      ),
      key,
    );
  else if (isOwn && answers && sha512 === undefined)
    report(
      'warning',
      'CHECKSUM_MISMATCH',
      `${first?.url ?? ''} has no checksum file, so the download is not verified.`,
      advice('Upload a checksum: sha512sum FILE > FILE.sha512'),
      key,
    );
  if (asked.every(({ silent }) => silent))
    report(
      'warning',
      'DOWNLOAD_FAILED',
      `No download source of ${name} ${version} is reachable from this machine: ${sources.map(({ url }) => url).join(', ')}.`,
      advice(
        'The nodes may be able to reach one; if not, the launch fails and its resources are deleted.',
      ),
      key,
    );
  return {
    version,
    sources,
    // Not known from here: each node asks for it, of Apache's release Apache's own site.
    sha512: sha512 ?? null,
    fetchBytes: asked.find(({ bytes }) => bytes !== undefined)?.bytes ?? null,
  };
}
