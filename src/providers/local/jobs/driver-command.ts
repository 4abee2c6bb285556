import { copyFile, link, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import type { JobRequest } from '../../../model/job.ts';
import { advice } from '../../../model/remedy.ts';
import { nameOfJobFile, type PlaceFile, submitOptions } from '../../../node/jobs/submit-options.ts';
import { withSharing } from '../../../node/services/sharing.ts';
import { fileUri, sparkClasses, sparkModuleOptions } from '../../../node/services/spark.ts';
import { findPython, type PythonInstallation, pythonMissing } from '../../../python/find-python.ts';
import { minorOf } from '../../../python/interpreters.ts';
import {
  configurationFolder,
  executorPythonPath,
  launchMark,
  sparkDefaultsOf,
  sparkEnvironment,
} from '../daemons/environment.ts';
import type { LocalCluster } from '../records/records.ts';
import { awsJobSettings } from '../s3/s3-settings.ts';
import {
  archiveOptions,
  archivePath,
  canWriteArchive,
  sparkClassPath,
} from '../software/class-archive.ts';
import { packagesClassPath } from '../software/install-packages.ts';
import { withPackagesPath } from '../software/python-packages.ts';

/** How a job's driver is started. */
export interface DriverCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /**
   * Where the class archive belongs that the driver's JVM writes after the job has ended; `null` if it writes none.
   */
  readonly archive: string | null;
}

/** The word on the command line of a job's driver. */
export function jobMark(job: string): string {
  return `-Dflintrock.job=${job}`;
}

/** File in a job's folder in which the exit code of its Python program stands as soon as that has ended. */
export const pythonExitFile = 'python-exit';

/** Stands in for Python: Spark's driver gives it a standard input that never ends. */
const pythonWrapper = `#!/bin/sh
exec "$FLINTROCK_PYTHON" "$@" </dev/null
`;

/**
 * The same while the driver's JVM writes its class archive at exit, which takes seconds: the job's end and exit code are known before, and
 * from then on the JVM gives way to everybody else.
 */
const archivingWrapper = `#!/bin/sh
"$FLINTROCK_PYTHON" "$@" </dev/null
code=$?
echo $code >"$FLINTROCK_JOB/${pythonExitFile}.part" && mv "$FLINTROCK_JOB/${pythonExitFile}.part" "$FLINTROCK_JOB/${pythonExitFile}"
renice -n 19 -p $PPID >/dev/null 2>&1
exit $code
`;

/**
 * The command line and environment of a job's driver.
 *
 * The JVM is started directly: Spark's own `spark-submit` starts one more first, only to print the command line.
 *
 * @param folder the job's folder, whose name is its id
 * @throws ClusterError `PYTHON_NOT_FOUND`
 */
export async function driverCommand(
  cluster: LocalCluster,
  request: JobRequest,
  folder: string,
  context: WorkContext,
): Promise<DriverCommand> {
  const { record } = cluster;
  const isPython = request.language === 'python';
  const wrapper = join(folder, 'python');
  const python = isPython ? await requirePython(context) : undefined;
  const env = {
    SPARK_LOCAL_DIRS: join(folder, 'scratch'),
    ...sparkEnvironment(cluster, context, python?.version),
    ...(python !== undefined && (await pythonEnvironment(wrapper, python))),
  };
  const configured = sparkDefaultsOf(cluster);
  const conf = {
    ...Object.fromEntries(awsJobSettings(cluster, context)),
    ...withSharing(request.conf, new Set(Object.keys(configured))),
    ...(python !== undefined && packagesFor(python, cluster, request.conf, context)),
  };
  const known = { ...configured, ...request.conf };
  const job = await submitOptions({ ...request, conf }, placesIn(folder));
  const marks = [launchMark(record.launchId), jobMark(basename(folder))];
  // Spark's own script knows what these mean for the driver's JVM.
  if (Object.keys(known).some((key) => /^spark\.driver\.(extra|default)/.test(key)))
    return {
      args: [join(record.spark.home, 'bin', 'spark-submit'), ...job],
      env: { ...env, SPARK_SUBMIT_OPTS: marks.join(' ') },
      archive: null,
    };
  // An archive is for all clusters, and these jars are one's own.
  const writes =
    isPython && record.packages === undefined && canWriteArchive('driver', record, context);
  const args = [
    join(record.java.home, 'bin', 'java'),
    `-Xmx${known['spark.driver.memory'] ?? '1g'}`,
    '-XX:-UsePerfData',
    ...sparkModuleOptions(record.java.major),
    ...archiveOptions('driver', record, writes ? folder : null, context),
    ...marks,
    `-Dlog4j2.configurationFile=${join(configurationFolder(cluster), 'log4j2-job.properties')}`,
    '-cp',
    [sparkClassPath(record.spark.home), ...packagesClassPath(record)].join(':'),
    sparkClasses.submit,
    ...job,
  ];
  if (!writes) return { args, env, archive: null };
  await writeFile(wrapper, archivingWrapper, { mode: 0o700 });
  return {
    args,
    env: { ...env, FLINTROCK_JOB: folder },
    archive: archivePath('driver', record, context),
  };
}

/**
 * Gives the path or URL of a job's file as Spark takes it. What was made for the job is put into its folder. In paths of what comes with a
 * job Spark takes `#` and `,` for signs of its own, however they are written: such a file gets a name of ours, and so does one that is to have another. The program itself stays where it
 * is, as it finds other files from there.
 */
function placesIn(folder: string): PlaceFile {
  let count = 0;
  return async (file, isProgram) => {
    if ('url' in file) return file.url;
    if ('path' in file && file.alias === undefined && !/[#,]/.test(file.path)) return file.path;
    if ('path' in file && isProgram) return fileUri(file.path);
    const own = join(folder, String(++count));
    await mkdir(own, { mode: 0o700 });
    const path = join(own, nameOfJobFile(file));
    if ('path' in file) await link(file.path, path).catch(() => copyFile(file.path, path));
    else await writeFile(path, file.bytes, { mode: 0o600 });
    return path;
  };
}

/**
 * What the executors' Python has in its path, where that isn't as the cluster's configuration has it: beside what the job itself sets, and
 * for a Python of another minor, which can't load the cluster's packages.
 */
function packagesFor(
  { version }: PythonInstallation,
  cluster: LocalCluster,
  conf: JobRequest['conf'],
  { emit }: WorkContext,
): Record<string, string> {
  const { pythonPackages, name } = cluster.record;
  const own = conf[executorPythonPath] ?? sparkDefaultsOf(cluster)[executorPythonPath];
  if (pythonPackages === undefined) return {};
  if (pythonPackages.minor !== minorOf(version))
    emit('warning', {
      kind: 'PYTHON_MISMATCH',
      message: `The job runs with Python ${version}, and the Python packages of "${name}" are for Python ${pythonPackages.minor}: the job can’t use them.`,
      remedies: advice(`Run the job with Python ${pythonPackages.minor}.`),
    });
  return { [executorPythonPath]: withPackagesPath(cluster, version, own) ?? '' };
}

// That of the user's shell, whose virtual environment holds what the job imports; not the one the cluster was launched with.
async function requirePython(context: WorkContext): Promise<PythonInstallation> {
  const python = await findPython(context, context.signal);
  if (python !== undefined) return python;
  const { message, remedy } = pythonMissing(context);
  throw new ClusterError('PYTHON_NOT_FOUND', `The job can’t be run: ${message}`, {
    remedies: advice(remedy),
  });
}

async function pythonEnvironment(
  wrapper: string,
  python: PythonInstallation,
): Promise<Record<string, string>> {
  await writeFile(wrapper, pythonWrapper, { mode: 0o700 });
  return {
    PYSPARK_PYTHON: python.program,
    PYSPARK_DRIVER_PYTHON: wrapper,
    FLINTROCK_PYTHON: python.program,
    PYTHONUNBUFFERED: '1',
  };
}
