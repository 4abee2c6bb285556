import type { ConfigProblem } from '../../config/problem.ts';
import type { ClusterError } from '../../model/errors.ts';
import type { PlanProblem } from '../../model/plan.ts';
import { advice } from '../../model/remedy.ts';
import type { Call, Command } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { clusterName } from '../parsing/positionals.ts';
import type { ClusterFlag } from '../rendering/command-line.ts';
import { errorJson, type PlanJson, planJson, planProblemJson } from '../rendering/json.ts';
import { planLines } from '../rendering/plan-block.ts';

/** `flintrock plan` */
export const planCommand: Command = {
  name: 'plan',
  description: [
    'Shows what a launch would create, install, download and cost, and all problems with it. Creates nothing. The exit code is 2 if the launch would fail.',
  ],
  positionals: [clusterName],
  verb: 'plan',
  flags: [],
  examples: [
    {
      command: 'flintrock plan demo --num-workers 4',
      does: 'Show what "flintrock launch demo --num-workers 4" would do',
    },
  ],
  run: runPlan,
  errorJson: planError,
};

/** Plans a launch and prints the plan. */
export async function runPlan({ args: [name = ''], values, session }: Call): Promise<number> {
  const { signal } = session;
  const engine = await session.engine();
  const followEnvironment = session.followsEnvironment;
  const plan = await session.watch(name, 'plan', () =>
    engine.plan(name, { values, signal, followEnvironment }),
  );
  session.saySource(plan.provider);
  const json: PlanJson = planJson(plan, session.clusterFlags);
  session.result(json, () => planLines(plan, session.width, session.clusterFlags));
  return plan.ok ? exitCodes.done : exitCodes.usage;
}

/** A request that is wrong in itself, in the shape of a plan: its readers look for `problems`. */
export function planError(
  error: ClusterError,
  [cluster = '']: readonly string[],
  given: readonly ClusterFlag[],
): object {
  const { code, message, remedies, details } = error;
  const mistakes = Array.isArray(details['problems'])
    ? (details['problems'] as ConfigProblem[])
    : undefined;
  const problems: readonly Omit<PlanProblem, 'code'>[] = mistakes?.map(
    ({ severity, message: what, hint, key }) => ({
      severity,
      message: what,
      remedies: hint === null ? [] : advice(hint),
      key,
    }),
  ) ?? [{ severity: 'error', message, remedies, key: null }];
  const json: PlanJson = {
    ok: false,
    cluster,
    provider: null,
    nodes: [],
    software: [],
    price: null,
    changes: [],
    plannedChanges: [],
    problems: problems.map((problem) => planProblemJson({ ...problem, code }, given)),
    ...errorJson(error, given),
  };
  return json;
}
