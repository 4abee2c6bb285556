import * as vscode from 'vscode';
import { configFile } from '../configuration/config-file.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { askName } from '../launches/cluster-name-input.ts';
import { launch } from '../launches/launch.ts';
import { showInformation } from '../ui/window.ts';

/** Launch from Configuration File: asks for the name only. */
export async function launchFromFile(services: ExtensionServices): Promise<void> {
  const config = await configFile(services);
  if (config === undefined) {
    const edit = vscode.l10n.t('Edit Configuration');
    const answer = await showInformation(vscode.l10n.t('No configuration file found.'), edit);
    if (answer === edit) await vscode.commands.executeCommand('flintrock.configuration.edit');
    return;
  }
  const name = await askName(
    services,
    vscode.l10n.t('Launch from {0}', vscode.workspace.asRelativePath(config)),
  );
  if (name !== undefined) await launch(services, { name, values: {}, config });
}
