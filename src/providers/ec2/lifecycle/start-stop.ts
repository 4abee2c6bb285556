import type { WorkContext } from '../../../engine/provider.ts';
import { type Cluster, type ClusterNode, nodesOf } from '../../../model/cluster/cluster.ts';
import { advice, callVerb } from '../../../model/remedy.ts';
import { waitFor } from '../../../model/wait.ts';
import { formatCount } from '../../../text/counts.ts';
import { noAddress } from '../access/node-access.ts';
import { inParts } from '../api/aws.ts';
import { isUnreachable } from '../api/aws-errors.ts';
import { readClusterTags, tagKeys } from '../api/tags.ts';
import type { ClusterReader } from '../inventory/cluster-reader.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import { theirStartCommand } from '../nodes/node-commands.ts';
import type { NodeOperations } from '../nodes/node-operations.ts';
import { removeWorkers } from '../resize/shrink.ts';

/** How long EC2 may take to stop instances, in milliseconds. */
const stopLimitMs = 5 * 60_000;
/** How often they are looked at meanwhile, in milliseconds. */
const everyMs = 2_000;
/** How long an image may take until its SSH is there, in milliseconds. */
const bootLimitMs = 5 * 60_000;

/** States of a node whose machine is on: one that leaves, too. */
const isOn: readonly ClusterNode['state'][] = ['running', 'pending', 'draining'];

/** Switches clusters on and off. */
export class StartStop {
  constructor(
    private readonly reader: ClusterReader,
    private readonly nodes: NodeOperations,
  ) {}

  /** Starts what is stopped; returns when EC2 is on it. */
  async start(cluster: Cluster, context: WorkContext): Promise<void> {
    const { aws, signal } = await this.reader.session(context, cluster.region);
    // EC2 refuses to start what is still stopping.
    await this.#waitForStates(cluster, ['stopping'], 'to stop first', context);
    const found = await this.reader.get(cluster, context);
    const stopped = nodesOf(found.cluster).filter(({ state }) => state === 'stopped');
    if (stopped.length === 0) return;
    const { master: theirs } = found.cluster;
    // Before anything costs money: their daemons are started over SSH.
    if (found.launchId === null && theirs !== null)
      await this.nodes.accessTo(found, context).requireTrust(theirs);
    await inParts(
      stopped.map(({ id }) => id),
      (InstanceIds) => aws.ec2('StartInstances', { InstanceIds }, signal),
    );
    for (const { name } of stopped)
      context.emit('node.phase', { node: name, phase: 'booting', detail: null });
    const dropped = droppedFrom(found);
    const { name, master } = found.cluster;
    if (dropped > 0 && master !== null) {
      context.emit('warning', {
        kind: 'CLUSTER_STATE_UNFIT',
        message: `Cluster "${name}" starts with ${formatCount(stopped.length - 1, 'worker')}, because ${dropped === 1 ? 'a Spot worker was' : `${dropped} Spot workers were`} terminated when it was stopped.`,
        remedies: [
          callVerb('Add the same number of workers.', 'addWorkers', found.cluster, {
            count: dropped,
          }),
        ],
      });
      await aws.tag([master.id], { [tagKeys.dropped]: '0' }, signal);
    }
    if (found.launchId === null) await this.#startTheirDaemons(cluster, context);
  }

  /** The Python tool's clusters have no units that start their daemons: its scripts on the master do that. */
  async #startTheirDaemons(cluster: Cluster, context: WorkContext): Promise<void> {
    await this.#waitForStates(cluster, ['pending', 'stopped'], 'to boot', context);
    const found = await this.reader.get(cluster, context);
    const { master, workers } = found.cluster;
    if (master === null) throw noAddress('the master');
    const { signal } = context;
    const access = this.nodes.accessTo(found, context);
    const ssh = await access.openPatiently(master, bootLimitMs, signal, () => undefined);
    try {
      const command = theirStartCommand(workers.flatMap((worker) => worker.address ?? []));
      await ssh.execOrThrow(
        command,
        `The daemons of "${cluster.name}" could not be started`,
        signal,
        {
          remedies: advice('Start the cluster with the Python tool that launched it.'),
        },
      );
    } finally {
      await ssh.close();
    }
  }

  /**
   * Stops what runs; returns when it is stopped.
   *
   * @param dropped workers to remove instead; how many they are is kept on the master, for the client that starts the cluster again
   */
  async stop(
    cluster: Cluster,
    dropped: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    const session = await this.reader.session(context, cluster.region);
    const { aws } = session;
    const found = await this.reader.get(cluster, context);
    const gone = new Set(dropped.map(({ id }) => id));
    const running = nodesOf(found.cluster).filter(
      ({ id, state }) => !gone.has(id) && isOn.includes(state),
    );
    if (dropped.length > 0)
      await aws.tag(
        [found.cluster.master?.id ?? ''],
        { [tagKeys.dropped]: String(droppedFrom(found) + dropped.length) },
        context.signal,
      );
    await Promise.all([
      dropped.length === 0 ? undefined : removeWorkers(dropped, session),
      running.length === 0
        ? undefined
        : inParts(
            running.map(({ id }) => id),
            (InstanceIds) => aws.ec2('StopInstances', { InstanceIds }, context.signal),
          ),
    ]);
    await this.#waitForStates(cluster, [...isOn, 'stopping'], 'to stop', context);
  }

  /** Waits until no node of a cluster is in one of the states. */
  async #waitForStates(
    cluster: Cluster,
    states: readonly ClusterNode['state'][],
    what: string,
    context: WorkContext,
  ): Promise<void> {
    const told = new Set<string>();
    let left = 0;
    await waitFor(
      async () => {
        const found = await this.reader.get(cluster, context);
        const nodes = nodesOf(found.cluster);
        for (const { name, state } of nodes)
          if (state === 'stopped' && !told.has(name) && states.includes('running')) {
            told.add(name);
            context.emit('node.stopped', { node: name });
          }
        left = nodes.filter(({ state }) => states.includes(state)).length;
        return left === 0 ? true : undefined;
      },
      {
        clock: context.clock,
        signal: context.signal,
        reason: () => `${formatCount(left, 'node')} ${what}`,
        isPassing: isUnreachable,
        limitMs: stopLimitMs,
        everyMs: everyMs,
      },
    );
  }
}

/** How many workers a stop has removed for good since the cluster ran last. */
function droppedFrom({ instances }: Ec2Cluster): number {
  return readClusterTags(instances[0]?.Tags).dropped;
}
