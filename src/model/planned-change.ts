import type { ClusterNode } from './cluster/cluster.ts';

/** A kind of node that a launch makes, and how many of it. */
export interface PlannedInstances {
  /** What they are in the cluster; `all` where master and workers are of one kind. */
  readonly role: 'all' | 'master' | 'workers';
  readonly count: number;
  readonly type: string;
  readonly market: NonNullable<ClusterNode['market']>;
  /** Cores of each; `null` if EC2 doesn't say. */
  readonly cores: number | null;
  /** Memory of each, in MiB; `null` if EC2 doesn't say. */
  readonly memoryMiB: number | null;
}

/** An EBS volume of a node. */
export interface PlannedVolume {
  readonly sizeGiB: number;
  readonly type: string;
  readonly iops?: number | undefined;
  /** MiB a second. */
  readonly throughput?: number | undefined;
}

/** Why a master is launched before the workers. */
export type MasterFirstReason =
  | { readonly kind: 'differs' }
  | { readonly kind: 'tags-disabled' }
  | { readonly kind: 'tag-key'; readonly key: string }
  | { readonly kind: 'tags-after-restart'; readonly type: string };

/** One thing that a launch would make or do. `changes` of a plan says the same in English. */
export type PlannedChange =
  | { readonly kind: 'spark-download'; readonly version: string; readonly folder: string }
  | { readonly kind: 'processes'; readonly workers: number }
  | {
      readonly kind: 'security-group';
      readonly group: string;
      /** Whether an unused group of this name is replaced. */
      readonly isRecreated: boolean;
      /** CIDR blocks that SSH is allowed from. */
      readonly admitted: readonly string[];
    }
  | {
      readonly kind: 'instances';
      readonly instances: readonly PlannedInstances[];
      readonly ami: string;
      readonly amiName: string;
      readonly region: string;
      /** Availability Zones in the order in which they are tried. */
      readonly zones: readonly string[];
      /** `null` if one request makes all nodes. */
      readonly masterFirst: MasterFirstReason | null;
    }
  | {
      /** What is tried if EC2 has no capacity for the first kind. */
      readonly kind: 'fallback';
      readonly types: readonly Pick<PlannedInstances, 'type' | 'market'>[];
      /** Whether that is On-Demand instead of Spot. */
      readonly isOnDemand: boolean;
      /** How much more it costs, in US dollars an hour; `null` if that isn't known. */
      readonly morePerHour: number | null;
    }
  | {
      readonly kind: 'root-volume';
      readonly volume: PlannedVolume;
      readonly hasPublicAddress: boolean;
    }
  | { readonly kind: 'extra-volumes'; readonly volumes: readonly PlannedVolume[] }
  | {
      /** What nodes do if the launch is interrupted. */
      readonly kind: 'interruption';
      readonly action: 'terminate' | 'stop';
    }
  | {
      readonly kind: 'lifetime';
      /** The cluster ends after so long without work, in seconds; `null` if that doesn't matter. */
      readonly idleSeconds: number | null;
      /** It ends so long after it starts, in seconds; `null` if it doesn't. */
      readonly maxSeconds: number | null;
      /** It ends when it has cost so much since it started, in US dollars; `null` if that doesn't matter. */
      readonly maxCost: number | null;
      /** What it costs an hour, in US dollars; `null` if that isn't known. */
      readonly perHour: number | null;
      /** What its nodes do then; `mixed`: Spot Instances terminate, the others stop. */
      readonly action: 'terminate' | 'stop' | 'mixed';
    }
  | { readonly kind: 'private-key' };
