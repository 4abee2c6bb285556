import * as vscode from 'vscode';
import type { ExtensionServices } from '../extension-services.ts';
import { requireTarget, usable } from '../clusters/cluster-argument.ts';
import { openNodeTerminal } from '../terminals/open-node-terminal.ts';

/** SSH to Master: a terminal on the master, in one click. */
export async function loginToMaster(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireTarget(services, argument, {
    title: vscode.l10n.t('Open a terminal on a master'),
    states: usable,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster !== undefined) await openNodeTerminal(services, cluster, 'master');
}
