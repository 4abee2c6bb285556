// Answers questions of the tests from inside the extension host, where alone VS Code's interface is.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

function ours(): vscode.Extension<{ readonly version: string }> {
  const found = vscode.extensions.getExtension<{ readonly version: string }>('flintrock.flintrock');
  if (found === undefined) throw new Error('The extension is not installed.');
  return found;
}

async function ask(name: string, input: object): Promise<string> {
  const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
  return content
    .map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ''))
    .join('');
}

// Those that VS Code makes for each view are not the manifest's.
const made =
  /^flintrock\.(?:clusters|history)\.(focus|open|resetViewLocation|removeView|toggleVisibility)$/;

/** Where the cursor stands in the active text editor. */
function cursor(): object | null {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return null;
  const { document, selection } = editor;
  const { line, character } = selection.active;
  const { text } = document.lineAt(line);
  return {
    file: document.uri.path.split('/').at(-1),
    line: `${text.slice(0, character)}|${text.slice(character)}`,
  };
}

interface Message {
  readonly type: string;
  readonly seq: number;
  readonly command?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** In place of the Python debugger, which can't be had here: runs the program where and as it does, and tells what it was launched with. */
class DebugStandIn extends vscode.Disposable implements vscode.DebugAdapter {
  static launched: (configuration: unknown) => void = () => undefined;
  readonly #sent = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  readonly onDidSendMessage = this.#sent.event;

  constructor() {
    super(() => this.#sent.dispose());
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    const { type, command, seq, arguments: launch = {} } = message as Message;
    if (type !== 'request') return;
    this.#send({ type: 'response', request_seq: seq, success: true, command });
    if (command === 'initialize') this.#send({ type: 'event', event: 'initialized' });
    if (command !== 'launch') return;
    const { python, program, env, cwd } = launch;
    const run = { kind: 'integrated', args: [python, program], env, cwd };
    this.#send({ type: 'request', command: 'runInTerminal', arguments: run });
    DebugStandIn.launched(launch);
  }

  #send(message: object): void {
    this.#sent.fire({ seq: 0, ...message });
  }
}

/** Runs the folder's `env.py` under the debugger; tells with what, once it ran. */
async function debug(): Promise<unknown> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const program = join(folder?.uri.fsPath ?? '', 'env.py');
  const launched = new Promise((resolve) => (DebugStandIn.launched = resolve));
  const cwd = folder?.uri.fsPath;
  await vscode.debug.startDebugging(folder, {
    ...{ type: 'debugpy', request: 'launch', name: 'probe', program, cwd },
  });
  const configuration = await launched;
  return configuration;
}

/** What stands in the Problems view. */
function problems(): object[] {
  return vscode.languages.getDiagnostics().flatMap(([uri, found]) =>
    found.map(({ message, range }) => ({
      file: uri.fsPath,
      line: range.start.line + 1,
      message,
    })),
  );
}

const questions: Readonly<Record<string, () => unknown>> = {
  problems,
  isActive: () => ours().isActive,
  version: async () => (await ours().activate()).version,
  commands: async () => {
    await ours().activate();
    const all = await vscode.commands.getCommands(true);
    const { contributes } = ours().packageJSON as Manifest;
    return {
      declared: contributes.commands.map(({ command }) => command).sort(),
      registered: all.filter((id) => /^flintrock\.[a-z]+\.\w+$/.test(id) && !made.test(id)).sort(),
    };
  },
  cursor,
  debug,
  // A row of the tree that can't be: what no command foresees.
  defect: () =>
    vscode.commands.executeCommand('flintrock.cluster.openUi', {
      kind: 'cluster',
      id: 'broken',
      cluster: { name: 'broken' },
    }),
  settings: () => {
    const settings = vscode.workspace.getConfiguration('flintrock');
    return Object.fromEntries(
      ['configFile', 'profile', 'regions'].map((name) => [name, settings.get(name)]),
    );
  },
  tools: async () => ({
    names: vscode.lm.tools
      .map(({ name }) => name)
      .filter((name) => name.startsWith('flintrock'))
      .sort(),
    list: await ask('flintrock_list_clusters', {}),
    describe: await ask('flintrock_describe_cluster', { name: 'demo' }),
    missing: await ask('flintrock_describe_cluster', { name: 'nowhere' }),
    log: await ask('flintrock_read_launch_log', { name: 'demo' }),
  }),
};

/** Called by VS Code. */
export function activate({ subscriptions }: vscode.ExtensionContext): void {
  const answer = async (): Promise<void> => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const question = readFileSync(join(folder, 'question.txt'), 'utf8').trim();
    let text: string;
    try {
      text = JSON.stringify({ answer: await questions[question]?.() });
    } catch (error) {
      text = JSON.stringify({ error: error instanceof Error ? error.stack : String(error) });
    }
    writeFileSync(join(folder, 'answer.part'), text);
    renameSync(join(folder, 'answer.part'), join(folder, 'answer.json'));
  };
  subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory('debugpy', {
      createDebugAdapterDescriptor: () =>
        new vscode.DebugAdapterInlineImplementation(new DebugStandIn()),
    }),
  );
  subscriptions.push(vscode.commands.registerCommand('probe.answer', answer));
}
