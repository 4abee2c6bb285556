import type { YarnDeployMode } from '../../model/job.ts';
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
  {
    name: 'master',
    metavar: 'yarn',
    help: 'Run the job on YARN, if the cluster has it (default: on Spark’s own workers)',
  },
  {
    name: 'deploy-mode',
    metavar: 'MODE',
    help: 'On YARN: whether the driver runs on the master (client, the default) or on a worker (cluster)',
  },
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
  const yarn = readMode(flags, command);
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
    yarn,
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
 * Who runs the job: the cluster's own workers, or its YARN.
 *
 * @throws ClusterError `ARGUMENT_INVALID`
 */
function readMode(flags: CallFlags, command: string): YarnDeployMode | undefined {
  const master = flags.text('master');
  const onYarn = master === 'yarn';
  if (master !== undefined && !onYarn && !master.startsWith('spark://'))
    throw usageError(
      `--master ${master} is not the cluster`,
      command,
      'The job runs on the cluster that you name, on its YARN with --master yarn. To run it on this machine, use spark-submit.',
    );
  const mode = flags.text('deploy-mode') ?? 'client';
  if (mode !== 'client' && mode !== 'cluster')
    throw usageError(
      `Unknown deploy mode "${mode}"`,
      command,
      'Use --deploy-mode client or cluster.',
    );
  if (mode === 'cluster' && !onYarn)
    throw usageError(
      '--deploy-mode cluster requires --master yarn',
      command,
      'Without YARN, the driver runs on the master of the cluster, and goes on without this terminal; --detach returns at once.',
    );
  return onYarn ? mode : undefined;
}
