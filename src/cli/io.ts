import type { Readable, Writable } from 'node:stream';
import type { Surroundings } from '../base/surroundings.ts';
import type { FlintrockEngine } from '../engine/flintrock.ts';
import type { Host } from '../model/host.ts';
import type { ShellSession } from '../model/session.ts';

/** Standard output or standard error. */
export interface Output {
  /** Writes a text, or the very bytes that a program printed. */
  write(text: string | Uint8Array): void;
  /** Resolves when its reader has taken so much that more can be written; absent, or `undefined`, where that is now. */
  drained?(): Promise<void> | undefined;
  readonly isTTY: boolean;
  /** Width now; `undefined` if it isn't a terminal. */
  readonly columns: number | undefined;
  /** Height now; `undefined` if it isn't a terminal. */
  readonly rows: number | undefined;
  /** Why a part of what was written is lost, if it is. */
  readonly failure?: Error | undefined;
}

/** A wish that this process end: Ctrl-C, another process's (`SIGTERM`), or the end of the terminal (`SIGHUP`). */
export type InterruptKind = 'key' | 'terminate' | 'hangup';

/** A program that takes over the terminal until it ends. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Everything that the command line has of the process it runs in: tests hand in another. */
export interface CliIo extends Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether a user may be at standard input. */
  readonly stdinIsTTY: boolean;
  /** The version of this package. */
  version(): Promise<string>;
  /** Asks for a line of text, which isn't shown if it is secret; `null` if there is none (end of input, or Ctrl-C, which is told to `onInterrupt` as well). */
  question(text: string, isSecret?: boolean): Promise<string | null>;
  /** Reads the next line of standard input, where that is no terminal; `null` at its end, or if Ctrl-C comes first. */
  readLine(): Promise<string | null>;
  /** Standard input and output themselves, for a protocol that has them to itself: from now on nothing else reads or writes there. */
  takeStdio(): Promise<{ readonly input: Readable; readonly output: Writable }>;
  /** Calls back for each Ctrl-C (or each other wish that this process end); gives what ends that. */
  onInterrupt(listener: (kind: InterruptKind) => void): () => void;
  /** Calls back when this process ends, in whatever way it can still notice; gives what ends that. */
  onExit(listener: () => void): () => void;
  makeEngine(host: Host, configFile: string | undefined): Promise<FlintrockEngine>;
  /**
   * Runs a program that has the terminal to itself; Ctrl-C is its business meanwhile.
   *
   * @returns its exit code, as a shell counts it; `null` if there is no such program
   */
  run(program: Program): Promise<number | null>;
  /** Connects the terminal with a shell until it ends; gives its exit code. Ctrl-C is its business meanwhile. */
  attach(session: ShellSession): Promise<number>;
}
