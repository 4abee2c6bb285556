import { randomBytes } from 'node:crypto';
import type { LaunchRequest, WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { packageSet } from '../../../model/software/packages/package-set.ts';
import { withRequirements } from '../../../model/software/packages/python-requirements.ts';
import { serviceProperties } from '../../../model/software/properties.ts';
import { defaultExecutors, withJobLimit } from '../../../node/services/executors.ts';
import { minorOf } from '../../../python/interpreters.ts';
import { guardOrphan } from '../jobs/orphan-guard.ts';
import type { LocalPlan } from '../plan-launch.ts';
import {
  claimFolder,
  type ClusterRecord,
  type NodeRecord,
  requireCluster,
  writeClusterRecord,
  writeNodeRecord,
} from '../records/records.ts';
import { checkS3 } from '../s3/check-s3.ts';
import { packagesFolder } from '../software/install-packages.ts';
import { keepWheels, wheelPath } from '../software/python-packages.ts';
import { installSpark } from '../software/spark-install.ts';
import { bringUp } from './bring-up.ts';
import { removeNode } from './end-nodes.ts';
import { unlessRemoved } from './remove-cluster.ts';

/** Makes a cluster: its folder, Spark if it isn't here yet, its daemons. */
export async function makeCluster(
  request: LaunchRequest,
  planned: LocalPlan,
  launchId: string,
  context: WorkContext,
): Promise<void> {
  const { values, name } = request;
  if (planned.java === undefined)
    throw new ClusterError('JAVA_NOT_FOUND', 'No supported Java was found.');
  const folder = await claimFolder(name, context);
  const own = withJobLimit(values);
  const requirements = withRequirements(
    values.pythonPackages,
    request.wheels.map((wheel) => wheelPath(folder, wheel)),
  );
  const record: ClusterRecord = {
    format: 1,
    name,
    launchId,
    launchedAt: new Date(context.clock.now()).toISOString(),
    ready: false,
    removing: false,
    spark: { version: planned.spark.version, home: plannedHome(planned) },
    java: planned.java,
    python: planned.python?.program ?? null,
    worker: planned.worker,
    executorsPerWorker:
      values.sparkExecutorInstances ?? defaultExecutors(planned.worker.cores, own),
    mavenRepository: values.sparkMavenRepository ?? null,
    packages: packagesOf(request, planned, context),
    ...(planned.python !== undefined &&
      requirements.length > 0 && {
        pythonPackages: {
          requirements,
          minor: minorOf(planned.python.version),
          index: values.pythonPackageIndex,
        },
      }),
    warehouse: values.sparkWarehouse ?? null,
    eventLogFolder: values.eventLogFolder,
    configuration: serviceProperties({
      'spark-defaults': own,
      'spark-env': values.sparkEnv,
      'core-site': {},
      'hdfs-site': {},
    }),
    wishedPorts: {
      master: values.localMasterPort ?? null,
      masterUi: values.localMasterUiPort ?? null,
    },
    nextWorker: values.numWorkers + 1,
    tags: values.localTags,
  };
  const nodes = [
    newNode('master', 'master'),
    ...Array.from({ length: values.numWorkers }, (_, index) =>
      newNode('worker', `worker-${index + 1}`),
    ),
  ];
  await unlessRemoved(name, launchId, context, async () => {
    await writeClusterRecord(folder, record);
    if (request.orphanSeconds !== undefined)
      guardOrphan({ folder, record }, request.orphanSeconds, context);
    await Promise.all(nodes.map((node) => writeNodeRecord({ folder }, node)));
    await keepWheels(folder, request.wheels);
    const home = await installSpark(planned.spark, context);
    const installed = { ...record, spark: { version: planned.spark.version, home } };
    await writeClusterRecord(folder, installed);
    const names = nodes.map((node) => node.name);
    await checkS3(await bringUp({ folder, record: installed, nodes }, names, context), context);
  });
}

/** Makes more workers; gives their names by their ids. On failure it removes what it made. */
export async function makeWorkers(
  name: string,
  count: number,
  context: WorkContext,
): Promise<ReadonlyMap<string, string>> {
  const cluster = await requireCluster(name, context);
  const first = cluster.record.nextWorker;
  const added = Array.from({ length: count }, (_, index) =>
    newNode('worker', `worker-${first + index}`),
  );
  // The numbers are used up first: whatever happens next, no two workers ever have one name.
  const record = { ...cluster.record, nextWorker: first + count };
  await writeClusterRecord(cluster.folder, record);
  const names = added.map((node) => node.name);
  try {
    for (const node of added) await writeNodeRecord(cluster, node);
    await bringUp({ ...cluster, record, nodes: [...cluster.nodes, ...added] }, names, context);
  } catch (error) {
    for (const node of (await requireCluster(name, context)).nodes)
      if (names.includes(node.name)) await removeNode(cluster, node, context);
    throw error;
  }
  return new Map(added.map((node) => [node.id, node.name]));
}

function packagesOf(
  { values }: LaunchRequest,
  { spark: { version } }: LocalPlan,
  context: WorkContext,
): ClusterRecord['packages'] {
  const set = packageSet(values);
  return (
    set && { ...set, folder: packagesFolder(set, version, values.sparkMavenRepository, context) }
  );
}

function plannedHome({ spark }: LocalPlan): string {
  return spark.kind === 'installed' ? spark.home : (spark.candidates[0]?.home ?? '');
}

/** The record of a node that is to be. */
export function newNode(role: NodeRecord['role'], name: string): NodeRecord {
  return {
    format: 1,
    name,
    role,
    id: `local-${randomBytes(6).toString('hex')}`,
    wanted: 'running',
    draining: false,
    port: 0,
    uiPort: 0,
    process: null,
  };
}
