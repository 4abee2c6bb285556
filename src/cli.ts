#!/usr/bin/env node
// The process edge of the command line: streams, signals and the exit code. All else is in `cli/`.
import { constants, homedir } from 'node:os';
import process from 'node:process';
import { systemClock } from './base/clock.ts';
import type { CliIo, Output, Program } from './cli/io.ts';
import { main } from './cli/main.ts';
import type { ShellSession } from './model/session.ts';

const interruptListeners = new Set<() => void>();
/** Whether a program of the user's has the terminal: Ctrl-C is for that one. */
let lent = false;

function interrupt(): void {
  if (!lent) for (const listener of interruptListeners) listener();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);

function outputOf(stream: NodeJS.WriteStream): Output {
  // The reader may have had enough (`| head`), or the user has closed the terminal: that must not end the work in the middle.
  let open = true;
  stream.on('error', () => (open = false));
  return {
    write: (text) => {
      if (open) stream.write(text);
    },
    // Absent, not false, if it isn't a terminal, whatever the types say.
    isTTY: (stream.isTTY as boolean | undefined) === true,
    get columns() {
      return (stream.columns as number | undefined) || undefined;
    },
    get rows() {
      return (stream.rows as number | undefined) || undefined;
    },
  };
}

async function question(text: string, isSecret = false): Promise<string | null> {
  const { createInterface } = await import('node:readline');
  const { Writable } = await import('node:stream');
  // What is typed is shown by the output that readline has: of a secret nothing is.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (isSecret) process.stderr.write(text);
  const output = isSecret ? nowhere : process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  return new Promise((resolve) => {
    const answer = (line: string | null): void => {
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
    // The terminal is raw while a line is typed: Ctrl-C comes as a key.
    lines.once('SIGINT', interrupt);
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

async function attachTerminal(session: ShellSession): Promise<number> {
  const { attach } = await import('./cli/attach.ts');
  lent = true;
  try {
    const kind = process.env['TERM'] ?? 'xterm';
    return await attach(session, { input: process.stdin, output: process.stdout, kind });
  } finally {
    lent = false;
  }
}

async function run({ file, args, env, cwd }: Program): Promise<number> {
  const { spawn } = await import('node:child_process');
  lent = true;
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(file, args, { env, cwd, stdio: 'inherit' });
      child.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' ? resolve(127) : reject(error),
      );
      child.once('exit', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
    });
  } finally {
    lent = false;
  }
}

const io: CliIo = {
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  stdinIsTTY: (process.stdin.isTTY as boolean | undefined) === true,
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  platform:
    process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
  clock: systemClock,
  version: async () => {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  },
  question,
  readLine,
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
// Not before all is written: a pipe may take its time. Then at once, whatever still waits for something.
await Promise.all(
  [process.stdout, process.stderr].map(
    (stream) =>
      new Promise((resolve) => (stream.destroyed ? resolve(null) : stream.write('', resolve))),
  ),
);
process.exit(code);
