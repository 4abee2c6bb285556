import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { showInformation } from '../ui/window.ts';
import { runVerb } from '../clusters/run-verb.ts';
import { requireTarget } from '../clusters/cluster-argument.ts';

/** Repair: replaces dead workers, or starts them again where that is possible. */
export async function repairCluster(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireTarget(services, argument, {
    title: vscode.l10n.t('Repair a cluster'),
    states: ['running', 'degraded', 'mixed'],
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Repairing "{0}"', cluster.name);
  const done = await runVerb(services, cluster, {
    verb: 'repair',
    doing,
    work: (engine, options) => engine.repair(cluster.name, options),
  });
  if (done === undefined) return;
  const { changed, replaced } = done;
  void showInformation(
    changed
      ? vscode.l10n.t('"{0}" is whole again: {1} mended.', cluster.name, replaced.join(', '))
      : vscode.l10n.t('"{0}" has no dead worker: nothing to do.', cluster.name),
  );
}
