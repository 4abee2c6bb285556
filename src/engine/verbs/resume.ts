import { nodesOf } from '../../model/cluster/cluster.ts';
import { ClusterError } from '../../model/errors.ts';
import { callVerb } from '../../model/remedy.ts';
import { readWheels } from '../jobs/package-request.ts';
import { type Engine, type VerbOptions } from '../support/context.ts';
import { requireCluster } from '../support/find-cluster.ts';
import { finishLaunch } from '../support/finish-launch.ts';
import { requireState } from '../support/guards.ts';
import { locked } from '../support/lock.ts';
import { timed } from '../support/timing.ts';
import type { ChangeResult } from './start.ts';

/**
 * Follows a launch that some client began, and finishes it, from whichever machine: returns when Spark has every worker.
 *
 * Nothing is removed if that fails or is stopped: the launch isn't this client's own.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if nothing is there to go on with
 */
export async function resume(
  engine: Engine,
  name: string,
  options: VerbOptions,
): Promise<ChangeResult> {
  const found = await requireCluster(engine, name, options);
  const { provider, cluster, context } = found;
  if (cluster.state === 'destroying' || cluster.state === 'malformed')
    requireState(cluster, [], 'resuming the launch');
  if (cluster.state !== 'launching' && cluster.state !== 'half-launched')
    return { changed: false, cluster, seconds: 0 };
  const wheels = await readWheels(context.values);
  const nodes = nodesOf(cluster);
  if (nodes.length === 0)
    throw new ClusterError(
      'CLUSTER_STATE_UNFIT',
      `The launch of "${name}" can’t be resumed: ${cluster.reason ?? 'it has no nodes'}.`,
      {
        remedies: [
          callVerb(
            'Destroy the cluster to remove what is left, and launch it again.',
            'destroy',
            found.cluster,
            {},
          ),
        ],
      },
    );
  return locked(found, 'resume', () =>
    timed(
      'resume',
      nodes.map((node) => node.name),
      context,
      async () => {
        const start = context.clock.now();
        const pending = await provider.resume(cluster, context);
        const rising = { provider, name, context, pending };
        return { changed: true, cluster: await finishLaunch(rising, wheels, start) };
      },
    ),
  );
}
