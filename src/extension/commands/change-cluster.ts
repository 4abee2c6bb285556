import * as vscode from 'vscode';
import { clusterStates, type Cluster } from '../../model/cluster/cluster.ts';
import { placeOf } from '../cluster-key.ts';
import { showFailure } from '../failure.ts';
import type { Parts } from '../parts.ts';
import { formatCount } from '../../text/counts.ts';
import type { GrowthPlan } from '../../model/plan.ts';
import { ask, askForText, withProgress } from '../ui/window.ts';
import { destroyQuestion, growthQuestion, removeQuestion, stopQuestion } from '../questions.ts';
import { changeCluster } from './change.ts';
import { withApplications } from './running-applications.ts';
import { remedyOf, requireTarget, requireTargets } from './targets.ts';

/** Start: brings back a stopped cluster, or the dead nodes of a running one. */
export async function startCluster(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Start a cluster'),
    states: ['stopped', 'degraded', 'mixed'],
    none: vscode.l10n.t('No cluster is stopped.'),
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Starting "{0}"', cluster.name);
  await changeCluster(parts, cluster, {
    verb: 'start',
    doing,
    work: (engine, options) => {
      void parts.model.refresh();
      return engine.start(cluster.name, options);
    },
  });
}

/** Stop: puts one or several to rest, after a question. */
export async function stopClusters(
  parts: Parts,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const clusters = await requireTargets(parts, argument, selected, {
    title: vscode.l10n.t('Stop a cluster'),
    states: ['running', 'degraded', 'mixed'],
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (clusters.length === 0) return;
  const question = stopQuestion(await withApplications(parts, clusters), vscode.l10n.t);
  if ((await ask(question, vscode.l10n.t('Stop'))) === undefined) return;
  await Promise.all(
    clusters.map(async (cluster) => {
      const doing = vscode.l10n.t('Stopping "{0}"', cluster.name);
      const outcome = await parts.operations.run({
        place: placeOf(cluster),
        verb: 'stop',
        title: doing,
        work: (engine, options) => {
          void parts.model.refresh();
          return engine.stop(cluster.name, { ...options, ...remedyOf(argument, 'stop') });
        },
      });
      if (!outcome.ok) showFailure(doing, outcome.error);
    }),
  );
  await parts.model.refresh();
}

/** Destroy: after a question with names, counts and price. */
export async function destroyClusters(
  parts: Parts,
  argument: unknown,
  selected: unknown,
): Promise<void> {
  const clusters = await requireTargets(parts, argument, selected, {
    title: vscode.l10n.t('Destroy a cluster'),
    states: clusterStates,
    none: vscode.l10n.t('There is no cluster.'),
  });
  if (clusters.length === 0) return;
  const question = destroyQuestion(await withApplications(parts, clusters), vscode.l10n.t);
  if ((await ask(question, vscode.l10n.t('Destroy'))) === undefined) return;
  await Promise.all(
    clusters.map(async (cluster) => {
      const doing = vscode.l10n.t('Destroying "{0}"', cluster.name);
      const outcome = await parts.operations.run({
        place: placeOf(cluster),
        verb: 'destroy',
        title: doing,
        work: (engine, options) => {
          void parts.model.refresh();
          return engine.destroy(cluster.name, options);
        },
      });
      if (!outcome.ok)
        showFailure(doing, outcome.error, {
          title: vscode.l10n.t('Try Again'),
          run: () => vscode.commands.executeCommand('flintrock.cluster.destroy', cluster.name),
        });
    }),
  );
  await parts.model.refresh();
}

/** Add Workers: asks how many and, where they cost money, says how much first. */
export async function addWorkers(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Add workers to a cluster'),
    states: ['running'],
    none: vscode.l10n.t('No cluster that can grow is running.'),
    fits: canResize,
  });
  if (cluster === undefined) return;
  const number =
    remedyOf(argument, 'addWorkers')?.count ??
    (await askCount(
      `Add workers to "${cluster.name}"`,
      `It has ${formatCount(cluster.workers.length, 'worker', vscode.l10n.t)}. How many more?`,
      100,
    ));
  if (number === undefined) return;
  if (cluster.provider === 'ec2') {
    const planned = await planGrowth(parts, cluster, number);
    if (planned === undefined) return;
    const question = growthQuestion(
      cluster,
      planned,
      parts.settings.profile,
      Date.now(),
      vscode.l10n.t,
    );
    if ((await ask(question, vscode.l10n.t('Add Workers'))) === undefined) return;
  }
  const doing = vscode.l10n.t(
    'Adding {0} to "{1}"',
    formatCount(number, 'worker', vscode.l10n.t),
    cluster.name,
  );
  await changeCluster(parts, cluster, {
    verb: 'addWorkers',
    doing,
    work: (engine, options) => engine.addWorkers(cluster.name, number, options),
  });
}

/** What would be added, and what it costs; `undefined` if that failed, which has been shown then. */
async function planGrowth(
  parts: Parts,
  cluster: Cluster,
  number: number,
): Promise<GrowthPlan | undefined> {
  const planned = await parts.operations.run({
    place: placeOf(cluster),
    verb: 'plan',
    title: vscode.l10n.t('Planning workers of "{0}"', cluster.name),
    location: 'window',
    work: (engine, options) => engine.planWorkers(cluster.name, number, options),
  });
  if (planned.ok) return planned.value;
  showFailure(vscode.l10n.t('Adding workers to "{0}"', cluster.name), planned.error);
  return undefined;
}

/** Remove Workers: the newest, when nothing runs on them any more. */
export async function removeWorkers(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Remove workers of a cluster'),
    states: ['running', 'degraded'],
    none: vscode.l10n.t('No cluster that can shrink is running.'),
    fits: (one) => canResize(one) && one.workers.length > 0,
  });
  if (cluster === undefined) return;
  const remedy = remedyOf(argument, 'removeWorkers');
  const number =
    remedy?.count ??
    (await askCount(
      `Remove workers of "${cluster.name}"`,
      `It has ${formatCount(cluster.workers.length, 'worker', vscode.l10n.t)}. How many of the newest leave?`,
      cluster.workers.length,
    ));
  if (number === undefined) return;
  const [asked = cluster] = await withApplications(parts, [cluster]);
  const question = removeQuestion(asked, number, vscode.l10n.t);
  if ((await ask(question, vscode.l10n.t('Remove Workers'))) === undefined) return;
  const doing = vscode.l10n.t(
    'Removing {0} of "{1}"',
    formatCount(number, 'worker', vscode.l10n.t),
    cluster.name,
  );
  await changeCluster(parts, cluster, {
    verb: 'removeWorkers',
    doing,
    work: (engine, options) =>
      engine.removeWorkers(cluster.name, number, {
        ...options,
        drainSeconds: remedy?.drainSeconds,
      }),
  });
}

/** Those of the Python tool keep their size: it knows nothing of ours. */
function canResize({ launchId }: Cluster): boolean {
  return launchId !== null;
}

async function askCount(title: string, prompt: string, most: number): Promise<number | undefined> {
  const text = await askForText({
    title,
    prompt,
    value: '1',
    problem: (typed) => countProblem(typed, most),
  });
  return text === undefined ? undefined : Number(text);
}

/** What is wrong with a count that somebody typed, or `undefined`. */
export function countProblem(text: string, most: number): string | undefined {
  const number = Number(text.trim());
  return /^\d+$/.test(text.trim()) && number >= 1 && number <= most
    ? undefined
    : `Give a whole number from 1 to ${most}.`;
}

/** Refresh, with the progress in the view. */
export async function refreshClusters({ model }: Parts): Promise<void> {
  await withProgress({ location: { viewId: 'flintrock.clusters' } }, () => model.refresh());
}
