import { memoryText } from '../../base/size.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import { leastExecutorMiB, memoryOf } from '../../node/services/executors.ts';

/**
 * Refuses what Spark would refuse only once its driver runs.
 *
 * @throws ClusterError `ARGUMENT_INVALID`
 */
export function requireSize(conf: Readonly<Record<string, string>>): void {
  const text = conf['spark.executor.memory'];
  if (text === undefined) return;
  const mebibytes = memoryOf(text);
  if (mebibytes === undefined || mebibytes >= leastExecutorMiB) return;
  throw new ClusterError(
    'ARGUMENT_INVALID',
    `Executors can’t have ${memoryText(mebibytes)} of memory (spark.executor.memory=${text}): Spark requires ${leastExecutorMiB} MiB.`,
    { remedies: advice(`Set spark.executor.memory to ${leastExecutorMiB}m or more.`) },
  );
}
