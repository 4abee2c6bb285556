import type { Properties } from '../../model/software/properties.ts';

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

/** After so long without any executor Spark says so (by default 15 s); `submit` tells why. */
const starvation = { 'spark.starvation.timeout': '9s' } as const;

/**
 * Properties of a job with those that let it share the cluster, unless it says itself how many executors it wants, or its cluster does.
 *
 * @param configured names of the properties that the cluster's configuration has: on its command line a job gets nothing that is there
 */
export function withSharing(
  conf: Properties,
  configured: ReadonlySet<string>,
): Record<string, string> {
  const decides = [...configured, ...Object.keys(conf)].some(
    (key) => key.startsWith('spark.dynamicAllocation.') || key === 'spark.executor.instances',
  );
  return { ...withoutConfigured({ ...starvation, ...(!decides && sharing) }, configured), ...conf };
}

/** Our defaults of properties, without those that a cluster's configuration has. */
export function withoutConfigured(
  defaults: Properties,
  configured: ReadonlySet<string>,
): Properties {
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => !configured.has(key)));
}
