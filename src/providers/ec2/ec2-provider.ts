import type { Instance } from '@aws-sdk/client-ec2';
import type {
  AccessChange,
  ClusterConnection,
  ConnectMode,
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
import {
  type Cluster,
  type ClusterNode,
  type ForeignInstance,
  nodesOf,
} from '../../model/cluster/cluster.ts';
import type { ClusterLifetime } from '../../model/cluster/lifetime.ts';
import type { Verb } from '../../model/events.ts';
import type { GrowthPlan } from '../../model/plan.ts';
import type { LoginSession, PortForward } from '../../model/session.ts';
import type { BootstrapFactory } from '../../node/bootstrap/ssh-bootstrap.ts';
import { Ec2Connection } from './access/ec2-connection.ts';
import { noAddress, type NodeAccess } from './access/node-access.ts';
import { bootstrapOfCluster, bootstrapOfLaunch } from './access/stored-bootstrap.ts';
import type { Aws } from './api/aws.ts';
import { isKept } from './api/local-state.ts';
import { regionsOf } from './api/region.ts';
import { tagKeys } from './api/tags.ts';
import { ClusterReader, type Ec2ClusterRef, seenKey } from './inventory/cluster-reader.ts';
import type { Ec2Cluster } from './inventory/observe.ts';
import { newLaunch } from './inventory/ongoing-launch.ts';
import { withRecordedServices } from './inventory/recorded-services.ts';
import { launchCluster } from './launch/launch-cluster.ts';
import { extendLifetime } from './lifecycle/extend.ts';
import { findLeftovers, findOldTrash } from './lifecycle/leftovers.ts';
import { destroyCluster, sweepLaunch } from './lifecycle/remove.ts';
import { StartStop } from './lifecycle/start-stop.ts';
import { serveHistory } from './nodes/history.ts';
import { NodeOperations } from './nodes/node-operations.ts';
import { renewHdfs } from './nodes/renew-hdfs.ts';
import { accountChoices, localChoices } from './plan/account-choices.ts';
import { dryRun } from './plan/dry-run.ts';
import { Passphrases } from './plan/login-key.ts';
import { hasInstanceStore } from './plan/machines.ts';
import { planEc2Launch } from './plan/plan-launch.ts';
import { planEc2Workers } from './plan/plan-workers.ts';
import { addWorkers } from './resize/add-workers.ts';
import { makeMissing, tellNodes } from './resize/resume.ts';
import { drainWorkers, readmitWorkers, removeWorkers, requireOwn } from './resize/shrink.ts';
import { type WorkerTemplate, workerTemplate } from './resize/worker-template.ts';
import { admitClient } from './security/authorize.ts';
import { takeResizeLock } from './security/resize-lock.ts';

/** The verbs that change how many nodes a cluster has. */
const resizing: ReadonlySet<Verb> = new Set<Verb>(['addWorkers', 'removeWorkers', 'repair']);

/** What a growth or a resumed launch leaves to whoever waits for its nodes. */
interface PendingNodes {
  /** Ids of the nodes that are waited for: theirs are the reports to hear; `undefined` for all. */
  readonly only: ReadonlySet<string> | undefined;
  /** How they are set up over SSH; `undefined` if they build themselves. */
  readonly makeBootstrap: BootstrapFactory | undefined;
}

/** How new workers are made, and how they are set up over SSH; the latter is `undefined` if they build themselves. */
interface Recipe {
  readonly template: WorkerTemplate;
  readonly setUp: BootstrapFactory | undefined;
}

/** Clusters of instances on EC2. What is known of them is on their tags; nothing is remembered between two looks. */
export class Ec2Provider implements Provider {
  readonly kind = 'ec2';
  readonly pollMs = 2_000;
  /** What is to be waited for, by {@link seenKey}: taken by the next connection that is patient. */
  readonly #pendingNodes = new Map<string, PendingNodes>();
  readonly #passphrases = new Passphrases();
  readonly #reader = new ClusterReader();
  readonly #nodes = new NodeOperations(this.#reader, this.#passphrases);
  readonly #power = new StartStop(this.#reader, this.#nodes);

  async plan(request: LaunchRequest, context: WorkContext): Promise<PlannedLaunch> {
    const aws = await this.#reader.aws(context);
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
        const launch = newLaunch(launchId, request.name, aws.region);
        this.#reader.launches.set(launchId, launch);
        await launchCluster(request, planned, launch, aws, work);
        if (launch.groupId !== undefined)
          this.#reader.noteGroup(launch.groupId, launchId, launch.seal);
      },
      place: { region: aws.region, vpcId: planned.vpcId ?? null },
    };
  }

  /** EC2's own names are the locks: a launch takes its group's, and whoever changes a cluster's size a group's beside it. */
  async lock(
    cluster: Ec2ClusterRef,
    verb: Verb,
    context: WorkContext,
  ): Promise<() => Promise<void>> {
    if (!resizing.has(verb)) return () => Promise.resolve();
    const aws = await this.#reader.aws(context, cluster.region);
    const found = await this.#reader.get(cluster, context);
    return takeResizeLock(cluster.name, found.cluster.vpcId ?? '', verb, aws, context);
  }

  async markReady(
    cluster: Cluster,
    connection: ClusterConnection,
    context: WorkContext,
  ): Promise<void> {
    const aws = await this.#reader.aws(context, cluster.region);
    const launch = this.#reader.launches.get(cluster.launchId ?? '');
    const { groupId } = await this.#reader.known(cluster, context);
    const groupIds = groupId === undefined ? [] : [groupId];
    const resources = [...nodesOf(cluster).map(({ id }) => id), ...groupIds];
    // The tag first: should this client die in between, the nodes switch themselves off, and nothing is left behind.
    await aws.tag(resources, { [tagKeys.state]: 'ready' }, context.signal);
    if (launch !== undefined) launch.isOver = true;
    if (connection instanceof Ec2Connection) await connection.finish(context.signal);
  }

  async sweep(name: string, launchId: string, context: WorkContext): Promise<readonly string[]> {
    const aws = await this.#reader.aws(context);
    const launch = this.#reader.launches.get(launchId);
    if (launch !== undefined) launch.isOver = true;
    return sweepLaunch(name, launchId, launch, aws, context);
  }

  async choices(option: ChoosableOption, context: WorkContext): Promise<readonly Choice[]> {
    if (option === 'ec2Profile' || option === 'ec2Region') return localChoices(option, context);
    return accountChoices(option, await this.#reader.aws(context), context);
  }

  regions(context: WorkContext): Promise<readonly string[]> {
    return regionsOf(context);
  }

  list(context: WorkContext): Promise<readonly Cluster[]> {
    return this.#reader.list(context);
  }

  find(name: string, context: WorkContext): Promise<Cluster | undefined> {
    return this.#reader.find(name, context);
  }

  pricePerHour(cluster: Cluster, context: WorkContext): Promise<number | null> {
    return this.#reader.pricePerHour(cluster, context);
  }

  async connect(
    cluster: Cluster,
    mode: ConnectMode,
    context: WorkContext,
  ): Promise<ClusterConnection> {
    const launch = this.#reader.launches.get(cluster.launchId ?? '');
    const found = await this.#reader.known(cluster, context);
    const awaited = mode === 'retry' ? this.#pendingNodes.get(seenKey(cluster)) : undefined;
    if (awaited !== undefined) this.#pendingNodes.delete(seenKey(cluster));
    const isLaunching = cluster.state === 'launching' || cluster.state === 'half-launched';
    return new Ec2Connection(cluster, {
      access: this.#nodes.accessTo(found, context),
      context,
      isPatient: mode === 'retry',
      follow: mode === 'retry' && (launch !== undefined || isLaunching || awaited !== undefined),
      only: awaited?.only,
      makeBootstrap: launch?.isOver === false ? launch.makeBootstrap : awaited?.makeBootstrap,
    });
  }

  start(cluster: Cluster, context: WorkContext): Promise<void> {
    return this.#power.start(cluster, context);
  }

  stop(cluster: Cluster, context: WorkContext, dropped: readonly ClusterNode[]): Promise<void> {
    return this.#power.stop(cluster, dropped, context);
  }

  async destroy(
    cluster: Cluster,
    context: WorkContext,
    also: readonly ForeignInstance[] = [],
  ): Promise<readonly string[]> {
    const aws = await this.#reader.aws(context, cluster.region);
    const ids = new Set(also.map(({ id }) => id));
    return destroyCluster(await this.#reader.get(cluster, context), ids, aws, context);
  }

  async planWorkers(cluster: Cluster, count: number, context: WorkContext): Promise<GrowthPlan> {
    const aws = await this.#reader.aws(context, cluster.region);
    const found = requireOwn(await this.#reader.get(cluster, context), 'grow');
    const template = await this.#template(found, aws, context);
    return planEc2Workers(found, count, template, aws, context);
  }

  async addWorkers(
    cluster: Cluster,
    count: number,
    context: WorkContext,
  ): Promise<readonly string[]> {
    const aws = await this.#reader.aws(context, cluster.region);
    const found = requireOwn(await this.#reader.get(cluster, context), 'grow');
    return this.#grow(found, count, await this.#recipe(found, aws, context), aws, context);
  }

  /** How new workers of a cluster are made: by EC2, and then over SSH if they don't build themselves. */
  async #recipe(found: Ec2Cluster, aws: Aws, context: WorkContext): Promise<Recipe> {
    const template = await this.#template(found, aws, context);
    const setUp =
      template.record.hostKey === null
        ? await bootstrapOfCluster(found, this.#nodes.accessTo(found, context), context)
        : undefined;
    return { template, setUp };
  }

  #template(found: Ec2Cluster, aws: Aws, context: WorkContext): Promise<WorkerTemplate> {
    return workerTemplate(found, masterOf(found), this.#reader.sealOf(found), aws, context);
  }

  async #grow(
    found: Ec2Cluster,
    count: number,
    { template, setUp }: Recipe,
    aws: Aws,
    context: WorkContext,
  ): Promise<readonly string[]> {
    const added = await addWorkers(found, count, template, aws, context);
    this.#pendingNodes.set(seenKey(found.cluster), {
      only: new Set(added.keys()),
      makeBootstrap: setUp,
    });
    return [...added.values()];
  }

  async replaceWorkers(
    cluster: Cluster,
    dead: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<readonly string[]> {
    const aws = await this.#reader.aws(context, cluster.region);
    const found = requireOwn(await this.#reader.get(cluster, context), 'repair');
    const recipe = await this.#recipe(found, aws, context);
    // First, so that nobody counts the dead in while the new ones are waited for.
    await this.removeWorkers(cluster, dead, context);
    const rest = await this.#reader.get(cluster, context);
    return this.#grow(rest, dead.length, recipe, aws, context);
  }

  async authorize(cluster: Cluster, context: WorkContext): Promise<AccessChange> {
    const aws = await this.#reader.aws(context, cluster.region);
    return admitClient(await this.#reader.get(cluster, context), false, aws, context);
  }

  async extend(
    cluster: LastingCluster,
    seconds: number,
    context: WorkContext,
  ): Promise<ClusterLifetime> {
    const aws = await this.#reader.aws(context, cluster.region);
    const { name, lifetime } = cluster;
    const { instances } = await this.#reader.get(cluster, context);
    const master = instances.find(({ InstanceId }) => InstanceId === cluster.master.id) ?? {};
    return this.#nodes.onNode(cluster, cluster.master, context, (ssh) =>
      extendLifetime({ name, lifetime, master }, seconds, ssh, aws, context),
    );
  }

  async resume(cluster: Cluster, context: WorkContext): Promise<void> {
    const aws = await this.#reader.aws(context, cluster.region);
    const look = (): Promise<Ec2Cluster> => this.#reader.get(cluster, context);
    const found = await look();
    const master = await tellNodes(found, aws, context);
    const accessTo = (seen: Ec2Cluster): NodeAccess => this.#nodes.accessTo(seen, context);
    const template = await workerTemplate(found, master, this.#reader.sealOf(found), aws, context);
    // First: where nobody knows how nodes are made, no more of them are.
    const setUp =
      template.record.hostKey === null
        ? await bootstrapOfLaunch(look, accessTo, context)
        : undefined;
    await makeMissing(look, template, aws, context);
    this.#pendingNodes.set(seenKey(cluster), { only: undefined, makeBootstrap: setUp });
  }

  async drainWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    const aws = await this.#reader.aws(context, cluster.region);
    const found = await this.#reader.get(cluster, context);
    await drainWorkers(found, workers, aws, this.#nodes, context);
  }

  async readmitWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    const aws = await this.#reader.aws(context, cluster.region);
    const found = await this.#reader.get(cluster, context);
    await readmitWorkers(found, workers, aws, this.#nodes, context);
  }

  async removeWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    await removeWorkers(workers, await this.#reader.aws(context, cluster.region), context);
  }

  async isBlankAfterStop(cluster: Cluster, context: WorkContext): Promise<boolean> {
    const aws = await this.#reader.aws(context, cluster.region);
    const running = cluster.workers.filter(
      ({ state }) => state === 'running' || state === 'draining',
    );
    const types = running.flatMap(({ instanceType }) => instanceType ?? []);
    return hasInstanceStore(aws, types, context.signal);
  }

  async renewHdfs(cluster: Cluster, context: WorkContext): Promise<boolean> {
    // The Python tool's clusters have it elsewhere, and its own way of starting them.
    if ((await this.#reader.known(cluster, context)).launchId === null) return false;
    return renewHdfs(cluster, this.#nodes, context);
  }

  async leftovers(context: WorkContext): Promise<readonly Leftover[]> {
    const regions = await regionsOf(context);
    const found = await Promise.all(
      regions.map(async (region) =>
        findLeftovers(await this.#reader.aws(context, region), context),
      ),
    );
    return [...found.flat(), ...(await findOldTrash(context))];
  }

  withRecordedServices(cluster: Cluster, context: WorkContext): Promise<Cluster> {
    return withRecordedServices(cluster, this.#reader, context);
  }

  isKnownHere(cluster: Cluster, context: WorkContext): Promise<boolean> {
    return isKept(cluster, context);
  }

  logs(
    cluster: Cluster,
    node: ClusterNode,
    context: WorkContext,
  ): Promise<Readonly<Record<string, string>>> {
    return this.#nodes.logs(cluster, node, context);
  }

  whyLate(cluster: Cluster, node: ClusterNode, context: WorkContext): Promise<string | undefined> {
    return this.#nodes.whyLate(cluster, node, context);
  }

  runCommand(
    cluster: Cluster,
    node: ClusterNode,
    command: string,
    onLine: OutputListener,
    context: WorkContext,
  ): Promise<number> {
    return this.#nodes.runCommand(cluster, node, command, onLine, context);
  }

  upload(
    cluster: Cluster,
    node: ClusterNode,
    local: string,
    remote: string,
    context: WorkContext,
  ): Promise<number> {
    return this.#nodes.upload(cluster, node, local, remote, context);
  }

  download(
    cluster: Cluster,
    node: ClusterNode,
    remote: string,
    local: string,
    context: WorkContext,
  ): Promise<number> {
    return this.#nodes.download(cluster, node, remote, local, context);
  }

  login(cluster: Cluster, node: ClusterNode, context: WorkContext): Promise<LoginSession> {
    return this.#nodes.login(cluster, node, context);
  }

  async serveHistory(cluster: Cluster, context: WorkContext): Promise<number> {
    if (cluster.master === null) throw noAddress('the master');
    return this.#nodes.onNode(cluster, cluster.master, context, (ssh) =>
      serveHistory(ssh, context.signal),
    );
  }

  forward(
    cluster: Cluster,
    node: ClusterNode,
    port: number,
    context: WorkContext,
  ): Promise<PortForward> {
    return this.#nodes.forward(cluster, node, port, context);
  }

  submit(cluster: Cluster, job: JobRequest, context: WorkContext): Promise<RunningJob> {
    return this.#nodes.submit(cluster, job, context);
  }
}

/** A cluster's master as EC2 has it. */
function masterOf({ cluster, instances }: Ec2Cluster): Instance {
  const master = instances.find(({ InstanceId }) => InstanceId === cluster.master?.id);
  if (master?.PrivateIpAddress === undefined) throw noAddress('the master');
  return master;
}
