import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { formatCount } from '../../text/counts.ts';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showFailure } from '../ui/failure.ts';
import { askForText, chooseFile, pickOne, showInformation } from '../ui/window.ts';

/** Copy File…: to all nodes, or from the master. */
export async function copyFile(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to copy files to or from'),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const title = vscode.l10n.t('Copy files: "{0}"', cluster.name);
  const picked = await pickOne(
    [
      { icon: 'cloud-upload', label: vscode.l10n.t('To all nodes'), direction: 'up' as const },
      {
        icon: 'cloud-download',
        label: vscode.l10n.t('From the master'),
        direction: 'down' as const,
      },
    ],
    { title },
  );
  if (picked === undefined) return;
  const { direction } = picked;
  const chosen = await chooseFile({
    title,
    openLabel: direction === 'up' ? vscode.l10n.t('Copy') : vscode.l10n.t('Copy Here'),
    canSelectFolders: direction === 'down',
    canSelectFiles: direction === 'up',
  });
  if (chosen === undefined) return;
  const remote = await askForText({
    title,
    prompt: vscode.l10n.t('Remote path (relative to the home directory)'),
    value: direction === 'up' ? basename(chosen.fsPath) : '',
    problem: (text) => (text.trim() === '' ? vscode.l10n.t('Enter a path.') : undefined),
  });
  if (remote === undefined) return;
  const local = direction === 'up' ? chosen.fsPath : join(chosen.fsPath, basename(remote));
  const doing = vscode.l10n.t('Copying files: "{0}"', cluster.name);
  const outcome = await services.operations.run({
    ref: refOf(cluster),
    verb: 'copyFile',
    title: doing,
    work: (engine, options) =>
      engine.copyFile(
        cluster.name,
        { direction, local, remote },
        { ...options, masterOnly: direction === 'down' },
      ),
  });
  if (!outcome.ok) showFailure(doing, outcome.error);
  else
    void showInformation(
      direction === 'up'
        ? vscode.l10n.t(
            'Copied to {0}.',
            formatCount(outcome.value.nodes.length, 'node', vscode.l10n.t),
          )
        : vscode.l10n.t('Copied to {0}.', local),
    );
}
