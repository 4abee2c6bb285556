import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { usableStates } from '../clusters/pick-cluster.ts';
import { runVerb } from '../clusters/run-verb.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { launch } from '../launches/launch.ts';
import { ask } from '../ui/window.ts';
import { localClusterName } from './local-cluster-name.ts';

/** The local cluster of a folder, running: started or launched after a question if it isn't there. */
export async function requireLocalCluster(
  services: ExtensionServices,
  folder: vscode.WorkspaceFolder,
): Promise<Cluster | undefined> {
  const name = localClusterName(folder.uri.fsPath);
  const find = (): Cluster | undefined =>
    services.model.clusters.find((one) => one.provider === 'local' && one.name === name);
  await services.model.refresh();
  const known = find();
  if (known !== undefined && usableStates.includes(known.state)) return known;
  if (known !== undefined) {
    const start = vscode.l10n.t('Start');
    if (
      (await ask({ text: vscode.l10n.t('Start the local cluster "{0}"?', name) }, start)) !== start
    )
      return undefined;
    await runVerb(services, known, {
      verb: 'start',
      doing: vscode.l10n.t('Starting "{0}"', name),
      work: (engine, options) => engine.start(name, options),
    });
  } else {
    const button = vscode.l10n.t('Launch');
    const answer = await ask(
      {
        text: vscode.l10n.t('Launch the local cluster "{0}"?', name),
        detail: vscode.l10n.t('One worker on this machine; no AWS account required.'),
      },
      button,
    );
    if (answer !== button) return undefined;
    await launch(services, {
      name,
      values: { provider: 'local', numWorkers: 1 },
      config: undefined,
      cwd: folder.uri.fsPath,
    });
  }
  const made = find();
  return made !== undefined && usableStates.includes(made.state) ? made : undefined;
}
