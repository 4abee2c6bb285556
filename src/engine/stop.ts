import { nodesOf } from '../model/cluster.ts';
import { ClusterError } from '../model/errors.ts';
import {
  locked,
  requireCluster,
  requireState,
  timed,
  type Engine,
  type VerbOptions,
} from './engine.ts';
import type { ChangeResult } from './start.ts';

/** Puts a cluster to rest; its nodes keep their names, their disks and their places. */
export async function stop(
  engine: Engine,
  name: string,
  options: VerbOptions,
): Promise<ChangeResult> {
  const found = await requireCluster(engine, name, options);
  const { provider, cluster, context } = found;
  if (cluster.state === 'stopped') return { changed: false, cluster, seconds: 0 };
  requireState(cluster, ['running', 'degraded', 'mixed'], 'stopping it');
  return locked(found, 'stop', async () =>
    timed(
      'stop',
      nodesOf(cluster).map((node) => node.name),
      context,
      async () => {
        await provider.stop(cluster, context);
        const after = await provider.find(name, context);
        if (after === undefined)
          throw new ClusterError(
            'CLUSTER_NOT_FOUND',
            `Cluster "${name}" was removed by somebody else meanwhile.`,
          );
        return { changed: true, cluster: { ...after, state: 'stopped' as const, reason: null } };
      },
    ),
  );
}
