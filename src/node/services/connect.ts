import type { Properties } from '../../model/software/properties.ts';
import { withoutConfigured } from './sharing.ts';
import { sparkClasses } from './spark.ts';

/** The oldest version of Spark whose Connect server asks for a token, and listens where it is told to. */
const leastConnectVersion = '4.0';

/** Name of the environment variable that holds the token, for the server as for clients (Spark's `Connect.scala`). */
export const connectTokenVariable = 'SPARK_CONNECT_AUTHENTICATE_TOKEN';

/** Whether clients can connect to a Spark of this version as we do. */
export function supportsConnect(version: string): boolean {
  return Number.parseInt(version, 10) >= Number.parseInt(leastConnectVersion, 10);
}

/**
 * Properties of a cluster's Connect server: it serves this machine only, and holds no core while nobody asks it anything.
 *
 * @param port that it listens on, at the loopback address
 * @param own properties that its clients want, which win
 * @param configured names of the properties that the cluster's configuration has, which win over ours
 */
function connectProperties(
  port: number,
  own: Properties,
  configured: ReadonlySet<string>,
): [string, string][] {
  const defaults = {
    // An executor that has blocks of a shuffle, or of a cache, never counts as idle by Spark's defaults.
    'spark.dynamicAllocation.enabled': 'true',
    'spark.dynamicAllocation.shuffleTracking.enabled': 'true',
    'spark.dynamicAllocation.shuffleTracking.timeout': '5min',
    'spark.dynamicAllocation.minExecutors': '0',
    'spark.dynamicAllocation.initialExecutors': '0',
    'spark.dynamicAllocation.executorIdleTimeout': '60s',
    'spark.dynamicAllocation.cachedExecutorIdleTimeout': '30min',
    // What a closed session cached is only let go by the collector of the server's JVM, which idles.
    'spark.cleaner.periodicGC.interval': '1min',
    // A laptop that sleeps over night finds its session, and what ran goes on through an outage that clients sit out for 10 minutes.
    'spark.connect.session.manager.defaultSessionTimeout': '24h',
    'spark.connect.execute.manager.detachedTimeout': '15m',
  };
  return Object.entries({
    ...withoutConfigured(defaults, configured),
    ...own,
    'spark.connect.grpc.binding.address': '127.0.0.1',
    'spark.connect.grpc.binding.port': String(port),
    'spark.submit.deployMode': 'client',
  });
}

/** Name of the server's application, as Spark's pages have it. */
const connectApplicationName = 'Spark Connect';

/** Arguments of `spark-submit` that start the server. */
export function connectArguments(
  port: number,
  own: Properties,
  configured: ReadonlySet<string>,
): readonly string[] {
  return [
    '--class',
    sparkClasses.connect,
    '--name',
    connectApplicationName,
    ...connectProperties(port, own, configured).flatMap(([key, value]) => [
      '--conf',
      `${key}=${value}`,
    ]),
    // Spark's word for a class that is among its own jars.
    'spark-internal',
  ];
}
