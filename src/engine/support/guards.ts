import {
  type Cluster,
  clusterNameProblem,
  type ClusterNode,
  type ClusterState,
  hasService,
  isGone,
  missingWorkers,
  nodesOf,
} from '../../model/cluster/cluster.ts';
import { isAcceptedName } from '../../model/cluster/cluster-name.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice, callVerb, type Remedy, setOption } from '../../model/remedy.ts';

/** @throws ClusterError `CLUSTER_NAME_INVALID` */
export function requireName(name: string): void {
  const problem = clusterNameProblem(name);
  if (problem !== undefined)
    throw new ClusterError('CLUSTER_NAME_INVALID', problem, {
      remedies: advice('Use a name such as my-cluster.'),
    });
}

/**
 * Clusters of other tools may have names that we don't give.
 *
 * @throws ClusterError `CLUSTER_NAME_INVALID` for what no cluster can be called, nor is shown as
 */
export function requirePossibleName(name: string): void {
  if (!isAcceptedName(name) && !name.includes('\\u{')) requireName(name);
}

/** States in a sentence, where the state's own name wouldn't be understood. */
const stateTexts: Readonly<Partial<Record<ClusterState, string>>> = {
  'half-launched': 'not completely launched',
  destroying: 'being destroyed',
  malformed: 'invalid',
  mixed: 'partially running',
};

/** @throws ClusterError `CLUSTER_STATE_UNFIT` unless the cluster is in one of the states */
export function requireState(
  cluster: Cluster,
  states: readonly ClusterState[],
  doing: string,
): void {
  if (states.includes(cluster.state)) return;
  const { name, state, reason } = cluster;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `Cluster "${name}" is ${stateTexts[state] ?? state}${reason === null ? '' : ` (${reason})`}; ${doing} is not possible in this state.`,
    { remedies: remediesFor(cluster), details: { state, reason } },
  );
}

/** @throws ClusterError `CLUSTER_STATE_UNFIT` unless Spark is installed on the cluster */
export function requireSpark(cluster: Cluster, doing: string): void {
  if (hasService(cluster, 'spark')) return;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `Cluster "${cluster.name}" was launched without Spark; ${doing} is not possible.`,
    { remedies: [setOption('Launch a cluster with Spark.', 'launch.install-spark', true)] },
  );
}

/**
 * The error of a job for YARN on a cluster that has none.
 *
 * @param name the cluster's
 */
export function noYarn(name: string): ClusterError {
  return new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `Cluster "${name}" has no YARN; the job can’t run on it.`,
    {
      remedies: [
        ...advice('Submit the job without YARN: Spark’s own workers run it.'),
        setOption('Or launch a cluster with YARN.', 'launch.install-yarn', true),
      ],
    },
  );
}

/** What there is to do about a cluster in each of its states. */
export function remediesFor(cluster: Cluster): readonly Remedy[] {
  switch (cluster.state) {
    case 'half-launched':
      // Without nodes there is nothing to go on with.
      return nodesOf(cluster).length === 0
        ? [callVerb('Destroy the cluster.', 'destroy', cluster, {})]
        : [
            callVerb('Resume the launch.', 'resume', cluster, {}),
            callVerb('Or destroy the cluster.', 'destroy', cluster, {}),
          ];
    case 'destroying':
    case 'malformed':
      return [callVerb('Destroy the cluster.', 'destroy', cluster, {})];
    case 'degraded':
      return remediesForDegraded(cluster);
    case 'stopped':
    case 'mixed':
      return [callVerb('Start the cluster.', 'start', cluster, {})];
    case 'launching':
    case 'starting':
    case 'stopping':
      return [callVerb('Wait until the operation is complete.', 'describe', cluster, {})];
    case 'running':
      return [callVerb('Check the state of the cluster.', 'describe', cluster, {})];
  }
}

/** What there is to do about a cluster that runs and lacks something: what would work now. */
function remediesForDegraded(cluster: Cluster): readonly Remedy[] {
  const { master, workers, services, provider } = cluster;
  if (provider === 'local')
    return [callVerb('Start the cluster to restart its failed daemons.', 'start', cluster, {})];
  if (master === null || isGone(master))
    return [callVerb('Destroy the cluster, and launch it again.', 'destroy', cluster, {})];
  const fails = (worker: ClusterNode): boolean =>
    worker.reason !== null || isGone(worker) || worker.state === 'draining';
  if (workers.some(fails) || missingWorkers(cluster) > 0)
    return [callVerb('Replace its failed workers.', 'repair', cluster, {})];
  if (services.some(({ blocks }) => blocks !== undefined && blocks.missing > 0))
    return [
      callVerb('List the files that lack blocks.', 'runCommand', cluster, {
        command: 'hdfs fsck / -list-corruptfileblocks',
        masterOnly: true,
      }),
    ];
  return [
    callVerb('Restart the services of the master.', 'runCommand', cluster, {
      command:
        "sudo systemctl restart 'flintrock-*-master' 'flintrock-*-namenode' 'flintrock-*-resourcemanager'",
      masterOnly: true,
    }),
  ];
}
