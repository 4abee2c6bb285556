import * as vscode from 'vscode';
import { clusterStates } from '../../model/cluster/cluster.ts';
import { requireCluster } from '../clusters/cluster-argument.ts';
import { runVerb } from '../clusters/run-verb.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { showInformation } from '../ui/window.ts';

/** Allow SSH from My IP: after this machine's public address has changed. */
export async function authorizeAddress(
  services: ExtensionServices,
  argument: unknown,
): Promise<void> {
  const cluster = await requireCluster(services, argument, {
    title: vscode.l10n.t('Select a cluster to allow SSH to'),
    states: clusterStates,
    none: vscode.l10n.t('No clusters found on EC2.'),
    fits: ({ provider }) => provider === 'ec2',
  });
  if (cluster === undefined) return;
  const doing = vscode.l10n.t('Allowing SSH to "{0}" from this machine', cluster.name);
  const done = await runVerb(services, cluster, {
    verb: 'authorize',
    doing,
    work: (engine, options) => engine.authorize(cluster.name, options),
  });
  if (done === undefined) return;
  const { changed, admitted } = done;
  void showInformation(
    changed
      ? vscode.l10n.t('SSH from {0} is now allowed.', admitted.join(', '))
      : vscode.l10n.t('SSH from {0} is already allowed.', admitted.join(', ')),
  );
}
