import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type MachineLimits, machineLimits } from '../../base/machine/machine-limits.ts';
import { isPortFree } from '../../base/machine/port-free.ts';
import { memoryText } from '../../base/size.ts';
import { cacheFolder } from '../../base/surroundings.ts';
import type { LaunchRequest, WorkContext } from '../../engine/provider.ts';
import type { Plan, PlanProblem } from '../../model/plan.ts';
import type { PlannedChange } from '../../model/planned-change.ts';
import { advice, setOption } from '../../model/remedy.ts';
import { packageSet } from '../../model/software/packages/package-set.ts';
import { withRequirements } from '../../model/software/packages/python-requirements.ts';
import {
  type JavaRange,
  javaRangeText,
  type SparkLine,
  sparkLine,
  supportsPython,
} from '../../model/software/spark-versions.ts';
import { probeSize } from '../../node/bootstrap/download.ts';
import {
  defaultExecutors,
  executorSizeFault,
  executorsOf,
  leastExecutorMiB,
  withJobLimit,
} from '../../node/services/executors.ts';
import { plannedPythonPackages } from '../../node/services/python-packages.ts';
import {
  checkPackages,
  checkS3Paths,
  plannedPackages,
} from '../../node/services/spark-packages.ts';
import { checkSparkRelease, type Report } from '../../node/services/spark-release.ts';
import { findPython, type PythonInstallation, pythonMissing } from '../../python/find-python.ts';
import { findInterpreters, isOfProject, minorOf } from '../../python/interpreters.ts';
import { missingPython } from '../../python/missing-python.ts';
import { formatCount } from '../../text/counts.ts';
import { formatPlannedChange } from '../../text/engine/planned-changes.ts';
import { clusterExists, clusterNames, nodesFolder, readCluster } from './records/records.ts';
import { findJavas, javaFits, javaHint, type JavaInstallation } from './software/find-java.mjs';
import { candidateName } from './software/spark-install.ts';
import { findSparkSource, installedVersion, type SparkSource } from './software/spark-source.ts';

/** What a launch on this machine needs to know, found out beforehand. */
export interface LocalPlan {
  readonly plan: Plan;
  readonly spark: SparkSource;
  /** Missing only if the plan isn't ok. */
  readonly java: JavaInstallation | undefined;
  readonly python: PythonInstallation | undefined;
  readonly worker: { readonly cores: number; readonly memoryMiB: number };
}

/** Spark itself refuses to run an executor in less (`spark.executor.memory` must be at least 1.5 times 300 MiB). */
const leastMemoryMiB = 512;
/** More than this part of the machine's memory isn't given to workers: the rest is for the system, daemons and drivers. */
const memoryShare = 0.8;
/** What a worker gets at most unless the person says more. */
const defaultMaxMemoryMiB = 4096;

/** Finds out what a launch on this machine would do, and everything that is wrong with it. */
export async function planLocalLaunch(
  request: LaunchRequest,
  context: WorkContext,
): Promise<LocalPlan> {
  const { values } = request;
  const problems: PlanProblem[] = [];
  const report: Report = (severity, code, message, remedies, key = null) =>
    void problems.push({ severity, code, message, remedies, key });
  await checkRequest(request, context, report);
  const spark = chooseSpark(request, context, report);
  checkSparkRelease(spark.version, values.sparkGitCommit, report);
  const packages = packageSet(values);
  if (packages !== undefined) checkPackages(packages, spark.version, report);
  checkS3Paths(values, report);
  const line = sparkLine(spark.version);
  const java =
    line === undefined ? undefined : chooseJava(request, line.java, spark.version, context, report);
  const { python, chosenBy } = await choosePython(request, spark.version, line, context, report);
  const taken = await memoryOfOthers(context);
  const limits = machineLimits();
  const worker = {
    cores: values.localWorkerCores ?? Math.max(1, Math.floor(limits.cores / values.numWorkers)),
    memoryMiB: values.localWorkerMemory ?? fairMemory(values.numWorkers, taken, limits),
  };
  checkMachine(values.numWorkers, { worker, taken, limits }, report);
  checkExecutors(values, worker, report);
  await checkPorts(request, report);
  const archive = await probe(spark, context);
  if (spark.kind === 'fetch')
    await checkDisk(archive.fetchBytes ?? (line?.downloadMB ?? 0) * 1e6, context, report);
  const ok = problems.every(({ severity }) => severity !== 'error');
  const changes = ok ? plannedChanges(spark, values.numWorkers, context) : [];
  const plan: Plan = {
    ok,
    cluster: request.name,
    provider: 'local',
    nodes: [
      { role: 'master', count: 1, cores: null, memoryMiB: null, type: 'process' },
      {
        role: 'worker',
        count: values.numWorkers,
        ...worker,
        type: 'process',
        offer: {
          ...worker,
          executors: executorsOf(worker, values.sparkExecutorInstances, withJobLimit(values)),
          scratch: [
            {
              kind: 'folder',
              path: values.sparkEnv['SPARK_LOCAL_DIRS'] ?? nodesFolder(request.name, context),
            },
          ],
        },
      },
    ],
    software: [
      { name: 'spark', version: spark.version, ...archive },
      ...(packages === undefined
        ? []
        : [plannedPackages(packages, spark.version, values.sparkMavenRepository)]),
      ...(java ? [{ name: 'java', version: java.version, source: java.home, fetchBytes: 0 }] : []),
      ...(python
        ? [
            {
              name: 'python',
              version: python.version,
              source: python.program,
              fetchBytes: 0,
              ...(chosenBy !== undefined && { chosenBy }),
            },
            ...plannedPythonPackages(
              withRequirements(
                values.pythonPackages,
                request.wheels.map(({ name }) => name),
              ),
              values.pythonPackageIndex,
            ),
          ]
        : []),
    ],
    price: null,
    changes: changes.map((change) => formatPlannedChange(change)),
    plannedChanges: changes,
    problems,
  };
  return { plan, spark, java, python, worker };
}

function plannedChanges(
  spark: SparkSource,
  workers: number,
  context: WorkContext,
): PlannedChange[] {
  const { version } = spark;
  const folder = cacheFolder(context);
  return [
    ...(spark.kind === 'fetch' ? [{ kind: 'spark-download', version, folder } as const] : []),
    { kind: 'processes', workers },
  ];
}

/** Reports a name that is taken, and what can't be had on this machine. */
async function checkRequest(
  { name, values }: LaunchRequest,
  context: WorkContext,
  report: Report,
): Promise<void> {
  if ((await clusterNames(context)).includes(name)) {
    const { code, message, remedies } = clusterExists(name);
    report('error', code, message, remedies);
  }
  if (!values.installSpark)
    report(
      'error',
      'PLAN_REFUSED',
      'A cluster on this machine requires Spark.',
      advice('Remove install-spark, or set it to true.'),
      'launch.install-spark',
    );
  if (values.installHdfs)
    report(
      'warning',
      'PLAN_REFUSED',
      'HDFS is not installed on this machine; jobs on a local cluster read local files directly.',
      [],
      'launch.install-hdfs',
    );
  if (values.installYarn)
    report(
      'warning',
      'PLAN_REFUSED',
      'YARN is not installed on this machine; jobs on a local cluster run on Spark’s own workers.',
      [],
      'launch.install-yarn',
    );
}

function chooseSpark(request: LaunchRequest, context: WorkContext, report: Report): SparkSource {
  const { values, given } = request;
  const asked = values.sparkHome ?? context.env['SPARK_HOME'];
  const wanted = values.sparkVersion;
  if (asked) {
    const byOption = values.sparkHome !== undefined;
    const name = byOption ? 'The Spark home' : 'SPARK_HOME';
    const version = installedVersion(asked);
    if (version === undefined) {
      report(
        byOption ? 'error' : 'warning',
        'SPARK_NOT_FOUND',
        `${name} ${asked} contains no Spark (jars/spark-core_….jar was not found).`,
        advice(
          byOption
            ? 'Specify the folder that contains bin and jars, or remove the option to download Spark.'
            : 'It is ignored.',
        ),
        byOption ? 'providers.local.spark-home' : null,
      );
    } else if (version === wanted || !given.has('sparkVersion')) {
      return { kind: 'installed', home: asked, version };
    } else {
      report(
        byOption ? 'error' : 'warning',
        'SPARK_NOT_FOUND',
        `${name} has Spark ${version}, but ${wanted} is configured.`,
        advice(byOption ? 'Remove spark-home or spark-version.' : 'SPARK_HOME is ignored.'),
        byOption ? 'providers.local.spark-home' : null,
      );
    }
  }
  const source = findSparkSource(wanted, values.sparkDownloadSource, context);
  if (source.kind === 'fetch' && values.sparkDownloadSource?.startsWith('s3:') === true)
    report(
      'error',
      'PLAN_REFUSED',
      `${values.sparkDownloadSource} can’t be used: a local cluster can download only from http, https and file URLs.`,
      advice('Use such a URL, or remove the option to download from Apache.'),
      'services.spark.download-source',
    );
  return source;
}

function chooseJava(
  request: LaunchRequest,
  range: JavaRange,
  sparkVersion: string,
  context: WorkContext,
  report: Report,
): JavaInstallation | undefined {
  const all = findJavas(context.env, context.home);
  const fitting = all.filter((java) => javaFits(java, range));
  const wanted = request.values.javaVersion;
  const preferred = fitting.find(({ major }) => String(major) === String(wanted));
  const java = preferred ?? fitting[0];
  if (java === undefined) {
    const found =
      all.length === 0
        ? 'no Java was found on this machine'
        : `this machine has ${all.map(({ version, home }) => `${version} (${home})`).join(', ')}`;
    report(
      'error',
      'JAVA_NOT_FOUND',
      `Spark ${sparkVersion} requires Java ${javaRangeText(range)}, but ${found}.`,
      advice(javaHint(context.platform, range)),
    );
  } else if (wanted !== undefined && preferred === undefined) {
    report(
      'warning',
      'JAVA_NOT_FOUND',
      `${all.some(({ major }) => major === wanted) ? `Spark ${sparkVersion} does not run on the Java ${wanted} of this machine` : `Java ${wanted} was not found`}; Java ${java.version} (${java.home}) is used, which Spark ${sparkVersion} supports.`,
      [],
      'launch.java-version',
    );
  }
  return java;
}

/** A Python of this machine, and the user's environment that its version is taken from. */
interface ChosenPython {
  readonly python: PythonInstallation | undefined;
  readonly chosenBy?: string;
}

/** @param line what Spark supports; `undefined` if that isn't known */
async function choosePython(
  { values, selectedPython }: LaunchRequest,
  sparkVersion: string,
  line: SparkLine | undefined,
  context: WorkContext,
  report: Report,
): Promise<ChosenPython> {
  const usual = await findPython(context, context.signal);
  const { pythonVersion: asked } = values;
  if (asked !== undefined) return choosePythonOf(asked, usual, sparkVersion, line, context, report);
  if (
    selectedPython !== undefined &&
    (line === undefined || supportsPython(line, selectedPython.version))
  ) {
    const minor = minorOf(selectedPython.version);
    const python = await findPythonOf(minor, usual, context);
    if (python !== undefined) return { python, chosenBy: selectedPython.name };
  }
  if (usual === undefined) {
    const { message, remedy } = pythonMissing(context);
    // Packages for a Python that isn't there can't be installed.
    if (values.pythonPackages.length + values.pythonWheels.length > 0)
      report('error', 'PYTHON_NOT_FOUND', message, advice(remedy), 'launch.python-packages');
    else {
      const consequence = `${message} Only jobs in Java or Scala can run.`;
      report('warning', 'PYTHON_NOT_FOUND', consequence, advice(remedy));
    }
  } else if (line !== undefined && !supportsPython(line, usual.version))
    report(
      'warning',
      'PYTHON_NOT_FOUND',
      `Spark ${sparkVersion} supports Python ${line.python.min} to ${line.python.max}, but ${usual.program} is version ${usual.version}.`,
      advice('Set PYSPARK_PYTHON to a supported Python.'),
    );
  return { python: usual };
}

/** The Python of a version that was asked for; reports why there is none. */
async function choosePythonOf(
  asked: string,
  usual: PythonInstallation | undefined,
  sparkVersion: string,
  line: SparkLine | undefined,
  context: WorkContext,
  report: Report,
): Promise<ChosenPython> {
  const key = 'launch.python-version';
  if (line !== undefined && !supportsPython(line, asked)) {
    report(
      'error',
      'PYTHON_NOT_FOUND',
      `Spark ${sparkVersion} supports Python ${line.python.min} to ${line.python.max}, but ${asked} is configured.`,
      advice('Remove python-version to use a supported version.'),
      key,
    );
    return { python: usual };
  }
  const python = await findPythonOf(asked, usual, context);
  if (python === undefined) {
    const found = await findInterpreters(context, context.cwd, context.signal);
    const error = await missingPython(asked, `Python ${asked} is configured`, found, context);
    report('error', error.code, error.message, error.remedies, key);
  }
  return { python };
}

/** A Python of a minor: the usual one if it is of that, else any other that isn't in the current folder, which may be anybody's. */
async function findPythonOf(
  minor: string,
  usual: PythonInstallation | undefined,
  context: WorkContext,
): Promise<PythonInstallation | undefined> {
  if (usual !== undefined && minorOf(usual.version) === minor) return usual;
  for (const one of await findInterpreters(context, context.cwd, context.signal))
    if (minorOf(one.version) === minor && !(await isOfProject(one.program, context.cwd, context)))
      return one;
  return undefined;
}

/** A part of half the machine, or of what other clusters leave, for each worker. */
function fairMemory(workers: number, taken: number, { memoryMiB: total }: MachineLimits): number {
  const share = Math.floor(Math.min(total * 0.5, total * memoryShare - taken) / workers);
  return Math.max(leastMemoryMiB, Math.min(defaultMaxMemoryMiB, share - (share % 64)));
}

function checkMachine(
  workers: number,
  {
    worker,
    taken,
    limits,
  }: {
    readonly worker: LocalPlan['worker'];
    readonly taken: number;
    readonly limits: MachineLimits;
  },
  report: Report,
): void {
  const { memoryMiB: total, cores, isConstrained } = limits;
  const whose = (limited: boolean): string => (limited ? 'this container’s' : 'this machine’s');
  const wanted = workers * worker.memoryMiB;
  if (wanted + taken > total * memoryShare)
    report(
      'error',
      'MACHINE_FULL',
      `${workers} × ${memoryText(worker.memoryMiB)} for workers${taken > 0 ? ` in addition to ${memoryText(taken)} of other local clusters` : ''} is more than 80% of ${whose(isConstrained.memory)} memory (${memoryText(total)}).`,
      [
        ...advice(taken > 0 ? 'Stop another cluster, or use fewer workers.' : 'Use fewer workers.'),
        setOption('Or use less memory per worker.', 'providers.local.worker-memory'),
      ],
      'providers.local.worker-memory',
    );
  if (workers * worker.cores > cores)
    report(
      'warning',
      'MACHINE_FULL',
      `${formatCount(workers, 'worker')} with ${formatCount(worker.cores, 'core')} each share ${whose(isConstrained.cores)} ${cores}.`,
      [],
      'providers.local.worker-cores',
    );
}

/** Reports executors that Spark would refuse to start: every job would fail. */
function checkExecutors(
  values: LaunchRequest['values'],
  worker: LocalPlan['worker'],
  report: Report,
): void {
  const { sparkExecutorInstances } = values;
  const own = withJobLimit(values);
  const fault = executorSizeFault(own, worker, sparkExecutorInstances, 'each');
  if (fault !== undefined) {
    const remedies = [
      setOption('Use more, smaller executors.', 'services.spark.executor-instances'),
      setOption('Or use more memory per worker.', 'providers.local.worker-memory'),
    ];
    report('error', 'PLAN_REFUSED', fault, remedies, 'services.spark.spark-defaults');
  }
  if ('spark.executor.memory' in own) return;
  const executors = sparkExecutorInstances ?? defaultExecutors(worker.cores, own);
  const share = Math.floor(worker.memoryMiB / Math.max(1, executors));
  if (share >= leastExecutorMiB) return;
  report(
    'error',
    'PLAN_REFUSED',
    `A worker has too little memory for ${executors} executors: each gets ${share} MiB, but Spark requires ${leastExecutorMiB} MiB.`,
    [
      setOption('Use fewer executors per worker.', 'services.spark.executor-instances'),
      setOption('Or use more memory per worker.', 'providers.local.worker-memory'),
    ],
    'services.spark.executor-instances',
  );
}

async function memoryOfOthers(context: WorkContext): Promise<number> {
  let taken = 0;
  for (const name of await clusterNames(context)) {
    const cluster = await readCluster(name, context);
    if (cluster === undefined || typeof cluster === 'string') continue;
    const running = cluster.nodes.filter(
      ({ role, wanted }) => role === 'worker' && wanted === 'running',
    );
    taken += running.length * cluster.record.worker.memoryMiB;
  }
  return taken;
}

async function checkPorts({ values }: LaunchRequest, report: Report): Promise<void> {
  const wishes = [
    ['providers.local.master-port', values.localMasterPort],
    ['providers.local.master-ui-port', values.localMasterUiPort],
  ] as const;
  for (const [key, port] of wishes)
    if (port !== undefined && !(await isPortFree(port)))
      report(
        'error',
        'PORT_TAKEN',
        `Port ${port} is in use by another program.`,
        advice('Use another port, or remove the option to use a free port.'),
        key,
      );
}

/** What would be fetched first, as far as can be told without fetching it. */
async function probe(
  spark: SparkSource,
  context: WorkContext,
): Promise<{ source: string; fetchBytes: number | null }> {
  if (spark.kind === 'installed') return { source: spark.home, fetchBytes: 0 };
  const { candidates } = spark;
  const sizes = await Promise.all(
    candidates.map(async (candidate) =>
      candidate.kind === 'pip' ? null : probeSize(candidate.url, context),
    ),
  );
  const index = sizes.findIndex((size) => size !== undefined);
  const candidate = candidates[index];
  return {
    source: candidate === undefined ? '' : candidateName(candidate),
    fetchBytes: sizes[index] ?? null,
  };
}

async function checkDisk(bytes: number, context: WorkContext, report: Report): Promise<void> {
  let folder = cacheFolder(context);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  // The archive and what is unpacked from it, which is about as large again.
  const needed = bytes * 2.2;
  if (bavail * bsize < needed)
    report(
      'error',
      'DISK_FULL',
      `Spark requires ${Math.ceil(needed / 1e6)} MB in ${folder}, but only ${Math.floor((bavail * bsize) / 1e6)} MB are free.`,
      advice('Free disk space, or set FLINTROCK_CACHE to a folder on another disk.'),
    );
}
