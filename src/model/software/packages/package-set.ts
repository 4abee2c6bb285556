import { parseCoordinates } from './maven-coordinates.ts';
import { isTableFormat, type TableFormat, tableRelease } from './table-formats.ts';

/** What a cluster has beside Spark itself: table formats by name, packages by coordinates or URL. */
export interface PackageSet {
  readonly tables: readonly TableFormat[];
  readonly packages: readonly string[];
}

/** What options say of tables and packages; `undefined` if that is nothing. */
export function packageSet(
  tables: readonly string[],
  packages: readonly string[],
): PackageSet | undefined {
  if (tables.length + packages.length === 0) return undefined;
  return {
    tables: [...new Set(tables.filter(isTableFormat))],
    packages: [...new Set(packages)],
  };
}

/** A set with more packages, which replace other versions of the same library. */
export function withPackages<T extends PackageSet>(set: T, added: readonly string[]): T {
  const libraries = new Set(added.map(libraryOf));
  const others = set.packages.filter((one) => !libraries.has(libraryOf(one)));
  return { ...set, packages: [...others, ...new Set(added)] };
}

function libraryOf(text: string): string {
  const { group, artifact } = parseCoordinates(text) ?? {};
  return group === undefined ? text : `${group}:${artifact}`;
}

/** The packages by coordinates and URLs, those of table formats first: what people are shown. */
export function packageNames({ tables, packages }: PackageSet, sparkVersion: string): string[] {
  const ofTables = tables.flatMap((format) => tableRelease(format, sparkVersion)?.package ?? []);
  return [...new Set([...ofTables, ...packages])];
}

/**
 * What is fetched for the packages: coordinates with the SHA-256 of their jar where it is known, which are fetched alone; coordinates that
 * are fetched with their dependencies; and URLs.
 */
export function packagesToFetch({ tables, packages }: PackageSet, sparkVersion: string): string[] {
  const jars = new Map<string, string>();
  for (const format of tables)
    for (const [coordinates, sha256] of Object.entries(
      tableRelease(format, sparkVersion)?.jars ?? {},
    ))
      jars.set(coordinates, `${coordinates}=${sha256}`);
  return [...jars.values(), ...packages.filter((one) => !jars.has(one))];
}
