import { request } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, {
  type AuthenticationType,
  type Client,
  type ClientChannel,
  type SFTPWrapper,
} from 'ssh2';
import { timeLimit } from '../base/time-limit.ts';
import { untilAborted } from '../base/until-aborted.ts';
import { abortError, ClusterError } from '../model/errors.ts';
import { LimitedBytes, limitedText, maxOutputBytes, maxPageBytes } from '../model/limits.ts';
import { advice, type Remedy, setOption } from '../model/remedy.ts';
import type { TerminalSize } from '../model/session.ts';
import { fingerprint, publicKeyLine } from '../model/ssh/key.ts';
import { ChosenKeys } from './agent.ts';
import { pauseUntil } from './back-pressure.ts';
import type { Identity } from './identity.ts';
import { marked, skipStartupText, StartupFilter } from './startup-output.ts';

/** Where to connect to, as whom, and what must be found there. */
export interface SshTarget {
  readonly host: string;
  /** @default 22 */
  readonly port?: number | undefined;
  readonly user: string;
  readonly identity: Identity;
  /**
   * Says whether the host's key is the right one, by its fingerprint (`SHA256:…`) and by the key itself (one line of type and key,
   * as in `authorized_keys`). A connection to any other host is never used.
   */
  readonly isHostKey: (fingerprint: string, key: string) => boolean | Promise<boolean>;
  /** Kinds of host keys to accept, as SSH names them: only those of which one is known. */
  readonly hostKeyTypes?: readonly string[] | undefined;
  /** A way to the host, such as a channel through another one; absent for a straight connection. */
  readonly through?: Duplex | undefined;
  /** How long connecting and logging in may take, in milliseconds. */
  readonly limitMs: number;
}

/** A command that runs on the other side. */
export interface RemoteCommand {
  /** Resolves with its exit code (128 + the signal's number if a signal ended it); rejects if the connection is lost. */
  readonly exited: Promise<number>;
  /** Writes to its standard input. */
  write(text: string): void;
  /** Closes its standard input. */
  end(): void;
  /** Ends it, if its standard input is still open, and closes its channel. */
  close(): void;
}

/** Takes a piece of a command's output; as long as a promise that it gives is pending, no more is read. */
type TakeOutput = (chunk: Buffer) => Promise<void> | void;

/** What to do with a command's output. */
export interface CommandListener {
  readonly stdout?: TakeOutput | undefined;
  readonly stderr?: TakeOutput | undefined;
}

/** Between two signs of life on a connection on which nothing else happens, and how many may stay unanswered. */
const keepAlive = { keepaliveInterval: 15_000, keepaliveCountMax: 4 } as const;

/** How long a page may take, in milliseconds. */
const pageLimitMs = 10_000;

// POSIX signal numbers, the same on every system that SSH servers run on; SSH sends names (RFC 4254 §6.10).
const signalNumbers: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ABRT: 6,
  KILL: 9,
  SEGV: 11,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
};

/** What became known while a connection was opened. */
interface Seen {
  hostKey: string;
  refused: boolean;
  readonly offered: string[];
  agent: ChosenKeys | undefined;
}

/** A connection to a host whose key was verified. */
export class SshConnection {
  readonly #client: Client;
  #lost: Error | undefined;
  #hostKey = '';
  readonly #closed: Promise<void>;

  private constructor(client: Client) {
    this.#client = client;
    client.on('error', (error) => (this.#lost ??= error));
    this.#closed = new Promise((resolve) => client.once('close', () => resolve()));
    client.once('close', () => (this.#lost ??= new Error('the connection was closed')));
  }

  /**
   * Connects and logs in, once.
   *
   * @throws ClusterError `HOST_KEY_CHANGED`, `SSH_AUTH_FAILED` or `SSH_UNREACHABLE`, the last one with `details.kind`:
   *   `refused`, `timeout`, `network` or `protocol`; `ABORTED` when the signal aborts
   */
  static async open(target: SshTarget, signal: AbortSignal): Promise<SshConnection> {
    const refuseAborted = (): void => {
      if (signal.aborted) throw abortError(signal, `connecting to ${target.host}`);
    };
    refuseAborted();
    const client = new ssh2.Client();
    const connection = new SshConnection(client);
    // A record, not variables: TypeScript can't see that callbacks change them.
    const seen: Seen = { hostKey: '', refused: false, offered: [], agent: undefined };
    const onAbort = (): void => void client.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        client.once('ready', resolve);
        client.once('error', reject);
        client.once('close', () => reject(new Error('the connection was closed')));
        client.once('ready', () => skipStartupText(client));
        client.connect({
          ...(target.through === undefined
            ? { host: target.host, port: target.port ?? 22 }
            : { sock: target.through }),
          username: target.user,
          readyTimeout: target.limitMs,
          ...keepAlive,
          ...(target.hostKeyTypes !== undefined && {
            algorithms: { serverHostKey: [...target.hostKeyTypes] as never[] },
          }),
          hostVerifier: (key: Buffer, verify: (isRight: boolean) => void) => {
            const shown = fingerprint(key);
            seen.hostKey = shown;
            connection.#hostKey = publicKeyLine(key);
            Promise.resolve(target.isHostKey(shown, connection.#hostKey))
              .catch(() => false)
              .then((isRight) => {
                seen.refused = !isRight;
                verify(isRight);
              }, reject);
          },
          authHandler: authentication(target, seen),
        });
        // Small packets follow one another: else each may wait 40 ms for the other side's delayed acknowledgement.
        client.setNoDelay(true);
      });
      return connection;
    } catch (error) {
      client.destroy();
      refuseAborted();
      throw seen.refused ? hostKeyError(target, seen.hostKey) : openError(error, target, seen);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** The host's key: one line of type and key. */
  get hostKey(): string {
    return this.#hostKey;
  }

  /** Why the connection is lost, or `undefined` while it holds. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** Resolves when the connection is closed, or lost. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /**
   * Runs a command with the shell of the user.
   *
   * @param signal ends the command when it aborts
   */
  run(
    command: string,
    listener: CommandListener = {},
    signal?: AbortSignal,
  ): Promise<RemoteCommand> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(this.#lost);
        return;
      }
      this.#client.exec(marked(command), (error, channel) => {
        if (error !== undefined) {
          reject(error);
          return;
        }
        // In the same breath: all that a quick command says, and its end, may have come with the same packet.
        // Both streams wait for the taker: they share what the other side may send ahead.
        const into = (take: TakeOutput | undefined) => (chunk: Buffer) =>
          pauseUntil(take?.(chunk), [channel, channel.stderr]);
        const output = new StartupFilter(into(listener.stdout));
        channel.on('data', (chunk: Buffer) => output.push(chunk)).once('end', () => output.end());
        channel.stderr.on('data', into(listener.stderr));
        const running = remoteCommand(channel, () => this.#lost);
        const stop = (): void => running.close();
        if (signal?.aborted === true) stop();
        signal?.addEventListener('abort', stop, { once: true });
        channel.once('close', () => signal?.removeEventListener('abort', stop));
        resolve(running);
      });
    });
  }

  /**
   * Runs a command to its end and gives its exit code and output.
   *
   * @throws ClusterError `ABORTED` when the signal aborts, `ANSWER_TOO_LARGE`; the command's channel is closed then
   */
  async exec(
    command: string,
    signal: AbortSignal,
    input = '',
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const out = new LimitedBytes(maxOutputBytes, 'A command on a node');
    const err = new LimitedBytes(maxOutputBytes, 'A command on a node');
    const tooMuch = new AbortController();
    const into = (bytes: LimitedBytes) => (chunk: Buffer) => {
      if (tooMuch.signal.aborted) return;
      try {
        bytes.push(chunk);
      } catch (error) {
        tooMuch.abort(error);
      }
    };
    const listener: CommandListener = { stdout: into(out), stderr: into(err) };
    const stop = AbortSignal.any([signal, tooMuch.signal]);
    const finish = async (): Promise<number> => {
      const running = await untilAborted(this.run(command, listener, stop), stop);
      if (input !== '') running.write(input);
      running.end();
      return untilAborted(running.exited, stop);
    };
    const code = await finish().catch((error: unknown) => {
      if (!stop.aborted) throw error;
      return 1;
    });
    if (tooMuch.signal.aborted) throw tooMuch.signal.reason as Error;
    if (signal.aborted) throw abortError(signal, 'a command ran on a node');
    return {
      code,
      stdout: out.text(),
      stderr: err.text(),
    };
  }

  /**
   * Runs a command that must succeed, and gives what it printed.
   *
   * @param what what could not be done if it fails: how the error begins, without a full stop
   * @throws ClusterError `NODE_FAILED` with the last line of what the command said; `ABORTED` as {@link exec}
   */
  async execOrThrow(
    command: string,
    what: string,
    signal: AbortSignal,
    { input, remedies = [] }: { input?: string; remedies?: readonly Remedy[] } = {},
  ): Promise<string> {
    const { code, stdout, stderr } = await this.exec(command, signal, input);
    if (code === 0) return stdout;
    const reason = stderr.trim().split('\n').at(-1)?.replace(/\.$/, '') || `exit code ${code}`;
    throw new ClusterError('NODE_FAILED', `${what}: ${reason}.`, { remedies });
  }

  /** A stream to `host:port` as seen from the other side. */
  forward(host: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(this.#lost);
        return;
      }
      this.#client.forwardOut('127.0.0.1', 0, host, port, (error, stream) =>
        error === undefined ? resolve(stream) : reject(error),
      );
    });
  }

  /**
   * GET of a page that is served at `host:port` as seen from the other side; rejects on anything but 200.
   */
  async get(host: string, port: number, path: string, signal: AbortSignal): Promise<string> {
    // A channel has no time-outs of its own, as a socket has, and a request that waits for one never hears that it was ended.
    const limit = timeLimit(pageLimitMs, signal);
    const stream = await untilAborted(this.forward(host, port), limit, (late) => late.destroy());
    const page = new Promise<string>((resolve, reject) => {
      const asked = request(
        { host, port, path, signal: limit, createConnection: () => stream },
        (response) => {
          const what = `${host}:${port}${path}`;
          limitedText(response, maxPageBytes, what)
            .then((text) => {
              if (response.statusCode === 200) resolve(text);
              else reject(new Error(`${what} responded with ${response.statusCode ?? 0}`));
            }, reject)
            .finally(() => stream.destroy());
        },
      );
      asked.once('error', reject);
      asked.end();
    });
    return untilAborted(page, limit).finally(() => stream.destroy());
  }

  /** Opens an interactive shell with a terminal. */
  async shell(size: TerminalSize, terminal: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.#client.shell(
        { cols: size.columns, rows: size.rows, term: terminal },
        (error, channel) => (error === undefined ? resolve(channel) : reject(error)),
      );
    });
  }

  /** The file-transfer side of the connection. */
  files(): Promise<SFTPWrapper> {
    return new Promise((resolve, reject) => {
      this.#client.sftp((error, sftp) =>
        error === undefined ? resolve(sftp) : reject(this.#lost ?? transferError(error)),
      );
    });
  }

  /** Closes the connection with all that runs on it. */
  async close(): Promise<void> {
    if (this.#lost === undefined) this.#client.end();
    const late = setTimeout(() => this.#client.destroy(), 2_000);
    await this.#closed;
    clearTimeout(late);
  }
}

/** What is wrong where the host's side of file transfers doesn't begin; its user's shell starts it. */
function transferError(error: Error): ClusterError {
  return new ClusterError(
    'TRANSFER_FAILED',
    `The node doesn’t transfer files over SFTP: ${error.message}.`,
    {
      cause: error,
      remedies: advice(
        'Check that its SSH server offers SFTP, and that the start-up files of the user’s shell, such as ~/.bashrc, print nothing and run no other program.',
      ),
    },
  );
}

function remoteCommand(channel: ClientChannel, lost: () => Error | undefined): RemoteCommand {
  const exited = new Promise<number>((resolve, reject) => {
    let code: number | undefined;
    channel.once('exit', (status: number | null, signal?: string) => {
      code = status ?? 128 + (signalNumbers[(signal ?? '').replace(/^SIG/, '')] ?? 0);
    });
    channel.once('close', () => {
      if (code !== undefined) resolve(code);
      else reject(lost() ?? new Error('the command’s channel was closed'));
    });
  });
  // A caller that closes a command may not care how it ended.
  exited.catch(() => undefined);
  channel.on('error', () => undefined);
  return {
    exited,
    write: (text) => void channel.write(text),
    end: () => void channel.end(),
    close: () => {
      // A closed channel alone leaves it running until it writes something. OpenSSH passes the signal on since 7.9.
      channel.signal('TERM');
      channel.close();
    },
  };
}

/** The way to log in: by the key, or by those of the agent. */
function authentication({ user, identity }: SshTarget, seen: Seen) {
  const { key, agent } = identity;
  type Method = Readonly<Record<string, unknown>>;
  const methods: { readonly what: string; readonly method: Method }[] = [];
  if (key !== null)
    methods.push({
      what: `${key.path} (${key.fingerprint})`,
      method: { type: 'publickey', username: user, key: key.parsed },
    });
  if (agent !== null) {
    const chosen = new ChosenKeys(agent.socket, agent.keys);
    seen.agent = chosen;
    const prints = agent.keys.map((held) => fingerprint(held.getPublicSSH()));
    methods.push({
      what: `the keys of the SSH agent at ${agent.socket} (${prints.join(', ')})`,
      method: { type: 'agent', username: user, agent: chosen },
    });
  }
  return (
    _left: AuthenticationType[] | null,
    _partial: boolean | null,
    next: (method: never) => void,
  ): void => {
    const tried = methods.shift();
    if (tried !== undefined) seen.offered.push(tried.what);
    next((tried?.method ?? false) as never);
  };
}

function hostKeyError({ host, port }: SshTarget, found: string): ClusterError {
  return new ClusterError(
    'HOST_KEY_CHANGED',
    `The host key of ${host} (${found}) doesn’t match the cluster’s: it may be another machine. The connection was refused.`,
    { details: { host, port: port ?? 22, found } },
  );
}

function openError(error: unknown, target: SshTarget, { offered, agent }: Seen): ClusterError {
  const { host, user } = target;
  const { message, level, code } = error as Error & { level?: string; code?: string };
  const isLate = level === 'client-timeout' || code === 'ETIMEDOUT';
  // The host waits for a signature, and this machine's agent doesn't give it: no network is to blame, and no host.
  if (level === 'agent' || (isLate && agent?.isAsked === true))
    return new ClusterError(
      'SSH_AUTH_FAILED',
      `The SSH agent at ${target.identity.agent?.socket ?? ''} did not sign the login to ${host}: ${isLate ? 'no response' : message}.`,
      {
        cause: error,
        details: { host, user, offered: [...offered], kind: 'agent' },
        remedies: [
          ...advice('Confirm the use of the key if the agent asks for it, or unlock the agent.'),
          setOption('Or specify the private key file.', 'providers.ec2.identity-file'),
        ],
      },
    );
  // A server hangs up on a client that has offered too many keys.
  if (level === 'client-authentication' || /too many authentication failures/i.test(message))
    return new ClusterError(
      'SSH_AUTH_FAILED',
      `${host} rejected the SSH login of user "${user}" with ${offered.length === 0 ? 'no key' : offered.join(' or ')}.`,
      {
        cause: error,
        details: { host, user, offered: [...offered], kind: 'rejected' },
        remedies: [
          setOption(
            'Check the SSH user of the AMI: ec2-user, ubuntu, admin, …',
            'providers.ec2.user',
          ),
          setOption('Check the private key.', 'providers.ec2.identity-file'),
        ],
      },
    );
  const kind =
    code === 'ECONNREFUSED'
      ? 'refused'
      : isLate
        ? 'timeout'
        : code === undefined
          ? 'protocol'
          : 'network';
  const why = {
    refused: 'connection refused',
    timeout: 'no response',
    network: message,
    protocol: message,
  }[kind];
  // Behind NAT64 names of IPv4 hosts can be reached, but not their bare addresses.
  const lacksIpv4 = (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') && isIPv4(host);
  return new ClusterError('SSH_UNREACHABLE', `SSH on ${host} can’t be reached: ${why}.`, {
    cause: error,
    details: { host, kind },
    remedies: lacksIpv4
      ? [
          ...advice(
            'This machine has no route to this IPv4 address. In an IPv6-only network, an IPv4 address of its own (464XLAT or dual stack) is required.',
          ),
          setOption(
            'Or connect by a command that needs no IPv4 route.',
            'providers.ec2.ssh-proxy-command',
          ),
        ]
      : [],
  });
}
