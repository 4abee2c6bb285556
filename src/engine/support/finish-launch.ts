import { type Cluster, nodesOf } from '../../model/cluster/cluster.ts';
import { abortError } from '../../model/errors.ts';
import { awaitReady, type Rising, withPatientConnection } from '../await-ready.ts';
import { recordPrice } from './record-changes.ts';

/**
 * Waits until a cluster whose nodes build themselves is ready, and tells its nodes so: from then on it is a cluster that somebody has.
 *
 * @param start when its launch was begun or resumed, in milliseconds since the epoch
 */
export async function finishLaunch(rising: Rising, start: number): Promise<Cluster> {
  const { provider, name, context } = rising;
  const cluster = await withPatientConnection(rising, async (connection, seen) => {
    const complete = await awaitReady(rising, seen, connection);
    await provider.installPackages?.(complete, nodesOf(complete), context);
    // A caller who didn't want it must have said so before.
    if (context.signal.aborted) throw abortError(context.signal, `launching "${name}"`);
    // In this order: should this client die in between, the nodes switch themselves off, and nothing is left behind.
    await provider.markReady(complete, context);
    await connection.finish?.(context.signal);
    await recordPrice({ provider, cluster: complete, context });
    return complete;
  });
  const ready: Cluster = { ...cluster, state: 'running', reason: null };
  context.emit('cluster.ready', { ready, seconds: (context.clock.now() - start) / 1000 });
  return ready;
}
