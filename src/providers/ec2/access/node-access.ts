import { connect } from 'node:net';
import type { WorkContext } from '../../../engine/provider.ts';
import type { ClusterNode } from '../../../model/cluster/cluster.ts';
import { abortError, ClusterError, isClusterError } from '../../../model/errors.ts';
import type { EventPayloads } from '../../../model/events.ts';
import { advice, setOption } from '../../../model/remedy.ts';
import { fingerprint, publicKeyBlob } from '../../../model/ssh/key.ts';
import type { SshConnection, SshTarget } from '../../../ssh/connection.ts';
import type { Identity } from '../../../ssh/identity.ts';
import { isRefusal, wayByCommand, wayThrough } from '../../../ssh/proxy.ts';
import { hostKeyAlias, keepHostKey, keptHostKeys, knownHostsPath } from '../api/local-state.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import { clusterIdentity, type Passphrases } from '../plan/login-key.ts';
import { proxyCommandFor } from './proxy-command.ts';

const sshPort = 22;
/** How long one attempt to connect may take, in milliseconds. */
const attemptLimitMs = 10_000;
/** How long a node's port may take to answer before its group is looked at, in milliseconds. */
const probeLimitMs = 4_000;
/** While a node boots, its sshd may be there before its keys and users are: so long a refusal is not believed, in milliseconds. */
const disbeliefMs = 12_000;
/** Between two attempts, in milliseconds. */
const pauseMs = 700;

/** The options that say at which addresses nodes are reached. */
type WayIn = Pick<
  WorkContext['values'],
  'ec2PrivateAddresses' | 'ec2SshProxy' | 'ec2SshProxyCommand'
>;

/** The address at which this client reaches a node: the public one; from inside the network, or where it has no other, the private one. */
export function reachableAddress(
  node: Pick<ClusterNode, 'address' | 'publicAddress'>,
  values: WayIn,
): string | null {
  return isInside(values) ? node.address : (node.publicAddress ?? node.address);
}

/** Whether nodes are reached at their private addresses though they may have public ones. */
export function isInside(values: WayIn): boolean {
  return values.ec2PrivateAddresses || isIndirect(values);
}

/** Whether nodes are reached through something else, whose address counts and not this machine's. */
export function isIndirect({
  ec2SshProxy,
  ec2SshProxyCommand,
}: Pick<WayIn, 'ec2SshProxy' | 'ec2SshProxyCommand'>): boolean {
  return ec2SshProxy !== undefined || ec2SshProxyCommand !== undefined;
}

/** What others than this machine know of a cluster's keys. */
export interface KeyFacts {
  /** The public key of the EC2 key pair that its nodes were launched with; `null` if there was none, or EC2 doesn't tell. */
  readonly ofKeyPair: () => Promise<string | null>;
  /** Fingerprint of the master's key, as the launch recorded it; `null` if the image made the keys. */
  readonly ofMaster: () => Promise<string | null>;
  /** Fingerprint of a worker's key, as the master knows it; `undefined` if the worker hasn't reported one. */
  readonly byMaster: (workerId: string) => Promise<string | undefined>;
}

/** Whether a user trusts host keys that nothing vouches for: asked once in each verb, however many nodes it reaches. */
export class HostTrust {
  /** By what a verb and its sessions have in common. */
  readonly #answers = new WeakMap<WorkContext['ask'], Promise<boolean>>();

  ask(context: WorkContext, message: string): Promise<boolean> {
    if (context.values.ec2AcceptHostKeys) return Promise.resolve(true);
    let answer = this.#answers.get(context.ask);
    if (answer === undefined) {
      answer = context.ask<'hostKey.trust'>({ code: 'hostKey.trust', message, default: false });
      this.#answers.set(context.ask, answer);
    }
    return answer;
  }
}

/** How nodes of one cluster are reached: as whom, with which key, and how to know them. */
export class NodeAccess {
  #identity: Promise<Identity> | undefined;
  #readmission: Promise<boolean | ClusterError> | undefined;

  constructor(
    private readonly found: Ec2Cluster,
    private readonly context: WorkContext,
    private readonly passphrases: Passphrases,
    private readonly trust: HostTrust,
    private readonly keys: KeyFacts,
    /** Whether its nodes were made a moment ago, by this process, of an image that makes its own host keys. */
    private readonly isNew: boolean,
    /** Lets this client in again if its own address has changed; gives whether it had, an error if no rule lets it in at all. */
    private readonly readmit: () => Promise<boolean | ClusterError>,
  ) {}

  get user(): string {
    return this.context.values.ec2User;
  }

  identity(): Promise<Identity> {
    const { cluster } = this.found;
    const { master } = cluster;
    this.#identity ??= clusterIdentity(
      cluster,
      {
        host: master === null ? null : reachableAddress(master, this.context.values),
        keyPair: this.keys.ofKeyPair,
      },
      this.context,
      this.passphrases,
    );
    return this.#identity;
  }

  /**
   * Connects to a node, once.
   *
   * @throws ClusterError `SSH_UNREACHABLE`, also if it has no address; `SSH_AUTH_FAILED`; `HOST_KEY_CHANGED`, `HOST_KEY_UNKNOWN`
   */
  async open(node: ClusterNode, signal: AbortSignal): Promise<SshConnection> {
    const address = reachableAddress(node, this.context.values);
    if (address === null) throw noAddress(node.name);
    const { isKnown, ...check } = await this.#hostKeyCheck(node, address);
    const target: Omit<SshTarget, 'through'> = {
      host: address,
      user: this.user,
      identity: await this.identity(),
      limitMs: attemptLimitMs,
      ...check,
    };
    try {
      return await this.#connect(node, target, signal);
    } catch (error) {
      const isAdmitted = isTimeout(error) && (await this.#readmit());
      if (isAdmitted === true) return this.#connect(node, target, signal);
      if (isAdmitted !== false) throw isAdmitted;
      if (!isClusterError(error, 'HOST_KEY_CHANGED')) throw error;
      throw isKnown ? this.#withRemedy(error) : this.#unknownKey(error);
    }
  }

  /**
   * Asks now whether a host key that nothing vouches for will be accepted, before anything is done that needs it.
   *
   * @throws ClusterError `HOST_KEY_UNKNOWN`
   */
  async requireTrust(node: ClusterNode): Promise<void> {
    if ((await this.#keptKeys(node)).any || this.found.launchId !== null) return;
    const { name } = this.found.cluster;
    const question = `The authenticity of "${name}" can’t be verified: this machine has never seen the host keys of its nodes. Do you trust the keys that they show?`;
    if (!(await this.trust.ask(this.context, question))) throw this.#unknownKey();
  }

  #unknownKey(cause?: ClusterError): ClusterError {
    const { name } = this.found.cluster;
    return new ClusterError(
      'HOST_KEY_UNKNOWN',
      `The host keys of "${name}" are not known to this machine, and were not accepted.`,
      {
        cause,
        details: cause?.details ?? {},
        remedies: [
          setOption(
            'If you trust the network between this machine and the cluster, accept them.',
            'providers.ec2.accept-host-keys',
            true,
          ),
        ],
      },
    );
  }

  /** The command that leads to a node, if the user has named one. */
  proxyCommand(node: ClusterNode): string | undefined {
    const template = this.context.values.ec2SshProxyCommand;
    if (template === undefined) return undefined;
    return proxyCommandFor(template, node, this.found.cluster.region ?? '');
  }

  /** Connects straight, through the host that the user names, or by the user's command. */
  async #connect(
    node: ClusterNode,
    target: Omit<SshTarget, 'through'>,
    signal: AbortSignal,
  ): Promise<SshConnection> {
    const proxy = this.context.values.ec2SshProxy;
    const command = this.proxyCommand(node);
    // On first use: who only asks EC2 doesn't wait for it.
    const { SshConnection: Ssh } = await import('../../../ssh/connection.ts');
    if (proxy === undefined && command === undefined) return Ssh.open(target, signal);
    const way =
      command !== undefined
        ? wayByCommand(command, this.context, signal)
        : await wayThrough(proxy ?? '', target.host, sshPort, this.context, signal);
    try {
      return await Ssh.open({ ...target, through: way.stream }, signal);
    } catch (error) {
      way.stream.destroy();
      const complaint = await way.complaint();
      if (complaint === '' || !isClusterError(error, 'SSH_UNREACHABLE')) throw error;
      throw new ClusterError(
        isRefusal(complaint) ? 'SSH_AUTH_FAILED' : 'SSH_UNREACHABLE',
        `${node.name} (${target.host}) can’t be reached through ${proxy ?? 'the SSH proxy command'}: ${complaint.replace(/[.\s]+$/, '')}.`,
        {
          cause: error,
          details: { host: target.host, kind: complaint },
          remedies: advice(
            proxy === undefined
              ? `Check the command: ${command ?? ''}`
              : `Check that the jump host is reachable: ssh ${proxy}`,
          ),
        },
      );
    }
  }

  /**
   * Connects to a node that may be booting: again and again, but never long against a refusal.
   *
   * @param onTry told why the last attempt failed
   * @throws ClusterError `SSH_AUTH_FAILED` or `HOST_KEY_CHANGED` after some seconds of the same answer; `WAIT_TIMEOUT`
   */
  async openPatiently(
    node: ClusterNode,
    limitMs: number,
    signal: AbortSignal,
    onTry: (reason: string) => void,
  ): Promise<SshConnection> {
    const { clock } = this.context;
    const begin = clock.now();
    let refusedAt: number | undefined;
    for (;;) {
      try {
        return await this.open(node, signal);
      } catch (error) {
        if (signal.aborted) throw abortError(signal, `connecting to ${node.name}`);
        if (!isClusterError(error)) throw error;
        const isRefusal =
          error.code === 'SSH_AUTH_FAILED' ||
          error.code === 'HOST_KEY_CHANGED' ||
          error.details['kind'] === 'closed';
        if (!isRefusal && error.code !== 'SSH_UNREACHABLE') throw error;
        // It is this machine that can't: no node boots into that.
        if (error.details['kind'] === 'agent') throw error;
        refusedAt = isRefusal ? (refusedAt ?? clock.now()) : undefined;
        if (refusedAt !== undefined && clock.now() - refusedAt >= disbeliefMs) throw error;
        if (clock.now() - begin >= limitMs) throw error;
        const { kind } = error.details;
        onTry(isRefusal && kind !== 'closed' ? 'SSH login is not possible yet' : String(kind));
        await clock.sleep(pauseMs, signal);
      }
    }
  }

  /** What a node's host key is kept as, for `ssh`; asks the node for it if it isn't kept yet. */
  async hostKey(
    node: ClusterNode,
    signal: AbortSignal,
  ): Promise<{ readonly alias: string; readonly type: string }> {
    let kept = (await this.#keptKeys(node)).own;
    if (kept === undefined) {
      const connection = await this.open(node, signal);
      await connection.close();
      kept = (await this.#keptKeys(node)).own;
    }
    if (kept === undefined) throw new ClusterError('INTERNAL', 'A host key was not stored.');
    return { alias: kept.alias, type: typeOf(kept.line) };
  }

  /** Looks whether a node's SSH answers at all; if not, it may be that this client's address has changed, which is mended. */
  async ensureReachable(address: string): Promise<void> {
    // Through another host it is that one's address that counts.
    if (isIndirect(this.context.values)) return;
    if (!(await answers(address, probeLimitMs))) await this.#readmit();
  }

  /** Once is enough: what didn't help wouldn't help again. */
  async #readmit(): Promise<boolean | ClusterError> {
    if (this.#readmission === undefined) return (this.#readmission = this.readmit());
    const before = await this.#readmission;
    return before !== true && before;
  }

  /** Says how to make the new host key the right one, for a user who changed it on purpose. */
  #withRemedy(error: ClusterError): ClusterError {
    const { cluster, launchId } = this.found;
    const found = String(error.details['found']);
    const file = knownHostsPath(cluster, this.context);
    return new ClusterError('HOST_KEY_CHANGED', error.message, {
      cause: error,
      details: error.details,
      remedies: advice(
        launchId === null
          ? `If you trust the host key, connect again and confirm it; if you changed it yourself, delete ${file} first.`
          : `If you changed it yourself, replace the old key in ${file} with the key that has the fingerprint ${found}.`,
      ),
    });
  }

  /** Host keys of the cluster that are kept: the one that this node must show, and whether there is any. */
  async #keptKeys(node: ClusterNode): Promise<{
    readonly own: { readonly alias: string; readonly line: string } | undefined;
    readonly any: boolean;
  }> {
    const keys = await keptHostKeys(this.found.cluster, this.context);
    const { launchId } = this.found;
    for (const of of [node.role === 'master' ? launchId : null, node.id]) {
      if (of === null) continue;
      const alias = hostKeyAlias(of);
      const line = keys.get(alias);
      if (line !== undefined) return { own: { alias, line }, any: true };
    }
    return { own: undefined, any: keys.size > 0 };
  }

  async #hostKeyCheck(
    node: ClusterNode,
    address: string,
  ): Promise<Pick<SshTarget, 'isHostKey' | 'hostKeyTypes'> & { readonly isKnown: boolean }> {
    const { launchId, cluster } = this.found;
    const { own, any } = await this.#keptKeys(node);
    if (own !== undefined) {
      const pinned = fingerprint(publicKeyBlob(own.line));
      return {
        isKnown: true,
        isHostKey: (seen) => seen === pinned,
        hostKeyTypes: [typeOf(own.line)],
      };
    }
    const keep = async (
      alias: string,
      line: string,
      seen: string,
      by: EventPayloads['hostKey.pinned']['by'],
    ): Promise<void> => {
      await keepHostKey(cluster, hostKeyAlias(alias), line, this.context);
      this.context.emit('hostKey.pinned', { node: node.name, fingerprint: seen, by });
    };
    const isMaster = node.role === 'master';
    const expected =
      launchId === null || this.isNew
        ? undefined
        : isMaster
          ? await this.keys.ofMaster()
          : await this.keys.byMaster(node.id);
    if (expected != null)
      // The first use from this machine: from now on the key is kept here.
      return {
        isKnown: true,
        hostKeyTypes: ['ssh-ed25519'],
        isHostKey: async (seen, line) => {
          if (seen !== expected) return false;
          const alias = isMaster ? (launchId ?? node.id) : node.id;
          await keep(alias, line, seen, isMaster ? 'userData' : 'master');
          return true;
        },
      };
    return {
      isKnown: false,
      isHostKey: async (seen, line) => {
        // A user who trusts one of its nodes is not asked for each of the others: from then on each has its key pinned.
        const trust =
          this.isNew ||
          any ||
          (await this.trust.ask(
            this.context,
            `The authenticity of "${cluster.name}" can’t be verified. The host key fingerprint of ${node.name} at ${address} is ${seen}. Do you trust it?`,
          ));
        if (trust) await keep(node.id, line, seen, 'user');
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
    const socket = connect({ host, port: sshPort, timeout: limitMs });
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
  return new ClusterError('SSH_UNREACHABLE', `${node} has no IP address.`);
}
