import { mayHaveJobs } from '../../model/cluster/cluster.ts';
import { ClusterError, toClusterError } from '../../model/errors.ts';
import { isJobId, type Job, jobNotFound } from '../../model/job.ts';
import { advice } from '../../model/remedy.ts';
import { type Engine, signalOf, type VerbOptions, workContext } from '../support/context.ts';
import {
  at,
  type FoundCluster,
  requireCluster,
  searchTargets,
  warnUnasked,
} from '../support/find-cluster.ts';

/** How a job is looked for. */
export interface JobOptions extends VerbOptions {
  /** Name of its cluster; without it, all clusters that run are asked. */
  readonly cluster?: string | undefined;
}

/** The jobs of a cluster. */
export interface ClusterJobs {
  readonly found: FoundCluster;
  readonly jobs: readonly Job[];
}

/**
 * The jobs of a cluster, or of all that run. A cluster that can't be asked hides no job of another one: it is a warning.
 *
 * @throws ClusterError `CLUSTER_NOT_FOUND`, …
 */
export async function findJobs(engine: Engine, options: JobOptions): Promise<ClusterJobs[]> {
  const { cluster: name } = options;
  if (name !== undefined) {
    const found = await requireCluster(engine, name, options);
    return [{ found, jobs: mayHaveJobs(found.cluster) ? await jobsOf(found) : [] }];
  }
  const signal = signalOf(options);
  const targets = await searchTargets(engine, options);
  const lists = await Promise.all(
    targets.map(async ({ provider, values }) => {
      const context = workContext(engine, '', provider.kind, values, signal);
      const clusters = await provider.list(context).catch((error: unknown) => {
        if (signal.aborted || targets.length === 1) throw error;
        warnUnasked(toClusterError(error), context);
        return [];
      });
      return Promise.all(
        clusters.filter(mayHaveJobs).map(async (cluster): Promise<ClusterJobs[]> => {
          const own = workContext(engine, cluster.name, provider.kind, at(cluster, values), signal);
          const found = { provider, cluster, context: own };
          try {
            return [{ found, jobs: await jobsOf(found) }];
          } catch (error) {
            if (signal.aborted) throw error;
            const { code: kind, message, remedies } = toClusterError(error);
            own.emit('warning', { kind, message: `${cluster.name}: ${message}`, remedies });
            return [];
          }
        }),
      );
    }),
  );
  return lists.flat(2);
}

/**
 * Finds a job, and the cluster that it is of.
 *
 * @throws ClusterError `JOB_NOT_FOUND`, `ARGUMENT_INVALID`
 */
export async function requireJob(
  engine: Engine,
  id: string,
  options: JobOptions,
): Promise<{ readonly found: FoundCluster; readonly job: Job }> {
  if (!isJobId(id))
    throw new ClusterError('ARGUMENT_INVALID', `"${id}" is not a job ID.`, {
      remedies: advice('Job IDs look like job-20261130T121500Z-1f0c.'),
    });
  for (const { found, jobs } of await findJobs(engine, options)) {
    const job = jobs.find((one) => one.id === id);
    if (job !== undefined) return { found, job };
  }
  throw jobNotFound(id, advice('A cluster that is stopped or destroyed shows no jobs.'));
}

function jobsOf({ provider, cluster, context }: FoundCluster): Promise<readonly Job[]> {
  return provider.jobs(cluster, context);
}
