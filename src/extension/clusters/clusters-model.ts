import * as vscode from 'vscode';
import type { Cluster } from '../../model/cluster/cluster.ts';
import { clusterKey, type LocatedCluster } from './cluster-ref.ts';
import { allClusters, keepKnown, type Listing } from './listing.ts';

/** Between two refreshes while a cluster is in a transient state, in milliseconds. */
const pollMs = 2000;

const transientStates: ReadonlySet<Cluster['state']> = new Set([
  'launching',
  'starting',
  'stopping',
  'destroying',
]);

/** What is known of the clusters. Refreshes itself only while the view is visible and a cluster is in a transient state. */
export class ClustersModel implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #list: (signal: AbortSignal, mayAsk: boolean) => Promise<Listing>;
  readonly #isBusy: () => boolean;
  readonly #tell: (problems: Listing['problems']) => void;
  #told = '';
  #listing: Listing | undefined;
  readonly #end = new AbortController();
  #look: Promise<Listing> | undefined;
  #next: { readonly promise: Promise<Listing>; mayAsk: boolean } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #visible = false;
  readonly onDidChange = this.#changed.event;

  /**
   * @param list asks the engine; `mayAsk`: and the user, if it must
   * @param isBusy whether this window changes a cluster now
   * @param tell hears what could not be listed, whenever that is something else than before
   */
  constructor(
    list: (signal: AbortSignal, mayAsk: boolean) => Promise<Listing>,
    isBusy: () => boolean,
    tell: (problems: Listing['problems']) => void,
  ) {
    this.#list = list;
    this.#isBusy = isBusy;
    this.#tell = tell;
  }

  /** What was seen last; `undefined` before the first listing. */
  get listing(): Listing | undefined {
    return this.#listing;
  }

  /** All that are known, those of places that could not be asked the last time among them. */
  get clusters(): readonly Cluster[] {
    return this.#listing === undefined ? [] : allClusters(this.#listing);
  }

  /** The cluster as it was seen last. */
  find(ref: LocatedCluster): Cluster | undefined {
    return this.clusters.find((cluster) => clusterKey(cluster) === clusterKey(ref));
  }

  /** Whether the view is visible: then it is kept up to date. */
  set visible(visible: boolean) {
    this.#visible = visible;
    if (visible) void this.refresh();
    else clearTimeout(this.#timer);
  }

  get visible(): boolean {
    return this.#visible;
  }

  /** Looks now. A look that is under way may have come too early: another one follows it, and is waited for. */
  refresh(mayAsk = false): Promise<Listing> {
    if (this.#next !== undefined) {
      this.#next.mayAsk ||= mayAsk;
      return this.#next.promise;
    }
    if (this.#look === undefined) return this.#begin(mayAsk);
    const follow = (): Promise<Listing> => {
      const asked = this.#next?.mayAsk ?? false;
      this.#next = undefined;
      return this.#begin(asked);
    };
    this.#next = { promise: this.#look.then(follow, follow), mayAsk };
    return this.#next.promise;
  }

  #begin(mayAsk: boolean): Promise<Listing> {
    clearTimeout(this.#timer);
    const look = this.#lookOnce(mayAsk).finally(() => {
      this.#look = undefined;
    });
    this.#look = look;
    return look;
  }

  async #lookOnce(mayAsk: boolean): Promise<Listing> {
    const { signal } = this.#end;
    const listing = keepKnown(this.#listing, await this.#list(signal, mayAsk));
    if (signal.aborted) return listing;
    // A tree that is drawn again takes the row from a menu that is open on it: only for what is new.
    const isNews = JSON.stringify(listing) !== JSON.stringify(this.#listing);
    this.#listing = listing;
    this.#tellProblems(listing);
    if (isNews) this.#changed.fire();
    const moves = this.clusters.some(({ state }) => transientStates.has(state)) || this.#isBusy();
    if (this.#visible && moves) this.#timer = setTimeout(() => void this.refresh(), pollMs);
    return listing;
  }

  /** What was seen last, or a first look. */
  async known(): Promise<Listing> {
    return this.#listing ?? this.refresh();
  }

  #tellProblems({ problems }: Listing): void {
    const text = JSON.stringify(problems.map(({ where, message }) => [where, message]));
    if (text === this.#told) return;
    this.#told = text;
    this.#tell(problems);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#visible = false;
    this.#end.abort();
    this.#changed.dispose();
  }
}
