import * as vscode from 'vscode';
import { remedyOf, requireCluster } from '../clusters/cluster-argument.ts';
import { runVerb } from '../clusters/run-verb.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showInformation } from '../ui/window.ts';

/** Replace Failed Workers: or restarts them where that is possible. */
export async function repairCluster(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster with failed workers'),
    states: ['running', 'degraded', 'mixed'],
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Replacing failed workers of "{0}"', cluster.name);
  const done = await runVerb(services, cluster, {
    verb: 'repair',
    doing,
    work: (engine, options) =>
      engine.repair(cluster.name, { ...options, ...remedyOf(argument, 'repair') }),
  });
  if (done === undefined) return;
  const { changed, replaced } = done;
  void showInformation(
    changed
      ? vscode.l10n.t('Replaced {0} in "{1}".', replaced.join(', '), cluster.name)
      : vscode.l10n.t('All workers of "{0}" are healthy.', cluster.name),
  );
}
