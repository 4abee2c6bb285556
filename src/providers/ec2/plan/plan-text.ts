import type { WheelFile } from '../../../engine/provider.ts';
import type { LaunchRequest } from '../../../engine/provider.ts';
import type {
  Plan,
  PlannedNodes,
  PlanPrice,
  ScratchDisks,
  WorkerOffer,
} from '../../../model/plan.ts';
import type {
  MasterFirstReason,
  PlannedChange,
  PlannedInstances,
} from '../../../model/planned-change.ts';
import { withRequirements } from '../../../model/software/packages/python-requirements.ts';
import { executorsOf, withJobLimit } from '../../../node/services/executors.ts';
import { plannedPythonPackages } from '../../../node/services/python-packages.ts';
import { lifetimeChanges } from '../inventory/lifetime.ts';
import { type Machine, type NodeImage, workerCapacity } from './machines.ts';
import { clusterGroupName } from './network.ts';
import { type ClusterKinds, type NodeKind, type Offer, sameKind } from './offers.ts';
import type { NodeSoftware } from './software.ts';
import type { NodeVolumes } from './volumes.ts';

/** The nodes of a plan, a line for each role. */
export function plannedNodes(
  values: LaunchRequest['values'],
  kinds: ClusterKinds,
  machines: ReadonlyMap<string, Machine>,
  volumes: NodeVolumes,
): PlannedNodes[] {
  const machine = machines.get(kinds.workers.instanceType);
  return [
    {
      role: 'master',
      count: 1,
      cores: null,
      memoryMiB: null,
      type: kinds.master.instanceType,
      market: kinds.master.market,
    },
    {
      role: 'worker',
      count: values.numWorkers,
      cores: machine?.cores ?? null,
      memoryMiB: machine?.memoryMiB ?? null,
      type: kinds.workers.instanceType,
      market: kinds.workers.market,
      ...(machine !== undefined &&
        values.installSpark && { offer: workerOffer(machine, values, volumes) }),
    },
  ];
}

/** What a worker offers to Spark. */
function workerOffer(
  machine: Machine,
  values: LaunchRequest['values'],
  volumes: NodeVolumes,
): WorkerOffer {
  const worker = workerCapacity(machine, values);
  return {
    ...worker,
    executors: executorsOf(worker, values.sparkExecutorInstances, withJobLimit(values)),
    scratch: scratchDisks(machine, values.sparkEnv['SPARK_LOCAL_DIRS'], volumes),
  };
}

/** Where executors keep shuffle data: as `local_folders` of bootstrap.sh finds it. */
function scratchDisks(
  { instanceStore }: Machine,
  asked: string | undefined,
  [root, ...extra]: NodeVolumes,
): ScratchDisks[] {
  if (asked !== undefined) return [{ kind: 'folder', path: asked }];
  const sizes = [...new Set(extra.map(({ sizeGiB }) => sizeGiB))];
  const disks: ScratchDisks[] = [
    ...instanceStore.map((store) => ({ kind: 'instance-store', ...store }) as const),
    ...sizes.map((sizeGiB) => {
      const count = extra.filter((volume) => volume.sizeGiB === sizeGiB).length;
      return { kind: 'volumes', count, sizeGiB } as const;
    }),
  ];
  return disks.length > 0 ? disks : [{ kind: 'root-volume', sizeGiB: root.sizeGiB }];
}

export function plannedSoftware(
  { spark, hdfs, packages, java, python }: NodeSoftware,
  image: NodeImage | undefined,
  wheels: readonly Pick<WheelFile, 'name'>[],
): Plan['software'] {
  const sources = (release: NonNullable<NodeSoftware['spark']>): string =>
    release.sources.map(({ url }) => url).join(', ');
  const from = image === undefined ? 'packages of the AMI' : `packages of ${image.name}`;
  return [
    ...(spark === null
      ? []
      : [
          {
            name: 'spark',
            version: spark.version,
            source: sources(spark),
            fetchBytes: spark.fetchBytes,
          },
        ]),
    ...(hdfs === null
      ? []
      : [
          {
            name: 'hdfs',
            version: hdfs.version,
            source: sources(hdfs),
            fetchBytes: hdfs.fetchBytes,
          },
          // Of the same archive.
          ...(hdfs.yarn
            ? [{ name: 'yarn', version: hdfs.version, source: sources(hdfs), fetchBytes: 0 }]
            : []),
        ]),
    ...(packages === undefined ? [] : [packages]),
    {
      name: 'java',
      version: java.asked === null ? `${java.min} to ${java.max}` : String(java.asked),
      source: from,
      fetchBytes: null,
    },
    {
      name: 'python',
      version: python.asked ?? `${python.min} to ${python.max}`,
      source: from,
      fetchBytes: null,
      ...(python.chosenBy !== null && { chosenBy: python.chosenBy }),
    },
    ...plannedPythonPackages(
      withRequirements(
        python.packages,
        wheels.map(({ name }) => name),
      ),
      python.packageIndex,
    ),
  ];
}

/** What the changes of a plan are told by. */
export interface PlannedChanges {
  readonly name: string;
  readonly region: string;
  readonly values: LaunchRequest['values'];
  readonly machines: ReadonlyMap<string, Machine>;
  readonly image: NodeImage;
  readonly offers: readonly Offer[];
  readonly access: readonly string[];
  /** Whether a group without nodes is in the way. */
  readonly takesOver: boolean;
  /** Why the master is launched first; `null` if one request makes all nodes. */
  readonly masterFirst: MasterFirstReason | null;
  readonly volumes: NodeVolumes;
  readonly makesKey: boolean;
  readonly price: PlanPrice | null;
  /** What it costs where spot instances can't be had; `null` if that isn't known, or nothing else would be taken. */
  readonly fallbackPrice: PlanPrice | null;
}

/** What a launch would make. */
export function plannedChanges(planned: PlannedChanges): PlannedChange[] {
  const { name, region, values, image, offers, access } = planned;
  const [first] = offers;
  if (first === undefined) return [];
  const [root, ...extra] = planned.volumes;
  const terminates =
    first.master.market === 'spot' || values.ec2InstanceInitiatedShutdownBehavior === 'terminate';
  return [
    {
      kind: 'security-group',
      group: clusterGroupName(name),
      isRecreated: planned.takesOver,
      admitted: access,
    },
    {
      kind: 'instances',
      instances: plannedInstances(first, values.numWorkers, planned.machines),
      ami: image.id,
      amiName: image.name,
      region,
      zones: zonesOf(offers, first),
      masterFirst: planned.masterFirst,
    },
    ...otherKinds(planned, first),
    { kind: 'root-volume', volume: root, hasPublicAddress: first.place.hasPublicAddresses },
    ...(extra.length === 0 ? [] : [{ kind: 'extra-volumes' as const, volumes: extra }]),
    { kind: 'interruption', action: terminates ? 'terminate' : 'stop' },
    ...lifetimeChanges(
      values,
      [first.master.market, first.workers.market],
      planned.price?.perHour ?? null,
    ),
    ...(planned.makesKey ? [{ kind: 'private-key' as const }] : []),
  ];
}

/** Availability Zones of the first kinds, in order. */
function zonesOf(offers: readonly Offer[], first: Offer): string[] {
  const zones = offers
    .filter(
      ({ master, workers }) => sameKind(master, first.master) && sameKind(workers, first.workers),
    )
    .map(({ place }) => place.zone);
  return [...new Set(zones)];
}

function plannedInstances(
  { master, workers }: ClusterKinds,
  count: number,
  machines: ReadonlyMap<string, Machine>,
): PlannedInstances[] {
  const of = (
    role: PlannedInstances['role'],
    number: number,
    { instanceType: type, market }: NodeKind,
  ): PlannedInstances => {
    const { cores = null, memoryMiB = null } = machines.get(type) ?? {};
    return { role, count: number, type, market, cores, memoryMiB };
  };
  return sameKind(master, workers)
    ? [of('all', count + 1, workers)]
    : [of('master', 1, master), of('workers', count, workers)];
}

/** What is tried if EC2 has no capacity for the first kinds. */
function otherKinds(
  { offers, price, fallbackPrice }: PlannedChanges,
  first: Offer,
): PlannedChange[] {
  const others = offers
    .map(({ workers }) => workers)
    .filter((workers) => !sameKind(workers, first.workers));
  if (others.length === 0) return [];
  const distinct = others.filter(
    (kind, index) => others.findIndex((other) => sameKind(other, kind)) === index,
  );
  return [
    {
      kind: 'fallback',
      types: distinct.map(({ instanceType: type, market }) => ({ type, market })),
      isOnDemand:
        first.workers.market === 'spot' && others.some(({ market }) => market === 'on-demand'),
      morePerHour:
        price === null || fallbackPrice === null ? null : fallbackPrice.perHour - price.perHour,
    },
  ];
}
