import { memoryText } from '../../base/size.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import { packageProblems, packageRemedy } from '../../model/software/packages/package-fit.ts';
import { leastExecutorMiB } from '../../node/services/spark.ts';
import type { WorkContext } from '../provider.ts';

/**
 * A job takes all cores that it can use, and gives back what it doesn't use for half a minute: so a second one finds some. Executors are
 * asked for all at once, as without dynamic allocation; the number is above any cluster's.
 */
const sharing: Readonly<Record<string, string>> = {
  'spark.dynamicAllocation.enabled': 'true',
  'spark.dynamicAllocation.shuffleTracking.enabled': 'true',
  'spark.dynamicAllocation.shuffleTracking.timeout': '5min',
  'spark.dynamicAllocation.initialExecutors': '10000',
  'spark.dynamicAllocation.executorIdleTimeout': '30s',
};

/** After so long without any executor Spark says so (by default 15 s); {@link findWaitReason} tells why. */
const starvation = { 'spark.starvation.timeout': '9s' } as const;

/** Properties of a job with those that let it share the cluster, unless it says itself how many executors it wants. */
export function withSharing(conf: Readonly<Record<string, string>>): Record<string, string> {
  const decides = Object.keys(conf).some(
    (key) => key.startsWith('spark.dynamicAllocation.') || key === 'spark.executor.instances',
  );
  return { ...starvation, ...(!decides && sharing), ...conf };
}

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

/**
 * Refuses packages that are for another Spark than the cluster’s: a job with them fails in its middle, or reads wrong classes. Warns of
 * those that may work.
 *
 * @param sparkVersion `null` if it isn’t known
 * @throws ClusterError `PACKAGE_MISMATCH`
 */
export function requireFittingPackages(
  conf: Readonly<Record<string, string>>,
  sparkVersion: string | null,
  { emit }: Pick<WorkContext, 'emit'>,
): void {
  const packages = (conf['spark.jars.packages'] ?? '').split(',');
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

const units: Readonly<Record<string, number>> = {
  b: 1 / (1024 * 1024),
  k: 1 / 1024,
  m: 1,
  g: 1024,
  t: 1024 * 1024,
};

/** A size as Spark's properties have it (`JavaUtils.byteStringAs`), in MiB: a bare number is one of MiB. */
export function memoryOf(text: string): number | undefined {
  const [, digits = '', unit = 'm'] = /^(\d+)\s*([bkmgt])?b?$/i.exec(text.trim()) ?? [];
  return digits === '' ? undefined : Math.floor(Number(digits) * (units[unit.toLowerCase()] ?? 1));
}
