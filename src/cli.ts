#!/usr/bin/env node
// The process edge of the command line: streams, signals and the exit code. All else is in `cli/`.
import { constants, homedir } from 'node:os';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { systemClock } from './base/clock.ts';
import { currentFolder } from './base/machine/current-folder.ts';
import { ignoresHangup } from './base/machine/ignored-hangup.ts';
import type { CliIo, InterruptKind, Program } from './cli/io.ts';
import { main } from './cli/main.ts';
import { ProcessOutput } from './cli/process-output.ts';
import type { ShellSession } from './model/session.ts';

const interruptListeners = new Set<(kind: InterruptKind) => void>();
/** What is told instead while a program of the user's has the terminal. */
let lentListener: ((kind: InterruptKind) => void) | undefined;
/** Aborts at the first wish that this process end. */
const interrupted = new AbortController();

function interrupt(kind: InterruptKind): void {
  // Ctrl-C is for the program that has the terminal.
  if (lentListener === undefined || kind !== 'key') interrupted.abort();
  if (lentListener === undefined) for (const listener of interruptListeners) listener(kind);
  else lentListener(kind);
}

process.on('SIGINT', () => interrupt('key'));
process.on('SIGTERM', () => interrupt('terminate'));
process.on('SIGHUP', () => {
  if (!ignoresHangup({ env: process.env, parent: process.ppid })) interrupt('hangup');
});
// A terminal that is gone can't be read: whoever waits for a line hears of it, and nothing else is lost.
process.stdin.on('error', () => undefined);

const stdout = new ProcessOutput(process.stdout, 1);
const stderr = new ProcessOutput(process.stderr, 2);

async function question(text: string, isSecret = false): Promise<string | null> {
  const { createInterface } = await import('node:readline');
  const { Writable } = await import('node:stream');
  // What is typed is shown by the output that readline has: of a secret nothing is.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = isSecret ? nowhere : process.stderr;
  // The terminal itself edits a line and shows it, but for a secret: a raw one that is closed meanwhile takes Node down with it.
  const lines = createInterface({ input: process.stdin, output, terminal: isSecret });
  // Not before the terminal is raw: it would show what is typed at once.
  if (isSecret) process.stderr.write(text);
  return new Promise((resolve) => {
    let isAnswered = false;
    const answer = (line: string | null): void => {
      if (isAnswered) return;
      isAnswered = true;
      interruptListeners.delete(stop);
      if (isSecret) process.stderr.write('\n');
      resolve(line);
      lines.close();
      process.stdin.unref();
    };
    const stop = (): void => {
      process.stderr.write('\n');
      answer(null);
    };
    interruptListeners.add(stop);
    // The terminal is raw while a secret is typed: Ctrl-C comes as a key.
    lines.once('SIGINT', () => interrupt('key'));
    process.stdin.once('error', () => answer(null));
    // A raw terminal that is gone can't be given its settings back.
    lines.on('error', () => answer(null));
    lines.once('close', () => answer(null));
    lines.question(text, answer);
  });
}

/** What was read of standard input and is no whole line yet. */
let unread = '';
let inputChunks: AsyncIterator<Buffer> | undefined;

/** How long a line of standard input may be: it is the answer to a question. */
const maxAnswerLength = 10_000;

async function readLine(): Promise<string | null> {
  let stop: () => void = () => undefined;
  const stopped = new Promise<'stopped'>((resolve) => {
    stop = () => resolve('stopped');
    interruptListeners.add(stop);
  });
  try {
    for (;;) {
      const end = unread.indexOf('\n');
      if (end >= 0 || unread.length > maxAnswerLength) {
        const line = unread.slice(0, end < 0 ? maxAnswerLength : end);
        unread = unread.slice(end < 0 ? maxAnswerLength : end + 1);
        return line;
      }
      inputChunks ??= process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      // A standard input that can't be read has no answer either.
      const next = inputChunks.next().catch(() => ({ done: true, value: undefined }) as const);
      const chunk = await Promise.race([next, stopped]);
      if (chunk === 'stopped') return null;
      if (chunk.done === true) {
        const line = unread;
        unread = '';
        return line === '' ? null : line;
      }
      unread += String(chunk.value);
    }
  } finally {
    interruptListeners.delete(stop);
  }
}

/** The version of the package that this program is in. */
async function readVersion(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  // In the extension the program is one folder further down.
  const texts = ['../package.json', '../../package.json'].map((path) =>
    readFile(new URL(path, import.meta.url), 'utf8'),
  );
  return (JSON.parse(await Promise.any(texts)) as { version: string }).version;
}

/** Keeps standard output for a protocol: what anything else prints there, such as a warning of a package, goes to standard error. */
async function takeStdio(): Promise<{ readonly input: Readable; readonly output: Writable }> {
  const { Writable: WritableStream } = await import('node:stream');
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  const output = new WritableStream({
    decodeStrings: false,
    write: (chunk: string | Uint8Array, encoding, done) => void write(chunk, encoding, done),
  });
  return { input: process.stdin, output };
}

/** Lends the terminal to a program; gives what it gives. */
async function lend<T>(work: (ended: AbortSignal) => Promise<T>): Promise<T> {
  const ended = new AbortController();
  lentListener = (kind) => {
    if (kind !== 'key') ended.abort(kind);
  };
  try {
    return await work(ended.signal);
  } finally {
    lentListener = undefined;
  }
}

async function attachTerminal(session: ShellSession): Promise<number> {
  const { attach } = await import('./cli/attach.ts');
  const kind = process.env['TERM'] ?? 'xterm';
  const terminal = { input: process.stdin, output: process.stdout, kind };
  return lend((ended) => attach(session, terminal, ended));
}

/** How long a program may take to end when it is told that its terminal has. */
const programPatienceMs = 5_000;

async function run({ file, args, env, cwd }: Program): Promise<number | null> {
  const { spawn } = await import('node:child_process');
  return lend(
    (ended) =>
      new Promise((resolve, reject) => {
        const child = spawn(file, args, { env, cwd, stdio: 'inherit' });
        child.once('error', (error: NodeJS.ErrnoException) =>
          error.code === 'ENOENT' ? resolve(null) : reject(error),
        );
        child.once('exit', (code, signal) =>
          resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
        );
        ended.addEventListener('abort', () => {
          child.kill(ended.reason === 'hangup' ? 'SIGHUP' : 'SIGTERM');
          setTimeout(() => resolve(128 + constants.signals.SIGHUP), programPatienceMs);
        });
      }),
  );
}

const io: CliIo = {
  stdout,
  stderr,
  stdinIsTTY: (process.stdin.isTTY as boolean | undefined) === true,
  env: process.env,
  cwd: currentFolder(),
  home: homedir(),
  platform:
    process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
  clock: systemClock,
  version: readVersion,
  question,
  readLine,
  takeStdio,
  onInterrupt: (listener) => {
    interruptListeners.add(listener);
    return () => interruptListeners.delete(listener);
  },
  onExit: (listener) => {
    process.on('exit', listener);
    return () => process.off('exit', listener);
  },
  makeEngine: async (host, config) => {
    const { Flintrock } = await import('./index.ts');
    return new Flintrock({ host, config });
  },
  run,
  attach: attachTerminal,
};

const code = await main(process.argv.slice(2), io);
// Not before all is written: a pipe may take its time, but not where this process is to end; its reader may be stopped.
await Promise.race([Promise.all([stdout.flushed(), stderr.flushed()]), lastMoment()]);
endWithTerminal();
process.exit(code);

/** Resolves a moment after the first wish that this process end. */
function lastMoment(): Promise<void> {
  const { signal } = interrupted;
  return new Promise((resolve) => {
    const wait = (): void => void setTimeout(resolve, 1_000);
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait);
  });
}

/**
 * Ends by the signal that the end of a terminal is, if it is gone: at an exit Node restores the settings of its terminals, and aborts where
 * that fails.
 */
function endWithTerminal(): void {
  const isLost = [process.stdin, process.stdout, process.stderr].some(
    (stream, fd) => (stream.isTTY as boolean | undefined) === true && !isatty(fd),
  );
  if (!isLost) return;
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
