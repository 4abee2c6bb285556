import { isPortFree } from '../../../base/machine/port-free.ts';
import type { Surroundings } from '../../../base/surroundings.ts';
import type { WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';
import { waitFor } from '../../../model/wait.ts';
import { formatCapacity } from '../../../text/sizes.ts';
import { type LocalCluster, type NodeRecord, writeNodeRecord } from '../records/records.ts';
import { installPackages } from '../software/install-packages.ts';
import { installPythonPackages } from '../software/python-packages.ts';
import { writeConfiguration } from './configuration.ts';
import {
  daemonLog,
  daemonMark,
  isListening,
  isRegistered,
  readLogTail,
  reasonInLog,
  registrationBytes,
  startDaemon,
  type StartedDaemon,
} from './daemons.ts';
import { freePorts, portTaken } from './ports.ts';
import { endProcesses, isAlive } from './processes.ts';

/** A daemon is there in two seconds on an idle machine; this is for one that is busy with everything else. */
const daemonLimitMs = 120_000;
/**
 * How far the master is ahead of the workers. It needs less time until it listens than they need until they ask for it, so they may
 * start before it does, which saves half a second; a worker that was too quick all the same is started again.
 */
const headStartMs = 150;
/** How often a lost race (for a port, for the master) is run again. */
const attempts = 4;

/**
 * Starts the daemons of the named nodes and returns when each has done its part: the master listens, workers are registered.
 *
 * @returns the cluster with its nodes' new records
 * @throws ClusterError `NODE_DIED`, `PORT_TAKEN`, `WAIT_TIMEOUT`, `PACKAGE_UNAVAILABLE`, `PYTHON_INSTALL_FAILED`
 */
export async function bringUp(
  cluster: LocalCluster,
  names: readonly string[],
  context: WorkContext,
): Promise<LocalCluster> {
  await installPackages(cluster.record, context);
  await installPythonPackages(cluster, context);
  for (let attempt = 1; ; attempt += 1) {
    const prepared = await prepare(cluster, names, context);
    const daemons = new Daemons(prepared, context);
    try {
      await daemons.raise(names);
      return daemons.cluster;
    } catch (error) {
      if (!(error instanceof PortLost) || attempt === attempts) throw error;
      await daemons.end(names);
    }
  }
}

/** A port that was free a moment ago belongs to somebody else now. */
class PortLost extends ClusterError {
  constructor(node: NodeRecord) {
    super(
      'PORT_TAKEN',
      `A port of ${node.name} (${node.port} or ${node.uiPort}) is in use by another program.`,
      {
        remedies: advice('Try again.'),
      },
    );
  }
}

/** Gives nodes their ports and writes down what their daemons will read. */
async function prepare(
  cluster: LocalCluster,
  names: readonly string[],
  surroundings: Surroundings,
): Promise<LocalCluster> {
  const { wishedPorts } = cluster.record;
  const nodes = await Promise.all(
    cluster.nodes.map(async (node) => {
      if (!names.includes(node.name)) return node;
      const [freePort = 0, freeUiPort = 0] = await freePorts(2);
      const ofMaster = node.role === 'master';
      const choose = async (
        wished: number | null,
        last: number,
        free: number,
        key: string,
      ): Promise<number> => {
        if (wished === null) return last !== 0 && (await isPortFree(last)) ? last : free;
        if (!(await isPortFree(wished))) throw portTaken(wished, key);
        return wished;
      };
      const ready: NodeRecord = {
        ...node,
        port: await choose(
          ofMaster ? wishedPorts.master : null,
          node.port,
          freePort,
          'providers.local.master-port',
        ),
        uiPort: await choose(
          ofMaster ? wishedPorts.masterUi : null,
          node.uiPort,
          freeUiPort,
          'providers.local.master-ui-port',
        ),
      };
      await writeNodeRecord(cluster, ready);
      return ready;
    }),
  );
  const prepared = { ...cluster, nodes };
  await writeConfiguration(prepared, surroundings);
  return prepared;
}

/** The daemons of a cluster while they come up. */
class Daemons {
  cluster: LocalCluster;
  readonly #context: WorkContext;
  /** Stops the other watchers as soon as one node has failed: its error is the answer. */
  readonly #failed = new AbortController();

  constructor(cluster: LocalCluster, context: WorkContext) {
    this.cluster = cluster;
    this.#context = context;
  }

  async raise(names: readonly string[]): Promise<void> {
    const chosen = this.cluster.nodes.filter(({ name }) => names.includes(name));
    let first: unknown;
    const raiseOne = (node: NodeRecord): Promise<void> =>
      this.#raiseOne(node).catch((error: unknown) => {
        first ??= error;
        this.#failed.abort();
      });
    const master = chosen.filter(({ role }) => role === 'master').map(raiseOne);
    if (master.length > 0) await this.#context.clock.sleep(headStartMs, this.#context.signal);
    const workers = chosen.filter(({ role }) => role === 'worker').map(raiseOne);
    await Promise.all([...master, ...workers]);
    if (first !== undefined) throw first as Error;
  }

  /** Ends what was started, whatever became of it. */
  async end(names: readonly string[]): Promise<void> {
    await Promise.all(
      this.cluster.nodes.filter(({ name }) => names.includes(name)).map((node) => this.#end(node)),
    );
  }

  async #raiseOne(node: NodeRecord): Promise<void> {
    const { clock, platform, emit } = this.#context;
    const signal = AbortSignal.any([this.#context.signal, this.#failed.signal]);
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      signal.throwIfAborted();
      emit('node.phase', { node: node.name, phase: 'starting', detail: null });
      const daemon = await startDaemon(this.cluster, node, this.#context);
      const started = daemon.node;
      this.#remember(started);
      const outcome = await waitFor(() => this.#look(daemon, attempt < attempts), {
        clock,
        signal,
        reason: () => `${node.name} to start`,
        limitMs: daemonLimitMs,
        everyMs: 25,
        remedies: advice(`Its log: ${daemonLog(this.cluster, node.name)}`),
      });
      if (outcome === 'there') {
        const { cores, memoryMiB } = this.cluster.record.worker;
        const resources = { cores, memoryMiB };
        emit('node.phase', {
          node: node.name,
          phase: 'alive',
          ...(node.role === 'master'
            ? { detail: null }
            : { detail: formatCapacity(resources), resources }),
        });
        return;
      }
      await endProcesses(
        [started.process].flatMap((mark) => mark ?? []),
        daemonMark(this.cluster, node),
        { platform, clock, patienceMs: 300 },
      );
    }
  }

  async #look(
    { node, ended }: StartedDaemon,
    mayRestart: boolean,
  ): Promise<'there' | 'too early' | undefined> {
    const alive =
      node.process !== null &&
      (await isAlive(node.process, daemonMark(this.cluster, node), this.#context.platform));
    if (node.role === 'master' && alive)
      return (await isListening(node.port)) ? 'there' : undefined;
    const log = await readLogTail(this.cluster, node.name, registrationBytes);
    if (!alive) {
      if (/BindException|Address already in use/.test(log)) throw new PortLost(node);
      // Who was killed has no last words.
      const ending = Promise.race([ended, this.#context.clock.sleep(1_000).then(() => null)]);
      const reason = reasonInLog(log) ?? (await ending);
      throw new ClusterError(
        'NODE_DIED',
        `${node.name} exited while it was starting${reason === null ? '.' : `: ${reason}`}`,
        {
          remedies: advice(`Its log: ${daemonLog(this.cluster, node.name)}`),
          details: { node: node.name, log: log.slice(-4096) },
        },
      );
    }
    if (isRegistered(log)) return 'there';
    // It would ask again only in 5 to 15 s (Worker.scala): a new one is quicker, once there is a master to find.
    const master = this.cluster.nodes.find(({ role }) => role === 'master');
    const missed = mayRestart && log.includes('Failed to connect to master');
    return missed && master !== undefined && (await isListening(master.port))
      ? 'too early'
      : undefined;
  }

  async #end(node: NodeRecord): Promise<void> {
    const { platform, clock } = this.#context;
    if (node.process !== null)
      await endProcesses([node.process], daemonMark(this.cluster, node), {
        platform,
        clock,
        patienceMs: 2_000,
      });
  }

  #remember(node: NodeRecord): void {
    this.cluster = {
      ...this.cluster,
      nodes: this.cluster.nodes.map((other) => (other.name === node.name ? node : other)),
    };
  }
}
