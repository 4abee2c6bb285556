import * as vscode from 'vscode';
import type { ClusterState } from '../../model/cluster/cluster.ts';
import type {
  LaunchAction,
  LaunchLogMessage,
  LaunchLogRequest,
} from '../../protocol/launch-log.ts';
import type { ClustersModel } from '../clusters/clusters-model.ts';
import type { Listing } from '../clusters/listing.ts';
import { pageHtml, pagesFolder } from '../ui/html.ts';
import { plainValue } from '../ui/plain.ts';
import { openPanel } from '../ui/window.ts';
import type { Launches, LaunchRecord } from './launches.ts';

/** The type of the panel, as the manifest and the serializer name it. */
export const launchLogType = 'flintrock.launchLog';

/** How often the file of another window's launch is read, in milliseconds. */
const followMs = 1000;

const actions: ReadonlySet<string> = new Set<LaunchAction>([
  'cancel',
  'login',
  'openUi',
  'resume',
  'cleanUp',
  'showLog',
]);

/** What a page sends is checked: it is a program of its own. */
function isRequest(message: unknown): message is LaunchLogRequest {
  if (typeof message !== 'object' || message === null) return false;
  const { type, action } = message as { type?: unknown; action?: unknown };
  return type === 'ready' || (type === 'do' && typeof action === 'string' && actions.has(action));
}

/** How the cluster of a launch is now; `gone` if there is none, `null` if that isn't known. */
function stateOf(
  { header, plan }: LaunchRecord,
  listing: Listing | undefined,
): ClusterState | 'gone' | null {
  if (listing === undefined) return null;
  const found = listing.clusters.find(
    ({ name, provider }) =>
      name === header.cluster && (plan === undefined || provider === plan.provider),
  );
  if (found !== undefined) return found.state;
  const isSure = !listing.problems.some(
    ({ scope }) => plan === undefined || scope.provider === plan.provider,
  );
  return isSure ? 'gone' : null;
}

/** The panels that show launches: one for each, filled from the record whenever its page says that it is ready. */
export class LaunchLogPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #extension: vscode.Uri;
  readonly #launches: Launches;
  readonly #model: ClustersModel;
  readonly #act: (action: LaunchAction, record: LaunchRecord) => unknown;
  readonly #panels = new Map<string, vscode.WebviewPanel>();

  /** @param act carries out what the user asks for */
  constructor(
    extension: vscode.Uri,
    launches: Launches,
    model: ClustersModel,
    act: (action: LaunchAction, record: LaunchRecord) => unknown,
  ) {
    this.#extension = extension;
    this.#launches = launches;
    this.#model = model;
    this.#act = act;
  }

  /** Shows a launch, in the panel that it has already or in a new one. */
  show(record: LaunchRecord): void {
    const shown = this.#panels.get(record.header.id);
    if (shown !== undefined) {
      shown.reveal();
      return;
    }
    const panel = openPanel(
      launchLogType,
      vscode.l10n.t('Launch: {0}', record.header.cluster),
      this.#options(),
    );
    this.#fill(panel, record);
  }

  /** Brings a panel back after a reload of the window. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { id } = (state ?? {}) as { id?: unknown };
    const record = typeof id === 'string' ? await this.#launches.get(id) : undefined;
    if (record === undefined) {
      panel.dispose();
      return;
    }
    panel.webview.options = this.#options();
    this.#fill(panel, record);
  }

  dispose(): void {
    for (const panel of this.#panels.values()) panel.dispose();
  }

  #options(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [pagesFolder(this.#extension)] };
  }

  #fill(panel: vscode.WebviewPanel, record: LaunchRecord): void {
    const { header } = record;
    const { webview } = panel;
    let ready = false;
    const send = (message: LaunchLogMessage): void => {
      // A page that isn't there yet, or is hidden, gets it all when it says that it is ready.
      if (ready) void webview.postMessage(plainValue(message));
    };
    const sendAll = (): void =>
      send({
        type: 'launch',
        header,
        events: record.events,
        end: record.end,
        isOurs: record.isOurs,
      });
    const sendState = (): void =>
      send({ type: 'cluster', state: stateOf(record, this.#model.listing) });
    const changed = this.#model.onDidChange(sendState);
    let timer: NodeJS.Timeout | undefined;
    // What another window launches is followed in its file, while its page is visible.
    const follow = (): void => {
      clearInterval(timer);
      if (record.isOurs || (record.end !== null && record.end.status !== 'interrupted')) return;
      timer = setInterval(() => {
        if (record.isOurs || record.end?.status === 'ready') clearInterval(timer);
        void this.#launches.reload(record);
      }, followMs);
    };
    const stop = record.listen((change) => {
      if (change === 'all') sendAll();
      else if ('event' in change) send({ type: 'event', event: change.event });
      else send({ type: 'end', end: change.end });
    });
    const hidden = panel.onDidChangeViewState(() => {
      if (panel.visible) return;
      ready = false;
      clearInterval(timer);
    });
    const heard = webview.onDidReceiveMessage((message: unknown) => {
      if (!isRequest(message)) return;
      if (message.type === 'do') {
        this.#act(message.action, record);
        return;
      }
      ready = true;
      sendAll();
      sendState();
      follow();
      // Before the first listing only the launch is known.
      void this.#model.known().then(sendState);
    });
    panel.onDidDispose(() => {
      stop();
      changed.dispose();
      clearInterval(timer);
      hidden.dispose();
      heard.dispose();
      this.#panels.delete(header.id);
    });
    this.#panels.set(header.id, panel);
    webview.html = pageHtml(webview, this.#extension, {
      page: 'launch-log',
      title: vscode.l10n.t('Launch log'),
    });
  }
}
