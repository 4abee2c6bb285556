import * as vscode from 'vscode';
import type { ConnectSession } from '../../engine/connect/connect-session.ts';
import type { FlintrockEngine } from '../../engine/flintrock.ts';
import { type ClusterError, isClusterError, toClusterError } from '../../model/errors.ts';
import type { EngineEvent } from '../../model/events.ts';
import type { Host } from '../../model/host.ts';
import type { LocatedCluster } from '../clusters/cluster-ref.ts';
import { EditorHost } from '../engine/editor-host.ts';
import type { EngineFactory } from '../engine/engine-factory.ts';
import { logError, logEvent } from '../engine/log.ts';
import type { Operations, Outcome } from '../engine/operations.ts';
import { describeVariables } from '../ui/window.ts';
import type { Attachment, AttachmentState } from './attachment.ts';
import { ConnectionNews } from './connection-news.ts';
import { type MadeFiles, removeMadeFiles } from './files/made-files.ts';
import { sparkEnvironment } from './spark-environment.ts';

/** What is kept of an attachment until it is taken back, so that a window that is loaded anew finds it again. */
interface AttachmentRecord {
  readonly ref: LocatedCluster;
  readonly made?: MadeFiles | undefined;
}

/** What attachments need. */
export interface AttachmentServices {
  readonly engines: EngineFactory;
  readonly operations: Operations;
  readonly log: vscode.LogOutputChannel;
  /** What is kept for this workspace. */
  readonly memory: vscode.Memento;
  /** What new terminals get. */
  readonly variables: vscode.GlobalEnvironmentVariableCollection;
}

/** Where {@link AttachmentRecord}s are, by the folder's URI. */
const memoryKey = 'attachments';

/** How long the window before this one may take to let go of the port, in milliseconds, and how often that is tried. */
const portWait = { limitMs: 20_000, everyMs: 500 } as const;

/** An attachment, while it is one. */
class Attached implements Attachment {
  readonly folder: vscode.WorkspaceFolder;
  readonly environment: Readonly<Record<string, string>>;
  readonly news: ConnectionNews;
  ref: LocatedCluster;
  made: MadeFiles = {};
  state: AttachmentState = 'connecting';
  session: ConnectSession | undefined;
  engine: FlintrockEngine | undefined;
  /** Ends what is being done to connect it. */
  cancel: () => void = () => undefined;
  /** Who shows how far connecting is, while it goes on. */
  progress: Host | undefined;

  constructor(
    folder: vscode.WorkspaceFolder,
    ref: LocatedCluster,
    environment: Readonly<Record<string, string>>,
  ) {
    this.folder = folder;
    this.ref = ref;
    this.environment = environment;
    this.news = new ConnectionNews();
  }
}

/** The attachments of this window, at most one for each folder. */
export class Attachments implements vscode.Disposable {
  readonly #services: AttachmentServices;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #all = new Map<string, Attached>();
  /** One change after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #isOver = false;
  readonly onDidChange = this.#changed.event;

  constructor(services: AttachmentServices) {
    this.#services = services;
    // A window whose folder isn't attached any more leaves nothing in its terminals.
    services.variables.persistent = false;
  }

  get all(): readonly Attachment[] {
    return [...this.#all.values()];
  }

  /** The attachment of a folder, or of the folder that a file is in. */
  of(uri: vscode.Uri | undefined): Attachment | undefined {
    const folder = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri);
    return folder === undefined ? undefined : this.#all.get(keyOf(folder));
  }

  /** The attachment that the user works with: of the active editor's folder, or the only one. */
  get current(): Attachment | undefined {
    const active = this.of(vscode.window.activeTextEditor?.document.uri);
    const [first, second] = this.all;
    return active ?? (second === undefined ? first : undefined);
  }

  /** That of a folder, or of what the user works on where none is named. */
  ofFolder(folder: vscode.WorkspaceFolder | undefined): Attachment | undefined {
    return folder === undefined ? this.current : this.of(folder.uri);
  }

  /** Attaches a folder to a cluster, or to another one than before. */
  attach(folder: vscode.WorkspaceFolder, ref: LocatedCluster): Promise<Outcome<Attachment>> {
    // Nobody waits for the end of what isn't wanted any more.
    this.#all.get(keyOf(folder))?.cancel();
    return this.#inTurn(async () => {
      const old = this.#all.get(keyOf(folder));
      const attached = old ?? new Attached(folder, ref, await this.#environmentOf(folder, ref));
      const before = attached.ref;
      attached.ref = ref;
      attached.state = 'connecting';
      this.#changed.fire();
      const outcome = await this.#connect(attached, 'notification');
      if (!outcome.ok && attached.session === undefined && old === undefined) return outcome;
      if (!outcome.ok) {
        attached.state = 'disconnected';
        // A refusal before anything was changed leaves the folder where it was.
        if (attached.session !== undefined) [attached.ref, attached.state] = [before, 'connected'];
        this.#changed.fire();
        return outcome;
      }
      this.#all.set(keyOf(folder), attached);
      this.#setVariables(attached);
      await this.#remember();
      this.#tellChange();
      return outcome;
    });
  }

  /** Takes everything back that attaching did. */
  detach(folder: vscode.WorkspaceFolder): Promise<void> {
    this.#all.get(keyOf(folder))?.cancel();
    return this.#inTurn(async () => {
      const attached = this.#all.get(keyOf(folder));
      if (attached === undefined) return;
      this.#all.delete(keyOf(folder));
      this.#variablesOf(folder).clear();
      await this.#remember();
      this.#tellChange();
      await this.#close(attached);
      await removeMadeFiles(attached.made);
    });
  }

  /** Keeps in mind what was made for a folder until it is detached. */
  keep(folder: vscode.WorkspaceFolder, made: MadeFiles): Promise<void> {
    return this.#inTurn(async () => {
      const attached = this.#all.get(keyOf(folder));
      // Detached meanwhile: nothing is left of it.
      if (attached === undefined) return removeMadeFiles(made);
      const { envFile } = attached.made;
      // How a file was before is known from the first time.
      const isSame = made.envFile !== undefined && envFile?.file.path === made.envFile.file.path;
      if (made.envFile !== undefined && !isSame) await removeMadeFiles({ envFile });
      attached.made = { ...attached.made, ...made, ...(isSame && { envFile }) };
      await this.#remember();
    });
  }

  /** Connects the folders again that were attached when the window was closed. */
  restore(): void {
    if (!vscode.workspace.isTrusted) return;
    const kept = this.#services.memory.get<Record<string, AttachmentRecord>>(memoryKey, {});
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const record = kept[keyOf(folder)];
      if (record !== undefined) void this.#inTurn(() => this.#restore(folder, record));
    }
  }

  dispose(): void {
    this.#isOver = true;
    for (const attached of this.#all.values()) void this.#close(attached);
    this.#changed.dispose();
  }

  async #restore(
    folder: vscode.WorkspaceFolder,
    { ref, made = {} }: AttachmentRecord,
  ): Promise<void> {
    if (this.#all.has(keyOf(folder))) return;
    const attached = new Attached(folder, ref, await this.#environmentOf(folder, ref));
    attached.made = made;
    this.#all.set(keyOf(folder), attached);
    // Terminals that are opened from now on wait for the connection by themselves.
    this.#setVariables(attached);
    this.#tellChange();
    const outcome = await this.#connect(attached, 'window');
    if (outcome.ok) this.#tellChange();
    else this.#lose(attached, outcome.error);
  }

  /** Makes the connection of an attachment, or leads the one that it has to its cluster. */
  async #connect(
    attached: Attached,
    location: 'notification' | 'window',
  ): Promise<Outcome<Attachment>> {
    const { folder, ref } = attached;
    return this.#services.operations.run<Attachment>({
      ref,
      verb: 'connect',
      title: vscode.l10n.t('Connecting to "{0}"', ref.name),
      location,
      onStart: (cancel) => (attached.cancel = cancel),
      work: async (engine, { values, signal, host }) => {
        attached.progress = host;
        try {
          const options = { values, signal };
          if (attached.session !== undefined && attached.engine === engine) {
            await attached.session.switchTo(ref.name, options);
          } else {
            await this.#close(attached);
            attached.session = await this.#open(attached, engine, {
              ...options,
              host: this.#hostOf(attached),
              workspace: folder.uri.fsPath,
            });
            attached.engine = engine;
            this.#watch(attached, attached.session);
          }
          attached.state = 'connected';
          return attached;
        } catch (error) {
          if (signal.aborted || !isClusterError(error, 'CLUSTER_NOT_FOUND'))
            await this.#close(attached);
          throw error;
        } finally {
          attached.cancel = () => undefined;
          attached.progress = undefined;
        }
      },
    });
  }

  /** Opens a session; the window that was here before may still hold its port for a moment. */
  async #open(
    { ref }: Attached,
    engine: FlintrockEngine,
    options: Parameters<FlintrockEngine['connect']>[1] & { readonly signal: AbortSignal },
  ): Promise<ConnectSession> {
    const end = Date.now() + portWait.limitMs;
    for (;;) {
      try {
        return await engine.connect(ref.name, options);
      } catch (error) {
        const mayPass = isClusterError(error, 'PORT_TAKEN') && Date.now() < end;
        if (!mayPass || options.signal.aborted || this.#isOver) throw error;
        await new Promise((resolve) => setTimeout(resolve, portWait.everyMs));
      }
    }
  }

  #watch(attached: Attached, session: ConnectSession): void {
    session.ended.catch((error: unknown) => {
      if (attached.session === session) this.#lose(attached, toClusterError(error));
    });
  }

  /** What can't be connected again by itself stays attached: the user decides. */
  #lose(attached: Attached, error: ClusterError): void {
    if (this.#isOver) return;
    void this.#close(attached);
    attached.state = 'disconnected';
    logError(this.#services.log, `connection to ${attached.ref.name}`, error);
    this.#tellChange();
    attached.news.end(attached.ref.name, error);
  }

  async #close(attached: Attached): Promise<void> {
    const { session } = attached;
    attached.session = undefined;
    attached.news.stop();
    await session?.close();
  }

  #hostOf(attached: Attached): EditorHost {
    return new EditorHost((event: EngineEvent) => {
      if (attached.progress === undefined) logEvent(this.#services.log, event);
      else attached.progress.notify(event);
      if (event.code === 'connection.lost' || event.code === 'connection.restored') {
        attached.state = event.code === 'connection.lost' ? 'reconnecting' : 'connected';
        this.#changed.fire();
      }
      attached.news.apply(event);
    });
  }

  async #environmentOf(
    folder: vscode.WorkspaceFolder,
    ref: LocatedCluster,
  ): Promise<Readonly<Record<string, string>>> {
    const { engine, values } = await this.#services.engines.forCluster(ref);
    const workspace = folder.uri.fsPath;
    return sparkEnvironment(await engine.connectEndpoint(ref.name, { values, workspace }));
  }

  #variablesOf(folder: vscode.WorkspaceFolder): vscode.EnvironmentVariableCollection {
    return this.#services.variables.getScoped({ workspaceFolder: folder });
  }

  #setVariables({ folder, ref, environment }: Attached): void {
    const variables = this.#variablesOf(folder);
    describeVariables(
      variables,
      vscode.l10n.t('Spark clients in this terminal use the cluster "{0}".', ref.name),
    );
    for (const [name, value] of Object.entries(environment)) variables.replace(name, value);
  }

  async #remember(): Promise<void> {
    const kept = Object.fromEntries(
      [...this.#all].map(([key, { ref, made }]): [string, AttachmentRecord] => [
        key,
        { ref, made },
      ]),
    );
    await this.#services.memory.update(memoryKey, kept);
  }

  #tellChange(): void {
    void vscode.commands.executeCommand('setContext', 'flintrock.attached', this.#all.size > 0);
    this.#changed.fire();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch((error: unknown) => logError(this.#services.log, 'attaching', error));
    return result;
  }
}

function keyOf({ uri }: vscode.WorkspaceFolder): string {
  return uri.toString();
}
