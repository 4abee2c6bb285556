import type { Instance } from '@aws-sdk/client-ec2';
import type { ClusterLifetime } from '../../../model/cluster/lifetime.ts';
import { ClusterError, toClusterError } from '../../../model/errors.ts';
import { advice, callVerb } from '../../../model/remedy.ts';
import { parseBeaconStatus } from '../../../node/beacon/status.ts';
import { beaconCommands } from '../../../node/layout.ts';
import type { SshConnection } from '../../../ssh/connection.ts';
import type { Ec2Session } from '../api/session.ts';
import { endsTag, lifetimeWith } from '../inventory/lifetime.ts';

/** A master that can be told to live longer. */
interface Extendable {
  readonly name: string;
  readonly master: Instance;
  readonly lifetime: ClusterLifetime;
}

/**
 * Lets a cluster live longer: tells its master, whose word counts, and then the tag, by which others know without asking it.
 *
 * @param seconds how much longer; 0: as long as if it had just been started
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if it is ending already, `NODE_FAILED`
 */
export async function extendLifetime(
  { name, master, lifetime }: Extendable,
  seconds: number,
  ssh: SshConnection,
  session: Ec2Session,
): Promise<ClusterLifetime> {
  const { aws, clock, signal, emit } = session;
  const what = `The lifetime of "${name}" could not be extended`;
  const status = parseBeaconStatus(
    await ssh.execOrThrow(beaconCommands.extend(seconds), what, signal),
  );
  if (status?.lifetime == null)
    throw new ClusterError('NODE_FAILED', `${what}: the master reports no lifetime limit.`);
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
  const longer = lifetimeWith(lifetime, status, clock.now());
  if (longer.endsAt !== null)
    try {
      await aws.tag([master.InstanceId ?? ''], endsTag(longer.endsAt, master), signal);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const { code: kind, message, remedies } = toClusterError(thrown);
      emit('warning', {
        kind,
        message: `The lifetime was extended, but the tag could not be updated: ${message}`,
        remedies,
      });
    }
  return longer;
}
