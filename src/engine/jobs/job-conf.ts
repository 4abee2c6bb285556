import { memoryText } from '../../base/size.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import { leastExecutorMiB } from '../../node/services/spark.ts';

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
