import type { ExtensionServices } from '../extension-services.ts';
import { explainApplication } from '../history/explain-application.ts';
import { savedRow } from '../history/saved-history-view.ts';

/** Explain Performance: of an application of a cluster that was destroyed. */
export async function explainSaved(services: ExtensionServices, argument: unknown): Promise<void> {
  const row = savedRow(argument);
  if (row === undefined) return;
  await explainApplication(services, { name: row.cluster, saved: true }, row.application?.id);
}
