import type { Cluster } from '../model/cluster.ts';
import { isClusterError } from '../model/errors.ts';
import { stampedId } from '../model/stamped-id.ts';
import { cleanUp } from './clean-up.ts';
import { locked, settleError, timed, type Engine, type VerbOptions } from './engine.ts';
import { finishLaunch } from './finish-launch.ts';
import { assertPossible, prepareLaunch, type PreparedLaunch } from './plan.ts';

/** What a launch made. */
export interface LaunchResult {
  readonly cluster: Cluster;
  readonly seconds: number;
}

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
  for (const { severity, code, message, remedies } of plan.problems)
    if (severity === 'warning') context.emit('warning', { kind: code, message, remedies });
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
      return { cluster: await finishLaunch(provider, name, start, context) };
    });
  } catch (error) {
    // The name was taken at the last moment: nothing of ours was made.
    if (isClusterError(error, 'CLUSTER_EXISTS')) throw error;
    throw await cleanUp(
      engine,
      { name, provider, values: context.values, what: `launch ${launchId}` },
      settleError(error, context.signal, `launching "${name}"`),
      (work) => provider.sweep(name, launchId, work),
    );
  }
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
