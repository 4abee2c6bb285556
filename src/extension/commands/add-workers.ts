import * as vscode from 'vscode';
import { type Cluster } from '../../model/cluster/cluster.ts';
import type { GrowthPlan } from '../../model/plan.ts';
import { formatCount } from '../../text/counts.ts';
import { growthQuestion } from '../../text/engine/change-questions.ts';
import { remedyOf, requireCluster } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { runVerb } from '../clusters/run-verb.ts';
import { askCount, canResize } from '../clusters/worker-count.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { ask } from '../ui/window.ts';

/** Add Workers: asks how many and, where they cost money, shows the price first. */
export async function addWorkers(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to add workers to'),
    states: ['running'],
    none: vscode.l10n.t('No running cluster can be resized.'),
    fits: canResize,
  });
  if (cluster === undefined) return;
  const remedy = remedyOf(argument, 'addWorkers');
  const number =
    remedy?.count ??
    (await askCount(
      vscode.l10n.t('Add workers to "{0}"', cluster.name),
      vscode.l10n.t('Number of workers to add (currently {0})', cluster.workers.length),
      100,
    ));
  if (number === undefined) return;
  if (cluster.provider === 'ec2') {
    const planned = await planGrowth(services, cluster, number);
    if (planned === undefined) return;
    const question = growthQuestion(
      cluster,
      planned,
      services.settings.profile,
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
  await runVerb(services, cluster, {
    verb: 'addWorkers',
    doing,
    work: (engine, options) =>
      engine.addWorkers(cluster.name, number, { ...options, takeOver: remedy?.takeOver }),
  });
}

/** What would be added, and what it costs; `undefined` if that failed, which has been shown then. */
async function planGrowth(
  services: ExtensionServices,
  cluster: Cluster,
  number: number,
): Promise<GrowthPlan | undefined> {
  const planned = await services.operations.run({
    ref: refOf(cluster),
    verb: 'plan',
    title: vscode.l10n.t('Planning workers of "{0}"', cluster.name),
    location: 'window',
    work: (engine, options) => engine.planWorkers(cluster.name, number, options),
  });
  if (planned.ok) return planned.value;
  showFailure(vscode.l10n.t('Adding workers to "{0}"', cluster.name), planned.error);
  return undefined;
}
