import { redact } from '../../base/redact.ts';

/** Names with values, as a configuration file of Spark's or Hadoop's has them. */
export type Properties = Readonly<Record<string, string>>;

/** The files of Spark and Hadoop that properties can be put into; they are called as Amazon EMR's configuration classifications are. */
const propertyFiles = ['spark-defaults', 'spark-env', 'core-site', 'hdfs-site'] as const;

/** See {@link propertyFiles}. */
export type PropertyFile = (typeof propertyFiles)[number];

/** What a user put into the configuration of a cluster's software, by file; files without anything are absent. */
export type ServiceProperties = Readonly<Partial<Record<PropertyFile, Properties>>>;

/** A configuration without files in which nothing is set. */
export function serviceProperties(
  files: Readonly<Record<PropertyFile, Properties>>,
): ServiceProperties {
  return Object.fromEntries(
    propertyFiles.flatMap((file) =>
      Object.keys(files[file]).length === 0 ? [] : [[file, files[file]]],
    ),
  );
}

/** Shown in place of a value that is secret. */
const hidden = '(hidden)';

// Spark's own pattern (`spark.redaction.regex`), and what environment variables are called.
const secretName = /secret|passw(?:or)?d|token|access[._-]?key|private[._-]?key|api[._-]?key/i;

/** Properties as they may be shown and logged: without values that are secret by their name or by what they look like. */
export function shownProperties(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      secretName.test(name) ? hidden : redact(value, []),
    ]),
  );
}

/** {@link shownProperties} of each file. */
export function shownServiceProperties(files: ServiceProperties): ServiceProperties {
  return Object.fromEntries(
    Object.entries(files).map(([file, properties]) => [file, shownProperties(properties)]),
  );
}

/**
 * Reads what was written by {@link serviceProperties} and kept where others may have changed it.
 *
 * @returns `undefined` if it is none
 */
export function readServiceProperties(value: unknown): ServiceProperties | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const isSound = Object.entries(value).every(
    ([file, properties]: [string, unknown]) =>
      (propertyFiles as readonly string[]).includes(file) &&
      typeof properties === 'object' &&
      properties !== null &&
      Object.values(properties).every((one) => typeof one === 'string'),
  );
  return isSound ? value : undefined;
}
