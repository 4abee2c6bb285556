import { existsSync } from 'node:fs';
import type { Surroundings } from '../base/surroundings.ts';
import { resolveSettings } from '../config/resolve.ts';
import type { Choice, ChoosableOption } from '../model/choice.ts';
import type { WebPageId } from '../model/cluster/web-page.ts';
import type { Host } from '../model/host.ts';
import type { GrowthPlan, Plan } from '../model/plan.ts';
import type { LoginSession } from '../model/session.ts';
import {
  type ConnectOptions,
  type ConnectSession,
  findConnectEndpoint,
  openConnectSession,
} from './connect/connect-session.ts';
import type { JobOptions } from './jobs/find-job.ts';
import type { AccessChange } from './provider.ts';
import {
  asClusterError,
  type Engine,
  type ProviderLoaders,
  type VerbOptions,
} from './support/context.ts';
import type { LockingOptions } from './support/lock.ts';
import { addWorkers, type AddWorkersResult } from './verbs/add-workers.ts';
import { authorize } from './verbs/authorize.ts';
import { choices } from './verbs/choices.ts';
import {
  copyFile,
  type CopyFileOptions,
  type CopyFileRequest,
  type CopyFileResult,
} from './verbs/copy-file.ts';
import { describe, type DescribeOptions, type DescribeResult } from './verbs/describe.ts';
import { destroy, type DestroyOptions, type DestroyResult } from './verbs/destroy.ts';
import { doctor, type DoctorOptions, type DoctorResult } from './verbs/doctor.ts';
import { explain, type ExplainOptions, type ExplainResult } from './verbs/explain.ts';
import { extend, type ExtendResult } from './verbs/extend.ts';
import { install, type InstallResult } from './verbs/install.ts';
import {
  cancelJob,
  type CancelJobResult,
  jobLog,
  type JobLogOptions,
  type JobLogResult,
  jobs,
  type JobsResult,
} from './verbs/jobs.ts';
import { launch, type LaunchResult, type PreparedLaunch, prepareLaunch } from './verbs/launch.ts';
import { login, type LoginOptions } from './verbs/login.ts';
import { openPage, type OpenPageResult } from './verbs/open-page.ts';
import { openSavedHistory, type SavedHistoryResult } from './verbs/open-saved-history.ts';
import { type LaunchOptions, plan } from './verbs/plan.ts';
import { planStart, type StartPlan } from './verbs/plan-start.ts';
import { planWorkers } from './verbs/plan-workers.ts';
import { pythonEnv, type PythonEnvOptions, type PythonEnvResult } from './verbs/python-env.ts';
import { readLogs, type ReadLogsOptions, type ReadLogsResult } from './verbs/read-logs.ts';
import {
  removeWorkers,
  type RemoveWorkersOptions,
  type RemoveWorkersResult,
} from './verbs/remove-workers.ts';
import { repair, type RepairResult } from './verbs/repair.ts';
import { resume } from './verbs/resume.ts';
import { run, type RunRequest, type RunResult } from './verbs/run.ts';
import { runCommand, type RunCommandOptions, type RunCommandResult } from './verbs/run-command.ts';
import { savedHistory, type SavedHistoryList } from './verbs/saved-history.ts';
import { type ChangeResult, start } from './verbs/start.ts';
import { stop, type StopOptions } from './verbs/stop.ts';
import { submit, type SubmitRequest, type SubmitResult } from './verbs/submit.ts';

/** What an engine is made of; the edges fill in the machine's own. */
export interface EngineParts {
  readonly host: Host;
  readonly surroundings: Surroundings;
  readonly providers: ProviderLoaders;
  /** Absolute path of the configuration file, or `undefined` for none. */
  readonly configFile: string | undefined;
}

/**
 * Launches and manages Spark clusters: one method a verb.
 *
 * Nothing is printed and nothing is asked but through the host. Every method rejects with a `ClusterError`, whatever is wrong, and
 * stops when its signal aborts, with `ABORTED`.
 */
export class FlintrockEngine {
  readonly #engine: Engine;

  constructor({ host, surroundings, providers, configFile }: EngineParts) {
    this.#engine = {
      host,
      surroundings,
      providers,
      resolve: async (request) => {
        const config =
          configFile === undefined
            ? undefined
            : // Reading YAML takes a while to load; most calls have no file.
              await import('../config/load.ts').then(({ loadConfig }) => loadConfig(configFile));
        const { cwd, home } = surroundings;
        return resolveSettings({ ...request, config, cwd, home, exists: existsSync });
      },
    };
  }

  /**
   * Launches a cluster and returns when Spark has every worker. A launch that fails or is stopped removes what it made.
   *
   * @throws ClusterError `CONFIG_INVALID`, `PLAN_REFUSED` or the plan's only problem, `CLUSTER_EXISTS`, `NODE_DIED`, …
   */
  launch(name: string, options: LaunchOptions = {}): Promise<LaunchResult> {
    return this.#run(options, `launching "${name}"`, (engine) => launch(engine, name, options));
  }

  /**
   * Plans a launch that can be carried out once somebody has agreed to its plan. Nothing is made.
   *
   * @example
   * ```ts
   * const { plan, launch } = await flintrock.prepareLaunch('nightly');
   * if (plan.ok && (plan.price?.perHour ?? 0) < 2) await launch();
   * ```
   * @throws ClusterError `CLUSTER_NAME_INVALID`, `CONFIG_INVALID`; what is wrong with the launch is in the plan
   */
  async prepareLaunch(name: string, options: LaunchOptions = {}): Promise<PreparedLaunch> {
    const prepared = await this.#run(options, `planning "${name}"`, (engine) =>
      prepareLaunch(engine, name, options),
    );
    return {
      plan: prepared.plan,
      launch: (now = {}) =>
        withClusterErrors(now, `launching "${name}"`, () => prepared.launch(now)),
    };
  }

  /** Finds out what {@link launch} would do, and everything that is wrong with it. Nothing is made. */
  plan(name: string, options: LaunchOptions = {}): Promise<Plan> {
    return this.#run(options, `planning "${name}"`, (engine) => plan(engine, name, options));
  }

  /** Looks up what an option's value can be in the account and region that the other options name. */
  choices(option: ChoosableOption, options: VerbOptions = {}): Promise<readonly Choice[]> {
    return this.#run(options, 'listing available values', (engine) =>
      choices(engine, option, options),
    );
  }

  /** Describes one cluster, asking its services too, or all, as far as can be told without. */
  describe(name?: string, options: DescribeOptions = {}): Promise<DescribeResult> {
    return this.#run(
      options,
      `describing ${name === undefined ? 'clusters' : `"${name}"`}`,
      (engine) => describe(engine, name, options),
    );
  }

  /** Brings back a stopped cluster, or the dead nodes of a running one. */
  start(name: string, options: VerbOptions = {}): Promise<ChangeResult> {
    return this.#run(options, `starting "${name}"`, (engine) => start(engine, name, options));
  }

  /** Finds out which cluster {@link start} would start, and what it costs then. Nothing is started. */
  planStart(name: string, options: VerbOptions = {}): Promise<StartPlan> {
    return this.#run(options, `planning to start "${name}"`, (engine) =>
      planStart(engine, name, options),
    );
  }

  /** Puts a cluster to rest; spot workers, which can't be stopped, are removed if they may be. */
  stop(name: string, options: StopOptions = {}): Promise<ChangeResult> {
    return this.#run(options, `stopping "${name}"`, (engine) => stop(engine, name, options));
  }

  /** Removes a cluster with all that is on it, whatever state it is in. */
  destroy(name: string, options: DestroyOptions = {}): Promise<DestroyResult> {
    return this.#run(options, `destroying "${name}"`, (engine) => destroy(engine, name, options));
  }

  /** Adds workers; running jobs go on. */
  addWorkers(name: string, count: number, options: LockingOptions = {}): Promise<AddWorkersResult> {
    return this.#run(options, `adding workers to "${name}"`, (engine) =>
      addWorkers(engine, name, count, options),
    );
  }

  /** Finds out what {@link addWorkers} would make, and what it costs. Nothing is made. */
  planWorkers(name: string, count: number, options: VerbOptions = {}): Promise<GrowthPlan> {
    return this.#run(options, `planning additional workers for "${name}"`, (engine) =>
      planWorkers(engine, name, count, options),
    );
  }

  /** Removes the newest workers when nothing runs on them any more; jobs go on. */
  removeWorkers(
    name: string,
    count: number,
    options: RemoveWorkersOptions = {},
  ): Promise<RemoveWorkersResult> {
    return this.#run(options, `removing workers from "${name}"`, (engine) =>
      removeWorkers(engine, name, count, options),
    );
  }

  /** Follows a launch that some client began, and finishes it. */
  resume(name: string, options: VerbOptions = {}): Promise<ChangeResult> {
    return this.#run(options, `resuming the launch of "${name}"`, (engine) =>
      resume(engine, name, options),
    );
  }

  /** Replaces dead workers; jobs go on. */
  repair(name: string, options: LockingOptions = {}): Promise<RepairResult> {
    return this.#run(options, `repairing "${name}"`, (engine) => repair(engine, name, options));
  }

  /**
   * Installs packages on a running cluster: for Spark by Maven coordinates or the URL of a jar, for Python by requirements, a requirements
   * file (`.txt`) or wheels of this machine (`.whl`). Workers that come later have them too. Applications that run already go on without.
   *
   * @example
   * ```ts
   * await flintrock.install('demo', ['org.postgresql:postgresql:42.7.4', 'pytz', './dist/own-1.0-py3-none-any.whl']);
   * ```
   * @throws ClusterError `ARGUMENT_INVALID`, `FILE_NOT_FOUND`, `PACKAGE_MISMATCH`, `PACKAGE_UNAVAILABLE`, `PYTHON_INSTALL_FAILED`
   */
  install(
    name: string,
    packages: readonly string[],
    options: LockingOptions = {},
  ): Promise<InstallResult> {
    return this.#run(options, `installing packages on "${name}"`, (engine) =>
      install(engine, name, packages, options),
    );
  }

  /** Lets this client in from where it is now, in place of where it was. */
  authorize(name: string, options: VerbOptions = {}): Promise<AccessChange> {
    return this.#run(options, `allowing SSH access to "${name}" from this machine`, (engine) =>
      authorize(engine, name, options),
    );
  }

  /**
   * Lets a cluster live longer that ends by itself: its idle clock begins anew, and its end at the latest moves.
   *
   * @param duration how much longer, in seconds or as in `2 h`; absent: as long as if it had just been started
   */
  extend(
    name: string,
    duration?: number | string,
    options: VerbOptions = {},
  ): Promise<ExtendResult> {
    return this.#run(options, `extending the lifetime of "${name}"`, (engine) =>
      extend(engine, name, duration, options),
    );
  }

  /** Finds out what is wrong with a cluster, or with all and the account; what is wrong is a result, not an error. */
  doctor(name?: string, options: DoctorOptions = {}): Promise<DoctorResult> {
    return this.#run(
      options,
      `running diagnostics on ${name === undefined ? 'clusters' : `"${name}"`}`,
      (engine) => doctor(engine, name, options),
    );
  }

  /**
   * Reads the last lines of the logs of a cluster's nodes; secrets are taken out.
   *
   * @throws ClusterError `CLUSTER_NOT_FOUND`, `ARGUMENT_INVALID` if there is no such node
   */
  readLogs(name: string, options: ReadLogsOptions = {}): Promise<ReadLogsResult> {
    return this.#run(options, `reading the logs of "${name}"`, (engine) =>
      readLogs(engine, name, options),
    );
  }

  /** Runs a shell command on all nodes; a command that fails is a result, not an error. */
  runCommand(
    name: string,
    command: string,
    options: RunCommandOptions = {},
  ): Promise<RunCommandResult> {
    return this.#run(options, `running a command on "${name}"`, (engine) =>
      runCommand(engine, name, command, options),
    );
  }

  /** Copies a file or folder to the nodes, or from them. */
  copyFile(
    name: string,
    request: CopyFileRequest,
    options: CopyFileOptions = {},
  ): Promise<CopyFileResult> {
    return this.#run(options, `copying files to or from "${name}"`, (engine) =>
      copyFile(engine, name, request, options),
    );
  }

  /** Tells how to open a shell on a node. */
  login(name: string, options: LoginOptions = {}): Promise<LoginSession> {
    return this.#run(options, `logging in to "${name}"`, (engine) => login(engine, name, options));
  }

  /**
   * Makes a web page of a cluster one of this machine, until it is closed: on EC2 through the SSH connection. `jobs` are the pages
   * of all applications that run.
   */
  openPage(name: string, page: WebPageId, options: VerbOptions = {}): Promise<OpenPageResult> {
    return this.#run(options, `opening a web UI of "${name}"`, (engine) =>
      openPage(engine, name, page, options),
    );
  }

  /**
   * Shows the event logs that were saved of destroyed clusters in Spark’s history server on this machine, until it is closed. Needs no
   * cluster and no account.
   *
   * @param name whose applications are shown; absent: those of all clusters
   * @throws ClusterError `APPLICATION_NOT_FOUND` if nothing is saved
   */
  openSavedHistory(name?: string, options: VerbOptions = {}): Promise<SavedHistoryResult> {
    return this.#run(options, 'opening the saved history', (engine) =>
      openSavedHistory(engine, name, options),
    );
  }

  /** Lists the applications of destroyed clusters whose event logs are saved on this machine. */
  savedHistory(options: VerbOptions = {}): Promise<SavedHistoryList> {
    return this.#run(options, 'listing the saved history', (engine) => savedHistory(engine));
  }

  /**
   * Says why an application took as long as it did, or failed, from its event log alone: what to look at first comes first.
   *
   * @example
   * ```ts
   * const { findings } = await flintrock.explain('demo');
   * console.log(findings[0]?.kind, findings[0]?.settings);
   * ```
   * @throws ClusterError `CLUSTER_NOT_FOUND`, `CLUSTER_STATE_UNFIT`, `APPLICATION_NOT_FOUND`
   */
  explain(name: string, options: ExplainOptions = {}): Promise<ExplainResult> {
    return this.#run(options, `explaining an application of "${name}"`, (engine) =>
      explain(engine, name, options),
    );
  }

  /**
   * Connects clients of Spark Connect on this machine with a cluster, until the session is closed. The server is started if it doesn't
   * run.
   *
   * @throws ClusterError `CONNECT_UNSUPPORTED`, `PORT_TAKEN`, …
   */
  connect(name: string, options: ConnectOptions = {}): Promise<ConnectSession> {
    return this.#run(options, `connecting to "${name}"`, (engine) =>
      openConnectSession(engine, name, options),
    );
  }

  /**
   * Tells port and token of a cluster's connection, whether or not {@link connect} holds it just now: both stay the same. With
   * `workspace` they are that folder's, and the cluster is not looked for.
   *
   * @throws ClusterError `CLUSTER_NOT_FOUND`
   */
  connectEndpoint(
    name: string,
    options: ConnectOptions = {},
  ): Promise<Pick<ConnectSession, 'remote' | 'token'>> {
    return this.#run(options, `looking up "${name}"`, (engine) =>
      findConnectEndpoint(engine, name, options),
    );
  }

  /**
   * Makes a Python environment in a folder that fits a cluster, with Spark's client: of the Python minor that the cluster uses.
   *
   * @example
   * ```ts
   * const { python } = await flintrock.pythonEnv('demo', { folder: 'analysis' });
   * ```
   */
  pythonEnv(name: string, options: PythonEnvOptions = {}): Promise<PythonEnvResult> {
    return this.#run(options, `creating a Python environment for "${name}"`, (engine) =>
      pythonEnv(engine, name, options),
    );
  }

  /** Runs a job and gives its exit code; a job that fails is a result, not an error. */
  submit(name: string, request: SubmitRequest, options: VerbOptions = {}): Promise<SubmitResult> {
    return this.#run(options, `running a job on "${name}"`, (engine) =>
      submit(engine, name, request, options),
    );
  }

  /**
   * Launches a cluster, runs a job on it, fetches its results, and destroys the cluster, however the job ends.
   *
   * @example
   * ```ts
   * const { exitCode } = await flintrock.run({ file: 'job.py', fetch: ['result.csv'] }, { values: { numWorkers: 8 } });
   * ```
   */
  run(request: RunRequest, options: LaunchOptions = {}): Promise<RunResult> {
    return this.#run(options, `running ${request.file}`, (engine) => run(engine, request, options));
  }

  /** Lists the jobs of a cluster, or of all that run, whoever submitted them; the newest first. */
  jobs(options: JobOptions = {}): Promise<JobsResult> {
    return this.#run(options, 'listing jobs', (engine) => jobs(engine, options));
  }

  /**
   * Passes the output of a job on to the host, from its beginning: what there is, or with `follow` until the job ends. To stop following
   * leaves the job running.
   *
   * @throws ClusterError `JOB_NOT_FOUND`
   */
  jobLog(id: string, options: JobLogOptions = {}): Promise<JobLogResult> {
    return this.#run(options, `reading the log of ${id}`, (engine) => jobLog(engine, id, options));
  }

  /**
   * Ends a job and everything it started, whoever submitted it.
   *
   * @throws ClusterError `JOB_NOT_FOUND`
   */
  cancelJob(id: string, options: JobOptions = {}): Promise<CancelJobResult> {
    return this.#run(options, `canceling ${id}`, (engine) => cancelJob(engine, id, options));
  }

  /** Does the work of a verb for the host that listens to it. */
  #run<T>(options: VerbOptions, doing: string, work: (engine: Engine) => Promise<T>): Promise<T> {
    const { host = this.#engine.host } = options;
    return withClusterErrors(options, doing, () => work({ ...this.#engine, host }));
  }
}

async function withClusterErrors<T>(
  { signal }: VerbOptions,
  doing: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asClusterError(error, signal, doing);
  }
}
