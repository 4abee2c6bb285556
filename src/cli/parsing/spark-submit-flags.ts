import type { CallFlags, CommandFlag } from '../command.ts';
import { parseConf } from './conf.ts';
import { usageError } from './usage-error.ts';

/** A flag of `spark-submit` that stands for a property. */
interface PropertyFlag extends CommandFlag {
  readonly metavar: string;
  readonly property: string;
}

const propertyFlags: readonly PropertyFlag[] = [
  {
    name: 'driver-memory',
    metavar: 'SIZE',
    property: 'spark.driver.memory',
    help: 'Memory of the driver, such as 2g',
  },
  {
    name: 'executor-memory',
    metavar: 'SIZE',
    property: 'spark.executor.memory',
    help: 'Memory of each executor, such as 4g',
  },
  {
    name: 'executor-cores',
    metavar: 'COUNT',
    property: 'spark.executor.cores',
    help: 'Cores of each executor',
  },
  {
    name: 'total-executor-cores',
    metavar: 'COUNT',
    property: 'spark.cores.max',
    help: 'Cores of all executors together',
  },
  { name: 'name', metavar: 'NAME', property: 'spark.app.name', help: 'Name of the application' },
];

/** Flags that `spark-submit` has as well, with its own names. */
export const sparkSubmitFlags: readonly CommandFlag[] = [
  { name: 'class', metavar: 'NAME', help: 'Main class of a .jar' },
  {
    name: 'py-files',
    metavar: 'FILES',
    repeatable: true,
    help: 'Python modules, separated by commas: .py, .zip, .egg, .whl, or folders',
  },
  {
    name: 'packages',
    metavar: 'NAMES',
    repeatable: true,
    help: 'Maven packages, separated by commas: GROUP:ARTIFACT:VERSION',
  },
  {
    name: 'jars',
    metavar: 'FILES',
    repeatable: true,
    help: 'Jars for driver and executors, separated by commas',
  },
  {
    name: 'files',
    metavar: 'FILES',
    repeatable: true,
    help: 'Files for each executor’s working folder, separated by commas',
  },
  {
    name: 'archives',
    metavar: 'FILES',
    repeatable: true,
    help: 'Archives that are unpacked there, separated by commas; FILE#NAME names the folder',
  },
  ...propertyFlags.map(({ name, metavar, help }): CommandFlag => ({ name, metavar, help })),
  {
    name: 'conf',
    short: 'c',
    metavar: 'KEY=VALUE',
    repeatable: true,
    help: 'Spark property for this job; repeatable',
  },
  { name: 'properties-file', metavar: 'FILE', help: 'File of Spark properties' },
  { name: 'master', metavar: 'URL', hidden: true, help: 'The cluster is named instead' },
  { name: 'deploy-mode', metavar: 'MODE', hidden: true, help: 'The driver runs on the master' },
];

const useConf = (property: string, value = 'VALUE'): string => `Use --conf ${property}=${value}.`;

/** Flags of `spark-submit` that aren't ours, each with what to do instead. */
export const foreignSubmitFlags: Readonly<Record<string, string>> = {
  '--driver-java-options': useConf('spark.driver.extraJavaOptions', 'OPTIONS'),
  '--driver-library-path': useConf('spark.driver.extraLibraryPath', 'PATH'),
  '--driver-class-path': useConf('spark.driver.extraClassPath', 'PATH'),
  '--driver-cores':
    'The driver runs on the master and uses its cores; to limit it is not possible.',
  '--num-executors': useConf('spark.executor.instances', 'COUNT'),
  '--repositories': useConf('spark.jars.repositories', 'URLS'),
  '--exclude-packages': useConf('spark.jars.excludes', 'NAMES'),
  '--queue': useConf('spark.yarn.queue', 'NAME'),
  '--principal': useConf('spark.kerberos.principal', 'NAME'),
  '--keytab': useConf('spark.kerberos.keytab', 'FILE'),
  '--proxy-user': 'The job runs as the user who logs in to the cluster.',
  '--supervise': 'A job is not restarted when it fails; submit it again.',
  '--load-spark-defaults': 'Jobs always use the cluster’s Spark defaults.',
  '--remote': 'To use Spark Connect: flintrock connect NAME -- python FILE',
  '--kill': 'To cancel a job: flintrock cancel JOB',
  '--status': 'To list the jobs of a cluster: flintrock jobs NAME',
};

/** What the flags of `spark-submit` say of a job. */
export function readSubmitFlags(flags: CallFlags, command: string) {
  refuseMode(flags, command);
  const lists = (name: string): string[] =>
    flags.texts(name).flatMap((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    );
  const properties = propertyFlags.flatMap(({ name, property }): [string, string][] => {
    const value = flags.text(name);
    return value === undefined ? [] : [[property, value]];
  });
  return {
    className: flags.text('class'),
    pyFiles: lists('py-files'),
    packages: lists('packages'),
    jars: lists('jars'),
    files: lists('files'),
    archives: lists('archives'),
    propertiesFile: flags.text('properties-file'),
    // Flags win over properties, as in spark-submit.
    conf: { ...parseConf(flags.texts('conf'), command), ...Object.fromEntries(properties) },
  };
}

/**
 * Where a job runs isn't its own to say.
 *
 * @throws ClusterError `ARGUMENT_INVALID`
 */
function refuseMode(flags: CallFlags, command: string): void {
  const master = flags.text('master');
  if (master === 'yarn' || master?.startsWith('yarn') === true)
    throw usageError('--master yarn requires a cluster with YARN, which is not supported', command);
  if (master !== undefined && !master.startsWith('spark://'))
    throw usageError(
      `--master ${master} is not the cluster`,
      command,
      'The job runs on the cluster that you name. To run it on this machine, use spark-submit.',
    );
  const mode = flags.text('deploy-mode');
  if (mode !== undefined && mode !== 'client')
    throw usageError(
      `--deploy-mode ${mode} is not supported`,
      command,
      'The driver runs on the master of the cluster, and goes on without this terminal; --detach returns at once.',
    );
}
