import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';

/** Show Saved History: what ran on clusters that were destroyed, in the browser. */
export async function showSavedHistory(services: ExtensionServices): Promise<void> {
  const doing = vscode.l10n.t('Opening the saved history');
  const outcome = await services.operations.run({
    ref: undefined,
    verb: 'login',
    title: doing,
    work: (engine, options) => services.pages.openSaved(engine, options),
  });
  if (!outcome.ok) showFailure(doing, outcome.error);
  else if (outcome.value !== undefined)
    await vscode.env.openExternal(vscode.Uri.parse(outcome.value.address, true));
}
