import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { ParsedKey } from 'ssh2';
import { ClusterError, isClusterError } from '../model/errors.ts';
import { advice, type Remedy, runProgram, setOption } from '../model/remedy.ts';
import { fingerprint, publicKeyBlob, publicKeyLine } from '../model/ssh/key.ts';
import { listAgentKeys } from './agent.ts';
import { isReadBySsh, needsPassphrase, parsePrivateKey, publicHalf } from './private-key.ts';

/** How often a passphrase is asked for, as OpenSSH does. */
const maxAnswers = 3;

/** What a client shows to be let in: a private key, or keys of an agent. */
export interface Identity {
  /** The private key, or `null` if only the agent is asked. */
  readonly key: PrivateKey | null;
  /** The agent's keys to offer, or `null` if there is none to be asked. */
  readonly agent: OfferedKeys | null;
  /** The public half of the one key that is meant, as in an `authorized_keys` line; `null` if it isn't known which. */
  readonly publicKey: string | null;
}

/** A private key that was read and can be used. */
interface PrivateKey {
  /** Where it was read. */
  readonly path: string;
  readonly parsed: ParsedKey;
  /** Of its public half, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** Whether others than its owner may read or change the file, which OpenSSH doesn't accept: its mode, such as `0644`; else `null`. */
  readonly exposed: string | null;
  /** Whether OpenSSH uses the file as it is. */
  readonly isForSsh: boolean;
}

/** Keys of an agent. */
interface OfferedKeys {
  readonly socket: string;
  readonly keys: readonly ParsedKey[];
}

/** Where keys come from. */
export interface IdentitySources {
  /** Path of a private key, or `null` if there is only the agent. */
  readonly file: string | null;
  /** The socket of the agent, looked for only if one is needed; `null` if there is none. */
  readonly agent: () => Promise<string | null>;
  /** The public key that lets in, as in an `authorized_keys` line, if it is known: of an agent's keys, only this one is offered. */
  readonly fitting?: string | null;
  /**
   * Asks for a key's passphrase; `null` for "I don't know it".
   *
   * @param wrong how many answers were wrong before
   */
  readonly passphrase: (path: string, wrong: number) => Promise<string | null>;
  /** Told when no answer was right: none of them is to be remembered. */
  readonly forget?: (path: string) => void;
}

/**
 * Reads a private key, or finds it in an agent. One with a passphrase that nobody can tell is left to the agent, which may hold it.
 *
 * @throws ClusterError `FILE_NOT_FOUND`, `IDENTITY_INVALID`
 */
export async function loadIdentity(sources: IdentitySources): Promise<Identity> {
  const { file, fitting = null } = sources;
  if (file === null) return fromAgent(await sources.agent(), fitting);
  const { bytes, exposed } = await readKeyFile(file);
  let parsed = parsePrivateKey(bytes);
  if (parsed instanceof Error && needsPassphrase(parsed)) {
    const half = publicHalf(bytes) ?? (await publicHalfBeside(file));
    const held = half && (await heldByAgent(publicKeyLine(half), sources));
    if (held !== undefined) return held;
    const opened = await open(file, bytes, sources);
    if (opened === null) {
      // Which of the agent's keys it would be isn't known.
      const maybe = half === undefined ? await heldByAgent(fitting, sources) : undefined;
      if (maybe !== undefined) return maybe;
      throw invalid(file, 'it is protected by a passphrase, which can’t be entered here', {
        remedies: [runProgram('Add the key to an SSH agent.', 'ssh-add', file)],
      });
    }
    parsed = opened;
  }
  if (parsed instanceof Error)
    throw invalid(file, parsed.message.replace(/^Cannot parse privateKey: /, ''), {
      cause: parsed,
      remedies: advice('Use an RSA, ECDSA or Ed25519 private key in OpenSSH or PEM format.'),
    });
  if (!parsed.isPrivateKey())
    throw invalid(file, 'it is a public key', {
      remedies: advice('Specify the private key instead.'),
    });
  const blob = parsed.getPublicSSH();
  return {
    key: {
      path: file,
      parsed,
      fingerprint: fingerprint(blob),
      exposed,
      isForSsh: exposed === null && isReadBySsh(bytes, parsed),
    },
    agent: null,
    publicKey: publicKeyLine(blob),
  };
}

/**
 * The keys of an agent that are to be offered.
 *
 * @throws ClusterError `IDENTITY_INVALID` if there is none
 */
async function fromAgent(socket: string | null, fitting: string | null): Promise<Identity> {
  const wanted = fitting === null ? null : publicKeyBlob(fitting);
  const what =
    wanted === null
      ? 'a private key'
      : `the private key with the fingerprint ${fingerprint(wanted)}`;
  const remedies = [
    setOption('Specify the private key file.', 'providers.ec2.identity-file'),
    runProgram('Or add the key to an SSH agent.', 'ssh-add'),
  ];
  const none = (why: string, cause?: unknown): ClusterError =>
    new ClusterError('IDENTITY_INVALID', why, { cause, remedies });
  if (socket === null)
    throw none(`SSH requires ${what}: no file is specified, and no SSH agent is running.`);
  const held = await listAgentKeys(socket).catch((error: unknown) => {
    throw none(`The SSH agent at ${socket} can’t be reached: ${reasonOf(error)}.`, error);
  });
  const keys = held.filter((key) => wanted === null || key.getPublicSSH().equals(wanted));
  if (keys.length === 0)
    throw none(
      held.length === 0
        ? `The SSH agent at ${socket} holds no keys.`
        : `The SSH agent at ${socket} holds other keys, but not ${what}.`,
    );
  return { key: null, agent: { socket, keys }, publicKey: fitting };
}

/**
 * Opens a key by its passphrase, which may be mistyped twice.
 *
 * @returns `null` if nobody knows it
 */
async function open(
  file: string,
  text: Buffer,
  sources: IdentitySources,
): Promise<ParsedKey | null> {
  let failure: Error | undefined;
  for (let wrong = 0; wrong < maxAnswers; wrong += 1) {
    const passphrase = await sources.passphrase(file, wrong);
    if (passphrase === null) {
      if (wrong > 0) break;
      return null;
    }
    const opened = parsePrivateKey(text, passphrase);
    if (!(opened instanceof Error)) return opened;
    failure = opened;
  }
  sources.forget?.(file);
  throw invalid(file, 'the passphrase is wrong', { cause: failure });
}

/** The keys of the agent that fit, without a word if there are none: another way in is known. */
async function heldByAgent(
  fitting: string | null,
  { agent }: IdentitySources,
): Promise<Identity | undefined> {
  try {
    return await fromAgent(await agent(), fitting);
  } catch (error) {
    if (isClusterError(error)) return undefined;
    throw error;
  }
}

/** The public half of a key from the file that `ssh-keygen` puts beside it. */
async function publicHalfBeside(file: string): Promise<Buffer | undefined> {
  const line = await readFile(`${file}.pub`, 'utf8').catch(() => '');
  const blob = publicKeyBlob(line);
  return blob.length > 4 ? blob : undefined;
}

async function readKeyFile(file: string): Promise<{ bytes: Buffer; exposed: string | null }> {
  try {
    const { mode, uid } = await stat(file);
    // As OpenSSH has it (ssh(1), "FILES"): on Windows, modes say nothing; another's file is that one's to keep.
    const isExposed = uid === userInfo().uid && (mode & 0o077) !== 0;
    return {
      bytes: await readFile(file),
      exposed: isExposed ? `0${(mode & 0o777).toString(8)}` : null,
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new ClusterError('FILE_NOT_FOUND', `Private key file not found: ${file}.`, {
        cause: error,
        details: { local: file },
      });
    throw invalid(file, code === 'EACCES' ? 'permission denied' : (error as Error).message, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  const { message, name } = error as Error;
  // ssh2 keeps to itself what the socket said.
  if (message === 'Failed to connect to agent') return 'it is not running';
  return name === 'TimeoutError' ? 'no response' : message;
}

function invalid(
  file: string,
  why: string,
  options: { readonly cause?: unknown; readonly remedies?: readonly Remedy[] },
): ClusterError {
  return new ClusterError('IDENTITY_INVALID', `The key ${file} can’t be used: ${why}.`, options);
}
