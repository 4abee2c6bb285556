import * as vscode from 'vscode';
import type { PartialValues } from '../../config/options.ts';
import { clusterNameProblem, type Cluster, type ProviderKind } from '../../model/cluster.ts';
import { refusalOf, type Plan } from '../../model/plan.ts';
import { showFailure } from '../failure.ts';
import { finishRecord, sayReady } from '../launch-outcome.ts';
import { askSteps, inputStep, keep, pickStep, type Choice } from '../multi-step.ts';
import type { Parts } from '../parts.ts';
import { logError } from '../log.ts';
import { launchQuestion } from '../questions.ts';
import { ask, askForText, showInformation } from '../ui/window.ts';
import { countProblem } from './change-cluster.ts';

/** What a launch is asked for. */
export interface LaunchRequest {
  readonly name: string;
  readonly values: PartialValues;
  /** Absolute path of the configuration file, or `undefined` for none. */
  readonly config: string | undefined;
  /** Folder that relative paths of `values` start from. */
  readonly cwd?: string | undefined;
}

interface Answers {
  readonly provider: ProviderKind;
  readonly name: string;
  readonly workers: string;
}

/** Launch Cluster…: asks where, what it is called and how large it is. */
export async function launchCluster(parts: Parts): Promise<void> {
  const { clusters } = await parts.model.known();
  const where: readonly Choice<ProviderKind>[] = [
    {
      icon: 'device-desktop',
      label: vscode.l10n.t('This machine'),
      description: vscode.l10n.t('processes of yours, no account needed'),
      value: 'local',
    },
    {
      icon: 'cloud',
      label: vscode.l10n.t('Amazon EC2'),
      description: vscode.l10n.t('instances, as the configuration says; they cost money'),
      value: 'ec2',
    },
  ];
  const answers = await askSteps<Answers>(
    'Launch Cluster',
    { provider: 'local', name: freeName(clusters), workers: '2' },
    [
      keep(
        ({ provider }) => pickStep(where, 'Where are its machines?', provider),
        (known, provider) => ({ ...known, provider }),
      ),
      keep(
        ({ name }) =>
          inputStep({
            prompt: vscode.l10n.t('Name of the cluster'),
            value: name,
            problem: nameProblem(clusters),
          }),
        (known, name) => ({ ...known, name }),
      ),
      keep(
        ({ workers }) =>
          inputStep({
            prompt: vscode.l10n.t('How many workers beside the master?'),
            value: workers,
            problem: (text) => countProblem(text, 5000),
          }),
        (known, workers) => ({ ...known, workers }),
      ),
    ],
  );
  if (answers === undefined) return;
  const { name, provider, workers } = answers;
  await launch(parts, {
    name,
    values: {
      provider,
      numWorkers: Number(workers),
      ...(provider === 'ec2' &&
        parts.settings.profile !== undefined && { ec2Profile: parts.settings.profile }),
    },
    config: provider === 'ec2' ? await configFile(parts) : undefined,
  });
}

/** Launch from Configuration File: asks for the name only. */
export async function launchFromFile(parts: Parts): Promise<void> {
  const config = await configFile(parts);
  if (config === undefined) {
    const edit = vscode.l10n.t('Edit Configuration');
    const answer = await showInformation(
      vscode.l10n.t('There is no configuration file yet.'),
      edit,
    );
    if (answer === edit) await vscode.commands.executeCommand('flintrock.configuration.edit');
    return;
  }
  const name = await askName(parts, `Launch as ${vscode.workspace.asRelativePath(config)} says`);
  if (name !== undefined) await launch(parts, { name, values: {}, config });
}

/** Asks for the name of a new cluster. */
export async function askName(parts: Parts, title: string): Promise<string | undefined> {
  const { clusters } = await parts.model.known();
  const problem = nameProblem(clusters);
  const name = await askForText({
    title,
    prompt: vscode.l10n.t('Name of the cluster'),
    value: freeName(clusters),
    problem: (text) => problem(text.trim()),
  });
  return name?.trim();
}

/** Launches: the plan first and, where it costs money or may, a question; then the launch log. */
export async function launch(parts: Parts, request: LaunchRequest): Promise<void> {
  const { name, values, config, cwd } = request;
  const doing = vscode.l10n.t('Launching "{0}"', name);
  const place = { name, provider: values.provider ?? ('local' as const) };
  const engine = (host: Parameters<typeof parts.door.plain>[0]) =>
    config === undefined ? parts.door.plain(host, cwd) : parts.door.configured(host);
  const planned = await parts.operations.run({
    place,
    verb: 'plan',
    title: vscode.l10n.t('Planning "{0}"', name),
    location: 'window',
    engine,
    work: (planner, { signal }) => planner.prepareLaunch(name, { values, signal }),
  });
  if (!planned.ok) {
    showFailure(doing, planned.error);
    return;
  }
  const { plan, launch: launchPlanned } = planned.value;
  const refusal = refusalOf(plan);
  if (refusal !== undefined) {
    // What is refused now isn't launched a moment later without having been asked about.
    logError(parts.log, doing, refusal);
    showFailure(doing, refusal);
    return;
  }
  if (!(await mayLaunch(plan))) return;
  const record = await parts.launches.begin(name, new Date());
  let seen = false;
  parts.launchLogs.show(record);
  const outcome = await parts.operations.run({
    place: { ...place, provider: plan.provider },
    verb: 'launch',
    title: doing,
    // The launch log shows more than a notification can, and has the button.
    location: 'elsewhere',
    engine,
    onEvent: (event) => {
      record.add(event);
      // From its first node on it is there to be seen.
      if (event.code === 'node.phase' && !seen) void parts.model.refresh();
      seen ||= event.code === 'node.phase';
    },
    // What was agreed to, and not what the configuration says by now.
    work: (_, { signal, host }) => launchPlanned({ signal, host }),
  });
  finishRecord(record, outcome);
  await parts.model.refresh();
  if (outcome.ok) sayReady(outcome.value.cluster, outcome.value.seconds);
  else
    showFailure(doing, outcome.error, {
      title: vscode.l10n.t('Show Launch Log'),
      run: () => parts.launchLogs.show(record),
    });
}

/** Whether a launch may go on: what costs money, or may, is asked about first. */
async function mayLaunch(plan: Plan): Promise<boolean> {
  if (plan.provider === 'local') return true;
  return (await ask(launchQuestion(plan, vscode.l10n.t), vscode.l10n.t('Launch'))) !== undefined;
}

async function configFile({ door }: Parts): Promise<string | undefined> {
  try {
    return await door.configFile();
  } catch {
    // The one that the settings name isn't there: as good as none.
    return undefined;
  }
}

function nameProblem(clusters: readonly Cluster[]): (text: string) => string | undefined {
  return (text) =>
    clusterNameProblem(text) ??
    (clusters.some(({ name }) => name === text)
      ? `There is a cluster "${text}" already.`
      : undefined);
}

function freeName(clusters: readonly Cluster[]): string {
  const taken = new Set(clusters.map(({ name }) => name));
  if (!taken.has('spark')) return 'spark';
  let number = 2;
  while (taken.has(`spark-${number}`)) number += 1;
  return `spark-${number}`;
}
