import table from './pinned-releases.json' with { type: 'json' };

type Pins = Readonly<Record<string, string>>;

const pins: Readonly<Record<'spark' | 'hadoop' | 'pyspark', Pins>> = table;

/**
 * The SHA-512 of Apache's archive of a release (`spark-V-bin-hadoop3.tgz`, `hadoop-V.tar.gz`), as Apache published it and this project
 * has looked at it; `undefined` if it isn't pinned: then Apache's own site is asked.
 */
export function pinnedSha512(software: 'spark' | 'hadoop', version: string): string | undefined {
  return Object.hasOwn(pins[software], version) ? pins[software][version] : undefined;
}

/** The SHA-256 of PyPI's source archive of a `pyspark` release; `undefined` if it isn't pinned: then the index is asked. */
export function pinnedSdistSha256(version: string): string | undefined {
  return Object.hasOwn(pins.pyspark, version) ? pins.pyspark[version] : undefined;
}
