import { isoTime } from '../../base/clock.ts';
import type { Application } from '../../model/cluster/application.ts';
import type { Properties } from '../../model/software/properties.ts';
import { sparkLine } from '../../model/software/spark-versions.ts';
import { list, object, quantity, text } from '../beacon/untrusted.ts';
import { executorsOf } from './executors.ts';
import { propertyLine } from './properties-file.ts';
import { sparkOnYarnProperties } from './yarn/yarn.ts';

/** Main classes of Spark's standalone daemons. */
export const sparkClasses = {
  master: 'org.apache.spark.deploy.master.Master',
  worker: 'org.apache.spark.deploy.worker.Worker',
  submit: 'org.apache.spark.deploy.SparkSubmit',
  history: 'org.apache.spark.deploy.history.HistoryServer',
  connect: 'org.apache.spark.sql.connect.service.SparkConnectServer',
} as const;

// Spark's own list for Java 17 and newer: `JavaModuleOptions.DEFAULT_MODULE_OPTIONS` in Spark's launcher.
const openedPackages = [
  'java.lang',
  'java.lang.invoke',
  'java.lang.reflect',
  'java.io',
  'java.net',
  'java.nio',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
  'jdk.internal.ref',
  'sun.nio.ch',
  'sun.nio.cs',
  'sun.security.action',
  'sun.util.calendar',
];

/**
 * The options that Spark needs of a JVM of `javaMajor` which is started directly, without Spark's `spark-class`.
 *
 * Starting the JVM itself saves the one that `spark-class` starts only to print a command line.
 */
export function sparkModuleOptions(javaMajor: number): string[] {
  if (javaMajor < 17) return [];
  return [
    '-XX:+IgnoreUnrecognizedVMOptions',
    ...openedPackages.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
    '-Djdk.reflect.useDirectMethodHandle=false',
    '-Dio.netty.tryReflectionSetAccessible=true',
  ];
}

/** The heap of a master or worker daemon; executors have their own. */
const sparkDaemonHeapMiB = 512;

/**
 * JVM options of a daemon that should be there at once and then idles: no optimizing compiler, no parallel collector.
 */
export function sparkDaemonOptions(javaMajor: number): string[] {
  return [
    `-Xmx${sparkDaemonHeapMiB}m`,
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    // No file in /tmp for each JVM, and a little faster.
    '-XX:-UsePerfData',
    ...sparkModuleOptions(javaMajor),
  ];
}

/** What a cluster's Spark configuration is made of, but for the size of its executors. */
interface SparkSetting {
  /** `spark://host:port` */
  readonly masterUrl: string;
  /** Secret of `spark.authenticate`, hexadecimal. */
  readonly secret: string;
  /** Address that drivers on the master listen on. */
  readonly driverAddress: string;
  /** Options of every executor's JVM, with a word among them that tells whose it is. */
  readonly executorOptions: string;
  /** Where Maven artifacts of `--packages` come from, or `undefined` for Spark's own defaults. */
  readonly mavenRepository: string | undefined;
  /** Properties of table formats and of S3. */
  readonly packageProperties?: readonly [string, string][] | undefined;
  /** Absolute path, or URI on S3, of the folder for what jobs leave to the history server; it must be there, or no job starts. */
  readonly eventsFolder: string;
  /** The user's own properties, which win over ours. */
  readonly own: Properties;
}

/** Where and how a cluster's Spark listens and what an executor gets: what its configuration is made of. */
export interface SparkSettings extends SparkSetting {
  readonly workerCores: number;
  readonly workerMemoryMiB: number;
  /** How many executors share a worker. */
  readonly executorsPerWorker: number;
}

/** Size of an executor, as Spark's properties have it: `2` and `1024m`. */
interface ExecutorSize {
  readonly cores: string;
  readonly memory: string;
}

/**
 * Spark's properties for daemons and drivers of a cluster, in the order in which they are written to `spark-defaults.conf`.
 */
function sparkProperties(settings: SparkSetting, executor: ExecutorSize): [string, string][] {
  const properties: [string, string][] = [
    ['spark.master', settings.masterUrl],
    ['spark.authenticate', 'true'],
    ['spark.authenticate.secret', settings.secret],
    // The REST submission server can't authenticate and refuses to start beside spark.authenticate (Master.scala).
    ['spark.master.rest.enabled', 'false'],
    ['spark.decommission.enabled', 'true'],
    ['spark.storage.decommission.enabled', 'true'],
    // A leaving executor looks so often whether all its blocks are elsewhere; by default every 30 s.
    ['spark.storage.decommission.replicationReattemptInterval', '1s'],
    ['spark.driver.host', settings.driverAddress],
    ['spark.driver.bindAddress', settings.driverAddress],
    ['spark.executor.cores', executor.cores],
    ['spark.executor.memory', executor.memory],
    ['spark.executor.defaultJavaOptions', settings.executorOptions],
    ['spark.ui.showConsoleProgress', 'false'],
    // The master's page passes on to those of workers and applications: one port leads to all of them.
    ['spark.ui.reverseProxy', 'true'],
    // What an application left in its workers' folders, its jars and logs, goes a day after it ended; by default never.
    ['spark.worker.cleanup.enabled', 'true'],
    ['spark.worker.cleanup.appDataTtl', '86400'],
    ['spark.eventLog.enabled', 'true'],
    ['spark.eventLog.dir', uriOf(settings.eventsFolder)],
  ];
  if (settings.mavenRepository !== undefined)
    properties.push(['spark.jars.repositories', settings.mavenRepository]);
  properties.push(...(settings.packageProperties ?? []));
  return properties;
}

function uriOf(place: string): string {
  return place.startsWith('/') ? fileUri(place) : place;
}

/** A path as a URI; `encodeURI` leaves what ends a path. */
export function fileUri(path: string): string {
  return `file://${encodeURI(path).replaceAll('#', '%23').replaceAll('?', '%3F')}`;
}

// Spark's pages have no login, and any user of this machine, or site that makes a browser on it ask, reaches those of a local cluster.
const withoutPageActions: readonly [string, string][] = [
  ['spark.ui.killEnabled', 'false'],
  // Workers of a local cluster are decommissioned by signal.
  ['spark.master.ui.decommission.allow.mode', 'DENY'],
];

/** Text of `spark-defaults.conf` of a cluster on this machine. */
export function sparkDefaultsFile(settings: SparkSettings): string {
  const { cores, memoryMiB } = executorsOf(
    { cores: settings.workerCores, memoryMiB: settings.workerMemoryMiB },
    settings.executorsPerWorker,
  );
  const ours = sparkProperties(settings, { cores: String(cores), memory: `${memoryMiB}m` });
  return propertiesFile([...ours, ...withoutPageActions], settings.own);
}

/** Ports of Spark's daemons on machines of their own: Spark's own defaults, but for the worker's, which Spark leaves to chance. */
export const sparkPorts = {
  master: 7077,
  masterUi: 8080,
  worker: 7078,
  workerUi: 8081,
  history: 18080,
  connect: 15002,
} as const;

/** Properties of a history server, which shows the jobs that ran: of those older than four weeks it forgets all. */
export function sparkHistoryProperties(eventsFolder: string, port: number): [string, string][] {
  const isLocal = eventsFolder.startsWith('/');
  return [
    // A path of Hadoop's, unlike `spark.eventLog.dir`, which is a URI.
    ['spark.history.fs.logDirectory', isLocal ? `file://${eventsFolder}` : eventsFolder],
    ['spark.history.ui.port', String(port)],
    // A job that has just ended should be there when somebody looks.
    ['spark.history.fs.update.interval', '2s'],
    // What is on S3 may be other clusters’, too.
    ['spark.history.fs.cleaner.enabled', String(isLocal)],
    ['spark.history.fs.cleaner.maxAge', '28d'],
    // It is no page of the master's.
    ['spark.ui.reverseProxy', 'false'],
    ['spark.port.maxRetries', '0'],
  ];
}

/**
 * Text of `spark-defaults.conf` for machines that measure themselves: `bootstrap.sh` fills in what stands between `@`.
 */
export function sparkDefaultsTemplate(
  settings: Pick<SparkSettings, 'executorOptions' | 'mavenRepository' | 'eventsFolder' | 'own'> & {
    readonly yarn: boolean;
  },
  pythonPath: string | undefined,
): string {
  const path = 'spark.executorEnv.PYTHONPATH';
  const paths = [pythonPath, settings.own[path]].filter((one) => one !== undefined).join(':');
  return propertiesFile(
    [
      ...sparkProperties(
        {
          ...settings,
          masterUrl: `spark://@MASTER@:${sparkPorts.master}`,
          secret: '@SECRET@',
          driverAddress: '@ADDRESS@',
        },
        { cores: '@EXECUTOR_CORES@', memory: '@EXECUTOR_MEMORY@' },
      ).filter(([key]) => !settings.yarn || key !== 'spark.driver.bindAddress'),
      ...(settings.yarn ? sparkOnYarnProperties : []),
      // A restarted master knows its workers and applications again. In memory: what a reboot left over would hold it up for a minute.
      ['spark.deploy.recoveryMode', 'FILESYSTEM'],
      ['spark.deploy.recoveryDirectory', '/run/flintrock-spark-master'],
    ],
    { ...settings.own, ...(paths !== '' && { [path]: paths }) },
  );
}

// A Java properties file, so a backslash is doubled.
function propertiesFile(ours: readonly [string, string][], own: Properties): string {
  return [
    ...ours
      .filter(([key]) => own[key] === undefined)
      .map(([key, value]) => `${key} ${value.replaceAll('\\', '\\\\')}\n`),
    ...Object.entries(own).map(([key, value]) => propertyLine(key, value)),
  ].join('');
}

/** Text of `log4j2.properties`: one plain line an entry on stderr, as Spark's own template has it. */
export function sparkLogFile(rootLevel: 'info' | 'warn'): string {
  return `rootLogger.level = ${rootLevel}
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
# "Unable to load native-hadoop library": true of every release, and of no use to anybody.
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
# "Service 'SparkUI' could not bind on port 4040. Attempting port 4041": it is found at 4041 then.
logger.ports.name = org.apache.spark.util.Utils
logger.ports.level = error
# "You are enabling both shuffle tracking and other DA supported mechanism": they are for different ends.
logger.allocation.name = org.apache.spark.ExecutorAllocationManager
logger.allocation.level = error
`;
}

/** The Scala version that daemons started without Spark's scripts must be told (`SPARK_SCALA_VERSION`). */
export function sparkScalaVersion(version: string): string {
  return sparkLine(version)?.scala ?? '2.13';
}

/** What Spark's master says of itself and its workers. */
export interface SparkStatus {
  /** Whether the master does its work (`ALIVE`, not `RECOVERING` or `STANDBY`). */
  readonly alive: boolean;
  readonly workers: readonly SparkWorkerStatus[];
  readonly applications: readonly Application[];
}

/** What Spark's master says of one worker. */
interface SparkWorkerStatus {
  /** `host:port` of the worker's daemon: by this it is matched with a node. */
  readonly endpoint: string;
  /** Whether the master gives it work, or would (`ALIVE`); a decommissioned or lost one isn't. */
  readonly alive: boolean;
  readonly state: string;
  readonly cores: number;
  readonly memoryMiB: number;
  /** What no executor holds. */
  readonly freeCores: number;
  readonly freeMemoryMiB: number;
}

/** Path of the page that {@link parseSparkStatus} reads of a master, and {@link parseCoresInUse} of a worker. */
export const sparkStatusPath = '/json/';

/** Path of an application's page on the page of the master, which passes on to it. */
export function applicationPath(id: string): string {
  return `/proxy/${encodeURIComponent(id)}/jobs/`;
}

/**
 * Reads the page `/json/` of a Spark master (`JsonProtocol.writeMasterState` in Spark's sources).
 *
 * A worker that came back stands there twice, dead and alive: the living entry counts.
 */
export function parseSparkStatus(json: string): SparkStatus {
  const page = object(JSON.parse(json));
  const workers = new Map<string, SparkWorkerStatus>();
  for (const entry of list(page['workers'])) {
    const worker = object(entry);
    const endpoint = `${text(worker['host'])}:${quantity(worker['port'])}`;
    const state = text(worker['state']);
    const alive = state === 'ALIVE';
    if (!alive && workers.get(endpoint)?.alive === true) continue;
    workers.set(endpoint, {
      endpoint,
      alive,
      state,
      cores: quantity(worker['cores']),
      memoryMiB: quantity(worker['memory']),
      freeCores: quantity(worker['coresfree']),
      freeMemoryMiB: quantity(worker['memoryfree']),
    });
  }
  return {
    alive: page['status'] === 'ALIVE',
    workers: [...workers.values()],
    applications: list(page['activeapps']).map((entry) => {
      const application = object(entry);
      const started = quantity(application['starttime']);
      return {
        id: text(application['id']),
        name: text(application['name']),
        cores: quantity(application['cores']),
        user: text(application['user']),
        executorMemoryMiB: quantity(application['memoryperexecutor']),
        startedAt: started === 0 ? null : isoTime(started),
      };
    }),
  };
}

/** Reads the page `/json/` of a Spark worker (`JsonProtocol.writeWorkerState` in Spark's sources): cores that its executors hold. */
export function parseCoresInUse(json: string): number {
  return quantity(object(JSON.parse(json))['coresused']);
}
