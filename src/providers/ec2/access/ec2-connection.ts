import { setMaxListeners } from 'node:events';
import pMap from 'p-map';
import { timeLimit } from '../../../base/time-limit.ts';
import { untilAborted } from '../../../base/until-aborted.ts';
import type { ClusterConnection, WorkContext } from '../../../engine/provider.ts';
import { type Cluster, type ClusterNode, nodesOf } from '../../../model/cluster/cluster.ts';
import { ClusterError, toClusterError } from '../../../model/errors.ts';
import type { WaitSubject } from '../../../model/events.ts';
import { advice, setOption } from '../../../model/remedy.ts';
import { type BeaconEvent, parseBeaconLine } from '../../../node/beacon/events.ts';
import { parseBeaconStatus } from '../../../node/beacon/status.ts';
import { beaconPrograms } from '../../../node/bootstrap/bootstrap.ts';
import type { BootstrapFactory } from '../../../node/bootstrap/ssh-bootstrap.ts';
import {
  beaconCommands,
  bootstrapCommand,
  nodeLayout,
  nodePorts,
  provideCommand,
} from '../../../node/layout.ts';
import type { RemoteCommand, SshConnection } from '../../../ssh/connection.ts';
import { LineSplitter } from '../../../ssh/lines.ts';
import { hasMoreToTell, withStatus } from '../inventory/lifetime.ts';
import { noAddress, type NodeAccess, reachableAddress } from './node-access.ts';

/** How long the way in may stay closed: an image may take minutes to boot, in milliseconds. */
const openLimitMs = 8 * 60_000;
/** Past this, a user who waits is told why the way in may be closed, in milliseconds. */
const doubtMs = 30_000;
/** How often the cluster hears that its client lives, in milliseconds. */
const lifeSignMs = 15_000;
/** How long what nodes have said so far is waited for, before Spark is asked, in milliseconds: it comes at once. */
const streamLimitMs = 10_000;
/** Reports of more nodes than any cluster has come from a master that lies: they are passed over. */
const maxReporters = 10_000;
/** How many machines are set up over SSH at the same time, where their image can't run user data. */
const setUpConcurrency = 16;

/** The node's folder may not be there yet when its SSH is; it comes within seconds. */
const awaitFolder = `i=0; until [ -d ${nodeLayout.libraryFolder} ] || [ $i -gt 450 ]; do i=$((i+1)); sleep 0.2; done; exec`;

/** What a connection needs beside the cluster. */
export interface Ec2ConnectionOptions {
  readonly access: NodeAccess;
  readonly context: WorkContext;
  /** Whether the cluster comes up, so that a closed way is waited for; else it is soon an error. */
  readonly isPatient: boolean;
  /** Whether to hear what the nodes report of themselves: during a launch. */
  readonly follow: boolean;
  /** Whose reports count, and who is to be set up, by instance id; absent for all nodes. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Makes the script that a machine is set up with over SSH; absent where user data does it. */
  readonly makeBootstrap?: BootstrapFactory | undefined;
}

/**
 * The one SSH connection to a cluster, to its master: by it all nodes are heard and seen, whatever their number.
 */
export class Ec2Connection implements ClusterConnection {
  failure: ClusterError | undefined;
  readonly #options: Ec2ConnectionOptions;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  #cluster: Cluster;
  #ssh: SshConnection | undefined;
  #opening: Promise<void> | undefined;
  #openingSince: number | undefined;
  #lastTry = '';
  #doubted = false;
  #stream: RemoteCommand | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  /** Resolves when the master's stream has begun, with what all nodes have said so far. */
  readonly #begun: Promise<void>;
  #noteBegun: () => void = () => undefined;
  /** Number of the last report of each node, by instance id. */
  readonly #heard = new Map<string, number>();
  /** Nodes that have said that they are set up, by instance id. */
  readonly #setUp = new Set<string>();
  /** Machines whose set-up over SSH has begun. */
  readonly #bootstrapped = new Set<string>();

  constructor(cluster: Cluster, options: Ec2ConnectionOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#begun = new Promise((resolve) => (this.#noteBegun = resolve));
    this.#signal = AbortSignal.any([options.context.signal, this.#closing.signal]);
    // All machines that are set up over SSH listen.
    setMaxListeners(0, this.#signal);
  }

  get waitingFor(): WaitSubject | undefined {
    if (this.#ssh !== undefined) return undefined;
    const { master } = this.#cluster;
    if (
      master === null ||
      reachableAddress(master, this.#options.context.values) === null ||
      master.state !== 'running'
    )
      return { kind: 'master-instance' };
    return { kind: 'ssh', lastError: this.#lastTry === '' ? null : this.#lastTry };
  }

  update(cluster: Cluster): void {
    this.#cluster = cluster;
    if (this.#options.isPatient) this.#keepOpen();
    if (this.#options.follow) this.#setUpNodes();
  }

  async get(
    node: ClusterNode,
    path: string,
    signal: AbortSignal,
    port = node.role === 'master' ? nodePorts.masterUi : nodePorts.workerUi,
  ): Promise<string> {
    this.#keepOpen();
    // While a cluster comes up it is opened behind the scenes: there is more to look at meanwhile.
    if (!this.#options.isPatient) await this.#opening;
    const ssh = this.#ssh;
    if (ssh === undefined) throw this.failure ?? noAddress('the master');
    // Where Spark is alive already, its answer would end the wait before anything was heard of the way there, and of its troubles.
    if (this.#options.follow && !this.#isToSetUp(node))
      await untilAborted(this.#begun, timeLimit(streamLimitMs, signal)).catch(() =>
        signal.throwIfAborted(),
      );
    return ssh.get(node.address ?? '', port, path, signal);
  }

  async details(cluster: Cluster, signal: AbortSignal): Promise<Cluster> {
    const ssh = this.#ssh;
    if (ssh === undefined || !hasMoreToTell(cluster)) return cluster;
    const { stdout } = await ssh.exec(beaconCommands.status, signal);
    const status = parseBeaconStatus(stdout);
    return status === undefined
      ? cluster
      : withStatus(cluster, status, this.#options.context.clock.now());
  }

  isSetUp({ id }: ClusterNode): boolean {
    // Of nodes that were set up before it is enough that they run, and can be reached.
    const { follow, only } = this.#options;
    return this.#ssh !== undefined && (!follow || only?.has(id) === false || this.#setUp.has(id));
  }

  /** Tells the cluster that its launch is finished: no node switches itself off any more. */
  async finish(signal: AbortSignal): Promise<void> {
    await this.#opening;
    if (this.#ssh === undefined) throw this.failure ?? noAddress('the master');
    const what = 'The master could not be notified that the launch is complete';
    await this.#ssh.execOrThrow(beaconCommands.finish, what, signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#heartbeat);
    this.#stream?.end();
    await this.#opening?.catch(() => undefined);
    await this.#ssh?.close();
  }

  /** Opens the connection if there is a way, and again if it was lost. */
  #keepOpen(): void {
    if (this.#ssh?.lost !== undefined) {
      clearInterval(this.#heartbeat);
      this.#ssh = undefined;
    }
    const { master } = this.#cluster;
    if (this.#ssh !== undefined || this.#opening !== undefined || this.failure !== undefined)
      return;
    const address = master === null ? null : reachableAddress(master, this.#options.context.values);
    if (master?.state !== 'running' || address === null) return;
    this.#openingSince ??= this.#options.context.clock.now();
    this.#opening = this.#open(master, address)
      .catch((error: unknown) => {
        if (!this.#signal.aborted) this.failure = toClusterError(error);
        this.#noteBegun();
      })
      .finally(() => (this.#opening = undefined));
  }

  async #open(master: ClusterNode, address: string): Promise<void> {
    const { access, isPatient, follow } = this.#options;
    const limitMs = isPatient ? openLimitMs : 0;
    const ssh = await access.openPatiently(master, limitMs, this.#signal, (reason) => {
      this.#lastTry = reason;
      this.#doubt(address);
    });
    this.#ssh = ssh;
    this.#openingSince = undefined;
    // A master that is set up over SSH has its beacon only then.
    if (follow && !this.#isToSetUp(master)) await this.#listen(ssh);
  }

  /** After a while, says what may be wrong: most often the user's own address. */
  #doubt(address: string): void {
    const { clock, emit, values } = this.#options.context;
    const since = this.#openingSince ?? clock.now();
    if (this.#doubted || this.#lastTry !== 'timeout' || clock.now() - since < doubtMs) return;
    this.#doubted = true;
    const given = values.ec2AuthorizeAccessFrom;
    emit('warning', {
      kind: 'SSH_UNREACHABLE',
      message: `SSH on ${address} has not responded for ${Math.round((clock.now() - since) / 1000)} s.`,
      remedies:
        given.length > 0
          ? advice(
              `The cluster allows SSH only from ${given.join(', ')}; check that this includes this machine’s IP address.`,
            )
          : [
              setOption(
                'If you use a VPN or a bastion host, allow the IP address that AWS sees.',
                'providers.ec2.authorize-access-from',
              ),
              ...advice('Otherwise check the subnet’s route to the internet gateway.'),
            ],
    });
  }

  /** Hears the beacon's stream, and gives signs of life as long as this process is well. */
  async #listen(ssh: SshConnection): Promise<void> {
    const lines = new LineSplitter((line) => {
      const event = parseBeaconLine(line);
      if (event !== undefined) this.#hear(event);
    });
    // Where the user's own user data left no room for the beacon, it comes by this way.
    for (const [file, text] of beaconPrograms) {
      const command = `${awaitFolder} ${provideCommand(file)}`;
      const provided = await ssh.exec(command, this.#signal, text);
      if (provided.code !== 0)
        throw new ClusterError(
          'NODE_FAILED',
          `The setup of the master did not start: ${provided.stderr.trim() || 'its user data did not run'}`,
          {
            remedies: [
              setOption(
                'If the AMI has no cloud-init, disable cloud-init in the configuration.',
                'providers.ec2.cloud-init',
                false,
              ),
            ],
          },
        );
    }
    const stream = await ssh.run(beaconCommands.follow, { stdout: (chunk) => lines.push(chunk) });
    this.#stream = stream;
    const live = (): void => stream.write('alive\n');
    live();
    this.#heartbeat = setInterval(live, lifeSignMs);
    this.#heartbeat.unref();
  }

  #hear(event: BeaconEvent): void {
    if (event.kind === 'hello') this.#noteBegun();
    if (event.kind === 'hello' || event.kind === 'state') return;
    // A stream that is opened anew begins at the beginning.
    if (event.seq <= (this.#heard.get(event.node) ?? 0)) return;
    if (!this.#heard.has(event.node) && this.#heard.size >= maxReporters) return;
    this.#heard.set(event.node, event.seq);
    if (this.#options.only?.has(event.node) === false) return;
    const { emit } = this.#options.context;
    const node = nodesOf(this.#cluster).find(({ id }) => id === event.node)?.name ?? event.node;
    switch (event.kind) {
      case 'phase':
        if (event.phase === 'alive' && event.state === 'done') this.#setUp.add(event.node);
        // Whether it is alive Spark itself says.
        if (event.state === 'started' && event.phase !== 'alive')
          emit('node.phase', { node, phase: event.phase, detail: event.detail || null });
        break;
      case 'hostkey':
        return;
      case 'warning':
      case 'notice':
        emit('node.trouble', { node, message: event.reason, remedies: [] });
        break;
      case 'trouble':
        emit('node.trouble', { node, message: event.reason, remedies: [] });
        this.failure ??= new ClusterError(
          'NODE_FAILED',
          `${node} of "${this.#cluster.name}" could not be set up (${event.phase}): ${event.reason}`,
          { details: { node, id: event.node, phase: event.phase, log: event.log } },
        );
        break;
    }
  }

  #isToSetUp({ id }: ClusterNode): boolean {
    const { makeBootstrap: setUp, only } = this.#options;
    return setUp !== undefined && only?.has(id) !== false;
  }

  /** Sets machines up over SSH whose image can't run user data: those that have an address by now. */
  #setUpNodes(): void {
    const { makeBootstrap: setUp } = this.#options;
    const masterAddress = this.#cluster.master?.address ?? null;
    if (setUp === undefined || masterAddress === null) return;
    const ready = nodesOf(this.#cluster).filter(
      (node) =>
        node.state === 'running' &&
        this.#isToSetUp(node) &&
        reachableAddress(node, this.#options.context.values) !== null &&
        !this.#bootstrapped.has(node.id),
    );
    for (const { id } of ready) this.#bootstrapped.add(id);
    void pMap(ready, (node) => this.#setUpNode(node, setUp(node.role, masterAddress)), {
      concurrency: setUpConcurrency,
      signal: this.#signal,
    }).catch((error: unknown) => {
      if (!this.#signal.aborted) this.failure ??= toClusterError(error);
    });
  }

  async #setUpNode(node: ClusterNode, script: string): Promise<void> {
    const { access, context } = this.#options;
    const ssh = await access.openPatiently(node, openLimitMs, this.#signal, () => undefined);
    try {
      const what = `${node.name} could not be set up over SSH`;
      await ssh.execOrThrow(bootstrapCommand, what, this.#signal, { input: script });
      context.emit('node.phase', { node: node.name, phase: 'downloading', detail: null });
    } finally {
      await ssh.close();
    }
    if (node.role !== 'master') return;
    // The beacon comes with the set-up: only now it can be heard.
    while (this.#ssh === undefined) {
      this.#signal.throwIfAborted();
      await context.clock.sleep(200, this.#signal);
    }
    await this.#listen(this.#ssh);
  }
}
