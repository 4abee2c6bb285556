import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { findSsh } from '../base/machine/find-program.ts';
import type { Surroundings } from '../base/surroundings.ts';
import { timeLimit } from '../base/time-limit.ts';
import { untilAborted } from '../base/until-aborted.ts';
import { ClusterError } from '../model/errors.ts';
import { advice } from '../model/remedy.ts';

// A way in that is no connection of ours: a jump host, or a command of the user's.

/** How long `ssh` may take to connect to a proxy, in seconds. */
const connectSeconds = 10;

/** How long the end of a program is waited for that has ended its output, in milliseconds. */
const complaintLimitMs = 1_000;

/** How much of what `ssh` complains of is kept: the last line counts. */
const complaintLength = 8_192;

/** A way to a host through another one. */
export interface ProxiedWay {
  /** What goes to the host, and comes from it. */
  readonly stream: Duplex;
  /** What the program complained of, once it has ended, or soon; empty if it is content. */
  readonly complaint: () => Promise<string>;
}

/**
 * A way to `host:port` through another host, or several: the system's `ssh -W`, which knows by its own configuration how to log in
 * there, and whose host keys to trust.
 *
 * @param proxy `[user@]host[:port]`, several separated by commas, as `ssh -J` has it (ssh(1))
 * @throws ClusterError `SSH_UNREACHABLE` if this machine has no `ssh`
 */
export async function wayThrough(
  proxy: string,
  host: string,
  port: number,
  surroundings: Pick<Surroundings, 'env' | 'platform'>,
  signal: AbortSignal,
): Promise<ProxiedWay> {
  const program = await findSsh(surroundings);
  if (program === undefined)
    throw new ClusterError(
      'SSH_UNREACHABLE',
      `Connecting through ${proxy} requires the program "ssh", which was not found on this machine.`,
      { remedies: advice('Install the OpenSSH client.'), details: { host, kind: 'proxy' } },
    );
  return wayBy(program, proxyArguments(proxy, host, port), surroundings, signal);
}

/** A way to a host by a command of the user's, whose input and output lead there: `ProxyCommand` of `ssh`. */
export function wayByCommand(
  command: string,
  surroundings: Pick<Surroundings, 'env' | 'platform'>,
  signal: AbortSignal,
): ProxiedWay {
  if (surroundings.platform === 'win32')
    return wayBy(
      surroundings.env['ComSpec'] ?? 'cmd.exe',
      ['/d', '/s', '/c', `"${command}"`],
      surroundings,
      signal,
    );
  // As `ssh` does: no shell stays between.
  return wayBy('/bin/sh', ['-c', `exec ${command}`], surroundings, signal);
}

function wayBy(
  program: string,
  args: readonly string[],
  { env, platform }: Pick<Surroundings, 'env' | 'platform'>,
  signal: AbortSignal,
): ProxiedWay {
  const child = spawn(program, args, {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    // What the shell of Windows makes of quotes is its own affair.
    windowsVerbatimArguments: platform === 'win32' && args[0] === '/d',
    signal,
  });
  let said = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (said = `${said}${text}`.slice(-complaintLength)));
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  // The connection that uses the stream says how it ended.
  child.on('error', (error) => stream.destroy(error));
  stream.on('error', () => undefined);
  stream.once('close', () => child.kill());
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve()).once('error', () => resolve());
  });
  return {
    stream,
    complaint: async () => {
      // Its output may end before what it complained of has come.
      await untilAborted(ended, timeLimit(complaintLimitMs)).catch(() => undefined);
      return lastLine(said);
    },
  };
}

/** Arguments of the `ssh` that connects its input and output with `host:port`. */
function proxyArguments(proxy: string, host: string, port: number): string[] {
  const hops = proxy.split(',');
  const last = hops.pop() ?? '';
  const [, target = last, at] = /^(.*?)(?::(\d+))?$/.exec(last) ?? [];
  return [
    // Nobody sees its questions.
    ...['-o', 'BatchMode=yes', '-o', `ConnectTimeout=${connectSeconds}`],
    ...(hops.length === 0 ? [] : ['-J', hops.join(',')]),
    ...(at === undefined ? [] : ['-p', at]),
    ...['-W', `${host}:${port}`],
    // Whatever it looks like, it is no option.
    '--',
    target.replace(/[[\]]/g, ''),
  ];
}

/** Whether a complaint means that somebody was refused, so that asking again is of no use. */
export function isRefusal(complaint: string): boolean {
  return /Permission denied|verification failed|IDENTIFICATION HAS CHANGED|Could not resolve|not found$|AccessDenied|not authorized|ExpiredToken|Unable to locate credentials|SSO session/i.test(
    complaint,
  );
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split(/\r?\n/)
      // What it says when its own end comes, which is never the reason.
      .filter((line) => !/^(Warning: Permanently added|Killed by signal)/.test(line))
      .at(-1) ?? ''
  );
}
