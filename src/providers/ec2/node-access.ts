import { connect } from 'node:net';
import type { WorkContext } from '../../engine/provider.ts';
import type { ClusterNode } from '../../model/cluster.ts';
import { abortError, ClusterError, isClusterError } from '../../model/errors.ts';
import { SshConnection, type SshTarget } from '../../ssh/connection.ts';
import { fingerprint, publicKeyBlob } from '../../model/ssh-key.ts';
import type { Identity } from '../../ssh/identity.ts';
import { keepHostKey, keptHostKey, knownHostsPath } from './kept-files.ts';
import { clusterIdentity, type Passphrases } from './login-key.ts';
import type { Ec2Cluster } from './observe.ts';
import { tagKeys } from './tags.ts';

/** How long one attempt to connect may take, in milliseconds. */
const attemptLimitMs = 10_000;
/** How long a node's port may take to answer before its group is looked at, in milliseconds. */
const probeLimitMs = 4_000;
/** While a node boots, its sshd may be there before its keys and users are: so long a refusal is not believed, in milliseconds. */
const disbeliefMs = 12_000;
/** Between two attempts, in milliseconds. */
const pauseMs = 700;

/** The address at which this client reaches a node: the public one, or inside the network the private one. */
export function reachableAddress(
  node: Pick<ClusterNode, 'address' | 'publicAddress'>,
): string | null {
  return node.publicAddress ?? node.address;
}

/** What else there is to a way in. */
interface AccessWays {
  /** Host keys that were seen on nodes whose image makes its own, by address. */
  readonly trusted?: Map<string, string> | undefined;
  /** Host keys that the person has said yes to, by address. */
  readonly answered?: Map<string, string> | undefined;
  /** Lets this client in again if its own address has changed; gives whether it had. */
  readonly readmit?: (() => Promise<boolean>) | undefined;
}

/** How nodes of one cluster are reached: as whom, with which key, and how to know them. */
export class NodeAccess {
  #identity: Promise<Identity> | undefined;
  #readmission: Promise<boolean> | undefined;

  constructor(
    private readonly cluster: Pick<Ec2Cluster, 'launchId' | 'hostKey'> & { readonly name: string },
    private readonly context: WorkContext,
    private readonly passphrases: Passphrases,
    private readonly ways: AccessWays = {},
  ) {}

  get user(): string {
    return this.context.values.ec2User;
  }

  identity(): Promise<Identity> {
    this.#identity ??= clusterIdentity(this.cluster.launchId, this.context, this.passphrases);
    return this.#identity;
  }

  /** Connects to a node, once. */
  async open(address: string, signal: AbortSignal): Promise<SshConnection> {
    const target: SshTarget = {
      host: address,
      user: this.user,
      identity: await this.identity(),
      limitMs: attemptLimitMs,
      ...(await this.#hostKeyCheck(address)),
    };
    try {
      return await SshConnection.open(target, signal);
    } catch (error) {
      if (isTimeout(error) && (await this.#readmit())) return SshConnection.open(target, signal);
      throw isClusterError(error, 'HOST_KEY_CHANGED') ? this.#withRemedy(error) : error;
    }
  }

  /**
   * Connects to a node that may be booting: again and again, but never long against a refusal.
   *
   * @param onTry told why the last attempt failed
   * @throws ClusterError `SSH_AUTH_FAILED` or `HOST_KEY_CHANGED` after some seconds of the same answer; `WAIT_TIMEOUT`
   */
  async openPatiently(
    address: string,
    limitMs: number,
    signal: AbortSignal,
    onTry: (reason: string) => void,
  ): Promise<SshConnection> {
    const { clock } = this.context;
    const begin = clock.now();
    let refusedAt: number | undefined;
    for (;;) {
      try {
        return await this.open(address, signal);
      } catch (error) {
        if (signal.aborted) throw abortError(signal, `connecting to ${address}`);
        if (!isClusterError(error)) throw error;
        const isRefusal = error.code === 'SSH_AUTH_FAILED' || error.code === 'HOST_KEY_CHANGED';
        if (!isRefusal && error.code !== 'SSH_UNREACHABLE') throw error;
        refusedAt = isRefusal ? (refusedAt ?? clock.now()) : undefined;
        if (refusedAt !== undefined && clock.now() - refusedAt >= disbeliefMs) throw error;
        if (clock.now() - begin >= limitMs) throw error;
        onTry(isRefusal ? 'it does not let us in yet' : String(error.details['kind']));
        await clock.sleep(pauseMs, signal);
      }
    }
  }

  /** The cluster's host key, one line of type and key, for `ssh`; asks a node for it if only its fingerprint is known. */
  async hostKey(address: string, signal: AbortSignal): Promise<string> {
    const { launchId } = this.cluster;
    const kept = launchId === null ? undefined : await keptHostKey(launchId, this.context);
    if (kept !== undefined) return kept;
    const connection = await this.open(address, signal);
    await connection.close();
    return connection.hostKey;
  }

  /** Looks whether a node's SSH answers at all; if not, it may be that this client's address has changed, which is mended. */
  async ensureReachable(address: string): Promise<void> {
    if (!(await answers(address, probeLimitMs))) await this.#readmit();
  }

  /** Once is enough: what didn't help wouldn't help again. */
  async #readmit(): Promise<boolean> {
    if (this.#readmission !== undefined) return false;
    this.#readmission = this.ways.readmit?.() ?? Promise.resolve(false);
    return this.#readmission;
  }

  /** Says how to make the new host key the right one, for whoever changed it on purpose. */
  #withRemedy(error: ClusterError): ClusterError {
    const { launchId, name } = this.cluster;
    const found = String(error.details['found']);
    return new ClusterError('HOST_KEY_CHANGED', error.message, {
      cause: error,
      details: error.details,
      hint:
        launchId === null
          ? 'Connect again and say whether you trust it.'
          : `If you changed it yourself, set the tag ${tagKeys.hostKey} of the nodes of "${name}" to ${found}, and remove ${knownHostsPath(launchId, this.context)}.`,
    });
  }

  async #hostKeyCheck(address: string): Promise<Pick<SshTarget, 'isHostKey' | 'hostKeyTypes'>> {
    const { launchId, hostKey, name } = this.cluster;
    const kept = launchId === null ? undefined : await keptHostKey(launchId, this.context);
    if (kept !== undefined) {
      const pinned = fingerprint(publicKeyBlob(kept));
      return { isHostKey: (seen) => seen === pinned, hostKeyTypes: [typeOf(kept)] };
    }
    if (hostKey !== null) {
      // The first use from this machine: the tag vouches for it, and from now on the key is kept here.
      return {
        hostKeyTypes: ['ssh-ed25519'],
        isHostKey: async (seen, line) => {
          if (seen !== hostKey) return false;
          if (launchId !== null) await keepHostKey(launchId, line, this.context);
          return true;
        },
      };
    }
    return {
      isHostKey: async (seen, line) => {
        const known = this.ways.trusted?.get(address);
        if (known !== undefined) return known === seen;
        if (this.ways.trusted !== undefined) {
          this.ways.trusted.set(address, seen);
          return true;
        }
        if (this.ways.answered?.get(address) === seen) return true;
        const trust = await this.context.ask<'hostKey.trust'>({
          code: 'hostKey.trust',
          message: `Nothing vouches for the host key of "${name}" at ${address}: ${seen}. Is it the right one?`,
          default: false,
        });
        if (trust) this.ways.answered?.set(address, seen);
        if (trust && launchId !== null) await keepHostKey(launchId, line, this.context);
        return trust;
      },
    };
  }
}

function isTimeout(error: unknown): boolean {
  return isClusterError(error, 'SSH_UNREACHABLE') && error.details['kind'] === 'timeout';
}

/** Whether anything at all comes back from a node's SSH port, be it a refusal. */
function answers(host: string, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 22, timeout: limitMs });
    const end = (heard: boolean) => (): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.once('connect', end(true)).once('error', end(true)).once('timeout', end(false));
  });
}

function typeOf(line: string): string {
  return line.split(/\s+/)[0] ?? '';
}

/** The error of a node that has no address yet. */
export function noAddress(node: string): ClusterError {
  return new ClusterError('SSH_UNREACHABLE', `${node} has no address now.`);
}
