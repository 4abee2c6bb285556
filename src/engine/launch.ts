import type { Cluster } from '../model/cluster.ts';
import { abortError, ClusterError, isClusterError, toClusterError } from '../model/errors.ts';
import { stampedId } from '../model/stamped-id.ts';
import { awaitReady, withConnection } from './await-ready.ts';
import {
  locked,
  settleError,
  timed,
  workContext,
  type Engine,
  type VerbOptions,
} from './engine.ts';
import { assertPossible, prepareLaunch, type PreparedLaunch } from './plan.ts';
import type { WorkContext } from './provider.ts';

/** What a launch made. */
export interface LaunchResult {
  readonly cluster: Cluster;
  readonly seconds: number;
}

/** How long the removal of what a failed launch made may take. */
const cleanupLimitMs = 5 * 60_000;

/**
 * Launches a cluster and returns when Spark has every worker.
 *
 * A launch that fails, or is stopped, removes what it made and nothing else; the error is always the first cause.
 */
export async function launch(
  engine: Engine,
  name: string,
  options: VerbOptions,
): Promise<LaunchResult> {
  const prepared = await prepareLaunch(engine, name, options);
  const { plan, provider, context } = prepared;
  context.emit('plan.ready', { plan });
  for (const { severity, code, message, hint } of plan.problems)
    if (severity === 'warning') context.emit('warning', { kind: code, message, hint });
  assertPossible(plan);
  return locked({ provider, context, cluster: { name } }, 'launch', () =>
    carryOut(engine, name, prepared),
  );
}

async function carryOut(
  engine: Engine,
  name: string,
  { plan, provider, context, create }: PreparedLaunch,
): Promise<LaunchResult> {
  const launchId = stampedId(context.clock.now(), 4);
  try {
    return await timed('launch', plannedNames(plan.nodes), context, async () => {
      const start = context.clock.now();
      await create(launchId, context);
      const cluster = await withConnection(provider, name, context, async (connection, seen) => {
        const complete = await awaitReady(provider, seen, connection, context);
        // From here on it is a cluster that somebody has; whoever didn't want it must have said so before.
        if (context.signal.aborted) throw abortError(context.signal, `launching "${name}"`);
        await provider.markReady(complete, connection, context);
        return complete;
      });
      const ready: Cluster = { ...cluster, state: 'running', reason: null };
      context.emit('cluster.ready', {
        ready,
        seconds: (context.clock.now() - start) / 1000,
      });
      return { cluster: ready };
    });
  } catch (error) {
    // The name was taken at the last moment: nothing of ours was made.
    if (isClusterError(error, 'CLUSTER_EXISTS')) throw error;
    throw await cleanUp(
      engine,
      name,
      launchId,
      context,
      provider.kind,
      settleError(error, context.signal, `launching "${name}"`),
      async (work) => provider.sweep(name, launchId, work),
    );
  }
}

/** Removes what a failed verb made; gives the error to throw: the first cause, with what could not be removed. */
async function cleanUp(
  engine: Engine,
  name: string,
  launchId: string,
  { values }: WorkContext,
  kind: Cluster['provider'],
  cause: ClusterError,
  sweep: (context: PreparedLaunch['context']) => Promise<readonly string[]>,
): Promise<ClusterError> {
  // Not the person's signal: that has aborted already if this is because of Ctrl-C.
  const context = workContext(engine, name, kind, values, AbortSignal.timeout(cleanupLimitMs));
  context.emit('cleanup.started', { reason: cause.message });
  let left: readonly string[];
  try {
    left = await sweep(context);
  } catch (error) {
    left = [`what launch ${launchId} made: ${toClusterError(error).message}`];
  }
  context.emit('cleanup.finished', { left });
  if (left.length === 0) return cause;
  return new ClusterError(cause.code, cause.message, {
    cause,
    hint: `${cause.hint === undefined ? '' : `${cause.hint} `}Not everything could be removed; try: flintrock destroy ${name}`,
    details: { ...cause.details, left },
  });
}

function plannedNames(
  nodes: readonly { readonly role: string; readonly count: number }[],
): string[] {
  return nodes.flatMap(({ role, count }) =>
    role === 'master'
      ? ['master']
      : Array.from({ length: count }, (_, index) => `worker-${index + 1}`),
  );
}
