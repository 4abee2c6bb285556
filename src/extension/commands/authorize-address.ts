import * as vscode from 'vscode';
import { clusterStates } from '../../model/cluster/cluster.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showInformation } from '../ui/window.ts';
import { runVerb } from '../clusters/run-verb.ts';
import { requireTarget } from '../clusters/cluster-argument.ts';

/** Let My Address In: after the person's own address has changed. */
export async function authorizeAddress(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const cluster = await requireTarget(services, argument, {
    title: vscode.l10n.t('Let this machine’s address into a cluster'),
    states: clusterStates,
    none: vscode.l10n.t('There is no cluster on EC2.'),
    fits: ({ provider }) => provider === 'ec2',
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Letting this machine into "{0}"', cluster.name);
  const done = await runVerb(services, cluster, {
    verb: 'authorize',
    doing,
    work: (engine, options) => engine.authorize(cluster.name, options),
  });
  if (done === undefined) return;
  const { changed, admitted } = done;
  void showInformation(
    changed
      ? vscode.l10n.t('"{0}" lets in {1} now.', cluster.name, admitted.join(', '))
      : vscode.l10n.t('"{0}" lets in {1} already.', cluster.name, admitted.join(', ')),
  );
}
