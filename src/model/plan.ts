import type { NodeRole, ProviderKind } from './cluster/cluster.ts';
import { ClusterError, type ErrorCode } from './errors.ts';
import type { PlannedChange } from './planned-change.ts';
import type { Remedy } from './remedy.ts';
import type { ServiceProperties } from './software/properties.ts';

/** Something that is wrong, or worth knowing, before anything is created. */
export interface PlanProblem {
  /** `error`: the launch is refused. `warning`: it goes on. */
  readonly severity: 'error' | 'warning';
  /** Which kind of error a launch would end in. */
  readonly code: ErrorCode;
  readonly message: string;
  /** What would be right, or what to do: one way each, the best first. */
  readonly remedies: readonly Remedy[];
  /** The configuration key it is about, such as `launch.num-slaves`, or `null`. */
  readonly key: string | null;
}

/** What a launch could do besides, which this account or machine has what it takes for. */
export interface PlanSuggestion {
  readonly message: string;
  readonly remedies: readonly Remedy[];
  /** The configuration key it is about, such as `launch.s3`. */
  readonly key: string;
}

/** Where the executors of a worker keep shuffle data and what doesn't fit into memory; nothing of it outlives its application. */
export type ScratchDisks =
  /** Disks of the machine itself, which are blank after a stop. */
  | { readonly kind: 'instance-store'; readonly count: number; readonly sizeGB: number }
  /** Additional EBS volumes. */
  | { readonly kind: 'volumes'; readonly count: number; readonly sizeGiB: number }
  /** The root volume, as there is nothing else. */
  | { readonly kind: 'root-volume'; readonly sizeGiB: number }
  /** Folders, separated by commas. */
  | { readonly kind: 'folder'; readonly path: string };

/** What a worker offers to Spark, as far as it can be told beforehand: the memory of an instance is a little less than its type says. */
export interface WorkerOffer {
  readonly cores: number;
  /** What is left for executors, beside the system, the worker itself and HDFS; in MiB. */
  readonly memoryMiB: number;
  /** Executors of a job that doesn't say how large its own are to be. */
  readonly executors: {
    /** How many a worker has room for. */
    readonly perWorker: number;
    readonly cores: number;
    readonly memoryMiB: number;
  };
  readonly scratch: readonly ScratchDisks[];
}

/** One line of what would be made: so many nodes of one kind. */
export interface PlannedNodes {
  readonly role: NodeRole;
  readonly count: number;
  /** Cores of each: of the machine, or those that a process has for Spark; `null` for a master. */
  readonly cores: number | null;
  /** Memory of each likewise, in MiB; `null` for a master. */
  readonly memoryMiB: number | null;
  /** What they are: an instance type, or `process`. */
  readonly type: string;
  /** How they are paid; only for EC2. */
  readonly market?: 'on-demand' | 'spot';
  /** What each worker offers to Spark; absent for a master, and where that isn't known or Spark isn't installed. */
  readonly offer?: WorkerOffer;
}

/** A piece of software that the nodes will have. */
export interface PlannedSoftware {
  /** `spark`, `java`, `python`, … */
  readonly name: string;
  readonly version: string | null;
  /** Where it comes from: a path on this machine, or an address. */
  readonly source: string;
  /** Bytes that must be fetched for it; 0 if it is here already, `null` if that can't be known beforehand. */
  readonly fetchBytes: number | null;
  /** Name of the user's Python environment that the version is taken from, such as `.venv`; absent where it isn't. */
  readonly chosenBy?: string;
}

/** What it costs. */
export interface PlanPrice {
  readonly currency: 'USD';
  readonly perHour: number;
  readonly parts: readonly { readonly name: string; readonly perHour: number }[];
}

/** What a launch would do, found out without making anything. */
export interface Plan {
  /** Whether a launch would go ahead: no problem is an error. */
  readonly ok: boolean;
  readonly cluster: string;
  readonly provider: ProviderKind;
  /** AWS region; only for EC2. */
  readonly region?: string;
  /** Id of the AWS account that pays, or `null` if that isn't known; only for EC2. */
  readonly accountId?: string | null;
  /** AWS profile that is used, or `null` for the default credential chain; only for EC2. */
  readonly profile?: string | null;
  /** When it ends by itself at the latest, and how; absent if it doesn't. */
  readonly end?: {
    /** After so many seconds. */
    readonly afterSeconds: number;
    /** What its nodes do then: those that stop keep their volumes, which go on costing. */
    readonly action: 'terminate' | 'stop';
  };
  readonly nodes: readonly PlannedNodes[];
  readonly software: readonly PlannedSoftware[];
  /** What the user puts into the configuration files of the software, without values that are secret; absent if that is nothing. */
  readonly configuration?: ServiceProperties;
  /** `null` where nothing is charged (local) or the price isn't known. */
  readonly price: PlanPrice | null;
  /** What would be made, one sentence each. */
  readonly changes: readonly string[];
  /** The same as data, for programs and for hosts that speak another language. */
  readonly plannedChanges: readonly PlannedChange[];
  readonly problems: readonly PlanProblem[];
  /** Absent if there is nothing to suggest. */
  readonly suggestions?: readonly PlanSuggestion[];
}

/** What adding workers would make, found out without making anything. */
export interface GrowthPlan {
  readonly count: number;
  /** What they are: an instance type, or `process`. */
  readonly type: string;
  /** How they are paid; only for EC2. */
  readonly market?: 'on-demand' | 'spot';
  /** What all of them cost; `null` where nothing is charged (local) or the price isn't known. */
  readonly price: PlanPrice | null;
}

/**
 * Why a plan is refused: its only error, or all of them as one `PLAN_REFUSED`.
 *
 * @returns `undefined` if nothing in it is an error
 */
export function refusalOf(plan: Plan): ClusterError | undefined {
  const errors = plan.problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return undefined;
  const details = { problems: plan.problems };
  if (errors.length === 1)
    return new ClusterError(first.code, first.message, {
      remedies: first.remedies,
      details,
    });
  return new ClusterError(
    'PLAN_REFUSED',
    [`There are ${errors.length} problems:`, ...errors.map(({ message }) => `  ${message}`)].join(
      '\n',
    ),
    { remedies: errors.flatMap(({ remedies }) => remedies), details },
  );
}

/** Something of a plan that was agreed to, and is otherwise now. */
export interface PlanChange {
  readonly what: string;
  readonly was: string;
  readonly is: string;
}

/** In what a plan differs from one that was agreed to. A price that has fallen needs no new agreement. */
export function planChanges(before: Plan, after: Plan): PlanChange[] {
  const changes: PlanChange[] = [];
  const compare = (what: string, of: (plan: Plan) => Parameters<typeof textOf>[0]): void => {
    const [was, is] = [textOf(of(before)), textOf(of(after))];
    if (was !== is) changes.push({ what, was, is });
  };
  compare('the provider', ({ provider }) => provider);
  compare('the AWS account', ({ accountId }) => accountId);
  compare('the region', ({ region }) => region);
  compare('the maximum lifetime', ({ end }) => end && `${end.afterSeconds} s (${end.action})`);
  compare('the nodes', ({ nodes }) =>
    nodes.map(({ count, type, market = '', role }) => `${count} × ${type} ${market} (${role})`),
  );
  compare('the software', ({ software }) =>
    software.map(({ name, version }) => `${name} ${version ?? ''}`),
  );
  if (after.ok)
    compare('the changes', ({ changes: made }) =>
      made.filter((one) => ![before, after].every((plan) => plan.changes.includes(one))),
    );
  const [was, is] = [before.price?.perHour ?? null, after.price?.perHour ?? null];
  if (is === null ? was !== null : was === null || is > was)
    changes.push({ what: 'the price per hour', was: textOf(was), is: textOf(is) });
  return changes;
}

function textOf(value: string | number | readonly string[] | null | undefined): string {
  if (value === undefined || value === null) return 'unknown';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return value.length === 0 ? 'nothing' : value.join(' + ');
}
