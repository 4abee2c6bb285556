import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { formatPlace } from '../../text/places.ts';
import { isAttachedTo } from '../attach/attachment.ts';
import type { Attachments } from '../attach/attachments.ts';
import { clusterKey, type LocatedCluster, refOf } from '../clusters/cluster-ref.ts';
import type { ClustersModel } from '../clusters/clusters-model.ts';
import { pickCluster, usableStates } from '../clusters/pick-cluster.ts';
import { StatusItem } from '../ui/window.ts';
import { isJobFile } from './job-file.ts';

/** Where the selected cluster is kept. */
const memoryKey = 'jobs.cluster';

/** The cluster that this workspace’s jobs run on: remembered, and shown in the status bar beside a file that can be run. */
export class TargetCluster implements vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #model: ClustersModel;
  readonly #attachments: Attachments;
  readonly #item = new StatusItem('jobs', () => vscode.l10n.t('Flintrock: Cluster for Jobs'));
  readonly #subscriptions: vscode.Disposable;

  constructor(memory: vscode.Memento, model: ClustersModel, attachments: Attachments) {
    this.#memory = memory;
    this.#model = model;
    this.#attachments = attachments;
    this.#subscriptions = vscode.Disposable.from(
      model.onDidChange(() => this.#show()),
      attachments.onDidChange(() => this.#show()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#show()),
    );
    this.#show();
  }

  /**
   * The cluster to run a job on. Nobody is asked where one is selected already, a folder is attached to one, or there is one only.
   *
   * @param name that it must have
   * @param title of the list that is asked from
   */
  async require(name: string | undefined, title: string): Promise<Cluster | undefined> {
    await this.#model.refresh();
    const usable = this.#usable().filter((cluster) => name === undefined || cluster.name === name);
    const known = this.#chosen(usable);
    if (known !== undefined) return known;
    const picked = await this.#pick(title, name);
    // What a task names is for that task.
    if (picked !== undefined && name === undefined) await this.#remember(refOf(picked));
    return picked;
  }

  /** Select Cluster for Jobs… */
  async select(): Promise<void> {
    const picked = await this.#pick(vscode.l10n.t('Select a cluster for jobs'), undefined);
    if (picked !== undefined) await this.#remember(refOf(picked));
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#item.dispose();
  }

  #usable(): Cluster[] {
    return this.#model.clusters.filter(({ state }) => usableStates.includes(state));
  }

  /** The only cluster, else the one that was selected, else that of an attached folder. */
  #chosen(usable: readonly Cluster[]): Cluster | undefined {
    if (usable.length === 1) return usable[0];
    for (const ref of [this.#remembered, this.#attachments.current?.ref]) {
      if (ref === undefined) continue;
      const found = usable.find((cluster) => clusterKey(cluster) === clusterKey(ref));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  get #remembered(): LocatedCluster | undefined {
    return this.#memory.get<LocatedCluster>(memoryKey);
  }

  async #remember(ref: LocatedCluster): Promise<void> {
    await this.#memory.update(memoryKey, ref);
    this.#show();
  }

  #pick(title: string, name: string | undefined): Promise<Cluster | undefined> {
    return pickCluster(this.#model, {
      title,
      states: usableStates,
      none:
        name === undefined
          ? vscode.l10n.t('No cluster is running.')
          : vscode.l10n.t('No cluster named "{0}" is running.', name),
      fits: (cluster) => name === undefined || cluster.name === name,
    });
  }

  /** Of what is known by now: nothing is asked for the status bar. */
  #show(): void {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const usable = this.#usable();
    if (uri === undefined || !isJobFile(uri) || usable.length === 0) {
      this.#item.hide();
      return;
    }
    const cluster = this.#chosen(usable);
    // The item of the attachment says it already.
    if (cluster !== undefined && isAttachedTo(this.#attachments.of(uri), refOf(cluster))) {
      this.#item.hide();
      return;
    }
    this.#item.show({
      icon: 'server-environment',
      text: cluster?.name ?? vscode.l10n.t('Select Cluster'),
      tooltip:
        cluster === undefined
          ? vscode.l10n.t('Click to select the cluster that jobs of this workspace run on.')
          : [
              vscode.l10n.t(
                'Jobs of this workspace run on "{0}" ({1})',
                cluster.name,
                formatPlace(cluster, vscode.l10n.t),
              ),
              vscode.l10n.t('Click to select another cluster.'),
            ].join('\n'),
      command: 'flintrock.jobs.selectCluster',
    });
  }
}
