import { assertValid } from '../config/resolve.ts';
import { clusterNameProblem } from '../model/cluster.ts';
import { ClusterError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import {
  at,
  loadProvider,
  requireName,
  signalOf,
  workContext,
  type Engine,
  type VerbOptions,
} from './engine.ts';
import type { PlannedLaunch, Provider, WorkContext } from './provider.ts';

/** A launch that was planned, with what carries it out. */
export interface PreparedLaunch extends PlannedLaunch {
  readonly provider: Provider;
  readonly context: WorkContext;
}

/**
 * Settles the options and plans a launch: nothing is made.
 *
 * @throws ClusterError `CLUSTER_NAME_INVALID`, `CONFIG_INVALID`, `PROVIDER_UNAVAILABLE`
 */
export async function prepareLaunch(
  engine: Engine,
  name: string,
  options: VerbOptions,
): Promise<PreparedLaunch> {
  const problem = clusterNameProblem(name);
  const settings = await engine.resolve({ overrides: options.values, verb: 'launch' });
  // A bad name doesn't hide a bad configuration, nor the reverse.
  const errors = settings.problems.filter(({ severity }) => severity === 'error');
  if (problem !== undefined && errors.length === 0) requireName(name);
  assertValid(
    problem === undefined
      ? settings
      : {
          problems: [
            {
              severity: 'error',
              file: null,
              line: null,
              column: null,
              key: null,
              message: problem,
              hint: null,
            },
            ...settings.problems,
          ],
        },
  );
  const provider = await loadProvider(engine, settings.provider);
  const context = workContext(engine, name, provider.kind, settings.values, signalOf(options));
  for (const { message, hint, file, line, column } of settings.problems)
    context.emit('warning', {
      kind: 'CONFIG_INVALID',
      message: file === null ? message : `${file}:${line ?? 1}:${column ?? 1}: ${message}`,
      hint,
    });
  const given = new Set(
    Object.entries(settings.origin).flatMap(([key, origin]) => (origin === 'default' ? [] : [key])),
  );
  const planned = await provider.plan({ name, values: settings.values, given }, context);
  return {
    ...planned,
    provider,
    context: { ...context, values: at(planned.place ?? {}, settings.values) },
  };
}

/** Finds out what a launch would do, what it would cost and what is wrong with it. Nothing is made. */
export async function plan(engine: Engine, name: string, options: VerbOptions): Promise<Plan> {
  return (await prepareLaunch(engine, name, options)).plan;
}

/**
 * Refuses a plan that has errors.
 *
 * @throws ClusterError the error itself if it is the only one, else `PLAN_REFUSED` naming all of them
 */
export function assertPossible(plan: Plan): void {
  const errors = plan.problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const details = { problems: plan.problems };
  if (errors.length === 1)
    throw new ClusterError(first.code, first.message, {
      ...(first.hint !== null && { hint: first.hint }),
      details,
    });
  throw new ClusterError(
    'PLAN_REFUSED',
    [
      `There are ${errors.length} problems:`,
      ...errors.map(({ message, hint }) => `  ${message}${hint === null ? '' : ` ${hint}`}`),
    ].join('\n'),
    { details },
  );
}
