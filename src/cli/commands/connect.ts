import { basename, resolve } from 'node:path';
import { shellWord } from '../../base/shell-word.ts';
import { type ConnectSession, sessionEnvironment } from '../../engine/connect/connect-session.ts';
import { ClusterError } from '../../model/errors.ts';
import { formatEvent } from '../../text/events.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { parseConf } from '../parsing/conf.ts';
import { clusterName } from '../parsing/positionals.ts';
import { usageError } from '../parsing/usage-error.ts';
import type { ConnectJson } from '../rendering/json.ts';
import type { Line } from '../rendering/palette.ts';
import { showLine, writeLine } from '../rendering/write.ts';
import type { Session } from '../session.ts';

/** `flintrock connect` */
export const connectCommand: Command = {
  name: 'connect',
  description: [
    'Connects Spark clients on this machine, such as Python and notebooks, with a cluster through Spark Connect, until you press Ctrl-C. The Spark Connect server is started on the master if necessary. Port and token of a cluster stay the same. Requires Spark 4.0 or newer.',
    'With a command, it runs the command with SPARK_REMOTE and the token set, and exits with its exit code.',
  ],
  positionals: [
    clusterName,
    { name: 'COMMAND', help: 'Command to run, after --', required: false, rest: true },
  ],
  verb: 'connect',
  flags: [
    {
      name: 'env',
      help: 'Print the environment variables for a shell, and exit; another flintrock connect holds the connection',
    },
    {
      name: 'conf',
      metavar: 'KEY=VALUE',
      repeatable: true,
      help: 'Spark property of the Spark Connect server, if it is started now; repeatable',
    },
  ],
  runsProgram: true,
  examples: [
    { command: 'flintrock connect demo', does: 'Connect until you press Ctrl-C' },
    {
      command: 'eval "$(flintrock connect demo --env)"',
      does: 'Set up another terminal for this connection',
    },
    { command: 'flintrock connect demo -- python app.py', does: 'Run a program on the cluster' },
  ],
  async run({ args: [name = '', ...rest], flags, values, session }) {
    const { signal } = session;
    const program = rest[0] === '--' ? rest.slice(1) : rest;
    const engine = await session.engine();
    if (flags.has('env')) {
      if (program.length > 0)
        throw usageError('--env can’t be combined with a command', 'connect', 'Remove one of them');
      const endpoint = await engine.connectEndpoint(name, { values, signal });
      const env = sessionEnvironment(endpoint);
      session.result({ env }, () =>
        Object.entries(env).map(([key, value]): Line => [[`export ${key}=${shellWord(value)}`]]),
      );
      return exitCodes.done;
    }
    const conf = parseConf(flags.texts('conf'), 'connect');
    const open = await session.watch(name, 'connect', () =>
      engine.connect(name, {
        values,
        signal,
        conf,
        isTemporary: program.length > 0,
        python: interpreterIn(program, session.io),
      }),
    );
    tellChanges(session);
    try {
      return program.length > 0
        ? await runProgram(program, open, session)
        : await untilInterrupted(name, open, session);
    } finally {
      await open.close();
    }
  },
};

/** Says when the connection is lost, and when it is back; on a terminal also how far queries are. */
function tellChanges(session: Session): void {
  const { stderr } = session.io;
  let isShown = false;
  const erase = (): void => {
    if (isShown) showLine(stderr, '');
    isShown = false;
  };
  session.onEvent((event) => {
    const text = formatEvent(event)?.text ?? '';
    if (event.code === 'query.progress' && stderr.isTTY && !session.quiet) {
      showLine(stderr, text);
      isShown = true;
    }
    if (event.code === 'query.finished') erase();
    if (event.code === 'connection.lost' || event.code === 'connection.restored') {
      erase();
      writeLine(stderr, [[`${event.cluster}: ${text}`]], false);
    }
  });
}

/** The interpreter that a command line runs, if it is one. */
function interpreterIn([file = '']: readonly string[], { cwd }: CliIo): string | undefined {
  if (!/^python[\d.]*$/.test(basename(file))) return undefined;
  return file.includes('/') ? resolve(cwd, file) : file;
}

async function runProgram(
  [file = '', ...args]: readonly string[],
  open: ConnectSession,
  { io }: Session,
): Promise<number> {
  // With MASTER set, Spark's client would refuse SPARK_REMOTE.
  const env = { ...io.env, MASTER: undefined, ...sessionEnvironment(open) };
  const code = await io.run({ file, args, env, cwd: io.cwd });
  if (code === null)
    throw new ClusterError('ARGUMENT_INVALID', `The program "${file}" was not found.`);
  return code;
}

async function untilInterrupted(
  name: string,
  open: ConnectSession,
  session: Session,
): Promise<number> {
  const { signal } = session;
  const { remote, sparkVersion, pages } = open;
  const json: ConnectJson = { env: sessionEnvironment(open), sparkVersion, pages };
  session.result(json, (): Line[] => [
    [[`"${name}" is connected`], [sparkVersion === null ? '.' : ` (Spark ${sparkVersion}).`]],
    [['  SPARK_REMOTE  '], [remote, 'bold']],
    ...pages.map(({ label, address }): Line => [[`  ${label.padEnd(12)}  `], [address]]),
  ]);
  if (!session.quiet) {
    session.say([['To use it in another terminal, which gets the token as well:', 'dim']]);
    session.say([[`  eval "$(flintrock connect ${shellWord(name)} --env)"`]]);
    session.say([['Connected until you press Ctrl-C.', 'dim']]);
  }
  await Promise.race([
    open.ended,
    new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
  ]);
  return exitCodes.done;
}
