import type { PropertyFile } from '../../model/software/properties.ts';

/** Properties that a user can’t set, and why not. */
interface OwnedProperties {
  /** Whole names; one that ends in `.` stands for all that begin with it. */
  readonly names: readonly string[];
  /** Why, as the end of a sentence that begins with the name. */
  readonly why: string;
  /** What to do instead. */
  readonly instead?: string;
}

const byCluster = 'is set by the cluster';
const byJob = 'is set by each job';
const ofDaemons = 'has no effect: the cluster starts Spark’s daemons itself';

// What is found, started, watched and secured by us: with another value the cluster would not work, or be open to others.
const owned: Readonly<Record<PropertyFile, readonly OwnedProperties[]>> = {
  'spark-defaults': [
    {
      names: [
        'spark.master',
        'spark.authenticate',
        'spark.authenticate.',
        'spark.master.rest.',
        'spark.master.ui.',
        'spark.worker.ui.port',
        'spark.driver.host',
        'spark.driver.bindAddress',
        'spark.ui.reverseProxy',
        'spark.ui.reverseProxyUrl',
        'spark.deploy.recoveryMode',
        'spark.deploy.recoveryDirectory',
        'spark.deploy.zookeeper.',
        'spark.eventLog.dir',
        'spark.history.fs.logDirectory',
        'spark.history.ui.port',
        'spark.connect.authenticate.',
        'spark.connect.grpc.binding.',
        'spark.port.maxRetries',
      ],
      why: byCluster,
    },
    {
      names: ['spark.executor.defaultJavaOptions'],
      why: byCluster,
      instead: 'Use spark.executor.extraJavaOptions.',
    },
    {
      names: ['spark.local.dir'],
      why: 'has no effect: SPARK_LOCAL_DIRS overrides it',
      instead: 'Set SPARK_LOCAL_DIRS in services.spark.spark-env.',
    },
    { names: ['spark.submit.', 'spark.app.name'], why: byJob },
  ],
  'spark-env': [
    {
      names: [
        'JAVA_HOME',
        'SPARK_HOME',
        'SPARK_CONF_DIR',
        'SPARK_LOCAL_IP',
        'SPARK_PUBLIC_DNS',
        'SPARK_SCALA_VERSION',
        'SPARK_ENV_LOADED',
        'HADOOP_CONF_DIR',
        'SPARK_CONNECT_AUTHENTICATE_TOKEN',
      ],
      why: byCluster,
    },
    {
      names: ['PYSPARK_PYTHON', 'PYSPARK_DRIVER_PYTHON'],
      why: byCluster,
      instead: 'Set launch.python-version to choose a Python version.',
    },
    {
      names: [
        'SPARK_MASTER_HOST',
        'SPARK_MASTER_PORT',
        'SPARK_MASTER_WEBUI_PORT',
        'SPARK_MASTER_OPTS',
        'SPARK_WORKER_CORES',
        'SPARK_WORKER_MEMORY',
        'SPARK_WORKER_PORT',
        'SPARK_WORKER_WEBUI_PORT',
        'SPARK_WORKER_DIR',
        'SPARK_WORKER_OPTS',
        'SPARK_DAEMON_MEMORY',
        'SPARK_DAEMON_JAVA_OPTS',
        'SPARK_DAEMON_CLASSPATH',
      ],
      why: ofDaemons,
      instead: 'Use a property of services.spark.spark-defaults.',
    },
  ],
  'core-site': [{ names: ['fs.defaultFS', 'fs.default.name'], why: byCluster }],
  'hdfs-site': [
    {
      names: [
        'dfs.namenode.rpc-address',
        'dfs.namenode.http-address',
        'dfs.namenode.name.dir',
        'dfs.nameservices',
        'dfs.ha.',
        'dfs.hosts',
        'dfs.hosts.exclude',
        'dfs.http.policy',
        'dfs.datanode.data.dir',
        'dfs.datanode.hostname',
        'dfs.datanode.address',
        'dfs.datanode.ipc.address',
        'dfs.datanode.http.address',
      ],
      why: byCluster,
    },
  ],
};

/** Why a property can’t be set in a file, as the end of a sentence, and what to do instead; `undefined` if it can. */
export function ownedProperty(
  file: PropertyFile,
  name: string,
): { readonly why: string; readonly instead: string | undefined } | undefined {
  const found = owned[file].find(({ names }) =>
    names.some((one) => (one.endsWith('.') ? name.startsWith(one) : name === one)),
  );
  return found && { why: found.why, instead: found.instead };
}
