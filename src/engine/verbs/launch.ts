import { stampedId } from '../../base/stamped-id.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { ClusterError, isClusterError } from '../../model/errors.ts';
import type { Host } from '../../model/host.ts';
import { type Plan, planChanges, refusalOf } from '../../model/plan.ts';
import { advice, callVerb } from '../../model/remedy.ts';
import { cleanUp } from '../support/clean-up.ts';
import { asClusterError, type Engine, signalOf, workContext } from '../support/context.ts';
import { finishLaunch } from '../support/finish-launch.ts';
import { locked } from '../support/lock.ts';
import { timed } from '../support/timing.ts';
import {
  type LaunchOptions,
  type LaunchPurpose,
  type SettledLaunch,
  settleLaunch,
} from './plan.ts';

/** What a launch made. */
export interface LaunchResult {
  readonly cluster: Cluster;
  readonly seconds: number;
}

/** What {@link PreparedLaunch.launch} takes. */
export interface LaunchNowOptions {
  /** Stops the launch, which then removes what it made. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Who listens and answers from now on.
   * @default the host of the engine that planned it
   */
  readonly host?: Host | undefined;
}

/** A launch that was planned and not yet carried out: what is shown to be agreed to is what is made. */
export interface PreparedLaunch {
  readonly plan: Plan;
  /**
   * Carries the plan out; see `Flintrock.launch`. A plan that has become old is made once more before that.
   *
   * @throws ClusterError `PLAN_CHANGED` with what has changed since it was made; nothing was made then
   */
  readonly launch: (options?: LaunchNowOptions) => Promise<LaunchResult>;
}

/** How old a plan may be to be carried out without another look, in milliseconds: prices, addresses and accounts change. */
const freshMs = 60_000;

/** Plans a launch that can be carried out once somebody has agreed to it. Nothing is made. */
export async function prepareLaunch(
  engine: Engine,
  name: string,
  options: LaunchOptions,
): Promise<PreparedLaunch> {
  const { clock } = engine.surroundings;
  const settled = await settleLaunch(engine, name, options);
  const plannedAt = clock.now();
  return {
    plan: settled.plan,
    launch: async ({ signal, host = engine.host } = {}) => {
      const listening = { ...engine, host };
      if (clock.now() - plannedAt <= freshMs) {
        const { provider, context } = settled;
        const now = workContext(
          listening,
          name,
          provider.kind,
          context.values,
          signalOf({ signal }),
        );
        return carryOut(listening, name, { ...settled, context: now });
      }
      const again = await settleLaunch(listening, name, { ...options, signal });
      requireSame(settled.plan, again.plan);
      return carryOut(listening, name, again);
    },
  };
}

/**
 * Launches a cluster and returns when Spark has every worker.
 *
 * A launch that fails, or is stopped, removes what it made and nothing else; the error is always the first cause.
 */
export async function launch(
  engine: Engine,
  name: string,
  options: LaunchOptions,
  purpose: LaunchPurpose = {},
): Promise<LaunchResult> {
  return carryOut(engine, name, await settleLaunch(engine, name, options, purpose));
}

/** @throws ClusterError `PLAN_CHANGED` if it isn't what was agreed to any more */
function requireSame(before: Plan, after: Plan): void {
  const changes = planChanges(before, after);
  if (changes.length === 0) return;
  throw new ClusterError(
    'PLAN_CHANGED',
    `The plan for "${after.cluster}" has changed: ${changes.map(({ what, was, is }) => `${what} was ${was} and is now ${is}`).join('; ')}. Nothing was created.`,
    { remedies: advice('Review the new plan, and launch again.'), details: { changes } },
  );
}

/**
 * Carries a plan out.
 *
 * @throws ClusterError the plan's only error, or `PLAN_REFUSED` naming all of them
 */
async function carryOut(
  engine: Engine,
  name: string,
  settled: SettledLaunch,
): Promise<LaunchResult> {
  const { plan, provider, context } = settled;
  context.emit('plan.ready', { plan });
  const refusal = refusalOf(plan);
  if (refusal !== undefined) throw refusal;
  for (const { severity, code, message, remedies } of plan.problems)
    if (severity === 'warning') context.emit('warning', { kind: code, message, remedies });
  return locked({ provider, context, cluster: { name } }, 'launch', () =>
    createCluster(engine, name, settled),
  );
}

async function createCluster(
  engine: Engine,
  name: string,
  { plan, provider, context, wheels, begin }: SettledLaunch,
): Promise<LaunchResult> {
  const launchId = stampedId(context.clock.now(), 4);
  const begun = begin(launchId);
  try {
    return await timed('launch', plannedNames(plan.nodes), context, async () => {
      const start = context.clock.now();
      const pending = await begun.create(context);
      return { cluster: await finishLaunch({ provider, name, context, pending }, wheels, start) };
    });
  } catch (error) {
    // The name was taken at the last moment: nothing of ours was made.
    if (isClusterError(error, 'CLUSTER_EXISTS')) throw error;
    throw await cleanUp(
      engine,
      {
        name,
        provider,
        values: context.values,
        what: `launch ${launchId}`,
        remedy: callVerb(
          'Destroy the cluster to remove what is left.',
          'destroy',
          { name, provider: provider.kind },
          {},
        ),
      },
      asClusterError(error, context.signal, `launching "${name}"`),
      (work) => begun.sweep(work),
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
