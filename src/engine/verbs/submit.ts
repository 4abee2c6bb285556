import { type Cluster, hasService } from '../../model/cluster/cluster.ts';
import { abortError, ClusterError } from '../../model/errors.ts';
import type { JobFailure, JobState } from '../../model/job.ts';
import { sparkVersionOf } from '../connect/cluster-link.ts';
import { requireFitting, sizeOf } from '../jobs/executor-size.ts';
import { followJob } from '../jobs/follow-job.ts';
import type { JobToSubmit } from '../jobs/job-to-submit.ts';
import { prepareJob } from '../jobs/prepare-job.ts';
import { TracebackWatch } from '../jobs/traceback-watch.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { noYarn, remediesFor, requireSpark, requireState } from '../support/guards.ts';
import { timed } from '../support/timing.ts';

/** A job to run, and how to go on once it runs. */
export interface SubmitRequest extends JobToSubmit {
  /**
   * Whether to return as soon as the job runs.
   * @default false
   */
  readonly detach?: boolean | undefined;
}

/** How a job ended. */
export interface SubmitResult {
  readonly job: string;
  readonly state: JobState;
  /** The job's own exit code; `null` if it was left running. */
  readonly exitCode: number | null;
  readonly seconds: number;
  /** Where a Python job failed, if that is a file of this machine. */
  readonly failure: JobFailure | null;
}

/**
 * Runs a job on a cluster, passes its output on as events and gives its exit code. A job that fails is a result, not an error.
 *
 * The job is the cluster's: a connection that is lost is made anew, and the job goes on without this process. When the signal aborts, the
 * host is asked (`job.interrupted`): cancel the job, which is the default, or leave it running.
 *
 * @throws ClusterError `FILE_NOT_FOUND`, `ARGUMENT_INVALID`, `PACKAGE_MISMATCH`, `CLUSTER_STATE_UNFIT`, `ABORTED` after a canceled job
 */
export async function submit(
  engine: Engine,
  name: string,
  request: SubmitRequest,
  options: VerbOptions,
): Promise<SubmitResult> {
  const found = await requireCluster(engine, name, options);
  const { provider, cluster, context } = found;
  const prepared = await prepareJob(request, sparkVersionOf(cluster), context);
  requireState(cluster, ['running', 'degraded'], 'submitting a job');
  requireSpark(cluster, 'submitting a job');
  if (request.yarn !== undefined && !hasService(cluster, 'yarn')) throw noYarn(name);
  requireMaster(cluster);
  // What fits into a container, YARN tells Spark before the job begins.
  const need = request.yarn === undefined ? sizeOf(prepared.request.conf) : null;
  if (need !== null) await requireFitting(found, need);
  return timed('submit', [], context, async () => {
    const handle = { current: await provider.submit(cluster, prepared.request, context) };
    const { id } = handle.current;
    const left = { job: id, state: 'running' as const, exitCode: null, failure: null };
    try {
      context.emit('job.started', {
        job: id,
        command: [request.file, ...(request.args ?? [])].join(' '),
        modules: prepared.modules,
      });
      if (request.detach === true) return left;
      const { program } = prepared.request;
      const watch = new TracebackWatch(id, { program, modules: prepared.modules });
      const end = await followJob(engine, found, handle, { until: 'end', need, watch });
      if (end === null) throw new TypeError('a job that was followed to its end has one');
      context.emit('job.exited', { job: id, exitCode: end.exitCode });
      const { exitCode, state } = end;
      return { job: id, state, exitCode, failure: state === 'failed' ? watch.failure : null };
    } catch (error) {
      if (!context.signal.aborted) throw error;
      const answer = await engine.host.ask({
        code: 'job.interrupted',
        cluster: name,
        message: `Job ${id} is still running on "${name}". Cancel it, or keep it running?`,
        default: 'cancel',
      });
      if (answer === 'detach') return left;
      await handle.current.cancel();
      throw abortError(context.signal, `running ${id}, which was canceled`);
    } finally {
      await handle.current.close();
    }
  });
}

/** A job would ask a master that doesn't run for minutes. */
function requireMaster(cluster: Cluster): void {
  const { name, master } = cluster;
  if (master?.state === 'running') return;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `The master of "${name}" is not running${master?.reason == null ? '' : ` (${master.reason})`}; jobs can’t be submitted.`,
    { remedies: remediesFor(cluster) },
  );
}
