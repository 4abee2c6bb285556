import { count } from '../model/count.ts';
import { nodesOf } from '../model/cluster.ts';
import { abortError, ClusterError } from '../model/errors.ts';
import { isBusy, requireCluster, timed, type Engine, type VerbOptions } from './engine.ts';

/** What a removal did. */
export interface DestroyResult {
  readonly name: string;
  readonly seconds: number;
}

/**
 * Removes a cluster, whatever state it is in, with all that is on it.
 *
 * Asks the host first (`destroy.confirm`; where nobody can be asked, the call itself is the answer).
 *
 * @throws ClusterError `CLEANUP_INCOMPLETE` with what could not be removed and why
 */
export async function destroy(
  engine: Engine,
  name: string,
  options: VerbOptions,
): Promise<DestroyResult> {
  const { provider, cluster, context } = await requireCluster(engine, name, options);
  const nodes = nodesOf(cluster);
  const confirmed = await engine.host.ask({
    code: 'destroy.confirm',
    cluster: name,
    message: `Destroy "${name}" (${count(nodes.length, 'node')}) with everything on it? This can’t be undone.`,
    default: true,
  });
  if (!confirmed) throw abortError(AbortSignal.abort(), `asking whether to destroy "${name}"`);
  return timed(
    'destroy',
    nodes.map((node) => node.name),
    context,
    async () => {
      // A removal must always work: also while a launch goes on, which then finds its cluster gone and cleans up.
      const release = await provider.lock(cluster, 'destroy', context).catch((error: unknown) => {
        if (isBusy(error)) return () => Promise.resolve();
        throw error;
      });
      try {
        const left = await provider.destroy(cluster, context);
        if (left.length > 0)
          throw new ClusterError(
            'CLEANUP_INCOMPLETE',
            `Not everything of "${name}" could be removed: ${left.join('; ')}.`,
            {
              hint: `Try again: flintrock destroy ${name}`,
              details: { left },
            },
          );
        return { name };
      } finally {
        await release();
      }
    },
  );
}
