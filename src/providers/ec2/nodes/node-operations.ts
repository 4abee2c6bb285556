import type {
  EventLogFolder,
  JobHandle,
  OutputListener,
  Tunnel,
  WorkContext,
} from '../../../engine/provider.ts';
import type { Cluster, ClusterNode } from '../../../model/cluster/cluster.ts';
import { abortError, ClusterError } from '../../../model/errors.ts';
import type { Job, JobRequest } from '../../../model/job.ts';
import { callVerb } from '../../../model/remedy.ts';
import type { LoginSession } from '../../../model/session.ts';
import { parseBeaconStatus } from '../../../node/beacon/status.ts';
import { beaconCommands } from '../../../node/layout.ts';
import type { SshConnection } from '../../../ssh/connection.ts';
import { download, upload } from '../../../ssh/transfer.ts';
import { openLogin } from '../access/login.ts';
import { HostTrust, type KeyFacts, noAddress, NodeAccess } from '../access/node-access.ts';
import { transferOptions } from '../access/transfer-options.ts';
import type { ClusterReader } from '../inventory/cluster-reader.ts';
import { recordOf } from '../inventory/launch-record.ts';
import type { Ec2Cluster } from '../inventory/observe.ts';
import { findKeyPair, type Passphrases } from '../plan/login-key.ts';
import { admitClient, closedTo } from '../security/authorize.ts';
import { serveConnect } from './connect.ts';
import { Ec2Job, listEc2Jobs, startEc2Job } from './ec2-jobs.ts';
import { openEventLogs } from './event-logs.ts';
import { serveHistory } from './history.ts';
import { logCommands } from './node-commands.ts';
import { installConnectPackages, type OnNode } from './packages/python-packages.ts';

/** How many bytes of a late node's console are looked at. */
const consoleTail = 4_000;

/** What was asked about keys in one verb. */
interface KnownKeys {
  ofKeyPair?: Promise<string | null>;
  ofMaster?: Promise<string | null>;
  byMaster?: Promise<ReadonlyMap<string, string>>;
  /** Workers that weren't among them, and were asked for once more: each may report late, once. */
  readonly late: Set<string>;
}

/** What is done on nodes, over SSH; of those that can't be reached, what their console says. */
export class NodeOperations {
  readonly #trust = new HostTrust();
  /** By what a verb and its sessions have in common. */
  readonly #known = new WeakMap<WorkContext['emit'], KnownKeys>();

  constructor(
    private readonly reader: ClusterReader,
    private readonly passphrases: Passphrases,
  ) {}

  /**
   * The way in to a cluster's nodes.
   *
   * @param isNew whether this client has just had them made, and nobody can know their host keys yet
   */
  accessTo(found: Ec2Cluster, context: WorkContext, isNew = false): NodeAccess {
    return new NodeAccess(
      found,
      context,
      this.passphrases,
      this.#trust,
      this.#keyFacts(found, context),
      isNew,
      () => this.#readmit(found, context),
    );
  }

  /** Asks at most once in each verb, however many nodes it reaches. */
  #keyFacts(found: Ec2Cluster, context: WorkContext): KeyFacts {
    const known = this.#known.get(context.emit) ?? { late: new Set() };
    this.#known.set(context.emit, known);
    const { master } = found.cluster;
    return {
      ofKeyPair: () => (known.ofKeyPair ??= this.#keyPair(found, context)),
      ofMaster: () =>
        (known.ofMaster ??= (async () => {
          if (master === null) return null;
          const session = await this.reader.session(context, found.cluster.region);
          return (await recordOf(master.id, this.reader.sealOf(found), session)).record.hostKey;
        })()),
      byMaster: async (workerId) => {
        known.byMaster ??= this.#reportedKeys(found, context);
        const reported = (await known.byMaster).get(workerId);
        if (reported !== undefined || known.late.has(workerId)) return reported;
        // It may have reported since the master was asked.
        known.late.add(workerId);
        known.byMaster = this.#reportedKeys(found, context);
        return (await known.byMaster).get(workerId);
      },
    };
  }

  async #keyPair({ cluster, instances }: Ec2Cluster, context: WorkContext): Promise<string | null> {
    const name = instances[0]?.KeyName;
    if (name === undefined) return null;
    const session = await this.reader.session(context, cluster.region);
    return (await findKeyPair(name, session).catch(() => undefined))?.PublicKey || null;
  }

  /** Fingerprints of the workers' host keys by instance id, as the master knows them. */
  async #reportedKeys(
    { cluster }: Ec2Cluster,
    context: WorkContext,
  ): Promise<ReadonlyMap<string, string>> {
    const { master } = cluster;
    if (master?.state !== 'running') return new Map();
    const status = await this.onNode(cluster, master, context, async (ssh) =>
      parseBeaconStatus((await ssh.exec(beaconCommands.status, context.signal)).stdout),
    );
    return status?.hostKeys ?? new Map();
  }

  /**
   * Replaces this client's own rule if it lets in another place than where the client is now.
   *
   * @returns whether it did; an error if no rule lets this client in at all
   */
  async #readmit(found: Ec2Cluster, context: WorkContext): Promise<boolean | ClusterError> {
    try {
      const session = await this.reader.session(context, found.cluster.region);
      const { changed, admitted, removed } = await admitClient(found, true, session);
      if (changed)
        context.emit('warning', {
          kind: 'SSH_UNREACHABLE',
          message: `This machine’s IP address has changed: "${found.cluster.name}" now allows SSH from ${admitted.join(', ')} instead of ${removed.join(', ')}.`,
          remedies: [],
        });
      if (changed) return true;
      const address = await closedTo(found, session);
      return address !== undefined && closedError(found.cluster, address);
    } catch (error) {
      // It was only an attempt: that the node can't be reached is the error.
      if (context.signal.aborted) throw error;
      return false;
    }
  }

  async #open(cluster: Cluster, node: ClusterNode, context: WorkContext): Promise<SshConnection> {
    const found = await this.reader.known(cluster, context);
    return this.accessTo(found, context).open(node, context.signal);
  }

  /** Does something over SSH, and closes the connection. */
  async onNode<T>(
    cluster: Cluster,
    node: ClusterNode,
    context: WorkContext,
    work: (ssh: SshConnection) => Promise<T>,
  ): Promise<T> {
    const ssh = await this.#open(cluster, node, context);
    try {
      return await work(ssh);
    } finally {
      await ssh.close();
    }
  }

  /** See `Provider.logs`. */
  async logs(
    cluster: Cluster,
    node: ClusterNode,
    context: WorkContext,
  ): Promise<Readonly<Record<string, string>>> {
    if (node.state !== 'running' && node.state !== 'draining')
      return { 'console.txt': await this.#console(cluster, node, context) };
    return this.onNode(cluster, node, context, async (ssh) => {
      const texts: Record<string, string> = {};
      for (const [name, command] of Object.entries(logCommands))
        texts[name] = (await ssh.exec(`sudo -n ${command} 2>&1`, context.signal)).stdout;
      return texts;
    });
  }

  async runCommand(
    cluster: Cluster,
    node: ClusterNode,
    command: string,
    onOutput: OutputListener,
    context: WorkContext,
  ): Promise<number> {
    return this.onNode(cluster, node, context, async (ssh) => {
      // Not by closing its input: SSH tells signals to a command only as long as that is open.
      const running = await ssh.run(
        `exec </dev/null\n${command}`,
        {
          stdout: (chunk) => onOutput('stdout', chunk),
          stderr: (chunk) => onOutput('stderr', chunk),
        },
        context.signal,
      );
      const code = await running.exited;
      if (context.signal.aborted)
        throw abortError(context.signal, `running a command on ${node.name}`);
      return code;
    });
  }

  upload(
    cluster: Cluster,
    node: ClusterNode,
    local: string,
    remote: string,
    context: WorkContext,
  ): Promise<number> {
    return this.onNode(cluster, node, context, (ssh) =>
      upload(ssh, local, remote, transferOptions(node, context)),
    );
  }

  download(
    cluster: Cluster,
    node: ClusterNode,
    remote: string,
    local: string,
    context: WorkContext,
  ): Promise<number> {
    return this.onNode(cluster, node, context, (ssh) =>
      download(ssh, remote, local, transferOptions(node, context)),
    );
  }

  async login(cluster: Cluster, node: ClusterNode, context: WorkContext): Promise<LoginSession> {
    const found = await this.reader.known(cluster, context);
    return openLogin(found, node, this.accessTo(found, context), context);
  }

  /** See `Provider.openEventLogs`; the Python tool’s clusters keep none. */
  async openEventLogs(cluster: Cluster, context: WorkContext): Promise<EventLogFolder | undefined> {
    const { master, launchId } = cluster;
    if (launchId === null || master?.state !== 'running') return undefined;
    return openEventLogs(await this.#open(cluster, master, context), context.signal);
  }

  async openTunnel(cluster: Cluster, context: WorkContext): Promise<Tunnel> {
    if (cluster.master === null) throw noAddress('the master');
    const { master } = cluster;
    const ssh = await this.#open(cluster, master, context);
    // Commands have a connection of their own: one that ran a command counts as a user who is logged in, and keeps the cluster alive.
    return {
      pagesHost: master.address ?? '',
      forward: (host, port) => ssh.forward(host, port),
      serveHistory: () =>
        this.onNode(cluster, master, context, (other) => serveHistory(other, context.signal)),
      serveConnect: ({ conf }) =>
        this.onNode(cluster, master, context, async (other) => {
          const onNode: OnNode = (node, work) => this.onNode(cluster, node, context, work);
          const [server] = await Promise.all([
            serveConnect(other, ssh, conf, context),
            installConnectPackages(cluster, other, onNode, context),
          ]);
          return server;
        }),
      closed: ssh.closed,
      close: () => ssh.close(),
    };
  }

  async submit(cluster: Cluster, job: JobRequest, context: WorkContext): Promise<JobHandle> {
    return this.#withJob(cluster, context, async (ssh) => startEc2Job(ssh, job, context));
  }

  openJob(cluster: Cluster, id: string, context: WorkContext): Promise<JobHandle> {
    return this.#withJob(cluster, context, () => Promise.resolve(id));
  }

  jobs(cluster: Cluster, context: WorkContext): Promise<readonly Job[]> {
    if (cluster.master === null) throw noAddress('the master');
    return this.onNode(cluster, cluster.master, context, (ssh) => listEc2Jobs(ssh, context.signal));
  }

  async #withJob(
    cluster: Cluster,
    context: WorkContext,
    find: (ssh: SshConnection) => Promise<string>,
  ): Promise<JobHandle> {
    if (cluster.master === null) throw noAddress('the master');
    const ssh = await this.#open(cluster, cluster.master, context);
    try {
      return new Ec2Job(await find(ssh), ssh, context);
    } catch (error) {
      await ssh.close();
      throw error;
    }
  }

  async #console(cluster: Cluster, node: ClusterNode, context: WorkContext): Promise<string> {
    const { aws } = await this.reader.session(context, cluster.region);
    const { Output } = await aws.ec2(
      'GetConsoleOutput',
      { InstanceId: node.id, Latest: true },
      context.signal,
    );
    return Buffer.from(Output ?? '', 'base64').toString('utf8');
  }

  /** What a node's console says last: of its building, else of its boot. */
  async whyLate(
    cluster: Cluster,
    node: ClusterNode,
    context: WorkContext,
  ): Promise<string | undefined> {
    const text = await this.#console(cluster, node, context);
    const lines = text
      .slice(-consoleTail)
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
    return lines.findLast((line) => line.includes('flintrock: ')) ?? lines.at(-1);
  }
}

/** The error of a cluster whose groups keep this client out. */
function closedError(cluster: Cluster, address: string): ClusterError {
  return new ClusterError(
    'SSH_UNREACHABLE',
    `The security groups of "${cluster.name}" allow no SSH from ${address}, this machine’s IP address.`,
    {
      details: { kind: 'closed', address },
      remedies: [callVerb('Allow SSH from this machine.', 'authorize', cluster, {})],
    },
  );
}
