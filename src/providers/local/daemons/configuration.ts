import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from '../../../base/surroundings.ts';
import type { Properties } from '../../../model/software/properties.ts';
import { s3Properties } from '../../../node/services/s3/s3.ts';
import { fileUri, sparkDefaultsFile, sparkLogFile } from '../../../node/services/spark.ts';
import { tableProperties } from '../../../node/services/tables.ts';
import { type LocalCluster, makeFolder } from '../records/records.ts';
import { clusterSecret } from '../records/secret.ts';
import { executorArchive } from '../software/class-archive.ts';
import { packagesClassPath } from '../software/install-packages.ts';
import { withPackagesPath } from '../software/python-packages.ts';
import {
  configurationFolder,
  eventsFolder,
  executorPythonPath,
  launchMark,
  sparkDefaultsOf,
} from './environment.ts';
import { loopback } from './ports.ts';

/** Writes what a cluster's daemons, jobs and shells read; it holds the secret and is for its owner only. */
export async function writeConfiguration(
  cluster: LocalCluster,
  surroundings: Surroundings,
): Promise<void> {
  const { record } = cluster;
  const archive = executorArchive(record, surroundings);
  const folder = configurationFolder(cluster);
  const master = cluster.nodes.find(({ role }) => role === 'master');
  await makeFolder(folder);
  await makeFolder(eventsFolder(cluster));
  const files = {
    'spark-defaults.conf': sparkDefaultsFile({
      masterUrl: `spark://${loopback}:${master?.port ?? 0}`,
      secret: await clusterSecret(cluster),
      driverAddress: loopback,
      workerCores: record.worker.cores,
      workerMemoryMiB: record.worker.memoryMiB,
      executorsPerWorker: record.executorsPerWorker,
      executorOptions: [launchMark(record.launchId), ...(archive?.options ?? [])]
        .map((option) => (/\s/.test(option) ? `"${option}"` : option))
        .join(' '),
      mavenRepository: record.mavenRepository ?? undefined,
      eventsFolder: record.eventLogFolder ?? eventsFolder(cluster),
      packageProperties: [
        ...(archive === undefined ? [] : [executorClassPath(archive.classPath)]),
        ...tablesOf(cluster),
        ...s3Of(cluster),
        ...classPathOf(cluster),
      ],
      own: withPythonPackages(cluster),
    }),
    'log4j2.properties': sparkLogFile('info'),
    // What a job prints is what the user wants to see, not Spark's diary of it.
    'log4j2-job.properties': sparkLogFile('warn'),
  };
  await Promise.all(
    Object.entries(files).map(([name, text]) =>
      writeFile(join(folder, name), text, { mode: 0o600 }),
    ),
  );
}

/** Before all else that executors have in their class path; where users set it themselves, an archive isn't used. */
function executorClassPath(path: string): [string, string] {
  return ['spark.executor.extraClassPath', path];
}

function s3Of({ record }: LocalCluster): [string, string][] {
  return record.packages?.s3 === true ? s3Properties(record.spark.version, 'user') : [];
}

/** Workers that began before packages were installed don't have them in their environment, which executors get. */
function classPathOf({ record }: LocalCluster): [string, string][] {
  const path = packagesClassPath(record).join(':');
  return path === '' ? [] : [['spark.executorEnv.SPARK_DIST_CLASSPATH', path]];
}

/** The user's properties, with the cluster's Python packages on the path of executors. */
function withPythonPackages(cluster: LocalCluster): Properties {
  const own = sparkDefaultsOf(cluster);
  const minor = cluster.record.pythonPackages?.minor ?? '';
  const path = withPackagesPath(cluster, minor, own[executorPythonPath]);
  return { ...own, ...(path !== undefined && { [executorPythonPath]: path }) };
}

/** Properties of a cluster's tables: unless the user says where, Iceberg's go with the cluster. */
function tablesOf({ folder, record }: LocalCluster): [string, string][] {
  const { packages, warehouse = null } = record;
  const own = warehouse?.startsWith('/') === true ? fileUri(warehouse) : warehouse;
  return [
    ...(own === null ? [] : [['spark.sql.warehouse.dir', own] as [string, string]]),
    ...tableProperties(packages?.tables ?? [], own ?? fileUri(join(folder, 'warehouse'))),
  ];
}
