import type { Instance } from '@aws-sdk/client-ec2';
import type {
  AccessChange,
  ClusterConnection,
  JobRequest,
  LastingCluster,
  LaunchRequest,
  Leftover,
  OutputListener,
  PlannedLaunch,
  Provider,
  RunningJob,
  WorkContext,
} from '../../engine/provider.ts';
import type { Choice, ChoosableOption } from '../../model/choice.ts';
import { nodesOf, type Cluster, type ClusterNode } from '../../model/cluster.ts';
import { abortError, ClusterError, toClusterError } from '../../model/errors.ts';
import type { ClusterLifetime } from '../../model/lifetime.ts';
import type { LoginSession, PortForward } from '../../model/session.ts';
import type { Verb } from '../../model/events.ts';
import { waitFor } from '../../model/wait.ts';
import type { SshConnection } from '../../ssh/connection.ts';
import { forwardPort } from '../../ssh/forward-port.ts';
import { LineSplitter } from '../../ssh/lines.ts';
import { download, upload } from '../../ssh/transfer.ts';
import { accountChoices } from './account-choices.ts';
import { admitClient } from './access.ts';
import { Aws } from './aws.ts';
import { Ec2Connection } from './ec2-connection.ts';
import { startEc2Job } from './ec2-jobs.ts';
import { extendLifetime } from './extend.ts';
import { growCluster } from './grow.ts';
import { serveHistory } from './history.ts';
import { findLeftovers } from './leftovers.ts';
import { launchNodes } from './launch-nodes.ts';
import type { OngoingLaunch } from './ongoing-launch.ts';
import { Passphrases } from './login-key.ts';
import { openLogin } from './login.ts';
import { clusterGroupName, resizeLockName } from './network.ts';
import { HostTrust, noAddress, NodeAccess } from './node-access.ts';
import { decommissionCommand, logCommands, theirStartCommand } from './node-commands.ts';
import { observeClusters, observeGroup, type Ec2Cluster } from './observe.ts';
import { planEc2Launch } from './plan-launch.ts';
import { dryRun } from './dry-run.ts';
import { instancePrices } from './running-price.ts';
import { regionOf, regionsOf } from './region.ts';
import { destroyCluster, endWorkers, sweepLaunch } from './remove.ts';
import { isHeld, takeResizeLock } from './resize-lock.ts';
import { resumeLaunch } from './resume.ts';
import { readTags, tagKeys, writeTags } from './tags.ts';

/** The verbs that change how many nodes a cluster has. */
const resizing: ReadonlySet<Verb> = new Set<Verb>(['addWorkers', 'removeWorkers', 'repair']);
/** How long EC2 may take to stop instances, in milliseconds. */
const stopLimitMs = 5 * 60_000;
/** How long an image may take until its SSH is there, in milliseconds. */
const bootLimitMs = 5 * 60_000;
/** How many bytes of a late node's console are looked at. */
const consoleTail = 4_000;

/** Clusters of instances on EC2. What is known of them is on their tags; nothing is remembered between two looks. */
export class Ec2Provider implements Provider {
  readonly kind = 'ec2';
  readonly pollMs = 2_000;
  /** AWS by region and profile: one client, whatever number of calls. */
  readonly #aws = new Map<string, Aws>();
  /** Launches of this process, by id. */
  readonly #launches = new Map<string, OngoingLaunch>();
  /** Ids of the workers that were added last, by {@link seenKey}: while they are waited for, theirs are the reports to hear. */
  readonly #grown = new Map<string, ReadonlySet<string>>();
  readonly #passphrases = new Passphrases();
  readonly #trust = new HostTrust();
  /** The last look at each cluster, by {@link seenKey}: used only for what doesn't change. */
  readonly #seen = new Map<string, Ec2Cluster>();
  /** Prices that AWS's list gave. */
  readonly #prices = new Map<string, number>();

  async plan(request: LaunchRequest, context: WorkContext): Promise<PlannedLaunch> {
    const aws = await this.#awsFor(context);
    const planned = await planEc2Launch(request, aws, this.#passphrases, context);
    const errors = planned.plan.problems.filter(({ severity }) => severity === 'error');
    // What is wrong with the plan itself EC2 would only say again; but whoever lacks permissions is to hear of all of them at once.
    const onlyDenied = errors.every(({ code }) => code === 'AWS_PERMISSION_DENIED');
    const tried = onlyDenied ? await dryRun(request, planned, aws, context) : [];
    const all = [
      ...planned.plan.problems,
      ...tried.filter(({ code }) => errors.length === 0 || code === 'AWS_PERMISSION_DENIED'),
    ];
    const plan = {
      ...planned.plan,
      ok: all.every(({ severity }) => severity !== 'error'),
      problems: all,
    };
    return {
      plan: { ...plan, changes: plan.ok ? plan.changes : [] },
      create: async (launchId, work) => {
        const launch: OngoingLaunch = {
          launchId,
          name: request.name,
          region: aws.region,
          instances: [],
          isOver: false,
          groupId: undefined,
          uncertain: false,
          setUp: undefined,
        };
        this.#launches.set(launchId, launch);
        await launchNodes(request, planned, launch, aws, work);
      },
    };
  }

  /** EC2's own names are the locks: a launch takes its group's, and whoever changes a cluster's size a group's beside it. */
  async lock(
    cluster: Pick<Cluster, 'name' | 'region'>,
    verb: Verb,
    context: WorkContext,
  ): Promise<() => Promise<void>> {
    if (!resizing.has(verb)) return () => Promise.resolve();
    const aws = await this.#awsFor(context, cluster.region);
    const { instances } = await this.#require(cluster, context);
    const vpcId = instances.find(({ VpcId }) => VpcId !== undefined)?.VpcId ?? '';
    return takeResizeLock(cluster.name, vpcId, verb, aws, context);
  }

  async markReady(
    cluster: Cluster,
    connection: ClusterConnection,
    context: WorkContext,
  ): Promise<void> {
    const aws = await this.#awsFor(context);
    const launch = this.#launches.get(cluster.launchId ?? '');
    // Of a launch that another client began only its tags tell the group.
    const groupIds =
      launch === undefined
        ? (await aws.groups(ofLaunch(cluster), context.signal)).flatMap(
            ({ GroupId }) => GroupId ?? [],
          )
        : [launch.groupId].filter((id) => id !== undefined);
    const resources = [...nodesOf(cluster).map(({ id }) => id), ...groupIds];
    // The tag first: should this client die in between, the nodes switch themselves off, and nothing is left behind.
    await aws.ec2(
      'CreateTags',
      { Resources: resources, Tags: writeTags({ [tagKeys.state]: 'ready' }) },
      context.signal,
    );
    if (launch !== undefined) launch.isOver = true;
    if (connection instanceof Ec2Connection) await connection.finish(context.signal);
  }

  async sweep(name: string, launchId: string, context: WorkContext): Promise<readonly string[]> {
    const aws = await this.#awsFor(context);
    const launch = this.#launches.get(launchId);
    if (launch !== undefined) launch.isOver = true;
    return sweepLaunch(name, launchId, launch, aws, context);
  }

  async choices(option: ChoosableOption, context: WorkContext): Promise<readonly Choice[]> {
    return accountChoices(option, await this.#awsFor(context), context);
  }

  async list(context: WorkContext): Promise<readonly Cluster[]> {
    const regions = await regionsOf(context);
    const lists = await Promise.allSettled(
      regions.map((region) => this.#listRegion(region, context)),
    );
    context.signal.throwIfAborted();
    const failed = lists.filter((list) => list.status === 'rejected');
    // A region that can't be asked hides no other one's clusters.
    if (failed[0] !== undefined && failed.length === lists.length) throw failed[0].reason;
    for (const { reason } of failed) {
      const { code, message, hint } = toClusterError(reason);
      context.emit('warning', { kind: code, message, hint: hint ?? null });
    }
    return lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : []));
  }

  async find(name: string, context: WorkContext): Promise<Cluster | undefined> {
    const regions = await regionsOf(context);
    const looks = await Promise.all(regions.map((region) => this.#look(name, region, context)));
    const found = looks.flatMap((look) => look?.cluster ?? []);
    if (found.length > 1)
      throw new ClusterError(
        'CLUSTER_AMBIGUOUS',
        `There are several clusters "${name}": in ${found.map(({ region }) => region ?? '').join(' and ')}.`,
        { hint: `Say which one: --ec2-region ${found[0]?.region ?? ''}, without --ec2-regions.` },
      );
    return found[0];
  }

  async connect(
    cluster: Cluster,
    patience: 'look' | 'wait',
    context: WorkContext,
  ): Promise<ClusterConnection> {
    const launch = this.#launches.get(cluster.launchId ?? '');
    const found = await this.#known(cluster, context);
    const grown = this.#grown.get(seenKey(cluster));
    const isLaunching = cluster.state === 'launching' || cluster.state === 'half-launched';
    return new Ec2Connection(cluster, {
      access: this.#accessTo(found, context),
      context,
      isPatient: patience === 'wait',
      follow: patience === 'wait' && (launch !== undefined || isLaunching || grown !== undefined),
      only: isLaunching ? undefined : grown,
      setUp: launch?.setUp,
    });
  }

  async start(cluster: Cluster, context: WorkContext): Promise<void> {
    const aws = await this.#awsFor(context, cluster.region);
    const { signal } = context;
    // EC2 refuses to start what is still stopping.
    await this.#waitForStates(cluster, ['stopping'], 'to stop first', context);
    const found = await this.#require(cluster, context);
    const stopped = nodesOf(found.cluster).filter(({ state }) => state === 'stopped');
    if (stopped.length === 0) return;
    await aws.ec2('StartInstances', { InstanceIds: stopped.map(({ id }) => id) }, signal);
    for (const { name } of stopped)
      context.emit('node.phase', { node: name, phase: 'booting', detail: null });
    if (found.launchId === null) await this.#startTheirDaemons(cluster, context);
  }

  /** The Python tool's clusters have no units that start their daemons: its scripts on the master do that. */
  async #startTheirDaemons(cluster: Cluster, context: WorkContext): Promise<void> {
    await this.#waitForStates(cluster, ['pending', 'stopped'], 'to boot', context);
    const found = await this.#require(cluster, context);
    const { master, workers } = found.cluster;
    if (master === null) throw noAddress('the master');
    const { signal } = context;
    const access = this.#accessTo(found, context);
    const ssh = await access.openPatiently(master, bootLimitMs, signal, () => undefined);
    try {
      const command = theirStartCommand(workers.flatMap((worker) => worker.address ?? []));
      const { code, stderr } = await ssh.output(command, signal);
      if (code !== 0)
        throw new ClusterError(
          'NODE_FAILED',
          `The daemons of "${cluster.name}" could not be started: ${stderr.trim().split('\n').at(-1) || `exit code ${code}`}.`,
          { hint: `With the tool that launched it: flintrock start ${cluster.name}` },
        );
    } finally {
      await ssh.close();
    }
  }

  async stop(cluster: Cluster, context: WorkContext): Promise<void> {
    const aws = await this.#awsFor(context, cluster.region);
    const found = await this.#require(cluster, context);
    const spot = found.instances.filter(({ InstanceLifecycle }) => InstanceLifecycle === 'spot');
    if (spot.length > 0)
      throw new ClusterError(
        'CLUSTER_STATE_UNFIT',
        `${spot.length} nodes of "${cluster.name}" are one-time spot instances, which EC2 can’t stop.`,
        { hint: `Remove the cluster instead: flintrock destroy ${cluster.name}` },
      );
    const running = nodesOf(found.cluster).filter(
      ({ state }) => state === 'running' || state === 'pending',
    );
    if (running.length > 0)
      await aws.ec2('StopInstances', { InstanceIds: running.map(({ id }) => id) }, context.signal);
    await this.#waitForStates(cluster, ['running', 'pending', 'stopping'], 'to stop', context);
  }

  async destroy(cluster: Cluster, context: WorkContext): Promise<readonly string[]> {
    const aws = await this.#awsFor(context, cluster.region);
    return destroyCluster(await this.#require(cluster, context), aws, context);
  }

  async addWorkers(
    cluster: Cluster,
    count: number,
    context: WorkContext,
  ): Promise<readonly string[]> {
    const aws = await this.#awsFor(context, cluster.region);
    const found = requireOwn(await this.#require(cluster, context), 'grow');
    const added = await growCluster(found, count, aws, context);
    this.#grown.set(seenKey(cluster), new Set(added.keys()));
    return [...added.values()];
  }

  async replaceWorkers(
    cluster: Cluster,
    dead: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<readonly string[]> {
    requireOwn(await this.#require(cluster, context), 'repair');
    // First, so that nobody counts the dead in while the new ones are waited for.
    await this.removeWorkers(cluster, dead, context);
    return this.addWorkers(cluster, dead.length, context);
  }

  async authorize(cluster: Cluster, context: WorkContext): Promise<AccessChange> {
    const aws = await this.#awsFor(context, cluster.region);
    return admitClient(await this.#require(cluster, context), false, aws, context);
  }

  async extend(
    cluster: LastingCluster,
    seconds: number,
    context: WorkContext,
  ): Promise<ClusterLifetime> {
    const aws = await this.#awsFor(context, cluster.region);
    const { name, lifetime } = cluster;
    const { instances } = await this.#require(cluster, context);
    const master = instances.find(({ InstanceId }) => InstanceId === cluster.master.id) ?? {};
    return this.#onNode(cluster, cluster.master, context, (ssh) =>
      extendLifetime({ name, lifetime, master }, seconds, ssh, aws, context),
    );
  }

  async resume(cluster: Cluster, context: WorkContext): Promise<void> {
    const aws = await this.#awsFor(context, cluster.region);
    await resumeLaunch(await this.#require(cluster, context), aws, context);
  }

  async drainWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    const aws = await this.#awsFor(context, cluster.region);
    const found = requireOwn(await this.#require(cluster, context), 'shrink');
    requireNoData(found.cluster);
    const { master } = found.cluster;
    const running = workers.filter(({ state }) => state === 'running' || state === 'draining');
    if (running.length === 0 || master === null) return;
    await aws.ec2(
      'CreateTags',
      {
        Resources: running.map(({ id }) => id),
        Tags: writeTags({ [tagKeys.state]: 'draining' }),
      },
      context.signal,
    );
    const addresses = running.flatMap(({ address }) => address ?? []);
    await this.#onNode(cluster, master, context, async (ssh) => {
      const { code, stderr } = await ssh.output(
        decommissionCommand(master.address ?? '', addresses),
        context.signal,
      );
      if (code !== 0)
        throw new ClusterError(
          'NODE_FAILED',
          `Spark’s master did not let ${running.map(({ name }) => name).join(', ')} go: ${stderr.trim() || `exit code ${code}`}.`,
        );
    });
  }

  async removeWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    const aws = await this.#awsFor(context, cluster.region);
    const left = await endWorkers(new Map(workers.map(({ id, name }) => [id, name])), aws, context);
    if (left.length > 0)
      throw new ClusterError(
        'CLEANUP_INCOMPLETE',
        `These workers could not be removed: ${left.join('; ')}`,
        { details: { left } },
      );
  }

  async leftovers(context: WorkContext): Promise<readonly Leftover[]> {
    const regions = await regionsOf(context);
    const found = await Promise.all(
      regions.map(async (region) => findLeftovers(await this.#awsFor(context, region), context)),
    );
    return found.flat();
  }

  async logs(
    cluster: Cluster,
    node: ClusterNode,
    context: WorkContext,
  ): Promise<Readonly<Record<string, string>>> {
    if (node.state !== 'running' && node.state !== 'draining')
      return { 'console.txt': await this.#console(cluster, node, context) };
    return this.#onNode(cluster, node, context, async (ssh) => {
      const texts: Record<string, string> = {};
      for (const [name, command] of Object.entries(logCommands))
        texts[name] = (await ssh.output(`sudo -n ${command} 2>&1`, context.signal)).stdout;
      return texts;
    });
  }

  async runCommand(
    cluster: Cluster,
    node: ClusterNode,
    command: string,
    onLine: OutputListener,
    context: WorkContext,
  ): Promise<number> {
    return this.#onNode(cluster, node, context, async (ssh) => {
      const lines = {
        stdout: new LineSplitter((line) => onLine('stdout', line)),
        stderr: new LineSplitter((line) => onLine('stderr', line)),
      };
      // Not by closing its input: SSH tells signals to a command only as long as that is open.
      const running = await ssh.run(
        `exec </dev/null\n${command}`,
        {
          stdout: (chunk) => lines.stdout.push(chunk),
          stderr: (chunk) => lines.stderr.push(chunk),
        },
        context.signal,
      );
      const code = await running.exited;
      lines.stdout.end();
      lines.stderr.end();
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
    return this.#onNode(cluster, node, context, (ssh) =>
      upload(ssh, local, remote, context.signal),
    );
  }

  download(
    cluster: Cluster,
    node: ClusterNode,
    remote: string,
    local: string,
    context: WorkContext,
  ): Promise<number> {
    return this.#onNode(cluster, node, context, (ssh) =>
      download(ssh, remote, local, context.signal),
    );
  }

  async login(cluster: Cluster, node: ClusterNode, context: WorkContext): Promise<LoginSession> {
    const found = await this.#known(cluster, context);
    return openLogin(found, node, this.#accessTo(found, context), context);
  }

  async serveHistory(cluster: Cluster, context: WorkContext): Promise<number> {
    if (cluster.master === null) throw noAddress('the master');
    return this.#onNode(cluster, cluster.master, context, (ssh) =>
      serveHistory(ssh, context.signal),
    );
  }

  async forward(
    cluster: Cluster,
    node: ClusterNode,
    port: number,
    context: WorkContext,
  ): Promise<PortForward> {
    const ssh = await this.#open(cluster, node, context);
    return forwardPort(ssh, node.address ?? '', port);
  }

  async submit(cluster: Cluster, job: JobRequest, context: WorkContext): Promise<RunningJob> {
    if (cluster.master === null) throw noAddress('the master');
    const ssh = await this.#open(cluster, cluster.master, context);
    try {
      const running = await startEc2Job(ssh, job, context);
      const closed = running.exited.finally(() => context.signal.aborted || ssh.close());
      closed.catch(() => undefined);
      return {
        ...running,
        exited: running.exited,
        cancel: async () => {
          await running.cancel();
          await ssh.close();
        },
        detach: () => ssh.close(),
      };
    } catch (error) {
      await ssh.close();
      throw error;
    }
  }

  /** @param region where; the region that is configured if it isn't said */
  async #awsFor(context: WorkContext, region?: string): Promise<Aws> {
    region ??= await regionOf(context);
    const profile = context.values.ec2Profile;
    const key = `${profile ?? ''} ${region}`;
    let aws = this.#aws.get(key);
    if (aws === undefined) {
      aws = new Aws({ region, profile }, context);
      this.#aws.set(key, aws);
    }
    return aws;
  }

  async #listRegion(region: string, context: WorkContext): Promise<readonly Cluster[]> {
    const aws = await this.#awsFor(context, region);
    const { signal } = context;
    const instances = await aws.instances(
      { Filters: [{ Name: 'tag-key', Values: [tagKeys.name] }] },
      signal,
    );
    const found = await observe(instances, aws, context);
    const clusters = found.map(({ cluster }) => cluster);
    const prices = await instancePrices(aws, clusters, this.#prices, signal);
    return clusters.map((cluster) => ({ ...cluster, pricePerHour: prices(cluster) }));
  }

  /** A cluster as EC2 sees it now; of one without nodes, what is left of it. */
  async #look(
    name: string,
    region: string | undefined,
    context: WorkContext,
  ): Promise<Ec2Cluster | undefined> {
    const aws = await this.#awsFor(context, region);
    const { signal, clock } = context;
    const instances = await aws.instances(
      { Filters: [{ Name: `tag:${tagKeys.name}`, Values: [name] }] },
      signal,
    );
    const launch = [...this.#launches.values()].find(
      (one) => one.name === name && one.region === aws.region && !one.isOver,
    );
    const expected = new Set((launch?.instances ?? []).map(({ InstanceId }) => InstanceId));
    const shown = new Set(instances.map(({ InstanceId }) => InstanceId));
    // EC2 may not show yet what it has just given.
    const hidden = (launch?.instances ?? []).filter(({ InstanceId }) => !shown.has(InstanceId));
    const [found] = await observe([...instances, ...hidden], aws, context, expected);
    if (found !== undefined) return this.#remember(found);
    const [group] = await aws.groups(
      { Filters: [{ Name: 'group-name', Values: [clusterGroupName(name)] }] },
      signal,
    );
    return group === undefined || readTags(group.Tags)[tagKeys.name] === undefined
      ? undefined
      : this.#remember(observeGroup(name, group, instances, aws.region, clock.now()));
  }

  #remember(found: Ec2Cluster): Ec2Cluster {
    this.#seen.set(seenKey(found.cluster), found);
    return found;
  }

  async #require(
    { name, region }: Pick<Cluster, 'name' | 'region'>,
    context: WorkContext,
  ): Promise<Ec2Cluster> {
    const found = await this.#look(name, region, context);
    if (found === undefined)
      throw new ClusterError(
        'CLUSTER_NOT_FOUND',
        `Cluster "${name}" was removed by somebody else meanwhile.`,
      );
    return found;
  }

  /** What doesn't change in a cluster's life, such as its host key: a look that was taken already will do. */
  async #known(cluster: Cluster, context: WorkContext): Promise<Ec2Cluster> {
    const seen = this.#seen.get(seenKey(cluster));
    return seen !== undefined && seen.launchId === cluster.launchId
      ? seen
      : this.#require(cluster, context);
  }

  #accessTo(found: Ec2Cluster, context: WorkContext): NodeAccess {
    const { cluster, launchId, hostKey } = found;
    const launch = this.#launches.get(launchId ?? '');
    const isNew = launch?.isOver === false && launch.setUp !== undefined;
    return new NodeAccess(
      { name: cluster.name, launchId, hostKey },
      context,
      this.#passphrases,
      this.#trust,
      isNew,
      () => this.#readmit(found, context),
    );
  }

  /** Replaces this client's own rule if it lets in another place than where the client is now; gives whether it did. */
  async #readmit(found: Ec2Cluster, context: WorkContext): Promise<boolean> {
    try {
      const aws = await this.#awsFor(context, found.cluster.region);
      const { changed, admitted, removed } = await admitClient(found, true, aws, context);
      if (changed)
        context.emit('warning', {
          kind: 'SSH_UNREACHABLE',
          message: `This machine’s address has changed: "${found.cluster.name}" lets in ${admitted.join(', ')} now, and ${removed.join(', ')} no more.`,
          hint: null,
        });
      return changed;
    } catch (error) {
      // It was only an attempt: that the node can't be reached is the error.
      if (context.signal.aborted) throw error;
      return false;
    }
  }

  async #open(cluster: Cluster, node: ClusterNode, context: WorkContext): Promise<SshConnection> {
    const found = await this.#known(cluster, context);
    return this.#accessTo(found, context).open(node, context.signal);
  }

  async #onNode<T>(
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

  /** Waits until no node of a cluster is in one of the states. */
  async #waitForStates(
    cluster: Cluster,
    states: readonly ClusterNode['state'][],
    what: string,
    context: WorkContext,
  ): Promise<void> {
    const told = new Set<string>();
    let left = 0;
    await waitFor(
      async () => {
        const found = await this.#require(cluster, context);
        const nodes = nodesOf(found.cluster);
        for (const { name, state } of nodes)
          if (state === 'stopped' && !told.has(name) && states.includes('running')) {
            told.add(name);
            context.emit('node.stopped', { node: name });
          }
        left = nodes.filter(({ state }) => states.includes(state)).length;
        return left === 0 ? true : undefined;
      },
      {
        clock: context.clock,
        signal: context.signal,
        reason: () => `${left} nodes ${what}`,
        limitMs: stopLimitMs,
        everyMs: this.pollMs,
      },
    );
  }

  async #console(cluster: Cluster, node: ClusterNode, context: WorkContext): Promise<string> {
    const aws = await this.#awsFor(context, cluster.region);
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

/** Makes clusters of instances. Whether workers that leave do so with somebody's help, only the lock tells. */
async function observe(
  instances: readonly Instance[],
  aws: Aws,
  { clock, signal }: WorkContext,
  expected: ReadonlySet<string | undefined> = new Set(),
): Promise<Ec2Cluster[]> {
  const found = observeClusters(instances, aws.region, clock.now(), { expected });
  const shrinking = found.filter(({ cluster }) =>
    cluster.workers.some(({ state }) => state === 'draining'),
  );
  if (shrinking.length === 0) return found;
  const names = new Map(shrinking.map(({ cluster: { name } }) => [resizeLockName(name), name]));
  const locks = await aws.groups(
    { Filters: [{ Name: 'group-name', Values: [...names.keys()] }] },
    signal,
  );
  const held = locks.filter((lock) => isHeld(lock, clock.now()));
  const now = new Set(held.flatMap(({ GroupName = '' }) => names.get(GroupName) ?? []));
  return observeClusters(instances, aws.region, clock.now(), { expected, shrinking: now });
}

function seenKey({ name, region }: Pick<Cluster, 'name' | 'region'>): string {
  return `${region ?? ''} ${name}`;
}

function ofLaunch({ launchId }: Cluster): { Filters: { Name: string; Values: string[] }[] } {
  return { Filters: [{ Name: `tag:${tagKeys.launch}`, Values: [launchId ?? ''] }] };
}

/** @throws ClusterError `CLUSTER_STATE_UNFIT` if it is the Python tool's: its nodes are made in another way */
function requireOwn(found: Ec2Cluster, doing: 'grow' | 'shrink' | 'repair'): Ec2Cluster {
  if (found.launchId !== null) return found;
  const { name } = found.cluster;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `"${name}" was launched by the Python Flintrock, which makes its nodes in another way: only that tool can ${doing} it.`,
    {
      hint: `With that tool: flintrock ${doing === 'shrink' ? 'remove' : 'add'}-slaves ${name}. Or launch a new cluster with this one.`,
    },
  );
}

/** @throws ClusterError `CLUSTER_STATE_UNFIT` if the workers hold data of HDFS */
function requireNoData({ name, services }: Cluster): void {
  if (!services.some((service) => service.name === 'hdfs')) return;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `The workers of "${name}" hold HDFS’s data, which would be lost with them.`,
    { hint: 'Copy what you need to S3 and launch a smaller cluster.' },
  );
}
