import { memoryText } from '../../base/size.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import { packageProblems, packageRemedy } from '../../model/software/packages/package-fit.ts';
import { leastExecutorMiB, memoryOf } from '../../node/services/executors.ts';
import type { WorkContext } from '../provider.ts';

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

/** The packages that a job brings along, by its properties. */
export function packagesIn(conf: Readonly<Record<string, string>>): string[] {
  return (conf['spark.jars.packages'] ?? '').split(',');
}

/**
 * Refuses packages that are for another Spark than the cluster’s: what uses them fails in its middle, or reads wrong classes. Warns of
 * those that may work.
 *
 * @param sparkVersion `null` if it isn’t known
 * @throws ClusterError `PACKAGE_MISMATCH`
 */
export function requireFittingPackages(
  packages: readonly string[],
  sparkVersion: string | null,
  { emit }: Pick<WorkContext, 'emit'>,
): void {
  const problems = sparkVersion === null ? [] : packageProblems(packages, sparkVersion);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new ClusterError('PACKAGE_MISMATCH', errors.map(({ message }) => message).join(' '), {
      remedies: errors.flatMap((problem) => packageRemedy(problem, sparkVersion ?? '')),
      details: { problems: errors },
    });
  for (const problem of problems)
    emit('warning', {
      kind: 'PACKAGE_MISMATCH',
      message: problem.message,
      remedies: packageRemedy(problem, sparkVersion ?? ''),
    });
}
