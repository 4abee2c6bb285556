import * as vscode from 'vscode';
import type { PartialValues } from '../../config/options/options.ts';
import { type Plan, refusalOf } from '../../model/plan.ts';
import { launchQuestion } from '../../text/engine/change-questions.ts';
import { interpreterToFollow } from '../attach/running/interpreter.ts';
import { logError } from '../engine/log.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { ask } from '../ui/window.ts';
import { finishRecord, showLaunched } from './launch-outcome.ts';

/** What a launch is asked for. */
export interface LaunchRequest {
  readonly name: string;
  readonly values: PartialValues;
  /** Absolute path of the configuration file, or `undefined` for none. */
  readonly config: string | undefined;
  /** Folder that relative paths of `values` start from. */
  readonly cwd?: string | undefined;
}

/** Launches: the plan first and, where it costs money or may, a question; then the launch log. */
export async function launch(services: ExtensionServices, request: LaunchRequest): Promise<void> {
  const { name, values, config, cwd } = request;
  const doing = vscode.l10n.t('Launching "{0}"', name);
  const ref = { name, provider: values.provider ?? ('local' as const) };
  const engine = () =>
    config === undefined ? services.engines.plain(cwd) : services.engines.configured();
  const planned = await services.operations.run({
    ref,
    verb: 'plan',
    title: vscode.l10n.t('Planning "{0}"', name),
    location: 'window',
    engine,
    work: async (planner, { signal, host }) => {
      const followEnvironment = await interpreterToFollow(cwd);
      return planner.prepareLaunch(name, { values, signal, host, followEnvironment });
    },
  });
  if (!planned.ok) {
    showFailure(doing, planned.error);
    return;
  }
  const { plan, launch: launchPlanned } = planned.value;
  const refusal = refusalOf(plan);
  if (refusal !== undefined) {
    // What is refused now isn't launched a moment later without having been asked about.
    logError(services.log, doing, refusal);
    showFailure(doing, refusal);
    return;
  }
  if (!(await mayLaunch(plan))) return;
  const record = await services.launches.begin(name, new Date());
  let seen = false;
  services.launchLogs.show(record);
  const outcome = await services.operations.run({
    ref: { ...ref, provider: plan.provider },
    verb: 'launch',
    title: doing,
    // The launch log shows more than a notification can, and has the button.
    location: 'elsewhere',
    engine,
    onEvent: (event) => {
      record.add(event);
      // From its first node on it is there to be seen.
      if (event.code === 'node.phase' && !seen) void services.model.refresh();
      seen ||= event.code === 'node.phase';
    },
    // What was agreed to, and not what the configuration says by now.
    work: (_, { signal, host }) => launchPlanned({ signal, host }),
  });
  finishRecord(record, outcome);
  await services.model.refresh();
  if (outcome.ok) showLaunched(outcome.value.cluster, outcome.value.seconds);
  else
    showFailure(doing, outcome.error, {
      title: vscode.l10n.t('Show Launch Log'),
      run: () => services.launchLogs.show(record),
    });
}

/** Whether to launch: what costs money, or may, is asked about first. */
async function mayLaunch(plan: Plan): Promise<boolean> {
  if (plan.provider === 'local') return true;
  return (await ask(launchQuestion(plan, vscode.l10n.t), vscode.l10n.t('Launch'))) !== undefined;
}
