import type * as vscode from 'vscode';
import type { FlintrockEngine } from '../../engine/flintrock.ts';
import type { VerbOptions } from '../../engine/support/context.ts';
import type { OpenPageResult, PageAddress } from '../../engine/verbs/open-page.ts';
import type { SavedHistoryResult } from '../../engine/verbs/open-saved-history.ts';
import type { WebPageId } from '../../model/cluster/web-page.ts';
import { clusterKey, type LocatedCluster } from '../clusters/cluster-ref.ts';
import { EditorHost } from '../engine/editor-host.ts';
import type { EngineFactory } from '../engine/engine-factory.ts';
import { logEvent } from '../engine/log.ts';

/** The ways to clusters' web pages that this window opened: each stays until it is lost, or the window is closed. */
export class OpenPages implements vscode.Disposable {
  readonly #engines: EngineFactory;
  readonly #log: vscode.LogOutputChannel;
  readonly #open = new Map<string, Promise<OpenPageResult>>();
  #saved: SavedHistoryResult | undefined;

  constructor(engines: EngineFactory, log: vscode.LogOutputChannel) {
    this.#engines = engines;
    this.#log = log;
  }

  /** Where a browser on this machine finds a page: several of `jobs`, or none. */
  async addresses(
    ref: LocatedCluster,
    page: WebPageId,
    signal: AbortSignal,
  ): Promise<readonly PageAddress[]> {
    const key = `${clusterKey(ref)} ${page}`;
    let opening = this.#open.get(key);
    if (opening === undefined) {
      opening = this.#begin(ref, page, signal);
      this.#open.set(key, opening);
      const forget = (): void => void this.#open.delete(key);
      opening.then(({ closed }) => closed.then(forget), forget);
    }
    return (await opening).addresses({ signal });
  }

  /** Serves what was saved of destroyed clusters, as it is now, until the window is closed. */
  async openSaved(
    engine: FlintrockEngine,
    cluster: string | undefined,
    options: VerbOptions,
  ): Promise<PageAddress | undefined> {
    await this.#saved?.close();
    this.#saved = await engine.openSavedHistory(cluster, options);
    return this.#saved.pages[0];
  }

  dispose(): void {
    void this.#saved?.close();
    for (const opening of this.#open.values())
      opening.then(
        (open) => open.close(),
        () => undefined,
      );
  }

  async #begin(ref: LocatedCluster, page: WebPageId, signal: AbortSignal): Promise<OpenPageResult> {
    const host = new EditorHost((event) => logEvent(this.#log, event));
    const { engine, values } = await this.#engines.forCluster(ref);
    return engine.openPage(ref.name, page, { values, signal, host });
  }
}
