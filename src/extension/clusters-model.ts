import * as vscode from 'vscode';
import type { Cluster } from '../model/cluster.ts';
import { clusterKey, type ClusterPlace } from './cluster-key.ts';
import type { Listing } from './listing.ts';

/** Between two looks at clusters that are on their way from one state to another. */
const pollMs = 2000;

const moving: ReadonlySet<Cluster['state']> = new Set([
  'launching',
  'starting',
  'stopping',
  'destroying',
]);

/** What is known of the clusters. Looks again by itself only while somebody looks at it, and only while something moves. */
export class ClustersModel implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #list: (signal: AbortSignal) => Promise<Listing>;
  readonly #isBusy: () => boolean;
  #listing: Listing | undefined;
  #work: { readonly promise: Promise<Listing>; readonly abort: AbortController } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #again = false;
  #visible = false;
  readonly onDidChange = this.#changed.event;

  /**
   * @param list asks the engine
   * @param isBusy whether this window changes a cluster now
   */
  constructor(list: (signal: AbortSignal) => Promise<Listing>, isBusy: () => boolean) {
    this.#list = list;
    this.#isBusy = isBusy;
  }

  /** What was seen last; `undefined` if nobody looked yet. */
  get listing(): Listing | undefined {
    return this.#listing;
  }

  get clusters(): readonly Cluster[] {
    return this.#listing?.clusters ?? [];
  }

  /** The cluster as it was seen last. */
  find(place: ClusterPlace): Cluster | undefined {
    return this.clusters.find((cluster) => clusterKey(cluster) === clusterKey(place));
  }

  /** Whether somebody looks: then it is kept fresh. */
  set visible(visible: boolean) {
    this.#visible = visible;
    if (visible) void this.refresh();
    else clearTimeout(this.#timer);
  }

  get visible(): boolean {
    return this.#visible;
  }

  /** Looks now; a look that is under way is waited for and, because it may have come too early, followed by another. */
  async refresh(): Promise<Listing> {
    if (this.#work !== undefined) {
      this.#again = true;
      return this.#work.promise;
    }
    clearTimeout(this.#timer);
    const abort = new AbortController();
    const promise = this.#list(abort.signal);
    this.#work = { promise, abort };
    let listing: Listing;
    try {
      listing = await promise;
    } finally {
      this.#work = undefined;
    }
    if (abort.signal.aborted) return listing;
    this.#listing = listing;
    this.#changed.fire();
    if (this.#again) {
      this.#again = false;
      return this.refresh();
    }
    const moves = listing.clusters.some(({ state }) => moving.has(state)) || this.#isBusy();
    if (this.#visible && moves) this.#timer = setTimeout(() => void this.refresh(), pollMs);
    return listing;
  }

  /** What was seen last, or a first look. */
  async known(): Promise<Listing> {
    return this.#listing ?? this.refresh();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#visible = false;
    this.#work?.abort.abort();
    this.#changed.dispose();
  }
}
