import * as vscode from 'vscode';
import { refOf } from '../clusters/cluster-ref.ts';
import type { ClustersModel } from '../clusters/clusters-model.ts';
import { pickCluster, usableStates } from '../clusters/pick-cluster.ts';
import { terminalProfile } from '../ui/window.ts';
import type { Terminals } from './terminals.ts';

/** "Spark master…" in the drop-down of terminals. */
export class MasterProfileProvider implements vscode.TerminalProfileProvider {
  readonly #model: ClustersModel;
  readonly #terminals: Terminals;

  constructor(model: ClustersModel, terminals: Terminals) {
    this.#model = model;
    this.#terminals = terminals;
  }

  async provideTerminalProfile(): Promise<vscode.TerminalProfile | undefined> {
    const cluster = await pickCluster(this.#model, {
      title: vscode.l10n.t('Select a cluster to open a terminal on'),
      states: usableStates,
      none: vscode.l10n.t('No cluster is running.'),
    });
    if (cluster === undefined) return undefined;
    return terminalProfile(await this.#terminals.options(refOf(cluster), 'master'));
  }
}
