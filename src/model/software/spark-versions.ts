import table from './spark-versions.json' with { type: 'json' };

/** The Spark version that is used where none is asked for. The one place that says it. */
export const defaultSparkVersion: string = table.default;

/** Java versions, both ends included; `max` is a major version with all its updates. */
export interface JavaRange {
  readonly min: string;
  readonly max: string;
  /** The first update that works, by major version, where the earlier ones don’t. */
  readonly updates?: Readonly<Record<string, string>>;
}

/** What a line of Spark (such as 4.1) needs and brings. */
export interface SparkLine {
  /** `major.minor` */
  readonly line: string;
  /** Its newest release that this project knows. */
  readonly newest: string;
  readonly java: JavaRange;
  /** Scala's binary version that it is built with. */
  readonly scala: string;
  /** The Hadoop client inside. */
  readonly hadoop: string;
  /** The Python versions that PySpark supports, both ends included. */
  readonly python: { readonly min: string; readonly max: string };
  /** Size of its download, roughly, in megabytes. */
  readonly downloadMB: number;
}

/** The newest line in the table: what a version newer than the table is treated as. */
const newestSparkLine = sparkLines().at(-1) ?? '';

/**
 * What Spark `version` needs; a minor version newer than the table is treated like the newest known line.
 *
 * Sources: Spark's parent POMs and release documentation of each line (`java.minimum.version`, `scala.binary.version`,
 * `hadoop.version`), PySpark's package metadata (`python_requires` and classifiers).
 *
 * @param version such as `4.1.4` or `4.2.0-preview1`
 * @returns `undefined` for a version older than the oldest supported line, for an unknown major version, or text that is no version
 */
export function sparkLine(version: string): SparkLine | undefined {
  const match = /^(\d+)\.(\d+)(?:\.|-|$)/.exec(version);
  // Nobody knows what another major version will need.
  if (match === null || Number(match[1]) > Number.parseInt(newestSparkLine, 10)) return undefined;
  const asked = `${match[1] ?? ''}.${match[2] ?? ''}`;
  const line = compareVersions(asked, newestSparkLine) > 0 ? newestSparkLine : asked;
  const found = (table.lines as Readonly<Record<string, Omit<SparkLine, 'line'>>>)[line];
  return found === undefined ? undefined : { line, ...found };
}

/** Whether a line of Spark supports a Python, given by its version or its minor: `3.11.7`, `3.11`. */
export function supportsPython({ python }: Pick<SparkLine, 'python'>, version: string): boolean {
  const minor = version.split('.').slice(0, 2).join('.');
  return compareVersions(minor, python.min) >= 0 && compareVersions(minor, python.max) <= 0;
}

/** What is known of a Spark version, and the release to use in its place where it can’t be used. */
export type SparkVersionStatus =
  | { readonly kind: 'known' }
  /** A release that this project doesn’t know yet; `like` is what it is treated as. */
  | { readonly kind: 'newer'; readonly like: string }
  /** Not a whole version number: no release is called so. */
  | { readonly kind: 'incomplete'; readonly nearest: string }
  | { readonly kind: 'unsupported'; readonly nearest: string };

/** What is known of a Spark version, such as `4.1.4`, which is known, or `4.1`, which is no release. */
export function sparkVersionStatus(version: string): SparkVersionStatus {
  const nearest = nearestSparkVersion(version);
  if (!/^\d+(?:\.\d+){2}/.test(version))
    return { kind: /^\d+(?:\.\d+)?$/.test(version) ? 'incomplete' : 'unsupported', nearest };
  const line = sparkLine(version);
  if (line === undefined) return { kind: 'unsupported', nearest };
  if (!version.startsWith(`${line.line}.`)) return { kind: 'newer', like: line.line };
  return compareVersions(version, line.newest) > 0
    ? { kind: 'newer', like: line.newest }
    : { kind: 'known' };
}

/** The release that a part of a version number means, or else of the newest line before it, or else of the oldest. */
function nearestSparkVersion(version: string): string {
  const lines = sparkLines();
  const completed = [
    defaultSparkVersion,
    ...lines.toReversed().map((line) => sparkLine(line)?.newest ?? ''),
  ].find((release) => release.startsWith(`${version}.`));
  if (completed !== undefined) return completed;
  const line = lines.findLast((one) => compareVersions(one, version) <= 0) ?? lines[0] ?? '';
  return sparkLine(line)?.newest ?? defaultSparkVersion;
}

/** A range of Java versions as people read it: `17.0.11 to 25 (25.0.3 or newer)`. */
export function javaRangeText({ min, max, updates = {} }: JavaRange): string {
  const late = Object.values(updates).map((update) => `${update} or newer`);
  return `${min} to ${max}${late.length === 0 ? '' : ` (${late.join(', ')})`}`;
}

/** All lines of the table, the oldest first. */
function sparkLines(): string[] {
  return Object.keys(table.lines).sort(compareVersions);
}

/**
 * Order of two versions by their numbers: `4.1.4` after `4.1`, `17.0.11` after `17.0.9`. Anything behind a `-` or `+` is ignored.
 *
 * @returns negative, 0 or positive, as for `sort`
 */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string): number[] =>
    (version.split(/[-+_]/)[0] ?? '').split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
