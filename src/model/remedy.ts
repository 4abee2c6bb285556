import type { ProviderKind } from './cluster/cluster.ts';

/** Which cluster is meant: what isn't said is looked for. */
export interface ClusterRef {
  readonly name: string;
  readonly provider?: ProviderKind | undefined;
  /** AWS region; only for EC2. */
  readonly region?: string | undefined;
  /** One name may be there once in each VPC; only for EC2. */
  readonly vpcId?: string | null | undefined;
}

/** The verbs that a remedy can ask for, each with what it is asked with. */
export interface RemedyVerbs {
  readonly addWorkers: { readonly count: number; readonly takeOver?: true };
  readonly authorize: Record<string, never>;
  readonly describe: Record<string, never>;
  readonly destroy: Record<string, never>;
  readonly doctor: { readonly fix?: true };
  readonly install: { readonly packages: readonly string[]; readonly takeOver?: true };
  readonly pythonEnv: Record<string, never>;
  readonly removeWorkers: {
    readonly count: number;
    readonly drainSeconds: number;
    readonly takeOver?: true;
  };
  readonly repair: { readonly takeOver?: true };
  readonly resume: Record<string, never>;
  readonly runCommand: { readonly command: string; readonly masterOnly: boolean };
  readonly start: Record<string, never>;
  readonly stop: {
    readonly dropSpotWorkers?: true;
    readonly discardHdfsData?: true;
    readonly takeOver?: true;
  };
}

/** A verb that a remedy can ask for. */
export type RemedyVerb = keyof RemedyVerbs;

/** Calls a verb of the engine; `cluster` is `null` for all clusters. */
export type VerbAction = {
  [V in RemedyVerb]: {
    readonly verb: V;
    readonly cluster: ClusterRef | null;
    readonly options: RemedyVerbs[V];
  };
}[RemedyVerb];

/** Sets an option, in the configuration file or for one call. */
export interface OptionAction {
  /** Its key in the file, such as `providers.ec2.ami`. */
  readonly option: string;
  /** To what; absent if that is the user's to choose. */
  readonly value?: string | boolean;
}

/** Runs a program on the user's machine. */
export interface ProgramAction {
  /** The program, and its arguments. */
  readonly program: readonly string[];
}

/** Reports a defect of this project. */
export interface ReportAction {
  readonly report: true;
}

/** What can be done about an error by a program, or by one click. */
export type RemedyAction = VerbAction | OptionAction | ProgramAction | ReportAction;

/**
 * What can be done about an error or a problem: one way of several. Each host renders it in its own terms: a command line, a button,
 * a call.
 */
export interface Remedy {
  /** One sentence in plain text that says what to do. Names no command and no flag: those are the hosts'. */
  readonly text: string;
  /** Absent where only the user can do it. */
  readonly action?: RemedyAction;
}

/** Remedies that only the user can carry out, one sentence each. */
export function advice(...texts: readonly string[]): readonly Remedy[] {
  return texts.map((text) => ({ text }));
}

/** A remedy that calls a verb on a cluster. */
export function callVerb<V extends RemedyVerb>(
  text: string,
  verb: V,
  cluster: ClusterRef | null,
  options: RemedyVerbs[V],
): Remedy {
  const action = { verb, cluster: cluster && refOf(cluster), options };
  return { text, action: action as unknown as VerbAction };
}

/** A remedy that sets an option. */
export function setOption(text: string, option: string, value?: string | boolean): Remedy {
  return { text, action: value === undefined ? { option } : { option, value } };
}

/** A remedy that runs a program on the user's machine. */
export function runProgram(text: string, ...program: readonly string[]): Remedy {
  return { text, action: { program } };
}

/** Only what says which cluster it is. */
export function refOf({ name, provider, region, vpcId }: ClusterRef): ClusterRef {
  return {
    name,
    ...(provider !== undefined && { provider }),
    ...(region !== undefined && { region }),
    ...(vpcId != null && { vpcId }),
  };
}
