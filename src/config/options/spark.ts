import { defaultSparkVersion } from '../../model/software/spark-versions.ts';
import { versionForm } from '../yaml/text-forms.ts';
import { defineOptions, launchVerbs } from './option.ts';

// A name with versions, as pip reads it; never a flag of pip's, nor an address that it would fetch.
const requirementForm = {
  pattern:
    /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?:\[[\w.,-]+\])?(?:(?:===?|~=|!=|<=?|>=?)[\w.*+!-]+(?:,(?:===?|~=|!=|<=?|>=?)[\w.*+!-]+)*)?$/,
  words: 'a requirement without spaces, such as pandas>=2.2,<3',
};

// Every node keeps it where all its users can read it.
const indexForm = {
  pattern:
    /^https?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?(?:\/[\w./~%+-]*)?$/,
  words: 'a URL such as https://packages.example.com/simple/, without a user name and password',
};

/** What is installed as Spark, and how it runs. */
export const sparkOptions = defineOptions({
  installSpark: {
    type: 'boolean',
    trust: 'none',
    default: true,
    key: 'launch.install-spark',
    flag: '--install-spark',
    group: 'Spark',
    help: 'Install Spark; disable it for a cluster with HDFS only',
    example: 'yes',
    verbs: launchVerbs,
  },
  sparkVersion: {
    type: 'version',
    trust: 'none',
    default: defaultSparkVersion,
    form: versionForm,
    key: 'services.spark.version',
    flag: '--spark-version',
    group: 'Spark',
    help: 'Spark release to install, 3.5 or newer',
    example: defaultSparkVersion,
    verbs: launchVerbs,
  },
  pythonVersion: {
    type: 'version',
    trust: 'none',
    form: { pattern: /^3\.\d{1,2}$/, words: 'a Python version such as 3.11' },
    key: 'launch.python-version',
    flag: '--python-version',
    group: 'Spark',
    help: 'Python version that Spark runs Python code with; clients need the same',
    details:
      'The nodes use the Python of the AMI or a package of its distribution, a local cluster one that is installed on this machine. If it is not set and a launch is started on a terminal with no named configuration file, the version of the active virtual environment, or of `.venv` in the current folder, is used if possible.',
    unset: 'chosen by the Spark version',
    example: '3.11',
    verbs: launchVerbs,
  },
  pythonPackages: {
    type: 'list',
    trust: 'code',
    default: [],
    form: requirementForm,
    provider: 'ec2',
    key: 'launch.python-packages',
    flag: '--python-package',
    group: 'Spark',
    help: 'Python package to install on all nodes, as a requirement for pip',
    details:
      'The packages are installed for the Python that Spark uses, in a folder of their own, also on workers that are added later. A package that can’t be installed makes the launch fail. Connecting Python clients installs pandas and pyarrow where they are missing, also without this option. Python code on a local cluster uses the packages of your own environment.',
    example: 'scikit-learn==1.7.2',
    verbs: launchVerbs,
  },
  pythonPackageIndex: {
    type: 'string',
    trust: 'code',
    form: indexForm,
    provider: 'ec2',
    key: 'launch.python-package-index',
    flag: '--python-package-index',
    group: 'Spark',
    help: 'URL of the package index from which the nodes install Python packages',
    details: 'It can’t contain a password, which all users of a node could read.',
    unset: 'pip’s own configuration on the nodes',
    example: 'https://packages.example.com/simple/',
    verbs: [...launchVerbs, 'connect', 'pythonEnv'],
  },
  sparkDownloadSource: {
    type: 'url',
    trust: 'code',
    key: 'services.spark.download-source',
    flag: '--spark-download-source',
    group: 'Spark',
    help: 'URL to download Spark from: http(s), s3 or file, of a folder or an archive',
    details:
      '`{v}` is replaced by the Spark version. A URL that ends in `.gz` or `.tgz` is used as it is; to any other URL the file name of the release is appended.',
    unset: 'Apache’s download site, then its archive',
    example: 'https://www.example.com/files/spark/{v}/',
    verbs: launchVerbs,
  },
  sparkExecutorInstances: {
    type: 'integer',
    trust: 'none',
    min: 1,
    max: 1024,
    key: 'services.spark.executor-instances',
    flag: '--spark-executor-instances',
    group: 'Spark',
    help: 'Number of executors per worker; by default one for each 5 cores, so that jobs can share a worker',
    example: '1',
    verbs: launchVerbs,
  },
  sparkDefaults: {
    type: 'properties',
    file: 'spark-defaults',
    trust: 'code',
    default: {},
    key: 'services.spark.spark-defaults',
    flag: '--spark-conf',
    group: 'Spark',
    help: 'Spark property for all jobs of the cluster, as in spark-defaults.conf',
    details:
      'Jobs, shells and Spark Connect use it; a job’s own properties override it, and it overrides the defaults of Flintrock, such as dynamic allocation. Hadoop properties are set with the prefix `spark.hadoop.`. Properties that the cluster itself needs, such as `spark.master`, can’t be set. Users of a cluster’s nodes can read it.',
    example: 'spark.sql.shuffle.partitions=64',
    verbs: launchVerbs,
  },
  sparkEnv: {
    type: 'properties',
    file: 'spark-env',
    trust: 'code',
    default: {},
    key: 'services.spark.spark-env',
    flag: '--spark-env',
    group: 'Spark',
    help: 'Environment variable of Spark’s daemons, executors and drivers, as in spark-env.sh',
    details:
      'The value is used as it is: other variables in it are not expanded. Users of a cluster’s nodes can read it.',
    example: 'SPARK_LOCAL_DIRS=/mnt/scratch',
    verbs: launchVerbs,
  },
  sparkGitCommit: {
    type: 'string',
    trust: 'code',
    form: {
      pattern: /^(?:latest|[0-9a-fA-F]{7,40})$/,
      words: 'a commit hash, or `latest`',
    },
    key: 'services.spark.git-commit',
    flag: '--spark-git-commit',
    group: 'Spark',
    help: 'Git commit to build Spark from; not supported, a launch fails',
    example: 'latest',
    verbs: launchVerbs,
  },
  sparkGitRepository: {
    type: 'string',
    trust: 'code',
    key: 'services.spark.git-repository',
    flag: '--spark-git-repository',
    group: 'Spark',
    help: 'Git repository of the commit',
    unset: 'https://github.com/apache/spark',
    example: 'https://github.com/apache/spark',
    verbs: launchVerbs,
  },
  sparkMavenRepository: {
    type: 'url',
    trust: 'code',
    key: 'services.spark.maven-repository',
    otherKeys: ['launch.maven-repository'],
    flag: '--spark-maven-repository',
    flagAliases: ['--maven-repository'],
    group: 'Spark',
    help: 'Maven repository for the packages of jobs',
    unset: 'Spark’s own defaults',
    example: 'https://repo.example.com/maven2/',
    verbs: launchVerbs,
  },
});
