import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ssh2, { type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { findSsh } from '../base/machine/find-program.ts';
import type { Surroundings } from '../base/surroundings.ts';
import { timeLimit } from '../base/time-limit.ts';
import { untilAborted } from '../base/until-aborted.ts';

/** How long an agent may take to say which keys it holds: one that is locked may ask its user first. In milliseconds. */
const listLimitMs = 8_000;
/** How long `ssh` may take to say what its configuration means, in milliseconds. */
const configLimitMs = 5_000;

/**
 * The socket of the agent that `ssh` would ask on its way to a host: what the user's configuration names (`IdentityAgent`), else
 * `SSH_AUTH_SOCK`; `null` if there is none.
 */
export async function findAgent(
  surroundings: Pick<Surroundings, 'env' | 'home' | 'platform'>,
  host: string,
): Promise<string | null> {
  const { env, home } = surroundings;
  const byDefault = env['SSH_AUTH_SOCK'] || null;
  const program = await findSsh(surroundings);
  if (program === undefined) return byDefault;
  const settings = await promisify(execFile)(program, ['-G', '--', host], {
    env,
    timeout: configLimitMs,
  }).then(
    ({ stdout }) => stdout,
    // A broken configuration is for `ssh` itself to name.
    () => '',
  );
  const named = /^identityagent (.*)$/m
    .exec(settings)?.[1]
    ?.trim()
    .replace(/^"(.*)"$/, '$1');
  if (named === undefined || named === 'SSH_AUTH_SOCK') return byDefault;
  if (named === 'none') return null;
  const path = named.replace(
    /^\$(?:\{(\w+)\}|(\w+))/,
    (_, braced, plain: string) => env[(braced as string | undefined) ?? plain] ?? '',
  );
  return path.startsWith('~/') ? join(home, path.slice(2)) : path.replaceAll('%d', home) || null;
}

/** Asks an agent for the public halves of its keys; rejects if none answers at the socket. */
export async function listAgentKeys(socket: string): Promise<readonly ParsedKey[]> {
  const listed = new Promise<readonly ParsedKey[]>((resolve, reject) => {
    ssh2.createAgent(socket).getIdentities((error, found) => {
      if (error) reject(error);
      else resolve((found ?? []) as readonly ParsedKey[]);
    });
  });
  return untilAborted(listed, timeLimit(listLimitMs));
}

/** An agent of which only some keys are offered: a server refuses who offers it too many. */
export class ChosenKeys extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent;
  readonly #keys: readonly ParsedKey[];
  /** Whether it was asked for a signature and has not answered. */
  isAsked = false;

  constructor(socket: string, keys: readonly ParsedKey[]) {
    super();
    this.#agent = ssh2.createAgent(socket);
    this.#keys = keys;
  }

  override getIdentities(done: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    done(undefined, [...this.#keys]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    const [given, answer] = typeof options === 'function' ? [{}, options] : [options, done];
    this.isAsked = true;
    this.#agent.sign(key, data, given, (error, signature) => {
      this.isAsked = false;
      answer?.(error, signature);
    });
  }
}
