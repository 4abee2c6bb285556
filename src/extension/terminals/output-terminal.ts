import * as vscode from 'vscode';
import { plainText } from '../../base/plain-text.ts';
import type { ClusterError } from '../../model/errors.ts';
import { openTerminal } from '../ui/window.ts';

/** The exit code of what was interrupted, as shells have it (128 + SIGINT). */
const canceledCode = 130;

/** A terminal that shows what a job or a command prints; Ctrl-C, or closing it, stops the work. */
export class OutputTerminal implements vscode.Pseudoterminal {
  readonly #written = new vscode.EventEmitter<string>();
  readonly #interrupted = new vscode.EventEmitter<void>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.#written.event;
  readonly onDidInterrupt = this.#interrupted.event;
  readonly onDidClose = this.#closed.event;
  readonly #staysOpen: boolean;
  readonly #early: string[] = [];
  #open = false;
  #ended = false;
  #exitCode = 0;

  /**
   * @param staysOpen whether it stays until the user closes it; a task's is ended with an exit code, and then kept by VS Code
   */
  constructor(staysOpen = false) {
    this.#staysOpen = staysOpen;
  }

  /** Opens it, in front. */
  static show(name: string): OutputTerminal {
    const pty = new OutputTerminal(true);
    const iconPath = new vscode.ThemeIcon('run');
    openTerminal({ name, pty, iconPath, isTransient: true }).show(true);
    return pty;
  }

  open(): void {
    this.#open = true;
    for (const text of this.#early.splice(0)) this.#written.fire(text);
    if (this.#ended) this.#close();
  }

  close(): void {
    if (!this.#ended) this.#interrupted.fire();
  }

  handleInput(data: string): void {
    if (data.includes('\u0003') && !this.#ended) this.#interrupted.fire();
  }

  /** Shows text as it came; `grey`, `green` and `red` are for our own words. */
  write(text: string, colour?: 'grey' | 'green' | 'red'): void {
    // A line that is written over, as a bar of progress is, stays one; nothing else is obeyed.
    const lines = text
      .split(/\r(?!\n)/)
      .map((part) => plainText(part, { lines: true, tabs: true }).replaceAll('\n', '\r\n'))
      .join('\r');
    const codes = { grey: 90, green: 32, red: 31 };
    const coloured = colour === undefined ? lines : `\u001b[${codes[colour]}m${lines}\u001b[0m`;
    if (this.#open) this.#written.fire(coloured);
    else this.#early.push(coloured);
  }

  /** The last words, and the exit code of a task. */
  end(text: string, colour: 'green' | 'red' | 'grey', exitCode = 0): void {
    this.write(`\n${text}\n`, colour);
    this.#ended = true;
    this.#exitCode = exitCode;
    if (this.#open) this.#close();
  }

  /** The last words of work that failed, or was cancelled. */
  fail({ code, message }: ClusterError): void {
    if (code === 'ABORTED') this.end(message, 'grey', canceledCode);
    else this.end(message, 'red', 1);
  }

  #close(): void {
    if (!this.#staysOpen) this.#closed.fire(this.#exitCode);
  }
}
