import type { CliIo, InterruptKind, Program } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import { registry } from '../../src/cli/registry.ts';
import { FlintrockEngine } from '../../src/engine/flintrock.ts';
import { MemoryProvider } from './memory-provider.ts';
import { VirtualClock } from './virtual-clock.ts';
import { Terminal } from './virtual-terminal.ts';

// Loaded beforehand: on the virtual clock a module that loads takes as long as a launch.
await Promise.all([
  ...registry.map(({ load }) => load()),
  import('../../src/cli/check-configuration.ts'),
  import('../../src/cli/consent.ts'),
  import('../../src/cli/parsing/validate-flags.ts'),
  import('../../src/cli/rendering/json.ts'),
  import('../../src/cli/rendering/python-form.ts'),
  import('../../src/cli/forced-stop.ts'),
  import('../../src/cli/parsing/parse.ts'),
  import('../../src/cli/rendering/errors.ts'),
  import('../../src/cli/rendering/help.ts'),
  import('../../src/cli/parsing/global-options.ts'),
  import('../../src/cli/session.ts'),
  import('../../src/cli/parsing/option-flags.ts'),
  import('../../src/config/load.ts'),
  import('../../src/config/resolve.ts'),
  import('../../src/config/generated/template.ts'),
]);

/** How a command line is run. */
export interface RunOptions {
  readonly provider?: MemoryProvider;
  /** Whether input and outputs are a terminal of 80 columns. */
  readonly tty?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly home?: string;
  /** Whether the provider stands for EC2 as well. */
  readonly hasEc2?: boolean;
  /** Seconds at which Ctrl-C is pressed. */
  readonly interruptAt?: readonly number[];
  /** Seconds at which the screen is looked at. */
  readonly lookAt?: readonly number[];
  /** What is typed at questions; Ctrl-C if it is `^C`. */
  readonly answers?: readonly string[];
  /** What standard input has, where it is no terminal. */
  readonly input?: string;
  /** What a program that takes over the terminal does. */
  readonly program?: (program: Program) => number;
}

/** What came of it. */
export interface CliRun {
  readonly code: number;
  /** Without a terminal: what was written. With one: nothing. */
  readonly stdout: string;
  readonly stderr: string;
  /** With a terminal: what stands on it at the end. */
  readonly screen: string;
  /** What stood on it when it was looked at. */
  readonly frames: readonly string[];
  /** Everything that was written to standard error, control characters and all. */
  readonly raw: string;
  readonly cursorShown: boolean;
  readonly questions: readonly string[];
  readonly programs: readonly Program[];
  /** How long it took, on that clock. */
  readonly seconds: number;
}

/** Runs a command line in this process, on a clock of its own, against clusters in memory. */
export async function runCli(
  line: string | readonly string[],
  options: RunOptions = {},
): Promise<CliRun> {
  const { provider = new MemoryProvider(), tty = false, columns = 80, rows = 24 } = options;
  const argv = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
  const clock = new VirtualClock();
  const start = clock.now();
  const terminal = new Terminal(columns, rows);
  const written = { stdout: '', stderr: '' };
  const frames: string[] = [];
  const questions: string[] = [];
  const programs: Program[] = [];
  const answers = [...(options.answers ?? [])];
  const input = options.input?.replace(/\n$/, '').split('\n') ?? [];
  const listeners = new Set<(kind: InterruptKind) => void>();
  const interrupt = (kind: InterruptKind = 'key'): void =>
    [...listeners].forEach((listener) => listener(kind));
  const outputOf = (name: 'stdout' | 'stderr'): CliIo['stdout'] => ({
    isTTY: tty,
    columns: tty ? columns : undefined,
    rows: tty ? rows : undefined,
    write: (bytes) => {
      const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
      written[name] += text;
      if (tty) terminal.write(text);
    },
  });
  const io: CliIo = {
    stdout: outputOf('stdout'),
    stderr: outputOf('stderr'),
    stdinIsTTY: tty,
    env: options.env ?? {},
    cwd: options.cwd ?? '/nowhere',
    home: options.home ?? '/nowhere/home',
    platform: 'linux',
    clock,
    version: () => Promise.resolve('1.2.3'),
    question: (text) => {
      questions.push(text);
      const answer = answers.shift() ?? '';
      if (tty) terminal.write(`${text}${answer}\n`);
      if (answer !== '^C') return Promise.resolve(answer);
      interrupt();
      return Promise.resolve(null);
    },
    readLine: () => Promise.resolve(input.shift() ?? null),
    takeStdio: () => Promise.reject(new Error('no protocol is spoken here')),
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onExit: () => () => undefined,
    makeEngine: (host, configFile) =>
      Promise.resolve(
        new FlintrockEngine({
          host,
          configFile,
          surroundings: io,
          providers: {
            local: {
              load: () => Promise.resolve(provider),
              isSetUp: () => Promise.resolve(true),
            },
            ...(options.hasEc2 === true && {
              ec2: {
                load: () => Promise.resolve(provider),
                isSetUp: () => Promise.resolve(false),
              },
            }),
          },
        }),
      ),
    attach: () => Promise.reject(new Error('no shell is opened here')),
    run: (program) => {
      programs.push(program);
      return Promise.resolve(options.program?.(program) ?? 0);
    },
  };
  const at = async (seconds: number, act: () => void): Promise<void> => {
    await clock.sleep(start + 1000 * seconds - clock.now());
    act();
  };
  for (const seconds of options.interruptAt ?? []) void at(seconds, interrupt);
  for (const seconds of options.lookAt ?? []) void at(seconds, () => frames.push(terminal.screen));
  const code = await main(argv, io);
  return {
    code,
    ...written,
    screen: terminal.screen,
    frames,
    raw: written.stderr,
    cursorShown: terminal.cursorShown,
    questions,
    programs,
    seconds: (clock.now() - start) / 1000,
  };
}
