import type { Properties } from '../../model/software/properties.ts';

/** A job takes all cores that it can use, and gives back what it doesn't use for half a minute: so a second one finds some. */
const sharing: Readonly<Record<string, string>> = {
  'spark.dynamicAllocation.enabled': 'true',
  'spark.dynamicAllocation.shuffleTracking.enabled': 'true',
  'spark.dynamicAllocation.shuffleTracking.timeout': '5min',
  'spark.dynamicAllocation.executorIdleTimeout': '30s',
};

/** Executors are asked for all at once, as without dynamic allocation; the number is above any cluster's. */
const allAtOnce = { 'spark.dynamicAllocation.initialExecutors': '10000' } as const;

/** After so long without any executor Spark says so (by default 15 s); `submit` tells why. */
const starvation = { 'spark.starvation.timeout': '9s' } as const;

/**
 * Properties of a job with those that let it share the cluster, unless it says itself how many executors it wants, or its cluster does.
 *
 * @param configured names of the properties that the cluster's configuration has: on its command line a job gets nothing that is there
 * @param onYarn whether YARN runs it, which each executor costs something that is asked for: there it begins with few
 */
export function withSharing(
  conf: Properties,
  configured: ReadonlySet<string>,
  onYarn = false,
): Record<string, string> {
  const decides = [...configured, ...Object.keys(conf)].some(
    (key) => key.startsWith('spark.dynamicAllocation.') || key === 'spark.executor.instances',
  );
  const ours = { ...starvation, ...(!decides && { ...sharing, ...(!onYarn && allAtOnce) }) };
  return { ...withoutConfigured(ours, configured), ...conf };
}

/** Our defaults of properties, without those that a cluster's configuration has. */
export function withoutConfigured(
  defaults: Properties,
  configured: ReadonlySet<string>,
): Properties {
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => !configured.has(key)));
}
