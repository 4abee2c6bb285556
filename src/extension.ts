// The VS Code edge: builds objects, registers and disposes them. No logic: that is in `extension/`. The engine is loaded on first use.
import { homedir } from 'node:os';
import process from 'node:process';
import * as vscode from 'vscode';
import { AttachmentStatus } from './extension/attach/attachment-status.ts';
import { Attachments } from './extension/attach/attachments.ts';
import { attachedDebugging } from './extension/attach/running/attached-debugging.ts';
import { ClusterJobs } from './extension/clusters/cluster-jobs.ts';
import { ClustersModel } from './extension/clusters/clusters-model.ts';
import { ClustersView } from './extension/clusters/clusters-view.ts';
import { Descriptions } from './extension/clusters/descriptions.ts';
import { listClusters } from './extension/clusters/listing.ts';
import { FileDrop } from './extension/clusters/tree/file-drop.ts';
import { ViewOptions } from './extension/clusters/view-options.ts';
import { copyDroppedFiles } from './extension/commands/copy-file.ts';
import { watchRemoteSsh } from './extension/commands/open-remote.ts';
import {
  ConfigurationEditorProvider,
  configurationEditorType,
} from './extension/configuration/configuration-editor.ts';
import { OpenForms } from './extension/configuration/open-forms.ts';
import { Settings } from './extension/configuration/settings.ts';
import { EditorHost } from './extension/engine/editor-host.ts';
import { editorNetwork } from './extension/engine/editor-network.ts';
import { EngineFactory } from './extension/engine/engine-factory.ts';
import { logProblems } from './extension/engine/log.ts';
import { Operations } from './extension/engine/operations.ts';
import type { ExtensionServices } from './extension/extension-services.ts';
import { ExplanationPanels } from './extension/history/explanation-panels.ts';
import { SavedHistoryView } from './extension/history/saved-history-view.ts';
import { actOnLaunch } from './extension/launches/launch-actions.ts';
import { launchDocument } from './extension/launches/launch-document.ts';
import { LaunchLogPanels, launchLogType } from './extension/launches/launch-log-panels.ts';
import { Launches } from './extension/launches/launches.ts';
import { resumeLaunches } from './extension/launches/resume-launches.ts';
import { registerCommands } from './extension/register-commands.ts';
import { StatusBar } from './extension/status-bar.ts';
import { registerJobTasks } from './extension/tasks/job-tasks.ts';
import { TargetCluster } from './extension/tasks/target-cluster.ts';
import { registerFrameLinks } from './extension/terminals/frame-links.ts';
import { MasterProfileProvider } from './extension/terminals/master-profile.ts';
import { OpenPages } from './extension/terminals/open-pages.ts';
import { Terminals } from './extension/terminals/terminals.ts';
import { registerMcpServer } from './extension/tools/mcp-server.ts';
import { registerTools } from './extension/tools/register-tools.ts';

/** Called by VS Code when its window is there: a folder that was attached to a cluster is so again. Nothing else begins by itself. */
export function activate(context: vscode.ExtensionContext): { readonly version: string } {
  const { subscriptions, extensionUri, globalState, globalStorageUri } = context;
  const version = String((context.extension.packageJSON as { version: unknown }).version);
  const log = vscode.window.createOutputChannel('Flintrock', { log: true });
  const settings = new Settings();
  const engines = new EngineFactory(
    {
      places: { env: process.env, home: homedir(), platform: process.platform },
      makeEngine: async ({ config, cwd }) => {
        const { Flintrock } = await import('./index.ts');
        return new Flintrock({ config, surroundings: { cwd, ...editorNetwork(process.env) } });
      },
      loadConfiguration: async () =>
        (await import('./extension/configuration/config-service.ts')).configService,
    },
    settings,
  );
  const operations = new Operations(engines, log);
  const model = new ClustersModel(
    (signal, mayAsk) => {
      const host = new EditorHost(() => undefined);
      const ask = mayAsk ? host.ask.bind(host) : undefined;
      return listClusters(engines, settings, signal, { translate: vscode.l10n.t, ask });
    },
    () => operations.changing.length > 0,
    (problems) => logProblems(log, problems),
  );
  const jobs = new ClusterJobs(engines, log);
  const view = new ViewOptions(globalState);
  // The same before and after a reload.
  const window = vscode.workspace.workspaceFolders?.[0]?.uri.toString() ?? '';
  const launches = new Launches(vscode.Uri.joinPath(globalStorageUri, 'launches').fsPath, {
    pid: process.pid,
    window,
    isAlive,
  });
  const launchLogs = new LaunchLogPanels(extensionUri, launches, model, actOnLaunch);
  const explanations = new ExplanationPanels(extensionUri);
  const attachments = new Attachments({
    engines,
    operations,
    log,
    memory: context.workspaceState,
    variables: context.environmentVariableCollection,
  });
  const target = new TargetCluster(context.workspaceState, model, attachments);
  const terminals = new Terminals(engines, log);
  const pages = new OpenPages(engines, log);
  const descriptions = new Descriptions();
  const forms = new OpenForms();
  const services: ExtensionServices = {
    log,
    settings,
    engines,
    model,
    jobs,
    view,
    operations,
    launches,
    launchLogs,
    explanations,
    attachments,
    target,
    isElsewhere:
      context.extension.extensionKind === vscode.ExtensionKind.UI &&
      vscode.env.remoteName !== undefined,
    connectedScript: vscode.Uri.joinPath(extensionUri, 'dist', 'extension', 'connected.py').fsPath,
    terminals,
    pages,
    descriptions,
    forms,
    sshConfig: vscode.Uri.joinPath(globalStorageUri, 'ssh', 'config').fsPath,
  };
  subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('http')) engines.forgetAccount();
    }),
    log,
    settings,
    model,
    view,
    operations,
    launchLogs,
    explanations,
    pages,
    descriptions,
    jobs,
    new ClustersView({
      ...{ model, jobs, options: view, operations, settings },
      drop: new FileDrop((cluster, files) => copyDroppedFiles(services, cluster, files)),
    }),
    new SavedHistoryView(engines, model, log),
    new StatusBar(operations),
    attachments,
    new AttachmentStatus(attachments),
    target,
    registerJobTasks(services),
    registerFrameLinks(),
    vscode.workspace.onDidGrantWorkspaceTrust(() => attachments.restore()),
    attachedDebugging(attachments),
    registerCommands(services),
    watchRemoteSsh(),
    registerTools(services),
    registerMcpServer(services, {
      execPath: process.execPath,
      cli: vscode.Uri.joinPath(extensionUri, 'dist', 'extension', 'cli.js').fsPath,
      version,
      network: () => editorNetwork(process.env).env,
    }),
    resumeLaunches({ ...services, memory: globalState, window }),
    vscode.window.registerWebviewPanelSerializer(launchLogType, launchLogs),
    vscode.window.registerCustomEditorProvider(
      configurationEditorType,
      new ConfigurationEditorProvider(extensionUri, engines, forms, (document) =>
        launchDocument(services, document),
      ),
      { supportsMultipleEditorsPerDocument: true },
    ),
    vscode.window.registerTerminalProfileProvider(
      'flintrock.master',
      new MasterProfileProvider(model, terminals),
    ),
  );
  attachments.restore();
  return { version };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
