import pMap from 'p-map';
import type { WorkContext } from '../../../engine/provider.ts';
import type { ClusterNode } from '../../../model/cluster/cluster.ts';
import { ClusterError } from '../../../model/errors.ts';
import { advice, callVerb } from '../../../model/remedy.ts';
import { waitFor } from '../../../model/wait.ts';
import { type BootstrapFactory, setUpFrom } from '../../../node/bootstrap/ssh-bootstrap.ts';
import { readBootstrapCommand } from '../../../node/layout.ts';
import type { SshConnection } from '../../../ssh/connection.ts';
import { formatWait } from '../../../text/engine/waits.ts';
import { isUnreachable } from '../api/aws-errors.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import { noAddress, type NodeAccess, reachableAddress } from './node-access.ts';

/** How long EC2 may take to run a master, and the image until its SSH is there, in milliseconds. */
const bootLimitMs = 5 * 60_000;
/** How often EC2 is asked meanwhile, in milliseconds. */
const everyMs = 2_000;
/** How many nodes are asked at once. */
const concurrency = 16;

/**
 * How a cluster's nodes are set up over SSH, as its master keeps it.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if it keeps nothing; `SSH_UNREACHABLE`, `SSH_AUTH_FAILED`, `HOST_KEY_CHANGED`
 */
export async function bootstrapOfCluster(
  { cluster: { name, master }, launchId }: Ec2Cluster,
  access: NodeAccess,
  { signal }: WorkContext,
): Promise<BootstrapFactory> {
  if (master === null) throw noAddress('the master');
  const setUp = await readStoredBootstrap(await access.open(master, signal), launchId, signal);
  if (setUp !== undefined) return setUp;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `Nodes can’t be added to "${name}": its AMI has no cloud-init, and the setup script was removed from its master.`,
    { remedies: advice('Launch a new cluster of the size that you need.') },
  );
}

/**
 * How the nodes of a launch are set up over SSH whose client is gone: any node that it had set up keeps it.
 *
 * @param look looks at the cluster anew
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if none had been set up; `WAIT_TIMEOUT`, `SSH_UNREACHABLE`, `SSH_AUTH_FAILED`,
 *   `HOST_KEY_CHANGED` if that can't be found out
 */
export async function bootstrapOfLaunch(
  look: () => Promise<Ec2Cluster>,
  accessTo: (found: Ec2Cluster) => NodeAccess,
  context: WorkContext,
): Promise<BootstrapFactory> {
  const { signal } = context;
  const subject = { kind: 'ssh', lastError: null } as const;
  context.emit('waiting', { reason: formatWait({ subject }), subject });
  const { found, master } = await runningMaster(look, context);
  const { launchId, cluster } = found;
  const access = accessTo(found);
  const ssh = await access.openPatiently(master, bootLimitMs, signal, () => undefined);
  let setUp = await readStoredBootstrap(ssh, launchId, signal);
  // The others were set up at the same time, and whichever came first may be the only one. Past the master's boot each of them
  // is asked once: one that can't be reached even now was not reached before.
  const others = cluster.workers.filter(({ state }) => state === 'running');
  if (setUp === undefined)
    await pMap(
      others,
      async (node) => {
        if (setUp !== undefined) return;
        try {
          setUp ??= await readStoredBootstrap(await access.open(node, signal), launchId, signal);
        } catch {
          signal.throwIfAborted();
        }
      },
      { concurrency, signal },
    );
  if (setUp !== undefined) return setUp;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `The launch of "${cluster.name}" can’t be resumed: its AMI has no cloud-init, and the client that launched it ended before it had set up a node.`,
    { remedies: [callVerb('Destroy the cluster, and launch it again.', 'destroy', cluster, {})] },
  );
}

/** Reads what a node keeps, and closes the connection. */
async function readStoredBootstrap(
  ssh: SshConnection,
  launchId: string | null,
  signal: AbortSignal,
): Promise<BootstrapFactory | undefined> {
  try {
    const { code, stdout } = await ssh.exec(readBootstrapCommand, signal);
    return code === 0 ? setUpFrom(stdout, launchId ?? '') : undefined;
  } finally {
    await ssh.close();
  }
}

/**
 * Waits until EC2 runs the master of a launch.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if it ended or was stopped, `WAIT_TIMEOUT`
 */
async function runningMaster(
  look: () => Promise<Ec2Cluster>,
  { clock, signal, values }: WorkContext,
): Promise<{ found: Ec2Cluster; master: ClusterNode }> {
  return waitFor(
    async () => {
      const found = await look();
      const { master } = found.cluster;
      // A tag that was just written may not be shown yet: no master is no answer.
      if (master === null || master.state === 'pending') return undefined;
      const { name } = found.cluster;
      if (master.state !== 'running')
        throw new ClusterError(
          'CLUSTER_STATE_UNFIT',
          `The master of "${name}" is ${master.state}.`,
          {
            remedies: [
              callVerb('Destroy the cluster, and launch it again.', 'destroy', found.cluster, {}),
            ],
          },
        );
      return reachableAddress(master, values) === null ? undefined : { found, master };
    },
    {
      clock,
      signal,
      reason: () => 'the master to run',
      isPassing: isUnreachable,
      limitMs: bootLimitMs,
      everyMs,
    },
  );
}
