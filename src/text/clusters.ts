import {
  type Cluster,
  type ClusterNode,
  nodesOf,
  type ServiceStatus,
} from '../model/cluster/cluster.ts';
import { costSoFar } from '../model/cluster/cost.ts';
import { totalOf } from '../model/cluster/worker-totals.ts';
import { formatCount } from './counts.ts';
import { formatApproximateDuration } from './durations.ts';
import { formatLifetimeBriefly } from './lifetimes.ts';
import { formatDollars } from './money.ts';
import { formatClusterShape, formatNodeKind } from './shapes.ts';
import { formatCapacity } from './sizes.ts';
import { formatState } from './states.ts';
import { english, type Translate } from './translate.ts';

/**
 * A cluster in a line, without its name: `Running · 1 + 8 × m7g.xlarge · 2 h 10 min · ~$3.10`.
 *
 * @param now milliseconds since the epoch
 * @param doing what is being done with it now, if anything is
 */
export function formatCluster(
  cluster: Cluster,
  now: number,
  doing?: string,
  translate: Translate = english,
): string {
  const { launchedAt, reason, lifetime = null } = cluster;
  const state = formatState(cluster.state, translate);
  const shape = formatClusterShape(cluster, translate);
  const age =
    launchedAt === null ? null : formatApproximateDuration((now - Date.parse(launchedAt)) / 1000);
  switch (cluster.state) {
    case 'launching':
    case 'starting':
    case 'stopping':
    case 'destroying':
      return joined(state, doing ?? shape);
    case 'half-launched':
      return joined(
        age === null ? state : translate('{0} {1} ago', state, age),
        formatCount(nodesOf(cluster).length, 'node', translate),
      );
    case 'malformed':
      return joined(state, reason);
    case 'stopped':
      return joined(state, shape);
    case 'running':
    case 'degraded':
    case 'mixed': {
      const cost = costSoFar(cluster, now);
      return joined(
        doing ?? state,
        shape,
        cluster.provider === 'local' ? null : age,
        cost === null ? null : `~${formatDollars(cost)}`,
        lifetime === null ? null : formatLifetimeBriefly(lifetime, now, translate),
      );
    }
  }
}

/** A node in a line, without its name: `127.0.0.1:7077`, `10.0.3.14 · m7g.large (spot)`, `2 cores, 1 GiB`. */
export function formatNode(node: ClusterNode, translate: Translate = english): string {
  const { state, role, address, port, instanceType } = node;
  const local = instanceType === undefined;
  return joined(
    state === 'running' ? null : formatState(state, translate),
    role === 'worker' ? formatCapacity(node, translate) : null,
    address === null || (local && role === 'worker')
      ? null
      : `${address}${local && port !== null ? `:${port}` : ''}`,
    formatNodeKind(node),
  );
}

/** All workers in a line: `8 running · 32 cores, 109 GiB`. */
export function formatWorkersState({ workers }: Cluster, translate: Translate = english): string {
  const running = workers.filter(({ state }) => state === 'running').length;
  return joined(
    running === workers.length
      ? translate('{0} running', running)
      : translate('{0} of {1} running', running, workers.length),
    formatWorkerResources({ workers }, translate),
  );
}

/** What all workers give to Spark: `6 cores, 6 GiB`; empty if that isn't known. */
export function formatWorkerResources(
  { workers }: Pick<Cluster, 'workers'>,
  translate: Translate = english,
): string {
  return formatCapacity(
    { cores: totalOf(workers, 'cores'), memoryMiB: totalOf(workers, 'memoryMiB') },
    translate,
  );
}

function joined(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(' · ');
}

/** HDFS blocks that aren't as they should be: `19 of 30 blocks missing, 11 under-replicated`. */
export function formatBlocks(
  { total, missing, underReplicated }: NonNullable<ServiceStatus['blocks']>,
  translate: Translate = english,
): string {
  if (missing === 0) return translate('{0} of {1} blocks under-replicated', underReplicated, total);
  if (underReplicated === 0) return translate('{0} of {1} blocks missing', missing, total);
  return translate(
    '{0} of {1} blocks missing, {2} under-replicated',
    missing,
    total,
    underReplicated,
  );
}
