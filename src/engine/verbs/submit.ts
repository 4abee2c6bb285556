import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { abortError, ClusterError } from '../../model/errors.ts';
import { jobOutput } from '../program-output.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { remediesFor, requireSpark, requireState } from '../support/guards.ts';
import { timed } from '../support/timing.ts';

/** A job to run. */
export interface SubmitRequest {
  /** A `.py` or `.jar`; a relative path starts from the current folder. */
  readonly file: string;
  /** The job's own arguments. */
  readonly args?: readonly string[] | undefined;
  /** Main class of a jar; without it the jar's manifest names it. */
  readonly className?: string | undefined;
  /** Spark properties for this job, such as `spark.executor.memory`. */
  readonly conf?: Readonly<Record<string, string>> | undefined;
}

/** How a job ended. */
export interface SubmitResult {
  readonly job: string;
  /** The job's own exit code; `null` if it was left running. */
  readonly exitCode: number | null;
  readonly seconds: number;
}

/**
 * Runs a job on a cluster, passes its output on as events and gives its exit code. A job that fails is a result, not an error.
 *
 * When the signal aborts, the host is asked (`job.interrupted`): cancel the job, which is the default, or leave it running.
 *
 * @throws ClusterError `FILE_NOT_FOUND`, `ARGUMENT_INVALID`, `CLUSTER_STATE_UNFIT`, `ABORTED` after a cancelled job
 */
export async function submit(
  engine: Engine,
  name: string,
  request: SubmitRequest,
  options: VerbOptions,
): Promise<SubmitResult> {
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  const file = resolve(context.cwd, request.file);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new ClusterError('FILE_NOT_FOUND', `File not found: ${file}.`);
  if (!/\.(py|jar)$/.test(file))
    throw new ClusterError('ARGUMENT_INVALID', `${file} is neither a .py nor a .jar file.`);
  requireState(cluster, ['running', 'degraded'], 'submitting a job');
  requireSpark(cluster, 'submitting a job');
  requireMaster(cluster);
  return timed('submit', [], context, async () => {
    const job = await provider.submit(
      cluster,
      {
        file,
        args: request.args ?? [],
        conf: request.conf ?? {},
        ...(request.className !== undefined && { className: request.className }),
      },
      context,
    );
    context.emit('job.started', {
      job: job.id,
      command: [request.file, ...(request.args ?? [])].join(' '),
    });
    try {
      const output = jobOutput(engine, job.id, context);
      const exitCode = await job.follow(output.take);
      output.end();
      context.emit('job.exited', { job: job.id, exitCode });
      return { job: job.id, exitCode };
    } catch (error) {
      if (!context.signal.aborted) throw error;
      const answer = await engine.host.ask({
        code: 'job.interrupted',
        cluster: name,
        message: `Job ${job.id} is still running on "${name}". Cancel it, or keep it running?`,
        default: 'cancel',
      });
      if (answer === 'detach') {
        await job.detach?.();
        return { job: job.id, exitCode: null };
      }
      await job.cancel();
      throw abortError(context.signal, `running ${job.id}, which was canceled`);
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
