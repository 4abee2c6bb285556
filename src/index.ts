/**
 * Flintrock as a library: launch, use and remove Spark clusters from code.
 *
 * @example
 * ```ts
 * import { Flintrock } from 'flintrock';
 *
 * const flintrock = new Flintrock();
 * await flintrock.launch('nightly', { values: { numWorkers: 2 } });
 * try {
 *   const { exitCode } = await flintrock.submit('nightly', { file: 'count.py' });
 * } finally {
 *   await flintrock.destroy('nightly');
 * }
 * ```
 *
 * @packageDocumentation
 */
import { homedir } from 'node:os';
import process from 'node:process';
import { systemClock } from './base/clock.ts';
import { currentFolder } from './base/machine/current-folder.ts';
import type { Surroundings } from './base/surroundings.ts';
import { FlintrockEngine } from './engine/flintrock.ts';
import type { Provider } from './engine/provider.ts';
import type { ProviderLoaders } from './engine/support/context.ts';
import { type Host, silentHost } from './model/host.ts';

/** How a {@link Flintrock} is set up. */
export interface FlintrockOptions {
  /**
   * Who listens to events and answers questions.
   * @default a host that says nothing and agrees to every question's default
   */
  readonly host?: Host | undefined;
  /**
   * Path of a configuration file; no file is looked for.
   * @default none
   */
  readonly config?: string | undefined;
  /** What to use instead of this process's environment, folders and clock. */
  readonly surroundings?: Partial<Surroundings> | undefined;
}

/** Loaded on first use, so that what isn't used costs nothing; then kept, with the clients and prices that they have. */
function providersOnUse(): ProviderLoaders {
  let local: Promise<Provider> | undefined;
  let ec2: Promise<Provider> | undefined;
  return {
    local: {
      load: () =>
        (local ??= import('./providers/local/local-provider.ts').then(
          ({ LocalProvider }) => new LocalProvider(),
        )),
      isSetUp: () => Promise.resolve(true),
    },
    ec2: {
      load: () =>
        (ec2 ??= import('./providers/ec2/ec2-provider.ts').then(
          ({ Ec2Provider }) => new Ec2Provider(),
        )),
      isSetUp: async (surroundings) =>
        (await import('./providers/ec2/api/is-aws-configured.ts')).isAwsConfigured(surroundings),
    },
  };
}

/** Launches and manages Spark clusters. */
export class Flintrock extends FlintrockEngine {
  constructor({ host, config, surroundings }: FlintrockOptions = {}) {
    super({
      host: host ?? silentHost,
      configFile: config,
      providers: providersOnUse(),
      surroundings: {
        env: process.env,
        cwd: currentFolder(),
        home: homedir(),
        platform:
          process.platform === 'darwin' || process.platform === 'win32'
            ? process.platform
            : 'linux',
        clock: systemClock,
        ...surroundings,
      },
    });
  }
}

export { type Clock, systemClock } from './base/clock.ts';
export type { Surroundings } from './base/surroundings.ts';
export type { PartialValues } from './config/options/options.ts';
export type { ConfigProblem } from './config/problem.ts';
export {
  type ConnectOptions,
  type ConnectSession,
  sessionEnvironment,
} from './engine/connect/connect-session.ts';
export type { SavedHistory } from './engine/history/bring-home.ts';
export type { JobOptions } from './engine/jobs/find-job.ts';
export type { JobToSubmit } from './engine/jobs/job-to-submit.ts';
export type { AccessChange } from './engine/provider.ts';
export type { VerbOptions } from './engine/support/context.ts';
export type { LockingOptions } from './engine/support/lock.ts';
export type { AddWorkersResult } from './engine/verbs/add-workers.ts';
export type { CopyFileOptions, CopyFileRequest, CopyFileResult } from './engine/verbs/copy-file.ts';
export type { DescribeOptions, DescribeResult } from './engine/verbs/describe.ts';
export type { DestroyResult } from './engine/verbs/destroy.ts';
export type { DoctorOptions, DoctorResult, Finding } from './engine/verbs/doctor.ts';
export type { ExplainOptions, ExplainResult } from './engine/verbs/explain.ts';
export type { ExtendResult } from './engine/verbs/extend.ts';
export type { InstallResult } from './engine/verbs/install.ts';
export type {
  CancelJobResult,
  JobLogOptions,
  JobLogResult,
  JobsResult,
  ListedJob,
} from './engine/verbs/jobs.ts';
export type { LaunchNowOptions, LaunchResult, PreparedLaunch } from './engine/verbs/launch.ts';
export type { LoginOptions } from './engine/verbs/login.ts';
export type { OpenPageResult, PageAddress } from './engine/verbs/open-page.ts';
export type { SavedHistoryResult } from './engine/verbs/open-saved-history.ts';
export type { LaunchOptions } from './engine/verbs/plan.ts';
export type { StartPlan } from './engine/verbs/plan-start.ts';
export type {
  ClusterPythonEnv,
  PythonEnvOptions,
  PythonEnvResult,
} from './engine/verbs/python-env.ts';
export type { NodeLogs, ReadLogsOptions, ReadLogsResult } from './engine/verbs/read-logs.ts';
export type { RemoveWorkersOptions, RemoveWorkersResult } from './engine/verbs/remove-workers.ts';
export type { RepairResult } from './engine/verbs/repair.ts';
export type { RunRequest, RunResult } from './engine/verbs/run.ts';
export type { RunCommandOptions, RunCommandResult } from './engine/verbs/run-command.ts';
export type {
  SavedApplication,
  SavedCluster,
  SavedHistoryList,
} from './engine/verbs/saved-history.ts';
export type { ChangeResult } from './engine/verbs/start.ts';
export type { StopOptions } from './engine/verbs/stop.ts';
export type { SubmitRequest, SubmitResult } from './engine/verbs/submit.ts';
export { type Choice, type ChoiceFacts, choosable, type ChoosableOption } from './model/choice.ts';
export type { Application } from './model/cluster/application.ts';
export type {
  Cluster,
  ClusterNode,
  ClusterState,
  NodeRole,
  NodeState,
  ProviderKind,
  ServiceStatus,
} from './model/cluster/cluster.ts';
export type { ClusterLifetime } from './model/cluster/lifetime.ts';
export { type WebPage, type WebPageId, webPages } from './model/cluster/web-page.ts';
export {
  ClusterError,
  type ClusterErrorOptions,
  type ErrorCode,
  type ErrorSource,
  isClusterError,
} from './model/errors.ts';
export type {
  EngineEvent,
  EventCode,
  EventPayloads,
  NodePhase,
  NodeResources,
  StepSubject,
  Verb,
  WaitSubject,
} from './model/events.ts';
export type {
  ApplicationHistory,
  ExecutorsHistory,
  PythonLine,
  Spread,
  StageHistory,
  TaskFailures,
} from './model/history/application.ts';
export type {
  ApplicationUse,
  ExplainFinding,
  Explanation,
  FindingKind,
  FindingStage,
  SettingChange,
} from './model/history/explanation.ts';
export {
  type Host,
  type HostOutput,
  type Question,
  type QuestionAnswers,
  type QuestionCode,
  silentHost,
} from './model/host.ts';
export type { Job, JobState, YarnDeployMode } from './model/job.ts';
export type {
  GrowthPlan,
  Plan,
  PlannedNodes,
  PlannedSoftware,
  PlanPrice,
  PlanProblem,
  PlanSuggestion,
} from './model/plan.ts';
export type {
  MasterFirstReason,
  PlannedChange,
  PlannedInstances,
  PlannedVolume,
} from './model/planned-change.ts';
export type {
  ClusterRef,
  OptionAction,
  ProgramAction,
  Remedy,
  RemedyAction,
  RemedyVerb,
  RemedyVerbs,
  ReportAction,
  VerbAction,
} from './model/remedy.ts';
export type {
  LoginSession,
  ProcessSession,
  Shell,
  ShellSession,
  TerminalSize,
} from './model/session.ts';
export type { Properties, PropertyFile, ServiceProperties } from './model/software/properties.ts';
export type { Volume, VolumeType } from './model/volume.ts';
