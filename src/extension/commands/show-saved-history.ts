import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { savedRow } from '../history/saved-history-view.ts';
import { showFailure } from '../ui/failure.ts';

/** Show Saved History: what ran on clusters that were destroyed, or on that of a row, in the browser. */
export async function showSavedHistory(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const cluster = savedRow(argument)?.cluster;
  const doing = vscode.l10n.t('Opening the saved history');
  const outcome = await services.operations.run({
    ref: undefined,
    verb: 'login',
    title: doing,
    work: (engine, options) => services.pages.openSaved(engine, cluster, options),
  });
  if (!outcome.ok) showFailure(doing, outcome.error);
  else if (outcome.value !== undefined)
    await vscode.env.openExternal(vscode.Uri.parse(outcome.value.address, true));
}
