import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { findSsh } from '../base/find-program.ts';
import type { Surroundings } from '../base/surroundings.ts';
import { ClusterError } from '../model/errors.ts';
import { advice } from '../model/remedy.ts';

/** How long `ssh` may take to connect to a proxy, in seconds. */
const connectSeconds = 10;

/** How much of what `ssh` complains of is kept: the last line counts. */
const complaintLength = 8_192;

/** A way to a host through another one. */
export interface ProxiedWay {
  /** What goes to the host, and comes from it. */
  readonly stream: Duplex;
  /** What `ssh` complained of so far; empty if it is content. */
  readonly complaint: () => string;
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
  const child = spawn(program, proxyArguments(proxy, host, port), {
    env: surroundings.env,
    stdio: ['pipe', 'pipe', 'pipe'],
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
  return { stream, complaint: () => lastLine(said) };
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
  return /Permission denied|verification failed|IDENTIFICATION HAS CHANGED|Could not resolve/i.test(
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
