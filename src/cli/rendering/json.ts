import type { ConfigProblem } from '../../config/problem.ts';
import type { WrittenValue } from '../../config/values/written-value.ts';
import type { SavedHistory } from '../../engine/history/bring-home.ts';
import type { DoctorResult, Finding } from '../../engine/verbs/doctor.ts';
import type { ExtendResult } from '../../engine/verbs/extend.ts';
import type { InstallResult } from '../../engine/verbs/install.ts';
import type { CancelJobResult, JobLogResult, JobsResult } from '../../engine/verbs/jobs.ts';
import type { PageAddress } from '../../engine/verbs/open-page.ts';
import type { PythonEnvResult } from '../../engine/verbs/python-env.ts';
import type { RunResult } from '../../engine/verbs/run.ts';
import type { Cluster, ClusterNode, ProviderKind } from '../../model/cluster/cluster.ts';
import type { ClusterError, ErrorCode, ErrorSource } from '../../model/errors.ts';
import type { JobFailure, JobState } from '../../model/job.ts';
import type { Plan, PlanProblem } from '../../model/plan.ts';
import type { Remedy } from '../../model/remedy.ts';
import type { ProcessSession, ShellSession } from '../../model/session.ts';
import type { ChoiceText } from '../../text/engine/choices.ts';
import type { ClusterFlag } from './command-line.ts';
import { remediesLine } from './remedies.ts';

/** A cluster as `--json` prints it. */
export type ClusterJson = Cluster;

/** `describe --json` */
export interface DescribeJson {
  readonly clusters: readonly ClusterJson[];
}

/** `launch --json` */
export interface LaunchJson {
  readonly cluster: ClusterJson;
  readonly seconds: number;
}

/** A problem of `plan --json`; `hint` has its remedies in the command line's terms. */
export type PlanProblemJson = PlanProblem & { readonly hint: string | null };

/** `plan --json`, `launch --dry-run --json`; `error` is there if there is no plan because the request itself is wrong. */
export type PlanJson = Omit<Plan, 'provider' | 'problems'> & {
  readonly problems: readonly PlanProblemJson[];
  readonly provider: ProviderKind | null;
  readonly error?: ErrorJson['error'];
};

/** `start --json`, `stop --json` */
export interface ChangeJson {
  readonly changed: boolean;
  readonly cluster: ClusterJson;
  readonly seconds: number;
}

/** `destroy --json` */
export interface DestroyJson {
  readonly name: string;
  readonly seconds: number;
  /** Where the event logs of its applications are now; `null` if none were saved. */
  readonly history: SavedHistory | null;
}

/** `add-workers --json` */
export interface AddWorkersJson {
  readonly cluster: ClusterJson;
  readonly added: readonly string[];
  readonly seconds: number;
}

/** `remove-workers --json` */
export interface RemoveWorkersJson {
  readonly cluster: ClusterJson;
  readonly removed: readonly string[];
  readonly seconds: number;
}

/** `repair --json` */
export interface RepairJson {
  readonly changed: boolean;
  readonly cluster: ClusterJson;
  readonly replaced: readonly string[];
  readonly added: readonly string[];
  readonly seconds: number;
}

/** `authorize --json` */
export interface AuthorizeJson {
  readonly changed: boolean;
  readonly admitted: readonly string[];
  readonly removed: readonly string[];
}

/** `install --json` */
export interface InstallJson extends Omit<InstallResult, 'cluster'> {
  readonly cluster: ClusterJson;
}

/** `extend --json` */
export type ExtendJson = ExtendResult;

/** `doctor --json`; `remedy` has the remedies in the command line's terms. */
export type DoctorJson = Omit<DoctorResult, 'findings'> & {
  readonly findings: readonly (Finding & { readonly remedy: string | null })[];
};

/** `run-command --json` */
export interface RunCommandJson {
  readonly ok: boolean;
  readonly nodes: readonly {
    readonly node: string;
    readonly exitCode: number;
    readonly stdout: string;
    readonly stderr: string;
  }[];
  readonly seconds: number;
}

/** `copy-file --json` */
export interface CopyFileJson {
  readonly nodes: readonly {
    readonly node: string;
    readonly path: string;
    readonly bytes: number;
  }[];
  readonly seconds: number;
}

/** `run --json` */
export type RunJson = RunResult;

/** `jobs --json` */
export type JobsJson = JobsResult;

/** `logs --json` */
export type JobLogJson = JobLogResult;

/** `cancel --json` */
export type CancelJobJson = CancelJobResult;

/** `submit --json` */
export interface SubmitJson {
  readonly job: string;
  readonly state: JobState;
  /** `null` if the job was left running. */
  readonly exitCode: number | null;
  readonly seconds: number;
  /** Where a Python job failed, if that is a file of this machine. */
  readonly failure: JobFailure | null;
}

/** `python-env --json` */
export type PythonEnvJson = PythonEnvResult;

/** `login --json`: what to run, instead of running it. */
export interface LoginJson {
  /** Of a `shell`, which this program opens by itself because there is no `ssh`, there is nothing to run. */
  readonly session: ProcessSession | Pick<ShellSession, 'kind' | 'node'>;
}

/** `ui --json` */
export interface UiJson {
  /** Of `jobs` one for each application that runs now. */
  readonly pages: readonly PageAddress[];
  /** Whether the addresses last without this process. */
  readonly lasting: boolean;
}

/** `connect --json` */
export interface ConnectJson {
  /** The environment variables that clients need; the token among them is a secret. */
  readonly env: Readonly<Record<string, string>>;
  readonly sparkVersion: string | null;
  readonly pages: readonly PageAddress[];
}

/** `choices --json` */
export interface ChoicesJson {
  readonly choices: readonly ({ readonly value: string } & ChoiceText)[];
}

/** `configure --json` and `configure --locate --json` */
export interface ConfigureJson {
  readonly file: string;
  readonly exists: boolean;
  /** Whether it was written just now. */
  readonly written: boolean;
}

/** `configure --check --json` */
export interface CheckJson {
  readonly ok: boolean;
  /** The file that was read, or `null`. */
  readonly file: string | null;
  readonly provider: ProviderKind;
  readonly options: Readonly<Record<string, WrittenValue | null>>;
  readonly problems: readonly ConfigProblem[];
}

/** What any command prints with `--json` if it fails. */
export interface ErrorJson {
  readonly error: {
    readonly code: ErrorCode;
    readonly source: ErrorSource;
    readonly message: string;
    /** What to do, in the command line's terms; `null` if there is nothing to say. */
    readonly hint: string | null;
    /** The same for programs. */
    readonly remedies: readonly Remedy[];
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** A cluster with every key there, in the documented order. */
export function clusterJson(cluster: Cluster): ClusterJson {
  return {
    name: cluster.name,
    provider: cluster.provider,
    state: cluster.state,
    reason: cluster.reason,
    master: cluster.master === null ? null : nodeJson(cluster.master),
    workers: cluster.workers.map(nodeJson),
    services: cluster.services.map(({ name, version, healthy, ui, blocks }) => ({
      name,
      version,
      healthy,
      ui,
      ...(blocks !== undefined && { blocks }),
    })),
    ...(cluster.packages !== undefined && { packages: cluster.packages }),
    ...(cluster.eventLogFolder !== undefined && { eventLogFolder: cluster.eventLogFolder }),
    ...(cluster.pythonPackages !== undefined && { pythonPackages: cluster.pythonPackages }),
    tags: cluster.tags,
    launchId: cluster.launchId,
    launchedAt: cluster.launchedAt,
    ...(cluster.configuration !== undefined && { configuration: cluster.configuration }),
    ...(cluster.provider === 'ec2' && {
      region: cluster.region ?? '',
      vpcId: cluster.vpcId ?? null,
      foreign: cluster.foreign ?? [],
      lifetime: cluster.lifetime ?? null,
      pricePerHour: cluster.pricePerHour ?? null,
    }),
  };
}

/** An error as `--json` prints it. */
export function errorJson(
  { code, source, message, remedies, details }: ClusterError,
  given: readonly ClusterFlag[],
): ErrorJson {
  return {
    error: {
      code,
      source,
      message,
      hint: hintOf(remedies, given),
      remedies,
      details: detailsJson(details, given),
    },
  };
}

/** A plan as `--json` prints it. */
export function planJson({ problems, ...plan }: Plan, given: readonly ClusterFlag[]): PlanJson {
  return { ...plan, problems: problems.map((problem) => planProblemJson(problem, given)) };
}

/** A problem of a plan as `--json` prints it. */
export function planProblemJson(
  problem: PlanProblem,
  given: readonly ClusterFlag[],
): PlanProblemJson {
  return { ...problem, hint: hintOf(problem.remedies, given) };
}

/** What diagnostics found, as `--json` prints it. */
export function doctorJson(
  { findings, ...result }: DoctorResult,
  given: readonly ClusterFlag[],
): DoctorJson {
  return {
    ...result,
    findings: findings.map((finding) => ({ ...finding, remedy: hintOf(finding.remedies, given) })),
  };
}

/** An error's details; the problems of a refused plan as those of a plan. */
function detailsJson(
  details: ClusterError['details'],
  given: readonly ClusterFlag[],
): ClusterError['details'] {
  if (!Array.isArray(details['problems'])) return details;
  const problems = (details['problems'] as (PlanProblem | ConfigProblem)[]).map((problem) =>
    'remedies' in problem ? planProblemJson(problem, given) : problem,
  );
  return { ...details, problems };
}

function hintOf(remedies: readonly Remedy[], given: readonly ClusterFlag[]): string | null {
  return remedies.length === 0 ? null : remediesLine(remedies, given);
}

function nodeJson(node: ClusterNode): ClusterNode {
  return {
    name: node.name,
    role: node.role,
    id: node.id,
    state: node.state,
    address: node.address,
    ...(node.publicAddress !== undefined && { publicAddress: node.publicAddress }),
    ...(node.hostName !== undefined && { hostName: node.hostName }),
    ...(node.instanceType !== undefined && { instanceType: node.instanceType }),
    ...(node.market !== undefined && { market: node.market }),
    port: node.port,
    cores: node.cores,
    memoryMiB: node.memoryMiB,
    reason: node.reason,
    pid: node.pid ?? null,
  };
}
