import { sparkLine } from '../spark-versions.ts';
import table from './table-formats.json' with { type: 'json' };

/** Formats of tables that a cluster can have beside Spark’s own. */
export const tableFormats = ['delta', 'iceberg'] as const;

/** See {@link tableFormats}. */
export type TableFormat = (typeof tableFormats)[number];

/** A library for a line of Spark. */
export interface PinnedLibrary {
  /** Its coordinates. */
  readonly package: string;
  /**
   * All that it consists of, with each jar’s SHA-256: the library and what it needs beside what Spark has. What their POMs name beyond
   * that are other versions of Hadoop and Log4j than Spark’s. An empty text stands for a checksum that isn’t known.
   */
  readonly jars: Readonly<Record<string, string>>;
}

const releases: Readonly<Record<TableFormat, Readonly<Record<string, PinnedLibrary>>>> = table;

/** Whether a text is the name of a table format. */
export function isTableFormat(text: string): text is TableFormat {
  return (tableFormats as readonly string[]).includes(text);
}

/**
 * The library of a table format for a Spark version.
 *
 * Sources: the POMs of `delta-spark` (Spark’s version in them), Maven’s metadata of Iceberg’s runtimes, and tests with Spark 4.1.4.
 *
 * @returns `undefined` if there is none for that Spark
 */
export function tableRelease(format: TableFormat, sparkVersion: string): PinnedLibrary | undefined {
  const line = sparkLine(sparkVersion)?.line;
  // One that is newer than the table is no line of it: nothing was published for it as far as is known.
  if (line === undefined || !sparkVersion.startsWith(`${line}.`)) return undefined;
  return releases[format][line];
}
