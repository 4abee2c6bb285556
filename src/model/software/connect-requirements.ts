import table from './connect-requirements.json' with { type: 'json' };
import { compareVersions, sparkLine } from './spark-versions.ts';

/** What a line of Spark wants of its clients. */
interface ConnectLine {
  /** The release of `pyspark-client` that its servers answer; `null` where none is published. */
  readonly client: string | null;
  /** Version ranges by package. */
  readonly packages: Readonly<Record<string, string>>;
}

const lines: Readonly<Record<string, ConnectLine>> = table;

/**
 * What a Python environment needs to connect to a server of a Spark release, as requirements for pip: Spark's thin client, or the
 * full `pyspark` of that release where no thin one is published, and the packages that it works with.
 *
 * Sources: package metadata of `pyspark-client` and `pyspark`; pandas 3 has other data types, which Spark knows from 4.3 on.
 *
 * @param sparkVersion such as `4.1.4`; one newer than the table is treated like the newest known line
 * @returns `undefined` for a release whose server has no token that it could keep others out with: before 4.0; or for
 *   text that is no version
 */
export function connectRequirements(sparkVersion: string): readonly string[] | undefined {
  const found = lineOf(sparkVersion);
  if (found === undefined) return undefined;
  const { client, packages, isNewer } = found;
  return [
    client === null || isNewer ? `pyspark==${sparkVersion}` : `pyspark-client==${client}`,
    ...Object.entries(packages).map(([name, range]) => `${name}${range}`),
  ];
}

/** What nodes need beside Spark itself to run functions that such clients send, in pandas and in Arrow; in the versions that these have. */
export function connectNodeRequirements(sparkVersion: string): readonly string[] {
  const { packages = {} } = lineOf(sparkVersion) ?? {};
  return Object.entries(packages)
    .filter(([name]) => name === 'pandas' || name === 'pyarrow')
    .map(([name, range]) => `${name}${range}`);
}

function lineOf(sparkVersion: string): (ConnectLine & { readonly isNewer: boolean }) | undefined {
  // It stands in a requirement, and what a cluster says of itself may be anything.
  if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(sparkVersion)) return undefined;
  const line = sparkLine(sparkVersion)?.line;
  const known = line === undefined ? undefined : lines[line];
  if (known === undefined || line === undefined) return undefined;
  const isNewer = compareVersions(sparkVersion.split('.').slice(0, 2).join('.'), line) > 0;
  return { ...known, isNewer };
}
