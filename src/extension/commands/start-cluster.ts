import * as vscode from 'vscode';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { runVerb } from '../clusters/run-verb.ts';
import type { ExtensionServices } from '../extension-services.ts';

/** Start Cluster: a stopped one, or the failed nodes of a running one. */
export async function startCluster(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to start'),
    states: ['stopped', 'degraded', 'mixed'],
    none: vscode.l10n.t('No stopped clusters found.'),
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Starting "{0}"', cluster.name);
  await runVerb(services, cluster, {
    verb: 'start',
    doing,
    work: (engine, options) => {
      void services.model.refresh();
      return engine.start(cluster.name, options);
    },
  });
}
