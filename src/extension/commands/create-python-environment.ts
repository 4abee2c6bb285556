import * as vscode from 'vscode';
import { attach } from '../attach/attach.ts';
import { attachableFolder } from '../attach/attachable-folder.ts';
import { isAttachedTo } from '../attach/attachment.ts';
import { selectInterpreter } from '../attach/running/interpreter.ts';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { refOf } from '../clusters/cluster-ref.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import { runVerb } from '../clusters/run-verb.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showInformation } from '../ui/window.ts';

/** Create Python Environment for Cluster: it becomes the interpreter of the workspace. */
export async function createPythonEnvironment(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const folder = await attachableFolder(services.isElsewhere);
  if (folder === undefined) return;
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select the cluster that the environment is for'),
    states: usableStates,
    none: vscode.l10n.t('No cluster is running.'),
  });
  if (cluster === undefined) return;
  const made = await runVerb(services, cluster, {
    verb: 'pythonEnv',
    doing: vscode.l10n.t('Creating a Python environment for "{0}"', cluster.name),
    work: (engine, options) =>
      engine.pythonEnv(cluster.name, { ...options, folder: folder.uri.fsPath }),
  });
  if (made === undefined) return;
  const isSelected = await selectInterpreter(folder, made.python);
  const created = vscode.l10n.t(
    'The environment {0} has Python {1} and a Spark client that fits "{2}".',
    vscode.workspace.asRelativePath(made.path),
    made.pythonVersion,
    cluster.name,
  );
  const text = isSelected
    ? `${created} ${vscode.l10n.t('It is the interpreter of this workspace now.')}`
    : created;
  const attachment = services.attachments.of(folder.uri);
  if (attachment !== undefined && isAttachedTo(attachment, refOf(cluster))) {
    void showInformation(text);
    return;
  }
  const attachIt = vscode.l10n.t('Attach to This Workspace');
  if ((await showInformation(text, attachIt)) === attachIt) await attach(services, folder, cluster);
}
