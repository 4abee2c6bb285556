import * as vscode from 'vscode';
import { plainText } from '../../base/plain-text.ts';
import { toClusterError } from '../../model/errors.ts';
import type { Shell, ShellSession } from '../../model/session.ts';
import { remediesText } from '../ui/remedies.ts';

const fallback = { columns: 80, rows: 24 };

/** A terminal over a shell that the engine's own client opens, where there is no program to do it. */
export class ShellTerminal implements vscode.Pseudoterminal {
  readonly #session: ShellSession;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #text = new TextDecoder();
  #shell: Shell | undefined;
  #typed: string[] = [];
  #gone = false;
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  constructor(session: ShellSession) {
    this.#session = session;
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    void this.#connect(size ?? fallback);
  }

  handleInput(data: string): void {
    // What is typed while the connection is made isn't lost.
    if (this.#shell === undefined) this.#typed.push(data);
    else this.#shell.write(data);
  }

  setDimensions({ rows, columns }: vscode.TerminalDimensions): void {
    this.#shell?.setWindow(rows, columns, 0, 0);
  }

  close(): void {
    this.#gone = true;
    this.#shell?.close();
  }

  async #connect(size: vscode.TerminalDimensions): Promise<void> {
    try {
      const shell = await this.#session.open(size, 'xterm-256color');
      if (this.#gone) {
        shell.close();
        return;
      }
      this.#shell = shell;
      let code = 0;
      shell.on('data', (chunk) => this.#written.fire(this.#text.decode(chunk, { stream: true })));
      shell.on('exit', (exit: number | null) => (code = exit ?? 1));
      shell.on('close', () => this.#closed.fire(code));
      for (const data of this.#typed.splice(0)) shell.write(data);
    } catch (error) {
      const { message, remedies } = toClusterError(error);
      const text = [message, remediesText(remedies)].filter(Boolean).join('\n');
      this.#written.fire(`${plainText(text, { lines: true }).replaceAll('\n', '\r\n')}\r\n`);
      this.#closed.fire(1);
    }
  }
}
