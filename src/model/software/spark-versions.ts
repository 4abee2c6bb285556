import table from './spark-versions.json' with { type: 'json' };

/** The Spark version that is used where none is asked for. The one place that says it. */
export const defaultSparkVersion: string = table.default;

/** What a line of Spark (such as 4.1) needs and brings. */
export interface SparkLine {
  /** `major.minor` */
  readonly line: string;
  /** Its newest release that this project knows. */
  readonly newest: string;
  /** The Java versions that it runs on, both ends included; `max` is a major version with all its updates. */
  readonly java: { readonly min: string; readonly max: string };
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
export const newestSparkLine = sparkLines().at(-1) ?? '';

/**
 * What Spark `version` needs; a version newer than the table is treated like the newest known line.
 *
 * Sources: Spark's parent POMs and release documentation of each line (`java.minimum.version`, `scala.binary.version`,
 * `hadoop.version`), PySpark's package metadata (`python_requires` and classifiers).
 *
 * @param version such as `4.1.4` or `4.2.0-preview1`
 * @returns `undefined` for a version older than the oldest supported line, or text that is no version
 */
export function sparkLine(version: string): SparkLine | undefined {
  const match = /^(\d+)\.(\d+)(?:\.|-|$)/.exec(version);
  if (match === null) return undefined;
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

/** The release to use in place of one that isn't supported: of the newest line before it, or else of the oldest. */
export function nearestSparkVersion(version: string): string {
  const lines = sparkLines();
  const line = lines.findLast((one) => compareVersions(one, version) <= 0) ?? lines[0] ?? '';
  return sparkLine(line)?.newest ?? defaultSparkVersion;
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
