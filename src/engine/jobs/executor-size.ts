import { ClusterError } from '../../model/errors.ts';
import { memoryOf } from '../../node/services/executors.ts';
import type { FoundCluster } from '../support/find-cluster.ts';
import { askMaster } from './ask-master.ts';
import { type ExecutorNeed, misfit } from './wait-reason.ts';

/** What a job's executors need, as far as its properties say. */
export function sizeOf(conf: Readonly<Record<string, string>>): ExecutorNeed {
  const cores = Number(conf['spark.executor.cores']);
  return {
    ...(cores > 0 && { cores }),
    memoryMiB: memoryOf(conf['spark.executor.memory'] ?? ''),
  };
}

/**
 * Refuses executors that no worker can hold: the job would wait for ever. A job that doesn't say how large they are gets those of the
 * cluster, which fit.
 *
 * @throws ClusterError `ARGUMENT_INVALID`
 */
export async function requireFitting(found: FoundCluster, need: ExecutorNeed): Promise<void> {
  if (need.cores === undefined && need.memoryMiB === undefined) return;
  const status = await askMaster(found);
  const problem = status && misfit(need, status);
  if (problem === undefined) return;
  throw new ClusterError('ARGUMENT_INVALID', problem.message, { remedies: problem.remedies });
}
