import { constants } from 'node:fs';
import { access, lstat, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Cluster } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import type { StepSubject } from '../../model/events.ts';
import { advice, type Remedy, setOption } from '../../model/remedy.ts';
import { connectRequirements } from '../../model/software/connect-requirements.ts';
import { sparkLine, supportsPython } from '../../model/software/spark-versions.ts';
import { environmentUnfit, openTools } from '../../python/environment.ts';
import {
  environmentAt,
  findInterpreters,
  type Interpreter,
  type InterpreterKind,
  isOfProject,
  minorOf,
  type PythonEnvironment,
} from '../../python/interpreters.ts';
import { missingPython } from '../../python/missing-python.ts';
import { isOwnEnvironment, rememberEnvironment } from '../../python/own-environments.ts';
import { formatStep } from '../../text/engine/steps.ts';
import { checkEnvironment } from '../connect/check-environment.ts';
import { connectUnsupported, sparkVersionOf } from '../connect/cluster-link.ts';
import type { WorkContext } from '../provider.ts';
import { asRecorded } from '../support/as-recorded.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { type FoundCluster, requireCluster } from '../support/find-cluster.ts';
import { requireSpark, requireState } from '../support/guards.ts';
import { timed } from '../support/timing.ts';

/** A Python environment for a cluster. */
export interface ClusterPythonEnv {
  /** Absolute path of the environment: `FOLDER/.venv`. */
  readonly path: string;
  /** Absolute path of its interpreter. */
  readonly python: string;
  /** Such as `3.11.7`. */
  readonly pythonVersion: string;
}

/** What {@link pythonEnv} takes. */
export interface PythonEnvOptions extends VerbOptions {
  /**
   * Folder that gets the environment `.venv`; a relative path starts from the current folder.
   * @default the current folder
   */
  readonly folder?: string | undefined;
  /**
   * Whether an environment may be used that is there already and that this library didn't create: its programs are run. The host is
   * asked if it isn't said.
   * @default false
   */
  readonly useExisting?: boolean | undefined;
  /**
   * Whether the environment is tried out on the cluster by one query and one function in Python.
   * @default true
   */
  readonly check?: boolean | undefined;
}

/** What {@link pythonEnv} made. */
export interface PythonEnvResult extends ClusterPythonEnv {
  /** `false`: the environment was there, and was completed. */
  readonly created: boolean;
  /** What it was checked for and completed with, as requirements for pip. */
  readonly requirements: readonly string[];
  /** What made and filled it. */
  readonly tool: 'uv' | 'pip';
  /** Version of the cluster's Spark. */
  readonly sparkVersion: string;
  /** Version of the Python that the cluster runs Python code with: of the same minor. */
  readonly clusterPythonVersion: string;
  readonly seconds: number;
}

/** What Jupyter, also that of VS Code, runs cells with, as a requirement for pip. */
const notebookKernel = 'ipykernel>=6.29';

/** Where interpreters for a new environment are taken from rather, the first choice first. */
const preferred: readonly InterpreterKind[] = ['system', 'pyenv', 'uv', 'conda', 'venv'];

/**
 * Makes a Python environment that fits a cluster: of the Python minor that its Spark uses, with Spark's client and what it needs. One
 * of that minor that is there already is completed.
 *
 * Asks the host before it uses an environment of somebody else's making (`pythonEnv.useExisting`).
 *
 * @throws ClusterError `PYTHON_NOT_FOUND` if no interpreter fits, `PYTHON_ENVIRONMENT_UNFIT`, `PYTHON_INSTALL_FAILED`, `FILE_NOT_FOUND`;
 *   `CLUSTER_STATE_UNFIT` for a cluster that is stopped, `CONNECT_UNSUPPORTED` for one whose Spark has no clients
 */
export async function pythonEnv(
  engine: Engine,
  name: string,
  options: PythonEnvOptions,
): Promise<PythonEnvResult> {
  const folder = resolve(engine.surroundings.cwd, options.folder ?? '.');
  if (!(await isFolder(folder)))
    throw new ClusterError('FILE_NOT_FOUND', `Folder not found: ${folder}.`, {
      details: { local: folder },
    });
  const seen = await requireCluster(engine, name, options);
  requireState(seen.cluster, ['running', 'degraded', 'mixed'], 'creating a Python environment');
  requireSpark(seen.cluster, 'creating a Python environment');
  const found = await asRecorded(seen);
  const { cluster, context } = found;
  const { sparkVersion, requirements } = clientOf(cluster);
  return timed('pythonEnv', [], context, async () => {
    const clusterPythonVersion = await pythonOf(found);
    const wanted = minorOf(clusterPythonVersion);
    const path = join(folder, '.venv');
    const existing = await findExisting(path, wanted, cluster, context);
    if (existing !== undefined) await requireConsent(engine, existing, cluster, options, context);
    const candidates =
      existing === undefined
        ? await candidatesFor(folder, clusterPythonVersion, cluster, context)
        : [];
    const tools = await openTools(path, {
      ...context,
      onLine: (line) => context.emit('step.output', { line }),
    });
    try {
      const environment =
        existing ??
        (await step({ kind: 'python-environment', version: wanted }, context, () =>
          create(path, () => tools.create(path, candidates), context),
        ));
      await keptOnSuccess(existing === undefined ? path : null, context, async () => {
        await step({ kind: 'python-packages' }, context, () =>
          tools.install(environment, requirements),
        );
      });
      // What was made is whole: it stays, whatever a cluster that is busy says.
      if (options.check !== false)
        await step({ kind: 'python-check' }, context, () =>
          checkEnvironment(engine, name, environment.program, options, context.signal),
        );
      return {
        ...asResult(environment),
        created: existing === undefined,
        requirements,
        tool: tools.name,
        sparkVersion,
        clusterPythonVersion,
      };
    } finally {
      await tools.close();
    }
  });
}

function asResult({ folder, program, version }: PythonEnvironment): ClusterPythonEnv {
  return { path: folder, python: program, pythonVersion: version };
}

/** @throws ClusterError `CONNECT_UNSUPPORTED`, `CLUSTER_STATE_UNFIT` */
function clientOf(cluster: Cluster): {
  readonly sparkVersion: string;
  readonly requirements: readonly string[];
} {
  const { name } = cluster;
  const sparkVersion = sparkVersionOf(cluster) ?? '';
  const requirements = connectRequirements(sparkVersion);
  if (requirements !== undefined)
    return { sparkVersion, requirements: [...requirements, notebookKernel] };
  if (sparkVersion !== '') throw connectUnsupported(cluster, sparkVersion);
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `The Spark version of cluster "${name}" is not known; Python clients can connect to Spark 4.0 and newer.`,
  );
}

/** @throws ClusterError `PYTHON_NOT_FOUND` */
async function pythonOf({ provider, cluster, context }: FoundCluster): Promise<string> {
  const version = await provider.pythonVersion(cluster, context);
  if (version !== undefined) return version;
  throw new ClusterError(
    'PYTHON_NOT_FOUND',
    `Cluster "${cluster.name}" has no Python that its Spark version supports.`,
    { remedies: advice('Launch a cluster with a supported Python.') },
  );
}

/** @throws ClusterError `PYTHON_ENVIRONMENT_UNFIT` if there is something else than an environment of that minor */
async function findExisting(
  path: string,
  wanted: string,
  cluster: Cluster,
  { platform }: WorkContext,
): Promise<PythonEnvironment | undefined> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  const found = environmentAt(path, platform);
  const remedies = [
    'Rename or delete it, then try again to create a new environment.',
    'Or specify another folder.',
  ] as const;
  if (found === undefined)
    throw environmentUnfit(`${path} exists, but is not a Python environment.`, ...remedies);
  if (minorOf(found.version) !== wanted)
    throw new ClusterError(
      'PYTHON_ENVIRONMENT_UNFIT',
      `${path} has Python ${found.version}, but cluster "${cluster.name}" uses Python ${wanted}.`,
      { remedies: [...advice(...remedies), ...launchWith(found.version, cluster)] },
    );
  if (!(await isProgram(found.program)))
    throw environmentUnfit(
      `The interpreter of ${path} no longer exists: ${found.program}.`,
      ...remedies,
    );
  return found;
}

/** A cluster with the Python that there is, if its Spark supports that. */
function launchWith(version: string, cluster: Cluster): readonly Remedy[] {
  const line = sparkLine(sparkVersionOf(cluster) ?? '');
  const minor = minorOf(version);
  return line !== undefined && supportsPython(line, minor)
    ? [setOption(`Or launch a cluster that uses Python ${minor}.`, 'launch.python-version', minor)]
    : [];
}

/** @throws ClusterError `PYTHON_ENVIRONMENT_UNFIT` */
async function requireConsent(
  engine: Engine,
  { folder }: PythonEnvironment,
  { name }: Cluster,
  { useExisting }: PythonEnvOptions,
  context: WorkContext,
): Promise<void> {
  if (useExisting === true || (await isOwnEnvironment(folder, context))) return;
  const isAllowed =
    useExisting ??
    (await engine.host.ask({
      code: 'pythonEnv.useExisting',
      cluster: name,
      message: `${folder} exists and was not created by Flintrock. Install packages into it? Programs in it will run.`,
      default: false,
    }));
  if (!isAllowed)
    throw environmentUnfit(
      `${folder} exists and was not created by Flintrock; it was not changed, and no program in it was run.`,
      'Answer the question with yes to use it.',
      'Or rename or delete it, then try again to create a new environment.',
    );
}

/**
 * Interpreters of the minor of a version, the first choice first: those of the very version, which is often the cluster's own.
 *
 * @throws ClusterError `PYTHON_NOT_FOUND`
 */
async function candidatesFor(
  folder: string,
  version: string,
  { name }: Cluster,
  context: WorkContext,
): Promise<readonly Interpreter[]> {
  const wanted = minorOf(version);
  const what = `Cluster "${name}" uses Python ${wanted}`;
  const all = await findInterpreters(context, folder, context.signal);
  const candidates: Interpreter[] = [];
  for (const one of all)
    if (minorOf(one.version) === wanted && !(await isOfProject(one.program, folder, context)))
      candidates.push(one);
  if (candidates.length === 0) throw await missingPython(wanted, what, all, context);
  const rank = ({ kind, version: own }: Interpreter): number =>
    (own === version ? 0 : preferred.length) + preferred.indexOf(kind);
  return candidates.sort((a, b) => rank(a) - rank(b));
}

/** Makes an environment, of which nothing is left if that fails. */
async function create(
  path: string,
  make: () => Promise<void>,
  context: WorkContext,
): Promise<PythonEnvironment> {
  // Somebody else's by now: not ours to remove.
  if (await isFolder(path)) throw environmentUnfit(`${path} was created by another program.`);
  return keptOnSuccess(path, context, async () => {
    await make();
    const made = environmentAt(path, context.platform);
    if (made === undefined)
      throw new ClusterError('PYTHON_INSTALL_FAILED', `${path} is not a Python environment.`);
    await rememberEnvironment(path, context);
    return made;
  });
}

/**
 * Removes a folder if the work fails or is stopped.
 *
 * @param made `null` if there is nothing to remove
 */
async function keptOnSuccess<T>(
  made: string | null,
  context: WorkContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (made === null) throw error;
    context.emit('cleanup.started', {
      reason: error instanceof Error ? error.message : String(error),
    });
    const left = await rm(made, { recursive: true, force: true, maxRetries: 3 }).then(
      () => [],
      (cause: unknown) => [`${made}: ${cause instanceof Error ? cause.message : String(cause)}`],
    );
    context.emit('cleanup.finished', { left });
    throw error;
  }
}

/** Tells the host that a step begins and ends. */
async function step<T>(
  subject: StepSubject,
  { clock, emit }: WorkContext,
  work: () => Promise<T>,
): Promise<T> {
  const text = formatStep({ subject });
  const start = clock.now();
  emit('step.started', { step: text, subject });
  const result = await work();
  emit('step.finished', { step: text, subject, seconds: (clock.now() - start) / 1000 });
  return result;
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
