import * as vscode from 'vscode';
import type { Parts } from '../extension-services.ts';
import { changeCluster } from '../clusters/run-verb.ts';
import { requireTarget } from '../clusters/cluster-argument.ts';

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
