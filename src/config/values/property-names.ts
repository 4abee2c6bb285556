import type { PropertyFile } from '../../model/software/properties.ts';
import { ownedProperty } from '../../node/services/owned-properties.ts';
import { suggest } from './suggest.ts';

/** What is wrong with a name, as the end of a sentence that begins with it, and what would be right. */
interface NameFault {
  readonly message: string;
  readonly hint: string;
}

const forms: Readonly<Record<PropertyFile, { readonly pattern: RegExp; readonly hint: string }>> = {
  'spark-defaults': {
    pattern: /^spark\.[\w.$/:-]{1,200}$/,
    hint: 'Names of Spark properties begin with "spark.", such as spark.sql.shuffle.partitions.',
  },
  'spark-env': {
    pattern: /^[A-Za-z_]\w{0,200}$/,
    hint: 'Use the name of an environment variable, such as SPARK_LOCAL_DIRS.',
  },
  'core-site': {
    pattern: /^[A-Za-z][\w.-]{0,200}$/,
    hint: 'Use the name of a Hadoop property, such as fs.trash.interval.',
  },
  'hdfs-site': {
    pattern: /^[A-Za-z][\w.-]{0,200}$/,
    hint: 'Use the name of an HDFS property, such as dfs.replication.',
  },
};

/** Prefixes of Hadoop’s properties, which Spark takes with another prefix. */
const hadoopName = /^(?:fs|dfs|io|ipc|hadoop|parquet|mapreduce|mapred)\.[\w.-]+$/;

/** What is wrong with the name of a property for a file; `undefined` if it can be set there. */
export function propertyNameFault(file: PropertyFile, name: string): NameFault | undefined {
  const { pattern, hint } = forms[file];
  if (file === 'spark-defaults' && !name.startsWith('spark.')) {
    const meant = meantSparkProperty(name);
    return {
      message: 'is not a Spark property.',
      hint: meant === undefined ? hint : `Did you mean "${meant}"?`,
    };
  }
  if (file !== 'spark-defaults' && file !== 'spark-env' && name.startsWith('spark.'))
    return {
      message: 'is a Spark property.',
      hint: 'Set it in services.spark.spark-defaults.',
    };
  if (!pattern.test(name)) return { message: 'is not a valid name.', hint };
  const owned = ownedProperty(file, name);
  return owned && { message: `${owned.why}.`, hint: owned.instead ?? 'Remove it.' };
}

/** The Spark property that somebody probably meant: the beginning is misspelled or missing, or it is one of Hadoop’s. */
function meantSparkProperty(name: string): string | undefined {
  const [first = '', ...rest] = name.split('.');
  if (hadoopName.test(name)) return `spark.hadoop.${name}`;
  if (rest.length === 0) return undefined;
  if (suggest(first, ['spark']) !== undefined) return ['spark', ...rest].join('.');
  return sections.has(first) ? `spark.${name}` : undefined;
}

/** What stands behind `spark.` in the names of properties that are set most. */
const sections: ReadonlySet<string> = new Set([
  'sql',
  'executor',
  'driver',
  'shuffle',
  'dynamicAllocation',
  'memory',
  'serializer',
  'default',
  'task',
  'jars',
  'ui',
  'hadoop',
]);
