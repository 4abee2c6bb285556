import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = resolve(dirname(fileURLToPath(import.meta.url)), '../../dist/cli.js');

/** The home and the environment of the user who types: a lab's. */
interface Place {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a command printed, and its exit code. */
export interface CommandOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** A command that runs. */
export interface RunningCommand {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<CommandOutcome>;
  /** Resolves as soon as the text has appeared on either stream. */
  readonly saw: (text: string) => Promise<void>;
}

/**
 * A user's session with the built command line, each command a process of its own, without a terminal; what is typed and what is
 * answered is kept as text.
 */
export class TerminalSession {
  readonly #lab: Place;
  #text = '';

  constructor(lab: Place) {
    this.#lab = lab;
  }

  /** Starts a command without waiting for it, and without keeping what it says. */
  start(...args: string[]): RunningCommand {
    return this.#spawn(args, '');
  }

  /** The same with standard input left open, as by a program that may still write to it. */
  startOpen(...args: string[]): RunningCommand {
    return this.#spawn(args);
  }

  #spawn(args: readonly string[], input?: string): RunningCommand {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: this.#lab.home,
      env: { ...this.#lab.env, HOME: this.#lab.home, NO_COLOR: '1' },
    });
    if (input !== undefined) child.stdin.end(input);
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => (out[name] += text));
    const finished = once(child, 'close').then(([exitCode]) => ({
      ...out,
      exitCode: exitCode as number | null,
    }));
    const saw = async (text: string): Promise<void> => {
      while (!out.stdout.includes(text) && !out.stderr.includes(text)) {
        if (child.exitCode !== null)
          throw new Error(`ended before it said "${text}":\n${out.stdout}${out.stderr}`);
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), finished]);
      }
    };
    return { child, finished, saw };
  }

  /** Runs a command to its end and keeps it. */
  async run(...args: string[]): Promise<CommandOutcome> {
    return this.#keep(args, '');
  }

  /** Runs a command to its end with a line in standard input, and keeps it. */
  async type(line: string, ...args: string[]): Promise<CommandOutcome> {
    return this.#keep(args, line);
  }

  async #keep(args: readonly string[], line: string): Promise<CommandOutcome> {
    const outcome = await this.#spawn(args, line === '' ? '' : `${line}\n`).finished;
    const words = args.map((arg) => (/^[\w./:=@%+,-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ');
    this.#text += `$ ${line === '' ? '' : `echo ${line} | `}flintrock ${words}\n${marked('', outcome.stdout)}${marked('! ', outcome.stderr)}${outcome.exitCode === 0 ? '' : `exit ${outcome.exitCode ?? 'by a signal'}\n`}\n`;
    return outcome;
  }

  /** The session as text: `! ` stands before what went to stderr. Ids, ports, times and sizes are made the same each time. */
  text(): string {
    return normalise(this.#text, this.#lab.home);
  }
}

/** Makes ids, ports, times and sizes the same each time, and nothing else. */
function normalise(text: string, home: string): string {
  return (
    text
      .replaceAll(home, 'HOME')
      // Time too: said only where something took longer than five seconds.
      .replaceAll(/^! [\w-]+: Waiting for .* to be ready\n/gm, '')
      .replaceAll(/127\.0\.0\.1:\d{4,5}/g, '127.0.0.1:PORT')
      .replaceAll(/\bjob-\d{8}T\d{6}Z-[0-9a-f]{4}/g, 'JOB')
      .replaceAll(/\blocal-[0-9a-f]{12}/g, 'ID')
      .replaceAll(/\b\d{8}T\d{6}Z-[0-9a-f]{8}/g, 'LAUNCH')
      .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'WHEN')
      .replaceAll(/("pid":)\d+/g, '$1PID')
      .replaceAll(/("port":)\d+/g, '$1PORT')
      .replaceAll(/("seconds":)[\d.]+/g, '$1TIME')
      .replaceAll(/\bprocess \d+/gi, 'process PID')
      .replaceAll(/\b(?:\d+ min )?\d+(?:\.\d+)? (?:s|ms|min)\b(?: ago)?|\bjust now\b/g, 'TIME')
      .replaceAll(/(machine’s memory \()[\d.]+ GiB/g, '$1SIZE')
      .replaceAll(/\b\d+(?:\.\d+)? (?:bytes|B|kB|KiB|MB|MiB)\b/g, 'SIZE')
  );
}

function marked(mark: string, text: string): string {
  return text === '' ? '' : `${text.replace(/\n$/, '').replaceAll(/^/gm, mark)}\n`;
}
