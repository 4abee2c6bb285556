import * as vscode from 'vscode';
import type { ExplainResult } from '../../engine/verbs/explain.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { pickOne } from '../ui/window.ts';

/**
 * Shows a page that says why an application took as long as it did, or failed.
 *
 * @param application its id, or that of a job, whose newest application it is then; the newest one if it isn't given
 */
export async function explainApplication(
  services: ExtensionServices,
  cluster: Cluster,
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
  cluster: Cluster,
  application: string | undefined,
): Promise<ExplainResult | undefined> {
  const doing = vscode.l10n.t('Reading the event log: "{0}"', cluster.name);
  const outcome = await services.operations.run({
    ref: refOf(cluster),
    verb: 'explain',
    title: doing,
    work: (engine, options) => engine.explain(cluster.name, { ...options, application }),
  });
  if (outcome.ok) return outcome.value;
  showFailure(doing, outcome.error);
  return undefined;
}
