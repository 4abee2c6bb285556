import { parseCoordinates } from './maven-coordinates.ts';
import { s3Library } from './s3-libraries.ts';
import {
  isTableFormat,
  type PinnedLibrary,
  type TableFormat,
  tableRelease,
} from './table-formats.ts';

/** What a cluster has beside Spark itself: table formats by name, packages by coordinates or URL, and S3. */
export interface PackageSet {
  readonly tables: readonly TableFormat[];
  readonly packages: readonly string[];
  /** Whether it reads and writes S3; absent if it doesn’t. */
  readonly s3?: true | undefined;
}

/** What options say of tables, packages and S3; `undefined` if that is nothing. */
export function packageSet({
  tables,
  packages,
  s3,
}: {
  readonly tables: readonly string[];
  readonly packages: readonly string[];
  readonly s3: boolean;
}): PackageSet | undefined {
  if (tables.length + packages.length === 0 && !s3) return undefined;
  return {
    tables: [...new Set(tables.filter(isTableFormat))],
    packages: [...new Set(packages)],
    ...(s3 && { s3 }),
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

/** The packages by coordinates and URLs, those of table formats and of S3 first: what people are shown. */
export function packageNames(set: PackageSet, sparkVersion: string): string[] {
  const ofOptions = pinnedLibraries(set, sparkVersion).map((one) => one.package);
  return [...new Set([...ofOptions, ...set.packages])];
}

/**
 * What is fetched for the packages: coordinates with the SHA-256 of their jar where it is known, which are fetched alone; coordinates that
 * are fetched with their dependencies; and URLs.
 */
export function packagesToFetch(set: PackageSet, sparkVersion: string): string[] {
  const jars = new Map<string, string>();
  for (const library of pinnedLibraries(set, sparkVersion))
    for (const [coordinates, sha256] of Object.entries(library.jars))
      jars.set(coordinates, `${coordinates}=${sha256}`);
  return [...jars.values(), ...set.packages.filter((one) => !jars.has(one))];
}

function pinnedLibraries({ tables, s3 }: PackageSet, sparkVersion: string): PinnedLibrary[] {
  const ofS3 = s3 === true ? s3Library(sparkVersion) : undefined;
  return [...tables.map((format) => tableRelease(format, sparkVersion)), ofS3].flatMap(
    (library) => library ?? [],
  );
}
