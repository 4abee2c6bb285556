import type { Instance } from '@aws-sdk/client-ec2';
import type { ClusterLifetime, LifetimeExtension } from '../../../model/cluster/lifetime.ts';
import { ClusterError, toClusterError } from '../../../model/errors.ts';
import { advice, callVerb } from '../../../model/remedy.ts';
import { type BeaconStatus, parseBeaconStatus } from '../../../node/beacon/status.ts';
import { beaconCommands } from '../../../node/layout.ts';
import type { SshConnection } from '../../../ssh/connection.ts';
import type { Ec2Session } from '../api/session.ts';
import { endsTag, lifetimeWith } from '../inventory/lifetime.ts';

/** A master that knows when its cluster ends. */
export interface LastingMaster {
  readonly name: string;
  readonly master: Instance;
  readonly lifetime: ClusterLifetime;
}

/**
 * Lets a cluster live longer: tells its master, whose word counts, and then the tag, by which others know without asking it.
 *
 * @param by how much longer; 0 seconds: as long as if it had just been started
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if it is ending already, `NODE_FAILED`
 */
export async function extendLifetime(
  lasting: LastingMaster,
  by: LifetimeExtension,
  ssh: SshConnection,
  session: Ec2Session,
): Promise<ClusterLifetime> {
  const { name } = lasting;
  const { aws, signal } = session;
  const what = `The lifetime of "${name}" could not be extended`;
  const status = await tell(
    'seconds' in by ? beaconCommands.extend(by.seconds) : beaconCommands.allowCost(by.dollars),
    what,
    ssh,
    signal,
  );
  if (status.shutdown)
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `Cluster "${name}" is already shutting down: ${status.reason}.`,
      {
        remedies: [
          callVerb(
            'If its nodes stop, start the cluster again.',
            'start',
            { name, provider: 'ec2', region: aws.region },
            {},
          ),
          ...advice('Otherwise launch a new cluster.'),
        ],
      },
    );
  return noteEnd(lasting, status, session);
}

/**
 * Tells the master of a cluster that ends by its cost what the cluster costs from now on.
 *
 * @param perHour in US dollars
 * @throws ClusterError `NODE_FAILED`
 */
export async function tellPrice(
  lasting: LastingMaster,
  perHour: number,
  ssh: SshConnection,
  session: Ec2Session,
): Promise<void> {
  const what = `The master of "${lasting.name}" could not be told the new price`;
  const status = await tell(beaconCommands.setPrice(perHour), what, ssh, session.signal);
  await noteEnd(lasting, status, session);
}

/** Tells a master something about its end; gives what it says then. */
async function tell(
  command: string,
  what: string,
  ssh: SshConnection,
  signal: AbortSignal,
): Promise<BeaconStatus> {
  const status = parseBeaconStatus(await ssh.execOrThrow(command, what, signal));
  if (status?.lifetime == null)
    throw new ClusterError('NODE_FAILED', `${what}: the master reports no lifetime limit.`);
  return status;
}

/** Writes the end that a master has said into its tag. */
async function noteEnd(
  { master, lifetime }: LastingMaster,
  status: BeaconStatus,
  { aws, clock, signal, emit }: Ec2Session,
): Promise<ClusterLifetime> {
  const changed = lifetimeWith(lifetime, status, clock.now());
  if (changed.endsAt !== null)
    try {
      await aws.tag([master.InstanceId ?? ''], endsTag(changed.endsAt, master), signal);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const { code: kind, message, remedies } = toClusterError(thrown);
      emit('warning', {
        kind,
        message: `The end of the cluster has changed, but the tag could not be updated: ${message}`,
        remedies,
      });
    }
  return changed;
}
