import * as vscode from 'vscode';
import { clusterStates, nodesOf, type Cluster } from '../../model/cluster.ts';
import { placeOf } from '../cluster-key.ts';
import { showFailure } from '../failure.ts';
import type { Parts } from '../parts.ts';
import { dollars } from '../../model/cost.ts';
import { count } from '../../model/count.ts';
import { ask, askForText, withProgress } from '../ui/window.ts';
import { place } from '../words.ts';
import { changeCluster } from './change.ts';
import { requireTarget, requireTargets } from './targets.ts';

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

/** Stop: puts one or several to rest. */
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
  await Promise.all(
    clusters.map(async (cluster) => {
      const doing = vscode.l10n.t('Stopping "{0}"', cluster.name);
      const outcome = await parts.operations.run({
        place: placeOf(cluster),
        verb: 'stop',
        title: doing,
        work: (engine, options) => {
          void parts.model.refresh();
          return engine.stop(cluster.name, options);
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
  const [first] = clusters;
  if (first === undefined || !(await mayDestroy(clusters))) return;
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

async function mayDestroy(clusters: readonly Cluster[]): Promise<boolean> {
  const names = clusters.map(({ name }) => `"${name}"`).join(', ');
  const lines = clusters.map((cluster) => {
    const { pricePerHour = null } = cluster;
    // What is stopped costs nothing, but for its disks.
    const price =
      pricePerHour === null || pricePerHour === 0 ? '' : `, ${dollars(pricePerHour)} an hour`;
    return `${cluster.name}: ${count(nodesOf(cluster).length, 'node')} on ${place(cluster)}${price}`;
  });
  const answer = await ask(
    {
      text: vscode.l10n.t('Destroy {0}?', names),
      detail: `${lines.join('\n')}\n\nEverything on ${clusters.length === 1 ? 'it' : 'them'} is deleted. This can’t be undone.`,
    },
    vscode.l10n.t('Destroy'),
  );
  return answer !== undefined;
}

/** Add Workers: asks how many. */
export async function addWorkers(parts: Parts, argument: unknown): Promise<void> {
  const cluster = await requireTarget(parts, argument, {
    title: vscode.l10n.t('Add workers to a cluster'),
    states: ['running'],
    none: vscode.l10n.t('No cluster that can grow is running.'),
    fits: canResize,
  });
  if (cluster === undefined) return;
  const number = await askCount(
    `Add workers to "${cluster.name}"`,
    `It has ${count(cluster.workers.length, 'worker')}. How many more?`,
    100,
  );
  if (number === undefined) return;
  const doing = vscode.l10n.t('Adding {0} to "{1}"', count(number, 'worker'), cluster.name);
  await changeCluster(parts, cluster, {
    verb: 'addWorkers',
    doing,
    work: (engine, options) => engine.addWorkers(cluster.name, number, options),
  });
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
  const number = await askCount(
    `Remove workers of "${cluster.name}"`,
    `It has ${count(cluster.workers.length, 'worker')}. How many of the newest leave?`,
    cluster.workers.length,
  );
  if (number === undefined) return;
  const doing = vscode.l10n.t('Removing {0} of "{1}"', count(number, 'worker'), cluster.name);
  await changeCluster(parts, cluster, {
    verb: 'removeWorkers',
    doing,
    work: (engine, options) => engine.removeWorkers(cluster.name, number, options),
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
