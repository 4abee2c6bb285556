import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { utf8Locale } from '../../../base/machine/utf8-locale.ts';
import type { Surroundings } from '../../../base/surroundings.ts';
import type { Properties } from '../../../model/software/properties.ts';
import { sparkScalaVersion } from '../../../node/services/spark.ts';
import { findPython } from '../../../python/find-python.ts';
import { type LocalCluster, nodeFolder } from '../records/records.ts';
import { packagesClassPath } from '../software/install-packages.ts';
import { withPackagesPath } from '../software/python-packages.ts';
import { loopback } from './ports.ts';

/** Spark's property for what Python on executors has in its path. */
export const executorPythonPath = 'spark.executorEnv.PYTHONPATH';

/** Folder of a cluster's Spark configuration. */
export function configurationFolder(cluster: Pick<LocalCluster, 'folder'>): string {
  return join(cluster.folder, 'conf');
}

/** Folder of what a cluster's jobs leave to its history server. */
export function eventsFolder(cluster: Pick<LocalCluster, 'folder'>): string {
  return join(cluster.folder, 'events');
}

/** Properties that the user put into a cluster's `spark-defaults.conf`. */
export function sparkDefaultsOf({ record }: Pick<LocalCluster, 'record'>): Properties {
  return record.configuration?.['spark-defaults'] ?? {};
}

/** Variables that the user wants Spark's processes to have; what is wanted on Python's path stands apart, as it is added to ours. */
function ownVariables({ record }: Pick<LocalCluster, 'record'>): {
  readonly variables: Properties;
  readonly pythonPath: string | undefined;
} {
  const { PYTHONPATH: pythonPath, ...variables } = record.configuration?.['spark-env'] ?? {};
  return { variables, pythonPath };
}

/**
 * The environment in which a cluster's Spark runs: the user's own, without what would make Spark another one.
 *
 * @param pythonVersion of the Python that runs programs in it; absent: none does, or it isn't known
 */
export function sparkEnvironment(
  cluster: LocalCluster,
  { env, platform }: Pick<Surroundings, 'env' | 'platform'>,
  pythonVersion = '',
): Record<string, string> {
  const { spark, java, python } = cluster.record;
  const [packages] = packagesClassPath(cluster.record);
  const kept = Object.entries(env).filter(
    ([name, value]) =>
      value !== undefined && !/^(SPARK_|PYSPARK_|HADOOP_|YARN_|JAVA_HOME$)/.test(name),
  ) as [string, string][];
  const modules = pythonModules(spark.home);
  const { variables, pythonPath } = ownVariables(cluster);
  const own = pythonPath ?? env['PYTHONPATH'];
  return {
    ...Object.fromEntries(kept),
    ...utf8Locale({ env, platform }),
    JAVA_HOME: java.home,
    SPARK_HOME: spark.home,
    SPARK_CONF_DIR: configurationFolder(cluster),
    // Without it web pages are served to the whole network (WebUI.scala binds 0.0.0.0).
    SPARK_LOCAL_IP: loopback,
    SPARK_PUBLIC_DNS: loopback,
    // Spark's scripts find it out; executors of a daemon started without them die without it.
    SPARK_SCALA_VERSION: sparkScalaVersion(spark.version),
    PYTHONPATH: [...modules, withPackagesPath(cluster, pythonVersion, own) ?? '']
      .filter(Boolean)
      .join(delimiter),
    // Of executors, and of what Spark's own scripts start.
    ...(packages !== undefined && { SPARK_DIST_CLASSPATH: packages }),
    ...(python === null ? {} : { PYSPARK_PYTHON: python }),
    ...variables,
  };
}

// What opens doors elsewhere. A job's driver is the user's own program and keeps it; what runs on for days, and runs anybody's
// jobs, gets none of it.
const secretVariable =
  /^AWS_|(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)(?:_|$)/i;

/** The environment of a cluster's daemons, and of what they start: that of its Spark, without the user's secrets. */
export function daemonEnvironment(
  cluster: LocalCluster,
  surroundings: Pick<Surroundings, 'env' | 'platform'>,
): Record<string, string> {
  return {
    ...withoutSecretVariables(sparkEnvironment(cluster, surroundings)),
    // What is meant for them.
    ...ownVariables(cluster).variables,
  };
}

/** An environment without the user's secrets. */
export function withoutSecretVariables(env: Surroundings['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) => value !== undefined && !secretVariable.test(name),
    ) as [string, string][],
  );
}

/**
 * The environment of a shell, or of a command, on a node: Spark's programs are on the path and find the cluster by themselves, and use the
 * Python of whoever asks, as jobs do.
 */
export async function nodeEnvironment(
  cluster: LocalCluster,
  node: string,
  surroundings: Pick<Surroundings, 'cwd' | 'env' | 'platform'>,
): Promise<Record<string, string>> {
  const python = await findPython(surroundings);
  const environment = sparkEnvironment(cluster, surroundings, python?.version);
  const { spark, java, name } = cluster.record;
  const master = cluster.nodes.find(({ role }) => role === 'master');
  return {
    ...environment,
    ...(python !== undefined && { PYSPARK_PYTHON: python.program }),
    PATH: [join(spark.home, 'bin'), join(java.home, 'bin'), environment['PATH'] ?? ''].join(
      delimiter,
    ),
    MASTER: `spark://${loopback}:${master?.port ?? 0}`,
    FLINTROCK_CLUSTER: name,
    FLINTROCK_NODE: node,
    FLINTROCK_NODE_FOLDER: nodeFolder(cluster, node),
  };
}

/** The word on the command line of every JVM that a launch started, or that its cluster did. */
export function launchMark(launchId: string): string {
  return `-Dflintrock.launch=${launchId}`;
}

/** What turns one environment into another. */
export function environmentChanges(
  from: Readonly<Record<string, string | undefined>>,
  to: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const set = Object.entries(to).filter(([name, value]) => from[name] !== value);
  const gone = Object.keys(from).filter((name) => from[name] !== undefined && !(name in to));
  return Object.fromEntries([...set, ...gone.map((name) => [name, null] as const)]);
}

// A release has them under `python`; an installed PySpark is the package's own folder.
function pythonModules(sparkHome: string): string[] {
  const library = join(sparkHome, 'python', 'lib');
  try {
    const py4j = readdirSync(library).filter((name) => /^py4j-.*-src\.zip$/.test(name));
    return [join(sparkHome, 'python'), ...py4j.map((name) => join(library, name))];
  } catch {
    return [join(sparkHome, '..')];
  }
}
