import type { InstalledPackages, PackageAdditions, WorkContext } from '../../engine/provider.ts';
import { withPackages } from '../../model/software/packages/package-set.ts';
import { writeConfiguration } from './daemons/configuration.ts';
import { connectServer } from './daemons/connect.ts';
import { endBeside, sideServerPort } from './daemons/side-servers.ts';
import { type ClusterRecord, requireCluster, writeClusterRecord } from './records/records.ts';
import { installPackages, packagesFolder } from './software/install-packages.ts';
import { preparePythonPackages } from './software/python-packages.ts';

/**
 * See `Provider.install`: all is fetched before anything of the cluster changes. The processes of all nodes are of this machine, and have
 * the same.
 */
export async function installOnCluster(
  name: string,
  { packages, requirements, wheels }: PackageAdditions,
  context: WorkContext,
): Promise<InstalledPackages> {
  const cluster = await requireCluster(name, context);
  const record = {
    ...cluster.record,
    mavenRepository: context.values.sparkMavenRepository ?? cluster.record.mavenRepository,
  };
  const forSpark = morePackages(record, packages, context);
  if (forSpark !== record.packages)
    await installPackages({ ...record, packages: forSpark }, context);
  const forPython =
    requirements.length + wheels.length === 0
      ? undefined
      : await preparePythonPackages(cluster, requirements, wheels, context);
  if (forSpark === record.packages && forPython === undefined) return { changed: false };
  if (context.signal.aborted) {
    await forPython?.discard();
    context.signal.throwIfAborted();
  }
  const installed: ClusterRecord = {
    ...record,
    packages: forSpark,
    ...(forPython !== undefined && { pythonPackages: forPython.record }),
  };
  // Packages without a record are found and replaced by the next attempt; a record without packages would be wrong.
  await forPython?.put();
  await writeConfiguration({ ...cluster, record: installed }, context);
  await writeClusterRecord(cluster.folder, installed);
  const lacksJars =
    forSpark !== record.packages &&
    (await sideServerPort(cluster, connectServer, context)) !== undefined;
  return {
    changed: true,
    endConnect: lacksJars
      ? async () => {
          await endBeside(cluster, connectServer, context);
        }
      : undefined,
  };
}

/** The packages that a cluster has then; the very same if it has them. */
function morePackages(
  { packages, spark, mavenRepository }: ClusterRecord,
  added: readonly string[],
  context: WorkContext,
): ClusterRecord['packages'] {
  if (added.every((one) => packages?.packages.includes(one) === true)) return packages;
  const set = withPackages(
    { tables: packages?.tables ?? [], packages: packages?.packages ?? [] },
    added,
  );
  return {
    ...set,
    folder: packagesFolder(set, spark.version, mavenRepository ?? undefined, context),
  };
}
