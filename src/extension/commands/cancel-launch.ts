import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { treeItem } from '../clusters/cluster-argument.ts';
import { isAt, refOf } from '../clusters/cluster-ref.ts';
import type { Operation } from '../engine/operations.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { isUnfinished } from '../launches/resume-launches.ts';
import { showFailure } from '../ui/failure.ts';
import { ask, pickOne } from '../ui/window.ts';

/** Cancel Launch…: stops a launch of this window, and removes what it made; one of another client can only be removed. */
export async function cancelLaunch(services: ExtensionServices, argument: unknown): Promise<void> {
  const cluster = rowCluster(argument);
  const name = nameOf(argument) ?? (await pickLaunch(services));
  if (name === undefined) return;
  const operation = launchOf(services, name, cluster);
  if (operation === undefined) {
    await vscode.commands.executeCommand(
      'flintrock.cluster.destroy',
      cluster === undefined ? name : argument,
    );
    return;
  }
  const answer = await ask(
    {
      text: vscode.l10n.t('Cancel the launch of "{0}"?', name),
      detail: vscode.l10n.t('Resources created so far will be deleted.'),
    },
    vscode.l10n.t('Cancel Launch'),
  );
  if (answer === undefined) return;
  const { verb, ref, cancel, ended } = operation;
  cancel();
  // A launch removes what it made; one that was only resumed isn't this client's own, and leaves it.
  if (verb !== 'resume' || ref === undefined) return;
  await ended;
  const { clusters } = await services.model.refresh();
  // Another one of its name, or one that was ready before it heard of this, was not agreed to.
  const left = clusters.find((one) => isAt(one, ref) && isUnfinished(one));
  if (left !== undefined) await remove(services, left);
}

/** Launch Actions…: shows the log of a running launch, or cancels it. */
export async function launchActions(
  _services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const name = nameOf(argument);
  if (name === undefined) return;
  const picked = await pickOne(
    [
      {
        icon: 'list-tree',
        label: vscode.l10n.t('Show Launch Log'),
        command: 'flintrock.cluster.showLaunchLog',
      },
      {
        icon: 'stop-circle',
        label: vscode.l10n.t('Cancel Launch…'),
        command: 'flintrock.cluster.cancelLaunch',
      },
    ],
    { title: vscode.l10n.t('Launch of "{0}"', name) },
  );
  if (picked !== undefined) await vscode.commands.executeCommand(picked.command, name);
}

/** The running launch of a cluster in this window, begun or resumed here. */
function launchOf(
  { operations }: ExtensionServices,
  name: string,
  cluster: Cluster | undefined,
): Operation | undefined {
  return operations.running.find(
    ({ verb, ref }) =>
      (verb === 'launch' || verb === 'resume') &&
      ref?.name === name &&
      (cluster === undefined || isAt(cluster, ref)),
  );
}

function nameOf(argument: unknown): string | undefined {
  return typeof argument === 'string' ? argument : rowCluster(argument)?.name;
}

/** The cluster of the row that a command was called on. */
function rowCluster(argument: unknown): Cluster | undefined {
  const item = treeItem(argument);
  return item !== undefined && 'cluster' in item ? item.cluster : undefined;
}

async function pickLaunch({ operations, model }: ExtensionServices): Promise<string | undefined> {
  const names = [
    ...operations.running.flatMap(({ verb, ref }) =>
      verb === 'launch' || verb === 'resume' ? (ref?.name ?? []) : [],
    ),
    ...model.clusters.filter(({ state }) => isLaunching(state)).map(({ name }) => name),
  ];
  const picked = await pickOne(
    [...new Set(names)].map((label) => ({ label })),
    { title: vscode.l10n.t('Select a launch to cancel') },
  );
  return picked?.label;
}

function isLaunching(state: Cluster['state']): boolean {
  return state === 'launching' || state === 'half-launched';
}

async function remove(services: ExtensionServices, cluster: Cluster): Promise<void> {
  const doing = vscode.l10n.t('Destroying "{0}"', cluster.name);
  const outcome = await services.operations.run({
    ref: refOf(cluster),
    verb: 'destroy',
    title: doing,
    work: (engine, options) => engine.destroy(cluster.name, options),
  });
  await services.model.refresh();
  if (!outcome.ok) showFailure(doing, outcome.error);
}
