import type { Application } from '../../../model/cluster/application.ts';
import { list, object, quantity, text } from '../../beacon/untrusted.ts';
import { siteFile } from '../hdfs.ts';

/** Ports of YARN's daemons and of the server of its logs: those of Hadoop's `yarn-default.xml`, but for the NodeManager's, which is left to chance there. */
export const yarnPorts = {
  resourceManager: 8032,
  resourceManagerUi: 8088,
  resourceTracker: 8031,
  nodeManager: 8041,
  nodeManagerUi: 8042,
  yarnLogs: 10020,
  yarnLogsUi: 19888,
} as const;

/** Main classes of YARN's daemons. */
export const yarnClasses = {
  resourceManager: 'org.apache.hadoop.yarn.server.resourcemanager.ResourceManager',
  nodeManager: 'org.apache.hadoop.yarn.server.nodemanager.NodeManager',
  /** MapReduce's, which serves the logs of any finished application. */
  logs: 'org.apache.hadoop.mapreduce.v2.hs.JobHistoryServer',
} as const;

/** On the master: addresses of NodeManagers that get no containers any more, one a line. */
export const yarnExcludeFile = '/var/lib/hadoop/yarn-excluded';

/** Where the logs of finished applications are, in HDFS. */
const logsFolder = '/yarn-logs';

/** How long they stay there, in seconds: as long as Spark's history. */
const logsSeconds = 28 * 24 * 60 * 60;

/** YARN's own default of what containers get of a NodeManager's environment, to which {@link yarnTemplates} adds. */
const containersEnvironment =
  'JAVA_HOME,HADOOP_COMMON_HOME,HADOOP_HDFS_HOME,HADOOP_CONF_DIR,CLASSPATH_PREPEND_DISTCACHE,HADOOP_YARN_HOME,HADOOP_HOME,PATH,LANG,TZ,HADOOP_MAPRED_HOME';

/**
 * YARN's configuration, by file name, for machines that fill in what stands between `@`.
 */
export function yarnTemplates(): [string, string][] {
  return [
    [
      'yarn-site.xml',
      siteFile({
        'yarn.resourcemanager.hostname': '@MASTER@',
        'yarn.resourcemanager.nodes.exclude-path': yarnExcludeFile,
        // A ResourceManager that comes back knows its applications again. In memory: after a reboot none of them runs any more.
        'yarn.resourcemanager.recovery.enabled': 'true',
        'yarn.resourcemanager.store.class':
          'org.apache.hadoop.yarn.server.resourcemanager.recovery.FileSystemRMStateStore',
        'yarn.resourcemanager.fs.state-store.uri': 'file:///run/flintrock-yarn-resourcemanager',
        // Its pages have no login.
        'yarn.resourcemanager.webapp.ui-actions.enabled': 'false',
        // A machine that was removed counts as alive for a minute, not for ten.
        'yarn.nm.liveness-monitor.expiry-interval-ms': '60000',
        // What the largest worker has is the limit, and the master doesn't know it.
        'yarn.scheduler.maximum-allocation-mb': '16777216',
        'yarn.scheduler.maximum-allocation-vcores': '4096',
        // Requests are rounded up to a multiple of it, and Spark's are of any size.
        'yarn.scheduler.minimum-allocation-mb': '128',
        'yarn.nodemanager.hostname': '@ADDRESS@',
        'yarn.nodemanager.address': `@ADDRESS@:${yarnPorts.nodeManager}`,
        'yarn.nodemanager.resource.memory-mb': '@YARN_MEMORY@',
        'yarn.nodemanager.resource.cpu-vcores': '@YARN_CORES@',
        'yarn.nodemanager.local-dirs': '@YARN_FOLDERS@',
        'yarn.nodemanager.log-dirs': '@YARN_LOG_FOLDERS@',
        // A JVM reserves many times the memory that it uses.
        'yarn.nodemanager.vmem-check-enabled': 'false',
        // A VPC may have no names for its addresses: Spark is told its own.
        'yarn.nodemanager.env-whitelist': `${containersEnvironment},SPARK_LOCAL_IP`,
        'yarn.log-aggregation-enable': 'true',
        'yarn.log-aggregation.retain-seconds': String(logsSeconds),
        'yarn.nodemanager.remote-app-log-dir': logsFolder,
        'yarn.log.server.url': `http://@MASTER@:${yarnPorts.yarnLogsUi}/jobhistory/logs`,
        'mapreduce.jobhistory.address': `@MASTER@:${yarnPorts.yarnLogs}`,
        'mapreduce.jobhistory.admin.address': '@MASTER@:10033',
        'mapreduce.jobhistory.webapp.address': `@MASTER@:${yarnPorts.yarnLogsUi}`,
      }),
    ],
    [
      'capacity-scheduler.xml',
      siteFile({
        'yarn.scheduler.capacity.root.queues': 'default',
        'yarn.scheduler.capacity.root.default.capacity': '100',
        // By default a tenth of the memory is for application masters: on a small cluster one application would run at a time.
        'yarn.scheduler.capacity.maximum-am-resource-percent': '0.5',
        // By default only memory counts.
        'yarn.scheduler.capacity.resource-calculator':
          'org.apache.hadoop.yarn.util.resource.DominantResourceCalculator',
      }),
    ],
  ];
}

/** What Spark's properties are on a cluster with YARN, beside those of standalone mode. */
export const sparkOnYarnProperties: readonly [string, string][] = [
  // Every node has them: otherwise each job would upload them.
  ['spark.yarn.jars', 'local:/opt/spark/jars/*'],
  // As in standalone mode, a job that fails is not run again. One whose node is lost is: that doesn't count.
  ['spark.yarn.maxAppAttempts', '1'],
];

/** What the ResourceManager knows of a NodeManager that is not lost. */
export interface NodeManager {
  readonly address: string;
  /** `leaving`: it gets no containers any more. */
  readonly state: 'in service' | 'leaving' | 'unhealthy';
  /** Why it is unhealthy, in its own words. */
  readonly report: string;
  /** Cores that containers hold. */
  readonly coresInUse: number;
}

/** What the ResourceManager says of its NodeManagers. */
export interface YarnStatus {
  readonly nodeManagers: readonly NodeManager[];
}

/** Path of the page that {@link parseYarnStatus} reads of a ResourceManager. */
export const yarnStatusPath = '/ws/v1/cluster/nodes';

/**
 * Reads the ResourceManager's page of nodes (`NodesInfo` in Hadoop's sources): of those that are lost or gone it tells only if asked.
 *
 * @returns `undefined` if it isn't that page
 */
export function parseYarnStatus(json: string): YarnStatus | undefined {
  const page = object(JSON.parse(json));
  if (!('nodes' in page)) return undefined;
  return {
    nodeManagers: list(object(page['nodes'])['node']).map((entry) => {
      const node = object(entry);
      return {
        // Nodes are called by their addresses: see yarn.sh.
        address: text(node['nodeHostName']),
        state: nodeManagerState(text(node['state'])),
        report: text(node['healthReport']),
        coresInUse: quantity(node['usedVirtualCores']),
      };
    }),
  };
}

/** An application that the ResourceManager has not seen end. */
export interface YarnApplication extends Pick<Application, 'id' | 'name' | 'user'> {
  readonly tags: readonly string[];
  /** `waiting`: it has no container yet. */
  readonly state: 'waiting' | 'running';
  /** Cores that its containers hold. */
  readonly cores: number;
}

/** Path of the page that {@link parseYarnApplications} reads of a ResourceManager. */
export const yarnApplicationsPath =
  '/ws/v1/cluster/apps?states=NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING';

/**
 * Reads the ResourceManager's page of applications (`AppsInfo` in Hadoop's sources).
 *
 * @returns `undefined` if it isn't that page
 */
export function parseYarnApplications(json: string): readonly YarnApplication[] | undefined {
  const page = object(JSON.parse(json));
  if (!('apps' in page)) return undefined;
  return list(object(page['apps'])['app']).map((entry) => {
    const app = object(entry);
    return {
      id: text(app['id']),
      name: text(app['name']),
      user: text(app['user']),
      tags: text(app['applicationTags']).split(','),
      state: text(app['state']) === 'RUNNING' ? 'running' : 'waiting',
      cores: quantity(app['allocatedVCores']),
    };
  });
}

// Of YARN's `NodeState`.
function nodeManagerState(state: string): NodeManager['state'] {
  if (state === 'RUNNING') return 'in service';
  return state === 'DECOMMISSIONING' || state === 'DECOMMISSIONED' ? 'leaving' : 'unhealthy';
}
