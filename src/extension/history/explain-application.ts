import * as vscode from 'vscode';
import type { ExplainResult } from '../../engine/verbs/explain.ts';
import type { LocatedCluster } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { pickOne } from '../ui/window.ts';

/** A cluster whose event logs are read: where it is, or what was saved of it when it was destroyed. */
type ExplainedCluster = LocatedCluster | { readonly name: string; readonly saved: true };

/**
 * Shows a page that says why an application took as long as it did, or failed.
 *
 * @param application its id, or that of a job, whose newest application it is then; the newest one if it isn't given
 */
export async function explainApplication(
  services: ExtensionServices,
  cluster: ExplainedCluster,
  application?: string,
): Promise<void> {
  const result = await explain(services, cluster, application);
  if (result === undefined) return;
  const { id } = result.application;
  services.explanations.show(result, {
    refresh: () => explain(services, cluster, id),
    others: async () => {
      const picked = await pickOne(
        result.applications.map((label) => ({ label })),
        {
          title: vscode.l10n.t('Explain an application of "{0}"', cluster.name),
          placeHolder: vscode.l10n.t('Select an application'),
        },
      );
      if (picked !== undefined) await explainApplication(services, cluster, picked.label);
    },
  });
}

async function explain(
  services: ExtensionServices,
  cluster: ExplainedCluster,
  application: string | undefined,
): Promise<ExplainResult | undefined> {
  const doing = vscode.l10n.t('Reading the event log: "{0}"', cluster.name);
  const saved = 'saved' in cluster;
  const outcome = await services.operations.run({
    ref: saved ? undefined : cluster,
    verb: 'explain',
    title: doing,
    work: (engine, options) => engine.explain(cluster.name, { ...options, application, saved }),
    ...(saved && { engine: () => services.engines.plain() }),
  });
  if (outcome.ok) return outcome.value;
  showFailure(doing, outcome.error);
  return undefined;
}
