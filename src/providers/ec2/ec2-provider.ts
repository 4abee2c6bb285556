import type {
  ClusterConnection,
  JobRequest,
  LaunchRequest,
  OutputListener,
  PlannedLaunch,
  Provider,
  RunningJob,
  WorkContext,
} from '../../engine/provider.ts';
import type { Choice, ChoosableOption } from '../../model/choice.ts';
import { nodesOf, type Cluster, type ClusterNode } from '../../model/cluster.ts';
import { abortError, ClusterError, toClusterError } from '../../model/errors.ts';
import type { LoginSession, PortForward } from '../../model/session.ts';
import { waitFor } from '../../model/wait.ts';
import type { SshConnection } from '../../ssh/connection.ts';
import { forwardPort } from '../../ssh/forward-port.ts';
import { LineSplitter } from '../../ssh/lines.ts';
import { download, upload } from '../../ssh/transfer.ts';
import { accountChoices } from './account-choices.ts';
import { Aws } from './aws.ts';
import { Ec2Connection } from './ec2-connection.ts';
import { startEc2Job } from './ec2-jobs.ts';
import { launchNodes } from './launch-nodes.ts';
import type { OngoingLaunch } from './ongoing-launch.ts';
import { Passphrases } from './login-key.ts';
import { openLogin } from './login.ts';
import { clusterGroupName } from './network.ts';
import { HostTrust, noAddress, NodeAccess } from './node-access.ts';
import { observeClusters, observeGroup, type Ec2Cluster } from './observe.ts';
import { planEc2Launch } from './plan-launch.ts';
import { dryRun } from './dry-run.ts';
import { instancePrices } from './running-price.ts';
import { regionOf, regionsOf } from './region.ts';
import { destroyCluster, sweepLaunch } from './remove.ts';
import { readTags, tagKeys, writeTags } from './tags.ts';

/** How long EC2 may take to stop instances, in milliseconds. */
const stopLimitMs = 5 * 60_000;
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

  /** EC2's own names are the locks: a launch takes its group's. */
  lock(): Promise<() => Promise<void>> {
    return Promise.resolve(() => Promise.resolve());
  }

  async markReady(
    cluster: Cluster,
    connection: ClusterConnection,
    context: WorkContext,
  ): Promise<void> {
    const aws = await this.#awsFor(context);
    const launch = this.#launches.get(cluster.launchId ?? '');
    const resources = [
      ...nodesOf(cluster).map(({ id }) => id),
      ...(launch?.groupId === undefined ? [] : [launch.groupId]),
    ];
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
    return new Ec2Connection(cluster, {
      access: this.#accessTo(found, context),
      context,
      isPatient: patience === 'wait',
      follow: patience === 'wait' && launch !== undefined,
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

  addWorkers(cluster: Cluster): Promise<readonly string[]> {
    return Promise.reject(notYet(cluster, 'Adding workers'));
  }

  drainWorker(cluster: Cluster): Promise<void> {
    return Promise.reject(notYet(cluster, 'Removing workers'));
  }

  removeWorker(cluster: Cluster): Promise<void> {
    return Promise.reject(notYet(cluster, 'Removing workers'));
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
    const { signal, clock } = context;
    const instances = await aws.instances(
      { Filters: [{ Name: 'tag-key', Values: [tagKeys.name] }] },
      signal,
    );
    const clusters = observeClusters(instances, region, clock.now()).map(({ cluster }) => cluster);
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
    const [found] = observeClusters([...instances, ...hidden], aws.region, clock.now(), expected);
    if (found !== undefined) return this.#remember(found);
    const [group] = await aws.groups(
      { Filters: [{ Name: 'group-name', Values: [clusterGroupName(name)] }] },
      signal,
    );
    return group === undefined || readTags(group.Tags)[tagKeys.name] === undefined
      ? undefined
      : this.#remember(observeGroup(name, group, aws.region, clock.now()));
  }

  #remember(found: Ec2Cluster): Ec2Cluster {
    this.#seen.set(seenKey(found.cluster), found);
    return found;
  }

  async #require({ name, region }: Cluster, context: WorkContext): Promise<Ec2Cluster> {
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

  #accessTo({ cluster, launchId, hostKey }: Ec2Cluster, context: WorkContext): NodeAccess {
    const launch = this.#launches.get(launchId ?? '');
    const isNew = launch?.isOver === false && launch.setUp !== undefined;
    return new NodeAccess(
      { name: cluster.name, launchId, hostKey },
      context,
      this.#passphrases,
      this.#trust,
      isNew,
    );
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

  /** What a node's console says last: of its building, else of its boot. */
  async whyLate(
    cluster: Cluster,
    node: ClusterNode,
    context: WorkContext,
  ): Promise<string | undefined> {
    const aws = await this.#awsFor(context, cluster.region);
    const { Output } = await aws.ec2(
      'GetConsoleOutput',
      { InstanceId: node.id, Latest: true },
      context.signal,
    );
    const lines = Buffer.from(Output ?? '', 'base64')
      .toString('utf8')
      .slice(-consoleTail)
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
    return lines.findLast((line) => line.includes('flintrock: ')) ?? lines.at(-1);
  }
}

function seenKey({ name, region }: Pick<Cluster, 'name' | 'region'>): string {
  return `${region ?? ''} ${name}`;
}

function notYet(cluster: Cluster, what: string): ClusterError {
  return new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `${what} of clusters on EC2 is not part of this version; "${cluster.name}" stays as it is.`,
    { hint: 'Launch another cluster of the size that you need.' },
  );
}
