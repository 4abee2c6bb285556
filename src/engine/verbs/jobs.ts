import type { Job } from '../../model/job.ts';
import { type ClusterRef, refOf } from '../../model/remedy.ts';
import { findJobs, type JobOptions, requireJob } from '../jobs/find-job.ts';
import { followJob } from '../jobs/follow-job.ts';
import type { Engine } from '../support/context.ts';

/** A job with the cluster that it is of. */
export interface ListedJob extends Job {
  readonly cluster: ClusterRef;
}

/** The jobs that were asked for, the newest first. */
export interface JobsResult {
  readonly jobs: readonly ListedJob[];
}

/** How a job's log is read. */
export interface JobLogOptions extends JobOptions {
  /**
   * Whether to go on until the job ends.
   * @default false
   */
  readonly follow?: boolean | undefined;
}

/** What a job's log was, which itself goes to the host. */
export interface JobLogResult {
  readonly job: ListedJob;
}

/** What became of a job that was to be canceled. */
export interface CancelJobResult {
  readonly job: ListedJob;
  /** `false`: it had ended before. */
  readonly canceled: boolean;
}

/** Lists the jobs of a cluster, or of all that run, whoever submitted them. */
export async function jobs(engine: Engine, options: JobOptions): Promise<JobsResult> {
  const lists = await findJobs(engine, options);
  const all = lists.flatMap(({ found, jobs: list }) =>
    list.map((job): ListedJob => ({ ...job, cluster: refOf(found.cluster) })),
  );
  return { jobs: all.sort((a, b) => (a.id < b.id ? 1 : -1)) };
}

/**
 * Passes a job's output on, from its beginning, as {@link submit} does: what there is, or until it ends. Whoever stops following leaves the
 * job running.
 *
 * @throws ClusterError `JOB_NOT_FOUND`
 */
export async function jobLog(
  engine: Engine,
  id: string,
  { follow = false, ...options }: JobLogOptions,
): Promise<JobLogResult> {
  const { found, job } = await requireJob(engine, id, options);
  const { provider, cluster, context } = found;
  const handle = { current: await provider.openJob(cluster, id, context) };
  try {
    const end = await followJob(engine, found, handle, { until: follow ? 'end' : 'now' });
    const now = end === null ? {} : { state: end.state, exitCode: end.exitCode };
    return { job: { ...job, ...now, cluster: refOf(cluster) } };
  } finally {
    await handle.current.close();
  }
}

/**
 * Ends a job and everything it started, whoever submitted it.
 *
 * @throws ClusterError `JOB_NOT_FOUND`
 */
export async function cancelJob(
  engine: Engine,
  id: string,
  options: JobOptions,
): Promise<CancelJobResult> {
  const { found, job } = await requireJob(engine, id, options);
  const { provider, cluster, context } = found;
  const listed = { ...job, cluster: refOf(cluster) };
  if (job.state !== 'running') return { job: listed, canceled: false };
  const handle = await provider.openJob(cluster, id, context);
  try {
    const canceled = await handle.cancel();
    return { job: canceled ? { ...listed, state: 'canceled' } : listed, canceled };
  } finally {
    await handle.close();
  }
}
