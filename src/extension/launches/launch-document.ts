import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { isTrusted } from '../trust.ts';
import { askName } from './cluster-name-input.ts';
import { launch } from './launch.ts';

/** Launches from a document, saved or not: what the form shows is what is launched. */
export async function launchDocument(
  services: ExtensionServices,
  document: vscode.TextDocument,
): Promise<void> {
  if (!isTrusted(document.uri)) return;
  const file = document.uri.fsPath;
  const { launchValues } = await services.engines.configuration();
  const name = await askName(
    services,
    vscode.l10n.t('Launch from {0}', vscode.workspace.asRelativePath(document.uri)),
  );
  if (name === undefined) return;
  await launch(services, {
    name,
    values: launchValues({ text: document.getText(), file }),
    config: undefined,
    cwd: dirname(file),
  });
}
