import type { Cluster } from '../../model/cluster/cluster.ts';
import { abortError } from '../../model/errors.ts';
import { awaitReady, withPatientConnection } from '../await-ready.ts';
import type { Provider, WorkContext } from '../provider.ts';

/**
 * Waits until a cluster whose nodes build themselves is ready, and tells its nodes so: from then on it is a cluster that somebody has.
 *
 * @param start when its launch was begun or resumed, in milliseconds since the epoch
 */
export async function finishLaunch(
  provider: Provider,
  name: string,
  start: number,
  context: WorkContext,
): Promise<Cluster> {
  const cluster = await withPatientConnection(provider, name, context, async (connection, seen) => {
    const complete = await awaitReady(provider, seen, connection, context);
    // A caller who didn't want it must have said so before.
    if (context.signal.aborted) throw abortError(context.signal, `launching "${name}"`);
    await provider.markReady(complete, connection, context);
    return complete;
  });
  const ready: Cluster = { ...cluster, state: 'running', reason: null };
  context.emit('cluster.ready', { ready, seconds: (context.clock.now() - start) / 1000 });
  return ready;
}
