import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import type { CopyFileRequest, CopyFileResult } from '../../engine/verbs/copy-file.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
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
  const outcome = await copy(services, cluster, { direction, local, remote });
  if (outcome === undefined) return;
  void showInformation(
    direction === 'up'
      ? vscode.l10n.t('Copied to {0}.', formatCount(outcome.nodes.length, 'node', vscode.l10n.t))
      : vscode.l10n.t('Copied to {0}.', local),
  );
}

/** Copies files and folders that were dropped onto a cluster to the home directories of all nodes. */
export async function copyDroppedFiles(
  services: ExtensionServices,
  cluster: Cluster,
  files: readonly vscode.Uri[],
): Promise<void> {
  let nodes = 0;
  for (const { fsPath } of files) {
    const copied = await copy(services, cluster, {
      direction: 'up',
      local: fsPath,
      remote: basename(fsPath),
    });
    if (copied === undefined) return;
    nodes = copied.nodes.length;
  }
  void showInformation(
    vscode.l10n.t(
      'Copied {0} to the home directories of {1}.',
      files.map(({ fsPath }) => basename(fsPath)).join(', '),
      formatCount(nodes, 'node', vscode.l10n.t),
    ),
  );
}

/** Copies a file; a failure has been shown where there is no result. */
async function copy(
  services: ExtensionServices,
  cluster: Cluster,
  request: CopyFileRequest,
): Promise<CopyFileResult | undefined> {
  const doing = vscode.l10n.t('Copying files: "{0}"', cluster.name);
  const outcome = await services.operations.run({
    ref: refOf(cluster),
    verb: 'copyFile',
    title: doing,
    work: (engine, options) =>
      engine.copyFile(cluster.name, request, {
        ...options,
        masterOnly: request.direction === 'down',
      }),
  });
  if (outcome.ok) return outcome.value;
  showFailure(doing, outcome.error);
  return undefined;
}
