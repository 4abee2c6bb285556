import type { ServiceProperties } from '../software/properties.ts';
import type { Application } from './application.ts';
import type { ClusterLifetime } from './lifetime.ts';

/** Where a cluster's machines are: processes on this machine, or instances on EC2. */
export type ProviderKind = 'local' | 'ec2';

/** What a node does in its cluster. */
export type NodeRole = 'master' | 'worker';

/**
 * What a node is doing.
 *
 * - `pending`: being made or booting, its daemon isn't there yet
 * - `running`: its daemon runs (for `describe` of all clusters: the machine runs)
 * - `draining`: leaves the cluster as soon as nothing runs on it
 * - `stopping`, `stopped`: as on EC2
 * - `dead`: it should run and doesn't
 * - `terminated`: gone for good
 */
export type NodeState =
  'pending' | 'running' | 'draining' | 'stopping' | 'stopped' | 'dead' | 'terminated';

/**
 * What a cluster is doing: computed from its nodes at each look, never stored.
 *
 * - `half-launched`: a launch that never ended, and nobody works on it any more
 * - `degraded`: it runs, but a node or a service doesn't
 * - `mixed`: some nodes run and some are stopped
 * - `malformed`: its parts don't make a cluster (no master, two masters, unreadable records)
 */
export const clusterStates = [
  'launching',
  'half-launched',
  'starting',
  'running',
  'degraded',
  'stopping',
  'stopped',
  'destroying',
  'mixed',
  'malformed',
] as const;

/** See {@link clusterStates}. */
export type ClusterState = (typeof clusterStates)[number];

/** One machine (or, locally, one daemon with its folder) of a cluster. */
export interface ClusterNode {
  /** `master`, `worker-1`, `worker-2`, …: stable for the node's life, never given twice in a cluster. */
  readonly name: string;
  readonly role: NodeRole;
  /** The provider's own id of the node, the same after a stop and a start. */
  readonly id: string;
  readonly state: NodeState;
  /** Where the cluster reaches it, or `null` while it has no address. */
  readonly address: string | null;
  /** Where it is reached from outside its network, or `null` if it can't be; absent where there is no such difference. */
  readonly publicAddress?: string | null;
  /** DNS name at which it is reached, public if it has a public address, or `null` if it has none now; only for EC2. */
  readonly hostName?: string | null;
  /** What kind of machine it is, such as `m5.large`; absent where it is none of its own. */
  readonly instanceType?: string;
  /** How it is paid; only for EC2. */
  readonly market?: 'on-demand' | 'spot';
  /** Port of its Spark daemon, or `null` if not known. */
  readonly port: number | null;
  /** Cores that it gives to Spark; `null` if not known, or for a master. */
  readonly cores: number | null;
  /** Memory that it gives to Spark, in MiB; `null` if not known, or for a master. */
  readonly memoryMiB: number | null;
  /** Why the state is what it is, in words, or `null` where the state says it all. */
  readonly reason: string | null;
  /** Process id of its daemon on this machine; only for the local provider, `null` while it doesn't run. */
  readonly pid?: number | null;
}

/** An instance that carries a cluster's name and isn't one of its nodes: it is only ever shown, unless a user names it. */
export interface ForeignInstance {
  readonly id: string;
  /** As EC2 has it: `running`, `stopped`, … */
  readonly state: string;
  /** Why it isn't a node, to stand behind its id. */
  readonly reason: string;
  /** Whether it is in the cluster's own security group, which can't be deleted as long as it is. */
  readonly isInGroup: boolean;
}

/** A piece of software that the cluster runs, and whether it answers. */
export interface ServiceStatus {
  /** `spark`, `hdfs`, `yarn`, … */
  readonly name: string;
  readonly version: string | null;
  /** Whether it answered as it should; `null` if it wasn't asked. */
  readonly healthy: boolean | null;
  /**
   * Address of its web page as the cluster's nodes know it, or `null` if there is none now. On EC2 it is opened through the SSH
   * connection.
   */
  readonly ui: string | null;
  /** Blocks of HDFS that are not as they should be; absent if all are, or if it wasn't asked. */
  readonly blocks?: {
    readonly total: number;
    /** On no DataNode that reports. */
    readonly missing: number;
    /** On fewer DataNodes than they are to be; HDFS copies them by itself if it can. */
    readonly underReplicated: number;
  };
}

/** A cluster as seen at one moment. */
export interface Cluster {
  readonly name: string;
  readonly provider: ProviderKind;
  readonly state: ClusterState;
  /** Why the state is what it is, in words, or `null` where the state says it all. */
  readonly reason: string | null;
  readonly master: ClusterNode | null;
  readonly workers: readonly ClusterNode[];
  /** How many workers it is to have; absent if that isn't known, or where none can go missing. */
  readonly expectedWorkers?: number;
  readonly services: readonly ServiceStatus[];
  readonly tags: Readonly<Record<string, string>>;
  /** Id of the launch that made it: `<UTC start>-<random>`; `null` if it can't be read. */
  readonly launchId: string | null;
  /** When it was launched, ISO 8601 in UTC; `null` if it can't be read. */
  readonly launchedAt: string | null;
  /** AWS region that it is in; only for EC2. */
  readonly region?: string;
  /** VPC that it is in: region, VPC and name tell clusters apart; only for EC2. */
  readonly vpcId?: string | null;
  /** Instances that carry its name and are none of its nodes; absent if there are none; only for EC2. */
  readonly foreign?: readonly ForeignInstance[];
  /** Id of the AWS account that pays, or `null` if that isn't known; only for EC2. */
  readonly accountId?: string | null;
  /** How long it lives by itself, or `null` until somebody removes it; only for EC2. */
  readonly lifetime?: ClusterLifetime | null;
  /** Packages for Spark that it has beside Spark itself, by Maven coordinates or URL; absent if there are none. */
  readonly packages?: readonly string[];
  /** URI of the folder of its jobs’ event logs, if they outlive it there; absent if they go with it. */
  readonly eventLogFolder?: string;
  /** Python packages that were installed on all nodes: requirements, and names of wheels; absent if there are none. */
  readonly pythonPackages?: readonly string[];
  /** What runs on it now, as Spark's master says; absent unless it was asked, and answered. */
  readonly applications?: readonly Application[];
  /**
   * What was put into the configuration files of its software when it was launched, without values that are secret; absent unless it was
   * asked for, and known.
   */
  readonly configuration?: ServiceProperties;
  /**
   * What it costs an hour now, in US dollars: instances that run, the disks of all nodes, public addresses; `null` if that isn't known;
   * only for EC2.
   */
  readonly pricePerHour?: number | null;
}

/** All nodes of a cluster, the master first. */
export function nodesOf(cluster: Pick<Cluster, 'master' | 'workers'>): ClusterNode[] {
  return cluster.master === null ? [...cluster.workers] : [cluster.master, ...cluster.workers];
}

/** Whether a node's machine is gone for good, with its disks. */
export function isGone({ state }: Pick<ClusterNode, 'state'>): boolean {
  return state === 'dead' || state === 'terminated';
}

/** How many workers a cluster should have and hasn't, as far as its provider lists it. */
export function missingWorkers({ expectedWorkers = 0, workers }: Cluster): number {
  return Math.max(0, expectedWorkers - workers.length);
}

/** What is known of a cluster apart from its nodes. */
export interface ClusterFacts {
  /** Whether its launch ended well. */
  readonly ready: boolean;
  /** Whether its removal has begun. */
  readonly removing: boolean;
  /** What some client is doing with it right now, or `null`. */
  readonly activity: string | null;
  /** How many workers it is to have; absent if that isn't known. */
  readonly expectedWorkers?: number | undefined;
}

/**
 * What a cluster is doing, from what its nodes do.
 *
 * @returns the state and, unless the state says it all, the reason in words
 */
export function clusterState(
  cluster: Pick<Cluster, 'master' | 'workers'>,
  { ready, removing, activity, expectedWorkers = 0 }: ClusterFacts,
): Pick<Cluster, 'state' | 'reason'> {
  const nodes = nodesOf(cluster);
  const named = (state: NodeState): ClusterNode[] => nodes.filter((node) => node.state === state);
  if (activity === 'destroy') return { state: 'destroying', reason: null };
  if (removing)
    return { state: 'destroying', reason: 'its removal was interrupted; destroy it again' };
  if (!ready)
    return activity === 'launch'
      ? { state: 'launching', reason: null }
      : {
          state: 'half-launched',
          reason: `its launch was not completed; ${named('running').length} of ${nodes.length} nodes are running`,
        };
  if (cluster.master === null) return { state: 'malformed', reason: 'it has no master' };
  if (activity === 'start') return { state: 'starting', reason: null };
  if (activity === 'stop') return { state: 'stopping', reason: null };
  const stopped = named('stopped');
  if (stopped.length === nodes.length) return { state: 'stopped', reason: null };
  if (named('stopping').length > 0) return { state: 'stopping', reason: null };
  if (stopped.length > 0)
    return { state: 'mixed', reason: `${stopped.length} of ${nodes.length} nodes are stopped` };
  const lost = named('dead').map((node) => `${node.name}: ${node.reason ?? 'dead'}`);
  const { length: workers } = cluster.workers;
  if (workers < expectedWorkers) lost.push(`${workers} of ${expectedWorkers} workers exist`);
  if (lost.length > 0) return { state: 'degraded', reason: lost.join('; ') };
  const draining = activity === 'removeWorkers' ? [] : named('draining');
  if (draining.length > 0)
    return {
      state: 'degraded',
      reason: draining.map(({ name }) => `${name}: its removal was interrupted`).join('; '),
    };
  // One that gets more workers goes on meanwhile.
  const grows = activity === 'addWorkers' || activity === 'repair';
  if (!grows && named('pending').length > 0) return { state: 'starting', reason: null };
  return { state: 'running', reason: null };
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * Why `name` can't be a cluster's name, or `undefined` if it can.
 *
 * The pattern keeps a name fit for a security group, a tag, a host name's part and a folder.
 */
export function clusterNameProblem(name: string): string | undefined {
  if (name === '') return 'A cluster name can’t be empty.';
  if (namePattern.test(name)) return undefined;
  const fault = /^[^A-Za-z0-9]/.test(name)
    ? 'doesn’t begin with a letter or digit'
    : name.length > 63
      ? `has ${name.length} characters`
      : 'contains other characters';
  return `"${name}" is not a valid cluster name: it ${fault}. Use 1 to 63 letters, digits, periods, hyphens and underscores; start with a letter or digit.`;
}

/**
 * Whether a service is installed on a cluster. One of the Python tool, which has no launch of ours and tells nothing of itself, is
 * taken for a Spark cluster.
 */
export function hasService({ services, launchId }: Cluster, name: string): boolean {
  return (
    services.some((service) => service.name === name) ||
    (services.length === 0 && launchId === null && name === 'spark')
  );
}

/** Whether a cluster has a master that can be asked for jobs. */
export function mayHaveJobs(cluster: Cluster): boolean {
  return (
    cluster.master?.state === 'running' &&
    hasService(cluster, 'spark') &&
    ['running', 'degraded', 'mixed'].includes(cluster.state)
  );
}
