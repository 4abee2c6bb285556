import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { runVerb } from '../clusters/run-verb.ts';
import { requireTarget } from '../clusters/cluster-argument.ts';

/** Start: brings back a stopped cluster, or the dead nodes of a running one. */
export async function startCluster(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireTarget(services, argument, {
    title: vscode.l10n.t('Start a cluster'),
    states: ['stopped', 'degraded', 'mixed'],
    none: vscode.l10n.t('No cluster is stopped.'),
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
