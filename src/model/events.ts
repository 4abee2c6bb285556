import type { Cluster, ProviderKind } from './cluster/cluster.ts';
import type { ErrorCode } from './errors.ts';
import type { Plan } from './plan.ts';
import type { Remedy } from './remedy.ts';

/**
 * The stages of a node's way into its cluster, in order.
 *
 * `booting`: the machine comes up · `downloading`: software is fetched and unpacked · `configuring`: disks, files ·
 * `starting`: its daemon starts · `alive`: Spark's master counts it in
 */
export const nodePhases = ['booting', 'downloading', 'configuring', 'starting', 'alive'] as const;

/** See {@link nodePhases}. */
export type NodePhase = (typeof nodePhases)[number];

/** Which verb of the engine an event belongs to. */
export type Verb =
  | 'launch'
  | 'describe'
  | 'start'
  | 'stop'
  | 'destroy'
  | 'addWorkers'
  | 'removeWorkers'
  | 'resume'
  | 'repair'
  | 'authorize'
  | 'extend'
  | 'install'
  | 'doctor'
  | 'runCommand'
  | 'copyFile'
  | 'login'
  | 'connect'
  | 'pythonEnv'
  | 'plan'
  | 'submit'
  | 'explain';

/** Where clusters could not be looked for, and as whom. */
export interface UnaskedPlace {
  /** AWS region; `null` if it isn't known, or there is none. */
  readonly region: string | null;
  /** AWS profile; `null` for the default credential chain, or where there is none. */
  readonly profile: string | null;
}

/** What a node gives to Spark. */
export interface NodeResources {
  readonly cores: number;
  /** In MiB; `null` if Spark doesn't say. */
  readonly memoryMiB: number | null;
}

/** What the engine waits for. */
export type WaitSubject =
  /** Spark's master has only some of the workers. */
  | { readonly kind: 'workers'; readonly missing: number; readonly total: number }
  | {
      readonly kind:
        'spark-master' | 'master-services' | 'master-setup' | 'hdfs-safe-mode' | 'master-instance';
    }
  /** SSH on the master; `lastError` says why the latest attempt failed, in ssh's own words. */
  | { readonly kind: 'ssh'; readonly lastError: string | null }
  /** Another process of this machine that downloads the same. */
  | { readonly kind: 'other-download'; readonly pid: number; readonly version: string };

/** What a step on this machine does. */
export type StepSubject =
  | {
      readonly kind: 'unpack';
      /** Of Spark. */
      readonly version: string;
    }
  | {
      /** A Python environment is made. */
      readonly kind: 'python-environment';
      /** Python's minor: `3.11`. */
      readonly version: string;
    }
  /** Packages for Spark are fetched, and installed on nodes. */
  | { readonly kind: 'spark-packages'; readonly packages: readonly string[] }
  /** Packages are installed into a Python environment; it is tried out. */
  | { readonly kind: 'python-packages' | 'python-check' }
  | {
      /** Packages that clients of Spark Connect take for granted are installed on nodes. */
      readonly kind: 'node-packages';
      /** How many nodes lack them. */
      readonly nodes: number;
    };

/** What the engine tells its host, by code. Consumers match the code and ignore codes they don't know. */
export interface EventPayloads {
  /** A verb begins its work on a cluster. */
  'verb.started': { readonly verb: Verb; readonly nodes: readonly string[] };
  /** A verb ended well. */
  'verb.finished': { readonly verb: Verb; readonly seconds: number };
  /** The read-only part of a launch is over. */
  'plan.ready': { readonly plan: Plan };
  /** A host key is used for the first time from this machine, and kept: this is what vouched for it. */
  'hostKey.pinned': {
    readonly node: string;
    readonly fingerprint: string;
    readonly by: 'userData' | 'master' | 'user';
  };
  /** Anything worth knowing that stops nothing. */
  warning: {
    readonly kind: ErrorCode;
    readonly message: string;
    /** What can be done about it; empty if nothing is to be done. */
    readonly remedies: readonly Remedy[];
    /** Where clusters could not be looked for, if that is what it is about; absent for anything else. */
    readonly unasked?: UnaskedPlace;
  };
  /** What is waited for now, as in "2 of 3 workers"; said when it changes. */
  waiting: {
    readonly reason: string;
    /** The same as data, for hosts that speak another language; absent in logs of earlier versions. */
    readonly subject?: WaitSubject;
  };
  /** A source of software didn't serve; the next one is tried. */
  'source.failed': {
    readonly source: string;
    readonly reason: string;
    readonly next: string | null;
  };
  /** A download has begun or goes on; `total` is `null` if the source doesn't say. */
  'download.progress': {
    readonly what: string;
    readonly source: string;
    readonly bytes: number;
    readonly total: number | null;
  };
  'download.finished': { readonly what: string; readonly source: string; readonly seconds: number };
  /** A step on this machine that is done once, such as unpacking. */
  'step.started': {
    readonly step: string;
    /** The same as data; absent in logs of earlier versions. */
    readonly subject?: StepSubject;
  };
  'step.finished': {
    readonly step: string;
    readonly subject?: StepSubject;
    readonly seconds: number;
  };
  /** A line of what a program prints that does the step. */
  'step.output': { readonly line: string };
  /** A node entered a phase; `detail` says more, such as its size. */
  'node.phase': {
    readonly node: string;
    readonly phase: NodePhase;
    readonly detail: string | null;
    /** What the node gives to Spark, if that is the detail. */
    readonly resources?: NodeResources;
  };
  /** Something went wrong on a node; the launch may still go on. */
  'node.trouble': {
    readonly node: string;
    readonly message: string;
    readonly remedies: readonly Remedy[];
  };
  /** A node's daemon or machine ended on purpose. */
  'node.stopped': { readonly node: string };
  /** A worker takes no new work and leaves when nothing runs on it, and nothing is on it alone. */
  'node.draining': {
    readonly node: string;
    readonly coresInUse: number;
    /** Blocks that HDFS has to copy to others; absent where there is no HDFS. */
    readonly blocksToMove?: number;
  };
  /** Instances are about to be terminated; `node` is `null` for one that isn't a node. */
  'instances.ending': {
    readonly instances: readonly { readonly id: string; readonly node: string | null }[];
  };
  /** A node is gone for good. */
  'node.removed': { readonly node: string };
  /** Spark's master and all workers are there. */
  'cluster.ready': { readonly ready: Cluster; readonly seconds: number };
  /** What a failed or interrupted verb made is being removed. */
  'cleanup.started': { readonly reason: string };
  /** The clean-up ended; `left` names what could not be removed and why. */
  'cleanup.finished': { readonly left: readonly string[] };
  /** A line of a command's output on a node. */
  'command.output': {
    readonly node: string;
    readonly stream: 'stdout' | 'stderr';
    readonly line: string;
  };
  /** A node's command ended. */
  'command.exited': { readonly node: string; readonly exitCode: number };
  'job.started': {
    readonly job: string;
    readonly command: string;
    /** Modules beside the script that came along, as paths below its folder; absent in logs of earlier versions. */
    readonly modules?: readonly string[];
  };
  /** Output of a job, as it came: may be a part of a line. */
  'job.output': {
    readonly job: string;
    readonly stream: 'stdout' | 'stderr';
    readonly text: string;
  };
  /** So many bytes of a very long output were not kept. */
  'job.outputCut': {
    readonly job: string;
    readonly stream: 'stdout' | 'stderr';
    readonly bytes: number;
  };
  'job.exited': { readonly job: string; readonly exitCode: number };
  /** The connection to a cluster is lost, and made anew; `reason` is `null` for the first news of it. */
  'connection.lost': { readonly reason: string | null };
  /** The connection is back. */
  'connection.restored': {
    readonly seconds: number;
    /** Whether another server answers now, which knows nothing of the sessions before. */
    readonly isNewServer: boolean;
  };
  /** How far a query is that a client of Spark Connect runs. */
  'query.progress': {
    /** Names the query among those of this connection. */
    readonly query: string;
    /** Tasks of the stages that are known so far. */
    readonly tasks: number;
    readonly completedTasks: number;
    readonly runningTasks: number;
  };
  'query.finished': { readonly query: string };
  /** Event logs of applications were brought to this machine before their cluster was destroyed. */
  'history.saved': {
    /** Absolute path of the folder. */
    readonly folder: string;
    readonly applications: number;
    readonly bytes: number;
  };
  /** Event logs of a cluster that was destroyed are where its applications wrote them. */
  'history.remains': {
    /** URI of the folder. */
    readonly folder: string;
  };
  /** A file arrived. */
  'file.copied': { readonly node: string; readonly path: string; readonly bytes: number };
}

/** The code of an event: `noun.happened`. */
export type EventCode = keyof EventPayloads;

/** An event: its code, what all events have, and what this one says. */
export type EngineEvent = {
  [C in EventCode]: {
    readonly code: C;
    /** When, ISO 8601 in UTC. */
    readonly time: string;
    /** The cluster's name. */
    readonly cluster: string;
    readonly provider: ProviderKind;
  } & EventPayloads[C];
}[EventCode];
