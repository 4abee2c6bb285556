import type { Instance } from '@aws-sdk/client-ec2';
import type { WheelFile } from '../../engine/provider.ts';
import type {
  AccessChange,
  ClusterConnection,
  ConnectMode,
  EventLogFolder,
  InstalledPackages,
  JobHandle,
  LastingCluster,
  LaunchRequest,
  Leftover,
  NewWorkers,
  OutputListener,
  PackageAdditions,
  PendingNodes,
  PlannedLaunch,
  Provider,
  Tunnel,
  WorkContext,
} from '../../engine/provider.ts';
import type { Choice, ChoosableOption } from '../../model/choice.ts';
import {
  type Cluster,
  type ClusterNode,
  type ForeignInstance,
  hasService,
  nodesOf,
} from '../../model/cluster/cluster.ts';
import type { ClusterLifetime, LifetimeExtension } from '../../model/cluster/lifetime.ts';
import { ClusterError, toClusterError } from '../../model/errors.ts';
import type { Verb } from '../../model/events.ts';
import type { Job, JobRequest } from '../../model/job.ts';
import type { GrowthPlan } from '../../model/plan.ts';
import { callVerb } from '../../model/remedy.ts';
import type { LoginSession } from '../../model/session.ts';
import { withRequirements } from '../../model/software/packages/python-requirements.ts';
import type { ServiceProperties } from '../../model/software/properties.ts';
import type { BootstrapFactory } from '../../node/bootstrap/ssh-bootstrap.ts';
import type { SshConnection } from '../../ssh/connection.ts';
import { Ec2Connection } from './access/ec2-connection.ts';
import { noAddress, type NodeAccess } from './access/node-access.ts';
import { PendingEc2Nodes } from './access/pending-nodes.ts';
import { bootstrapOfCluster, bootstrapOfLaunch } from './access/stored-bootstrap.ts';
import { isKept } from './api/local-state.ts';
import { regionsOf } from './api/region.ts';
import type { Ec2Session } from './api/session.ts';
import { packagesTag, pythonPackagesTag, tagKeys } from './api/tags.ts';
import { ClusterReader, type Ec2ClusterRef } from './inventory/cluster-reader.ts';
import { provenSize, readSize, writeSize } from './inventory/cluster-size.ts';
import { recordOf } from './inventory/launch-record.ts';
import type { Ec2Cluster } from './inventory/observe.ts';
import { recordedConfiguration, withRecordedServices } from './inventory/recorded-services.ts';
import { Ec2Launch } from './launch/ec2-launch.ts';
import { extendLifetime, type LastingMaster, tellPrice } from './lifecycle/extend.ts';
import { findLeftovers, findOldTrash } from './lifecycle/leftovers.ts';
import { destroyCluster } from './lifecycle/remove.ts';
import { StartStop } from './lifecycle/start-stop.ts';
import { NodeOperations } from './nodes/node-operations.ts';
import { allPackages, nothingAdded, readAddedPackages } from './nodes/packages/added-packages.ts';
import { installAddedPython, installOnNodes } from './nodes/packages/install.ts';
import type { OnNode } from './nodes/packages/python-packages.ts';
import { installSparkPackages } from './nodes/packages/spark-packages.ts';
import { readPythonVersion } from './nodes/python-version.ts';
import { renewHdfs } from './nodes/renew-hdfs.ts';
import { accountChoices, localChoices } from './plan/account-choices.ts';
import { dryRun } from './plan/dry-run.ts';
import { Passphrases } from './plan/login-key.ts';
import { hasInstanceStore } from './plan/machines.ts';
import { planEc2Launch } from './plan/plan-launch.ts';
import { planEc2Workers } from './plan/plan-workers.ts';
import { addWorkers } from './resize/add-workers.ts';
import { makeMissing, tellNodes } from './resize/resume.ts';
import {
  admitWorkers,
  drainWorkers,
  readmitWorkers,
  removeWorkers,
  requireOwn,
} from './resize/shrink.ts';
import { type WorkerTemplate, workerTemplate } from './resize/worker-template.ts';
import { admitClient } from './security/authorize.ts';
import { locking, takeResizeLock } from './security/resize-lock.ts';

/** How new workers are made, and how they are set up over SSH; the latter is `undefined` if they set themselves up. */
interface Recipe {
  readonly template: WorkerTemplate;
  readonly makeBootstrap: BootstrapFactory | undefined;
}

/** The Python tool's clusters have Spark elsewhere, and nothing that looks after a job. */
function noJobsOnTheirs(cluster: Cluster): ClusterError {
  return new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `Cluster "${cluster.name}" was launched by the Python Flintrock, which sets up nodes in another way; jobs can’t be submitted to it.`,
    {
      remedies: [
        callVerb('Copy the job to the master and run it there.', 'runCommand', cluster, {
          command: 'spark/bin/spark-submit JOB.py',
          masterOnly: true,
        }),
      ],
    },
  );
}

/** Clusters of instances on EC2. What is known of them is on their tags; nothing is remembered between two looks. */
export class Ec2Provider implements Provider {
  readonly kind = 'ec2';
  readonly pollMs = 2_000;
  readonly deadWorkers = 'replaced';
  readonly #passphrases = new Passphrases();
  readonly #reader = new ClusterReader();
  readonly #nodes = new NodeOperations(this.#reader, this.#passphrases);
  readonly #power = new StartStop(this.#reader, this.#nodes);

  async plan(request: LaunchRequest, context: WorkContext): Promise<PlannedLaunch> {
    const session = await this.#reader.session(context);
    const { region } = session.aws;
    const planned = await planEc2Launch(request, this.#passphrases, session);
    const errors = planned.plan.problems.filter(({ severity }) => severity === 'error');
    // What is wrong with the plan itself EC2 would only say again; but a user who lacks permissions is to hear of all of them at once.
    const onlyDenied = errors.every(({ code }) => code === 'AWS_PERMISSION_DENIED');
    const tried = onlyDenied ? await dryRun(request, planned, session) : [];
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
      plan: plan.ok ? plan : { ...plan, changes: [], plannedChanges: [] },
      begin: (launchId) =>
        new Ec2Launch(request, planned, launchId, region, this.#reader, this.#nodes),
      place: { region, vpcId: planned.vpcId ?? null },
    };
  }

  /** EC2's own names are the locks: a launch takes its group's, and a client that changes a cluster's size a group's beside it. */
  async lock(
    cluster: Ec2ClusterRef,
    verb: Verb,
    context: WorkContext,
    takeOver = false,
  ): Promise<() => Promise<void>> {
    if (!locking.has(verb)) return () => Promise.resolve();
    const session = await this.#reader.session(context, cluster.region);
    const found = await this.#reader.get(cluster, context);
    const { name, vpcId } = found.cluster;
    return takeResizeLock({ name, vpcId: vpcId ?? '', verb, takeOver }, session);
  }

  async installPackages(
    cluster: Cluster,
    nodes: readonly ClusterNode[],
    context: WorkContext,
    wheels: readonly WheelFile[] = [],
  ): Promise<void> {
    const { master, launchId, packages } = cluster;
    if (master === null || launchId === null) return;
    // The tag of a launch that this client finishes is its own. Later whoever can take it away must not keep packages from new workers.
    const isLaunch = nodes.some(({ role }) => role === 'master');
    if (packages === undefined && wheels.length === 0 && isLaunch) return;
    const session = await this.#reader.session(context, cluster.region);
    const found = await this.#reader.known(cluster, context);
    const { record } = await recordOf(master.id, this.#reader.sealOf(found), session);
    const onNode: OnNode = (node, work) => this.#nodes.onNode(cluster, node, context, work);
    const added =
      isLaunch || !hasService(cluster, 'spark')
        ? nothingAdded
        : await this.#nodes.onNode(cluster, master, context, (ssh) =>
            readAddedPackages(ssh, context.signal),
          );
    const all = allPackages(record.packages, added);
    if (all !== undefined) await installSparkPackages(cluster, nodes, all, onNode, context);
    await installAddedPython({ cluster, onNode, context }, nodes, added);
    if (wheels.length > 0)
      await installOnNodes(
        { cluster, onNode, context },
        { given: wheels.map(({ path }) => path), packages: [], requirements: [], wheels },
        record,
      );
  }

  async install(
    cluster: Cluster,
    additions: PackageAdditions,
    context: WorkContext,
  ): Promise<InstalledPackages> {
    const { name, master, launchId } = cluster;
    if (master === null || launchId === null)
      throw new ClusterError(
        'CLUSTER_STATE_UNFIT',
        `Cluster "${name}" was launched by the Python Flintrock, which sets up nodes in another way; packages can’t be installed on it.`,
      );
    const session = await this.#reader.session(context, cluster.region);
    const found = await this.#reader.known(cluster, context);
    const { record } = await recordOf(master.id, this.#reader.sealOf(found), session);
    const onNode: OnNode = (node, work) => this.#nodes.onNode(cluster, node, context, work);
    const installed = await installOnNodes({ cluster, onNode, context }, additions, record);
    const python = withRequirements(cluster.pythonPackages ?? [], installed.pythonPackages);
    const tags = {
      ...(installed.packages.length > 0 && { [tagKeys.packages]: packagesTag(installed.packages) }),
      ...(python.length > 0 && { [tagKeys.pythonPackages]: pythonPackagesTag(python) }),
    };
    await session.aws.tag([master.id], tags, context.signal).catch((error: unknown) => {
      context.signal.throwIfAborted();
      // They only show what is there.
      const { code: kind, message, remedies } = toClusterError(error);
      context.emit('warning', {
        kind,
        message: `The packages are installed on "${name}", but its tags don’t show them: ${message}`,
        remedies,
      });
    });
    return installed;
  }

  async markReady(cluster: Cluster, context: WorkContext): Promise<void> {
    const { aws, signal } = await this.#reader.session(context, cluster.region);
    const { groupId } = await this.#reader.known(cluster, context);
    const groupIds = groupId === undefined ? [] : [groupId];
    const resources = [...nodesOf(cluster).map(({ id }) => id), ...groupIds];
    await Promise.all([
      aws.tag(resources, { [tagKeys.state]: 'ready' }, signal),
      this.recordSize(cluster, cluster.workers.length, context),
    ]);
  }

  async recordSize(cluster: Cluster, workers: number, context: WorkContext): Promise<void> {
    const session = await this.#reader.session(context, cluster.region);
    const found = await this.#reader.known(cluster, context);
    const { master } = cluster;
    if (found.launchId === null || master === null) return;
    const { record } = await recordOf(master.id, this.#reader.sealOf(found), session);
    const size = writeSize(workers, found.launchId, record.seal);
    await session.aws.tag([master.id], { [tagKeys.size]: size }, context.signal);
  }

  async countMissing(cluster: Cluster, context: WorkContext): Promise<number> {
    const session = await this.#reader.session(context, cluster.region);
    const found = await this.#reader.get(cluster, context);
    const [master] = found.instances;
    if (found.launchId === null || master === undefined || readSize(master) === undefined) return 0;
    const { record } = await recordOf(master.InstanceId ?? '', this.#reader.sealOf(found), session);
    const size = provenSize(master, found.launchId, record.seal) ?? 0;
    return Math.max(0, size - found.cluster.workers.length);
  }

  async choices(option: ChoosableOption, context: WorkContext): Promise<readonly Choice[]> {
    if (option === 'ec2Profile' || option === 'ec2Region') return localChoices(option, context);
    return accountChoices(option, await this.#reader.session(context));
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

  pricePerHour(
    cluster: Cluster,
    context: WorkContext,
    when?: 'now' | 'started',
  ): Promise<number | null> {
    return this.#reader.pricePerHour(cluster, context, when);
  }

  async connect(
    cluster: Cluster,
    mode: ConnectMode,
    context: WorkContext,
  ): Promise<ClusterConnection> {
    const found = await this.#reader.known(cluster, context);
    const isPatient = mode === 'retry';
    return new Ec2Connection(cluster, {
      access: this.#nodes.accessTo(found, context),
      context,
      isPatient,
      follow: isPatient && (cluster.state === 'launching' || cluster.state === 'half-launched'),
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
    const session = await this.#reader.session(context, cluster.region);
    const ids = new Set(also.map(({ id }) => id));
    return destroyCluster(await this.#reader.get(cluster, context), ids, session);
  }

  async planWorkers(cluster: Cluster, count: number, context: WorkContext): Promise<GrowthPlan> {
    const session = await this.#reader.session(context, cluster.region);
    const found = requireOwn(await this.#reader.get(cluster, context));
    const template = await this.#template(found, session);
    return planEc2Workers(found, count, template, session);
  }

  async addWorkers(cluster: Cluster, count: number, context: WorkContext): Promise<NewWorkers> {
    const session = await this.#reader.session(context, cluster.region);
    const found = requireOwn(await this.#reader.get(cluster, context));
    const { template, makeBootstrap } = await this.#recipe(found, session);
    const names = await addWorkers(found, count, template, session);
    return {
      names,
      pending: new PendingEc2Nodes(this.#reader, this.#nodes, {
        name: cluster.name,
        only: new Set(names.keys()),
        makeBootstrap,
      }),
    };
  }

  /** How new workers of a cluster are made: by EC2, and then over SSH if they don't build themselves. */
  async #recipe(found: Ec2Cluster, session: Ec2Session): Promise<Recipe> {
    const template = await this.#template(found, session);
    const makeBootstrap =
      template.record.hostKey === null
        ? await bootstrapOfCluster(found, this.#nodes.accessTo(found, session), session)
        : undefined;
    return { template, makeBootstrap };
  }

  #template(found: Ec2Cluster, session: Ec2Session): Promise<WorkerTemplate> {
    return workerTemplate(found, masterOf(found), this.#reader.sealOf(found), session);
  }

  async authorize(cluster: Cluster, context: WorkContext): Promise<AccessChange> {
    const session = await this.#reader.session(context, cluster.region);
    return admitClient(await this.#reader.get(cluster, context), false, session);
  }

  async extend(
    cluster: LastingCluster,
    by: LifetimeExtension,
    context: WorkContext,
  ): Promise<ClusterLifetime> {
    return this.#withLifetime(cluster, context, (lasting, ssh, session) =>
      extendLifetime(lasting, by, ssh, session),
    );
  }

  async recordPrice(cluster: LastingCluster, context: WorkContext): Promise<void> {
    const { cluster: now } = await this.#reader.get(cluster, context);
    const perHour = await this.#reader.pricePerHour(now, context);
    if (perHour === null)
      throw new ClusterError('PRICE_UNKNOWN', 'AWS’s prices are not available.');
    await this.#withLifetime(cluster, context, (lasting, ssh, session) =>
      tellPrice(lasting, perHour, ssh, session),
    );
  }

  /** Does something on the master of a cluster that ends by itself. */
  async #withLifetime<T>(
    cluster: LastingCluster,
    context: WorkContext,
    work: (lasting: LastingMaster, ssh: SshConnection, session: Ec2Session) => Promise<T>,
  ): Promise<T> {
    const session = await this.#reader.session(context, cluster.region);
    const { name, lifetime } = cluster;
    const { instances } = await this.#reader.known(cluster, context);
    const master = instances.find(({ InstanceId }) => InstanceId === cluster.master.id) ?? {};
    return this.#nodes.onNode(cluster, cluster.master, context, (ssh) =>
      work({ name, lifetime, master }, ssh, session),
    );
  }

  async resume(cluster: Cluster, context: WorkContext): Promise<PendingNodes> {
    const session = await this.#reader.session(context, cluster.region);
    const look = (): Promise<Ec2Cluster> => this.#reader.get(cluster, context);
    const found = await look();
    const master = await tellNodes(found, session);
    const accessTo = (seen: Ec2Cluster): NodeAccess => this.#nodes.accessTo(seen, context);
    const template = await workerTemplate(found, master, this.#reader.sealOf(found), session);
    // First: where nobody knows how nodes are made, no more of them are.
    const makeBootstrap =
      template.record.hostKey === null
        ? await bootstrapOfLaunch(look, accessTo, context)
        : undefined;
    await makeMissing(look, template, session);
    const { name } = cluster;
    return new PendingEc2Nodes(this.#reader, this.#nodes, { name, makeBootstrap });
  }

  async drainWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    const session = await this.#reader.session(context, cluster.region);
    const found = await this.#reader.get(cluster, context);
    await drainWorkers(found, workers, this.#nodes, session);
  }

  async readmitWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    const session = await this.#reader.session(context, cluster.region);
    const found = await this.#reader.get(cluster, context);
    await readmitWorkers(found, workers, this.#nodes, session);
  }

  async removeWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    await removeWorkers(workers, await this.#reader.session(context, cluster.region));
  }

  async admitWorkers(
    cluster: Cluster,
    workers: readonly ClusterNode[],
    context: WorkContext,
  ): Promise<void> {
    const session = await this.#reader.session(context, cluster.region);
    await admitWorkers(cluster, workers, this.#nodes, session);
  }

  async isBlankAfterStop(cluster: Cluster, context: WorkContext): Promise<boolean> {
    const session = await this.#reader.session(context, cluster.region);
    const running = cluster.workers.filter(
      ({ state }) => state === 'running' || state === 'draining',
    );
    const types = running.flatMap(({ instanceType }) => instanceType ?? []);
    return hasInstanceStore(types, session);
  }

  async renewHdfs(cluster: Cluster, context: WorkContext): Promise<boolean> {
    // The Python tool's clusters have it elsewhere, and its own way of starting them.
    if ((await this.#reader.known(cluster, context)).launchId === null) return false;
    return renewHdfs(cluster, this.#nodes, context);
  }

  async leftovers(context: WorkContext): Promise<readonly Leftover[]> {
    const regions = await regionsOf(context);
    const found = await Promise.all(
      regions.map(async (region) => findLeftovers(await this.#reader.session(context, region))),
    );
    return [...found.flat(), ...(await findOldTrash(context))];
  }

  withRecordedServices(cluster: Cluster, context: WorkContext): Promise<Cluster> {
    return withRecordedServices(cluster, this.#reader, context);
  }

  configuration(cluster: Cluster, context: WorkContext): Promise<ServiceProperties | undefined> {
    return recordedConfiguration(cluster, this.#reader, context);
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

  async pythonVersion(cluster: Cluster, context: WorkContext): Promise<string | undefined> {
    if (cluster.master === null) throw noAddress('the master');
    return this.#nodes.onNode(cluster, cluster.master, context, (ssh) =>
      readPythonVersion(ssh, context.signal),
    );
  }

  openEventLogs(cluster: Cluster, context: WorkContext): Promise<EventLogFolder | undefined> {
    return this.#nodes.openEventLogs(cluster, context);
  }

  openTunnel(cluster: Cluster, context: WorkContext): Promise<Tunnel> {
    return this.#nodes.openTunnel(cluster, context);
  }

  async submit(cluster: Cluster, job: JobRequest, context: WorkContext): Promise<JobHandle> {
    await this.#requireOurs(cluster, context);
    return this.#nodes.submit(cluster, job, context);
  }

  async jobs(cluster: Cluster, context: WorkContext): Promise<readonly Job[]> {
    // Theirs have none.
    if ((await this.#reader.known(cluster, context)).launchId === null) return [];
    return this.#nodes.jobs(cluster, context);
  }

  async openJob(cluster: Cluster, id: string, context: WorkContext): Promise<JobHandle> {
    await this.#requireOurs(cluster, context);
    return this.#nodes.openJob(cluster, id, context);
  }

  async #requireOurs(cluster: Cluster, context: WorkContext): Promise<void> {
    if ((await this.#reader.known(cluster, context)).launchId === null)
      throw noJobsOnTheirs(cluster);
  }
}

/** A cluster's master as EC2 has it. */
function masterOf({ cluster, instances }: Ec2Cluster): Instance {
  const master = instances.find(({ InstanceId }) => InstanceId === cluster.master?.id);
  if (master?.PrivateIpAddress === undefined) throw noAddress('the master');
  return master;
}
