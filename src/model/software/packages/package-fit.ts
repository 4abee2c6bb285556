import { advice, type Remedy } from '../../remedy.ts';
import { compareVersions, type SparkLine, sparkLine } from '../spark-versions.ts';
import { coordinatesText, type MavenCoordinates, parseCoordinates } from './maven-coordinates.ts';
import { type TableFormat, tableRelease } from './table-formats.ts';

/** Why a package doesn’t fit a Spark version. */
export interface PackageProblem {
  /** `error`: it fails there, if it loads at all. `warning`: it may work. */
  readonly severity: 'error' | 'warning';
  /** The coordinates as they were given. */
  readonly package: string;
  /** What is wrong, as a sentence. */
  readonly message: string;
  /** Coordinates that fit; `null` if none are known. */
  readonly use: string | null;
}

/**
 * Tells what is wrong with packages for a Spark version, as far as their coordinates show it: another Spark, Scala or Hadoop.
 *
 * @param packages Maven coordinates; anything else, such as the URL of a jar, is passed over
 * @example
 * packageProblems(['io.delta:delta-spark_2.13:4.4.0'], '4.1.4');
 * // [{ severity: 'error', message: 'delta-spark_2.13:4.4.0 is for Spark 4.2, …', use: 'io.delta:delta-spark_4.1_2.13:4.4.0' }]
 */
export function packageProblems(
  packages: readonly string[],
  sparkVersion: string,
): readonly PackageProblem[] {
  const line = sparkLine(sparkVersion);
  // What a newer line needs isn’t known.
  if (line === undefined || !sparkVersion.startsWith(`${line.line}.`)) return [];
  return packages.flatMap((text) => {
    const coordinates = parseCoordinates(text);
    if (coordinates === undefined) return [];
    const found = problemOf(describePackage(coordinates), { ...line, version: sparkVersion });
    return found === undefined ? [] : [{ package: text.trim(), ...found }];
  });
}

/** What to do about a package that doesn’t fit. */
export function packageRemedy({ use }: PackageProblem, sparkVersion: string): readonly Remedy[] {
  return use === null ? [] : advice(`For Spark ${sparkVersion} use ${use}.`);
}

/** A Spark release, and what it is made of. */
interface Spark extends SparkLine {
  readonly version: string;
}

/** What the coordinates of a package tell. */
interface PackageDescription extends MavenCoordinates {
  /** The artifact without what it says of Scala and Spark. */
  readonly name: string;
  /** Scala’s binary version in the artifact’s name, or in the version. */
  readonly scala: string | undefined;
  /** The line of Spark that it is for, such as `4.1`. */
  readonly line: string | undefined;
  readonly format: TableFormat | undefined;
}

type Problem = Omit<PackageProblem, 'package'>;

function problemOf(one: PackageDescription, spark: Spark): Problem | undefined {
  if (one.group === 'org.apache.spark') return sparkModuleProblem(one, spark);
  if (one.group === 'org.apache.hadoop') return hadoopProblem(one, spark);
  return tableProblem(one, spark) ?? lineProblem(one, spark) ?? scalaProblem(one, spark);
}

/** Spark’s own modules, such as `spark-avro_2.13`: of the same release. */
function sparkModuleProblem(one: PackageDescription, spark: Spark): Problem | undefined {
  const isSameLine = one.version.startsWith(`${spark.line}.`);
  const right = { ...one, version: spark.version };
  if (one.version !== spark.version)
    return {
      severity: isSameLine && fitsScala(one, spark) ? 'warning' : 'error',
      message: `${shortName(one)} is for Spark ${one.version}, and the cluster has Spark ${spark.version}.`,
      use: coordinatesText(withScala(right, spark.scala)),
    };
  return scalaProblem(one, spark);
}

/** Hadoop’s modules, such as `hadoop-aws`: of the Hadoop inside Spark. */
function hadoopProblem(one: MavenCoordinates, { version, hadoop }: Spark): Problem | undefined {
  if (one.version === hadoop || !one.artifact.startsWith('hadoop-')) return undefined;
  return {
    severity: 'error',
    message: `${shortName(one)} is for Hadoop ${one.version}, and Spark ${version} contains Hadoop ${hadoop}.`,
    use: coordinatesText({ ...one, version: hadoop }),
  };
}

function tableProblem(one: PackageDescription, spark: Spark): Problem | undefined {
  const { format, line } = one;
  if (format === undefined || line === undefined) return undefined;
  const use = tableRelease(format, spark.version)?.package ?? null;
  if (line !== spark.line)
    return {
      severity: 'error',
      message: `${shortName(one)} is for Spark ${line}, and the cluster has Spark ${spark.version}.`,
      use,
    };
  // Spark 4.1.2 changed a class that it extends.
  if (
    format === 'delta' &&
    line === '4.1' &&
    compareVersions(one.version, '4.2.0') < 0 &&
    compareVersions(spark.version, '4.1.2') >= 0
  )
    return {
      severity: 'error',
      message: `${shortName(one)} fails with Spark 4.1.2 and newer (ALTER TABLE, TRUNCATE TABLE), and the cluster has Spark ${spark.version}.`,
      use,
    };
  const problem = scalaProblem(one, spark);
  return problem && { ...problem, use };
}

/** Other libraries that name a line of Spark: whether they work with the next one, only their authors know. */
function lineProblem(one: PackageDescription, spark: Spark): Problem | undefined {
  if (one.line === undefined || one.line === spark.line) return undefined;
  return {
    severity: one.line.split('.')[0] === spark.line.split('.')[0] ? 'warning' : 'error',
    message: `${shortName(one)} is for Spark ${one.line}, and the cluster has Spark ${spark.version}.`,
    use: null,
  };
}

function scalaProblem(one: PackageDescription, spark: Spark): Problem | undefined {
  if (fitsScala(one, spark) || one.scala === undefined) return undefined;
  // Apache has a second archive of Spark 3.5, for Scala 2.13.
  const mayFit = spark.line === '3.5' && one.scala === '2.13';
  return {
    severity: mayFit ? 'warning' : 'error',
    message: `${shortName(one)} is for Scala ${one.scala}, and Spark ${spark.version} is built for Scala ${spark.scala}${mayFit ? ', except for a separate download' : ''}.`,
    use: coordinatesText(withScala(one, spark.scala)),
  };
}

function fitsScala({ scala }: PackageDescription, spark: Spark): boolean {
  return scala === undefined || scala === spark.scala;
}

function withScala(
  { group, artifact, version }: MavenCoordinates,
  scala: string,
): MavenCoordinates {
  return {
    group,
    artifact: artifact.replace(/_2\.\d+$/, `_${scala}`),
    version: version.replace(/(?<=[-_]s_)2\.\d+$/, scala),
  };
}

function shortName({ artifact, version }: MavenCoordinates): string {
  return `${artifact}:${version}`;
}

function describePackage({ group, artifact, version }: MavenCoordinates): PackageDescription {
  const [, base = artifact, scala] =
    /^(.+)_(2\.\d+)$/.exec(artifact) ?? /^()[^]*[-_]s_(2\.\d+)$/.exec(version) ?? [];
  const name = base || artifact;
  // As in delta-spark_4.1, iceberg-spark-runtime-3.5, hudi-spark3.5-bundle, and in versions such as 0.8.4-spark3.5-s_2.12.
  const named =
    /spark(?:[-_][a-z]+)*[-_]?([34]\.\d+)(?![.\d])/.exec(name)?.[1] ??
    /spark([34]\.\d+)(?![.\d])/.exec(version)?.[1];
  const format = formatOf(group, name);
  return {
    group,
    artifact,
    version,
    name,
    scala,
    line: named ?? (format === 'delta' ? lineOfDelta(name, version) : undefined),
    format,
  };
}

function formatOf(group: string, name: string): TableFormat | undefined {
  if (group === 'io.delta' && /^delta-(?:spark|core)(?:_|$)/.test(name)) return 'delta';
  if (group === 'org.apache.iceberg' && name.startsWith('iceberg-spark')) return 'iceberg';
  return undefined;
}

/** The line of Spark of releases of Delta that don’t name it, by their POMs; `undefined` for one that isn’t known yet. */
function lineOfDelta(name: string, version: string): string | undefined {
  if (name === 'delta-core') return '3.4';
  const before = (next: string): boolean => compareVersions(version, next) < 0;
  if (before('4.0.0')) return '3.5';
  if (before('4.1.0')) return '4.0';
  if (before('4.4.0')) return '4.1';
  return before('4.5.0') ? '4.2' : undefined;
}
