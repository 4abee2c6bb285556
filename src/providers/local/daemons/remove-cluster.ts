import type { WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { endJobs } from '../jobs/jobs.ts';
import {
  clusterFolder,
  type LocalCluster,
  readCluster,
  removeClusterFolder,
} from '../records/records.ts';
import { folderMark } from './daemons.ts';
import { adoptArchives, endDaemons } from './end-nodes.ts';
import { launchMark } from './environment.ts';
import { endProcesses, findJvms } from './processes.ts';

/** Ends everything of a cluster and removes its folder; gives what is left, in words. */
export async function removeCluster(
  name: string,
  cluster: LocalCluster | string,
  context: WorkContext,
): Promise<readonly string[]> {
  const folder = clusterFolder(name, context);
  if (typeof cluster === 'string') {
    for (const launchId of await launchesIn(folder, context)) {
      const strays = await endStrays(launchId, context);
      if (strays.length > 0) return strays;
    }
  } else {
    await endJobs(cluster, context);
    const left = await endDaemons(cluster, cluster.nodes, context);
    if (left.length > 0)
      return left.map(({ pid }) => `process ${pid} of ${name} could not be terminated`);
    const strays = await endStrays(cluster.record.launchId, context);
    if (strays.length > 0) return strays;
    await adoptArchives(cluster, context);
    // Somebody else may have removed it meanwhile, and launched a new one.
    const now = await readCluster(name, context);
    if (typeof now === 'object' && now.record.launchId !== cluster.record.launchId) return [];
  }
  try {
    await removeClusterFolder(folder);
  } catch (error) {
    return [`folder ${folder}: ${(error as Error).message}`];
  }
  return [];
}

/** The launches whose daemons live in a folder, told by themselves where the folder's records can't be read. */
async function launchesIn(folder: string, { platform }: WorkContext): Promise<Set<string>> {
  const daemons = await findJvms(folderMark({ folder }), platform);
  const prefix = launchMark('');
  return new Set(
    daemons.flatMap(({ args }) =>
      args.filter((word) => word.startsWith(prefix)).map((word) => word.slice(prefix.length)),
    ),
  );
}

/** Ends what no record tells of: a daemon whose maker died before it could write it down, executors of a killed worker. */
export async function endStrays(
  launchId: string,
  context: WorkContext,
): Promise<readonly string[]> {
  const mark = launchMark(launchId);
  const strays = await findJvms(mark, context.platform);
  const left = await endProcesses(strays, mark, { ...context, patienceMs: 5_000 });
  return left.map(({ pid }) => `process ${pid} could not be terminated`);
}

/** Does something with a cluster. If that fails because somebody removed the cluster, this is the error, and nothing is left. */
export async function unlessRemoved<T>(
  name: string,
  launchId: string | null,
  context: WorkContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const now = await readCluster(name, context);
    if (typeof now === 'string') throw error;
    if (now?.record.launchId === launchId && !now.record.removing) throw error;
    // A daemon may have been started when the other one had looked for them already.
    if (launchId !== null) await endStrays(launchId, context);
    if (context.signal.aborted) throw error;
    throw new ClusterError(
      'CLUSTER_NOT_FOUND',
      `Cluster "${name}" was destroyed by another client in the meantime.`,
      { cause: error },
    );
  }
}
