import { readFile } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { ClusterError } from '../model/errors.ts';
import { advice, type Remedy, runProgram } from '../model/remedy.ts';
import { fingerprint, publicKeyBlob, publicKeyLine } from '../model/ssh-key.ts';

/** How often a passphrase is asked for, as OpenSSH does. */
const maxAnswers = 3;

/** What a client shows to be let in: a private key, the keys of an agent, or both. */
export interface Identity {
  /** The private key, or `null` if only the agent is asked. */
  readonly key: PrivateKey | null;
  /** Path of the agent's socket (`SSH_AUTH_SOCK`), or `null` if there is none. */
  readonly agent: string | null;
  /** The public half of the key that was named, as in an `authorized_keys` line; `null` if none was, or only the agent knows it. */
  readonly publicKey: string | null;
}

/** A private key that was read and can be used. */
interface PrivateKey {
  /** Where it was read. */
  readonly path: string;
  readonly parsed: ParsedKey;
  /** Of its public half, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** Where keys come from. */
export interface IdentitySources {
  /** Path of a private key, or `null` if there is only the agent. */
  readonly file: string | null;
  readonly agent: string | null;
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
 * Reads a private key. One with a passphrase that nobody can tell is left to the agent, which may hold it.
 *
 * @throws ClusterError `FILE_NOT_FOUND`, `IDENTITY_INVALID`
 */
export async function loadIdentity(sources: IdentitySources): Promise<Identity> {
  const { file, agent } = sources;
  if (file === null) return { key: null, agent, publicKey: null };
  const text = await readKeyFile(file);
  let parsed = parse(text, undefined);
  if (parsed instanceof Error && isEncrypted(parsed)) {
    const held = agent === null ? undefined : await heldByAgent(file, agent);
    if (held !== undefined) return { key: null, agent, publicKey: held };
    const opened = await open(file, text, sources);
    if (opened === null) return { key: null, agent, publicKey: null };
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
    },
    agent,
    publicKey: publicKeyLine(blob),
  };
}

/**
 * Opens a key by its passphrase, which may be mistyped twice.
 *
 * @returns `null` if nobody knows it, and the agent may
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
      if (sources.agent !== null) return null;
      throw invalid(file, 'it is protected by a passphrase, which can’t be entered here', {
        remedies: [runProgram('Add the key to an SSH agent.', 'ssh-add', file)],
      });
    }
    const opened = parse(text, passphrase);
    if (!(opened instanceof Error)) return opened;
    failure = opened;
  }
  sources.forget?.(file);
  throw invalid(file, 'the passphrase is wrong', { cause: failure });
}

/** The public half of a key, from the file beside it, if the agent holds the key: nobody needs to be asked then. */
async function heldByAgent(file: string, agent: string): Promise<string | undefined> {
  try {
    const blob = publicKeyBlob(await readFile(`${file}.pub`, 'utf8'));
    const keys = await new Promise<readonly ParsedKey[]>((resolve, reject) => {
      ssh2.createAgent(agent).getIdentities((error, found) => {
        if (error) reject(error);
        else resolve((found ?? []) as readonly ParsedKey[]);
      });
    });
    return keys.some((key) => key.getPublicSSH().equals(blob)) ? publicKeyLine(blob) : undefined;
  } catch {
    // No such file, or no agent behind the socket: the key itself will tell.
    return undefined;
  }
}

async function readKeyFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
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

function parse(text: Buffer, passphrase: string | undefined): ParsedKey | Error {
  // Of several keys in one file the first counts, as for OpenSSH.
  const found: unknown = ssh2.utils.parseKey(text, passphrase);
  return (Array.isArray(found) ? found[0] : found) as ParsedKey | Error;
}

function isEncrypted({ message }: Error): boolean {
  return /encrypted|passphrase/i.test(message);
}

function invalid(
  file: string,
  why: string,
  options: { readonly cause?: unknown; readonly remedies?: readonly Remedy[] },
): ClusterError {
  return new ClusterError('IDENTITY_INVALID', `The key ${file} can’t be used: ${why}.`, options);
}
