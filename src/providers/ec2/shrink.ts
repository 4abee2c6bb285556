import type { WorkContext } from '../../engine/provider.ts';
import type { Cluster, ClusterNode } from '../../model/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import type { Aws } from './aws.ts';
import { decommissionCommand } from './node-commands.ts';
import type { NodeWork } from './node-work.ts';
import type { Ec2Cluster } from './observe.ts';
import { endWorkers } from './remove.ts';
import { tagKeys } from './tags.ts';

/** Asks workers to take no new work, and says so on them. */
export async function drainWorkers(
  found: Ec2Cluster,
  workers: readonly ClusterNode[],
  aws: Aws,
  nodes: NodeWork,
  context: WorkContext,
): Promise<void> {
  requireOwn(found, 'shrink');
  requireNoData(found.cluster);
  const { cluster } = found;
  const { master } = cluster;
  const running = workers.filter(({ state }) => state === 'running' || state === 'draining');
  if (running.length === 0 || master === null) return;
  await aws.tag(
    running.map(({ id }) => id),
    { [tagKeys.state]: 'draining' },
    context.signal,
  );
  const addresses = running.flatMap(({ address }) => address ?? []);
  await nodes.onNode(cluster, master, context, async (ssh) => {
    const { code, stderr } = await ssh.output(
      decommissionCommand(master.address ?? '', addresses),
      context.signal,
    );
    if (code !== 0)
      throw new ClusterError(
        'NODE_FAILED',
        `Spark’s master did not let ${running.map(({ name }) => name).join(', ')} go: ${stderr.trim() || `exit code ${code}`}.`,
      );
  });
}

/** @throws ClusterError `CLEANUP_INCOMPLETE` if some could not be removed */
export async function removeWorkers(
  workers: readonly ClusterNode[],
  aws: Aws,
  context: WorkContext,
): Promise<void> {
  const left = await endWorkers(new Map(workers.map(({ id, name }) => [id, name])), aws, context);
  if (left.length > 0)
    throw new ClusterError(
      'CLEANUP_INCOMPLETE',
      `These workers could not be removed: ${left.join('; ')}`,
      { details: { left } },
    );
}

/** @throws ClusterError `CLUSTER_STATE_UNFIT` if it is the Python tool's: its nodes are made in another way */
export function requireOwn(found: Ec2Cluster, doing: 'grow' | 'shrink' | 'repair'): Ec2Cluster {
  if (found.launchId !== null) return found;
  const { name } = found.cluster;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `"${name}" was launched by the Python Flintrock, which makes its nodes in another way: only that tool can ${doing} it.`,
    {
      hint: `With that tool: flintrock ${doing === 'shrink' ? 'remove' : 'add'}-slaves ${name}. Or launch a new cluster with this one.`,
    },
  );
}

/** @throws ClusterError `CLUSTER_STATE_UNFIT` if the workers hold data of HDFS */
function requireNoData({ name, services }: Cluster): void {
  if (!services.some((service) => service.name === 'hdfs')) return;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `The workers of "${name}" hold HDFS’s data, which would be lost with them.`,
    { hint: 'Copy what you need to S3 and launch a smaller cluster.' },
  );
}
