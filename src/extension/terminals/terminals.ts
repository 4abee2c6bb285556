import * as vscode from 'vscode';
import type { LoginSession } from '../../model/session.ts';
import type { LocatedCluster } from '../clusters/cluster-ref.ts';
import { EditorHost } from '../engine/editor-host.ts';
import type { EngineFactory } from '../engine/engine-factory.ts';
import { logEvent } from '../engine/log.ts';
import type { NamedTerminal } from '../ui/window.ts';
import { ShellTerminal } from './shell-terminal.ts';

/** Opens terminals on nodes. */
export class Terminals {
  readonly #engines: EngineFactory;
  readonly #log: vscode.LogOutputChannel;

  constructor(engines: EngineFactory, log: vscode.LogOutputChannel) {
    this.#engines = engines;
    this.#log = log;
  }

  /** How to open a terminal on a node. */
  async options(ref: LocatedCluster, node: string): Promise<NamedTerminal> {
    return terminalOptions(ref, await this.session(ref, node));
  }

  /** How to log in to a node. */
  async session(ref: LocatedCluster, node: string): Promise<LoginSession> {
    const host = new EditorHost((event) => logEvent(this.#log, event));
    const { engine, values } = await this.#engines.forCluster(ref);
    return engine.login(ref.name, { node, values, host });
  }
}

/** A session as VS Code opens it. A terminal of a window that was closed isn't brought back: its shell is gone. */
function terminalOptions({ name }: LocatedCluster, session: LoginSession): NamedTerminal {
  const shared = {
    name: session.node === 'master' ? name : `${name} ${session.node}`,
    iconPath: new vscode.ThemeIcon('server-environment'),
    isTransient: true,
  };
  if (session.kind === 'shell') return { ...shared, pty: new ShellTerminal(session) };
  return {
    ...shared,
    shellPath: session.file,
    shellArgs: [...session.args],
    env: session.env,
    ...(session.cwd !== null && { cwd: session.cwd }),
  };
}
