import { type Cluster, nodesOf } from '../../model/cluster/cluster.ts';
import { abortError } from '../../model/errors.ts';
import { callVerb } from '../../model/remedy.ts';
import { wheelName } from '../../model/software/packages/package-forms.ts';
import { awaitReady, type Rising, withPatientConnection } from '../await-ready.ts';
import type { WheelFile, WorkContext } from '../provider.ts';
import { recordPrice } from './record-changes.ts';

/**
 * Waits until a cluster whose nodes build themselves is ready, and tells its nodes so: from then on it is a cluster that somebody has.
 *
 * @param wheels that all nodes get
 * @param start when its launch was begun or resumed, in milliseconds since the epoch
 */
export async function finishLaunch(
  rising: Rising,
  wheels: readonly WheelFile[],
  start: number,
): Promise<Cluster> {
  const { provider, name, context } = rising;
  const cluster = await withPatientConnection(rising, async (connection, seen) => {
    const complete = await awaitReady(rising, seen, connection);
    if (provider.installPackages !== undefined) {
      await provider.installPackages(complete, nodesOf(complete), context, wheels);
      tellLacking(complete, wheels, context);
    }
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

/** Tells of wheels that a launch was to bring, and that the client which resumes it doesn’t have. */
function tellLacking(cluster: Cluster, wheels: readonly WheelFile[], { emit }: WorkContext): void {
  const brought = new Set(wheels.map(({ name }) => name));
  const lacking = (cluster.pythonPackages ?? []).filter(
    (name) => wheelName.test(name) && !brought.has(name),
  );
  if (lacking.length === 0) return;
  emit('warning', {
    kind: 'PYTHON_PACKAGE_MISSING',
    message: `"${cluster.name}" was launched with ${lacking.join(', ')}, which this client was not given: the nodes may lack it.`,
    remedies: [callVerb('Install it.', 'install', cluster, { packages: lacking })],
  });
}
