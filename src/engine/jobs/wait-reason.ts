import { memoryText } from '../../base/size.ts';
import type { Application } from '../../model/cluster/application.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { advice, callVerb, type Remedy } from '../../model/remedy.ts';
import type { SparkStatus } from '../../node/services/spark.ts';
import type { YarnApplication } from '../../node/services/yarn/yarn.ts';

/** What Spark's driver prints when its tasks wait for an executor (`TaskSchedulerImpl`). */
export const waitingMark = 'Initial job has not accepted any resources';

/** So many applications are named. */
const mostNamed = 3;

/** Why a job gets no executors, and what can be done. */
export interface WaitReason {
  readonly message: string;
  readonly remedies: readonly Remedy[];
}

/** What executors need that a job waits for: as far as it is known. */
export interface ExecutorNeed {
  readonly cores?: number | undefined;
  readonly memoryMiB?: number | undefined;
}

/** Why executors of a size don't fit any worker, whatever else runs; `undefined` if they do. */
export function misfit(
  { cores = 0, memoryMiB = 0 }: ExecutorNeed,
  { workers }: Pick<SparkStatus, 'workers'>,
): WaitReason | undefined {
  const alive = workers.filter((worker) => worker.alive);
  if (alive.length === 0) return undefined;
  const most = {
    cores: Math.max(...alive.map((worker) => worker.cores)),
    memoryMiB: Math.max(...alive.map((worker) => worker.memoryMiB)),
  };
  if (memoryMiB > most.memoryMiB)
    return {
      message: `No worker can hold an executor with ${memoryText(memoryMiB)} of memory: the largest worker has ${memoryText(most.memoryMiB)} for executors.`,
      remedies: advice(`Set spark.executor.memory to ${most.memoryMiB}m or less.`),
    };
  if (cores > most.cores)
    return {
      message: `No worker can hold an executor with ${cores} cores: the largest worker has ${most.cores}.`,
      remedies: advice(`Set spark.executor.cores to ${most.cores} or less.`),
    };
  return undefined;
}

/**
 * Why a job waits for executors; `undefined` if they only take long to start.
 *
 * @param need as far as the job says
 */
export function waitReason(
  cluster: Cluster,
  status: SparkStatus,
  need: ExecutorNeed,
): WaitReason | undefined {
  const alive = status.workers.filter((worker) => worker.alive);
  if (alive.length === 0)
    return {
      message: `The job is waiting because "${cluster.name}" has no worker.`,
      remedies: [callVerb('Check the state of the cluster.', 'describe', cluster, {})],
    };
  // What the driver asked for, by its own word, if the job doesn't say.
  const newest = status.applications
    .filter((application) => application.cores === 0)
    .sort((a, b) => ((a.startedAt ?? '') < (b.startedAt ?? '') ? 1 : -1))[0];
  const memoryMiB = need.memoryMiB ?? newest?.executorMemoryMiB ?? 0;
  const tooLarge = misfit({ ...need, memoryMiB }, status);
  if (tooLarge !== undefined)
    return { ...tooLarge, message: `The job can’t run. ${tooLarge.message}` };
  const holders = status.applications.filter((application) => application.cores > 0);
  if (holders.length === 0) return undefined;
  return {
    message: `The job is waiting for cores that other applications hold: ${named(holders)}.`,
    remedies: [
      ...advice(
        'Wait until they end, or cancel one of them.',
        'To let jobs run side by side, limit each with spark.cores.max.',
      ),
      callVerb('Or add workers.', 'addWorkers', cluster, { count: 1 }),
    ],
  };
}

/** Why a job waits in YARN's queue. */
export function queueReason(
  cluster: Cluster,
  applications: readonly YarnApplication[],
): WaitReason {
  const holders = applications.filter(({ cores }) => cores > 0);
  if (holders.length === 0)
    return {
      message: `The job is waiting in YARN’s queue: no worker of "${cluster.name}" has room for it.`,
      remedies: [callVerb('Check the state of the cluster.', 'describe', cluster, {})],
    };
  return {
    message: `The job is waiting in YARN’s queue for resources that other applications hold: ${named(holders)}.`,
    remedies: [
      ...advice(
        'Wait until they end, or cancel one of them.',
        'To let jobs run side by side, limit each with spark.dynamicAllocation.maxExecutors.',
      ),
      callVerb('Or add workers.', 'addWorkers', cluster, { count: 1 }),
    ],
  };
}

function named(holders: readonly Pick<Application, 'id' | 'name' | 'user' | 'cores'>[]): string {
  const first = holders
    .slice(0, mostNamed)
    .map(
      ({ name, id, cores, user }) =>
        `"${name}" (${[id, user, cores === 1 ? '1 core' : `${cores} cores`].filter(Boolean).join(', ')})`,
    );
  const more = holders.length - first.length;
  return [...first, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
