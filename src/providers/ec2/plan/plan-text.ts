import { capacity } from '../../../base/size.ts';
import type { LaunchRequest } from '../../../engine/provider.ts';
import { kindText } from '../../../model/cluster/cluster-shape.ts';
import { hourly } from '../../../model/cluster/cost.ts';
import type { Plan, PlannedNodes, PlanPrice } from '../../../model/plan.ts';
import { lifetimeChanges } from '../inventory/lifetime.ts';
import type { Machine, NodeImage } from './machines.ts';
import { clusterGroupName } from './network.ts';
import { type ClusterKinds, type NodeKind, type Offer, sameKind } from './offers.ts';
import type { NodeSoftware } from './software.ts';
import { type NodeVolumes, volumeText } from './volumes.ts';

/** The nodes of a plan, a line for each role. */
export function plannedNodes(
  workers: number,
  kinds: ClusterKinds,
  machines: ReadonlyMap<string, Machine>,
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
      count: workers,
      cores: machine?.cores ?? null,
      memoryMiB: machine?.memoryMiB ?? null,
      type: kinds.workers.instanceType,
      market: kinds.workers.market,
    },
  ];
}

export function plannedSoftware(
  { spark, hdfs, java, python }: NodeSoftware,
  image: NodeImage | undefined,
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
        ]),
    {
      name: 'java',
      version: java.asked === null ? `${java.min} to ${java.max}` : String(java.asked),
      source: from,
      fetchBytes: null,
    },
    { name: 'python', version: `${python.min} to ${python.max}`, source: from, fetchBytes: null },
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
  /** Whether one request makes all nodes; if not, why not. */
  readonly joint: boolean;
  readonly why: string;
  readonly volumes: NodeVolumes;
  readonly makesKey: boolean;
  readonly price: PlanPrice | null;
  /** What it costs where spot instances can't be had; `null` if that isn't known, or nothing else would be taken. */
  readonly fallbackPrice: PlanPrice | null;
}

/** What a launch would make, one sentence each. */
export function plannedChanges(planned: PlannedChanges): string[] {
  const { name, region, values, image, offers, access } = planned;
  const [first] = offers;
  if (first === undefined) return [];
  const [root, ...extra] = planned.volumes;
  const hasAddresses = first.place.hasPublicAddresses;
  return [
    `Security group ${clusterGroupName(name)} is ${planned.takesOver ? 'recreated, because an unused one exists' : 'created'}; it allows SSH from ${access.join(', ') || 'no address'}, and all traffic between the nodes.`,
    `${nodesText(first, values.numWorkers, planned.machines)} with AMI ${image.id} (${image.name}) are launched in ${region}, in ${places(offers, first)}${planned.joint ? '' : `, the master first, because ${planned.why}`}.`,
    ...otherKinds(planned, first),
    `Each node has an encrypted root volume of ${volumeText(root)}${hasAddresses ? ' and a public address' : ' and no public address'}.`,
    ...(extra.length === 0
      ? []
      : [
          `Each node has additional encrypted EBS storage of ${extra.map(volumeText).join(' and ')} for Spark and HDFS, which is deleted with the node.`,
        ]),
    first.master.market === 'spot' || values.ec2InstanceInitiatedShutdownBehavior === 'terminate'
      ? 'If the launch is interrupted, the nodes terminate after 15 minutes.'
      : 'If the launch is interrupted, the nodes stop after 15 minutes; charges for their volumes continue.',
    ...lifetimeChanges(values, [first.master.market, first.workers.market]),
    ...(planned.makesKey ? ['A private key for SSH is created and stored on this machine.'] : []),
  ];
}

/** Places of the first kinds, in order. */
function places(offers: readonly Offer[], first: Offer): string {
  const zones = offers
    .filter(
      ({ master, workers }) => sameKind(master, first.master) && sameKind(workers, first.workers),
    )
    .map(({ place }) => place.zone);
  return [...new Set(zones)].join(' or ');
}

function nodesText(
  { master, workers }: ClusterKinds,
  count: number,
  machines: ReadonlyMap<string, Machine>,
): string {
  if (sameKind(master, workers)) return kindOf(count + 1, workers, machines);
  return `${kindOf(1, master, machines)} as master and ${kindOf(count, workers, machines)} as workers`;
}

function kindOf(
  number: number,
  { instanceType, market }: NodeKind,
  machines: ReadonlyMap<string, Machine>,
): string {
  const machine = machines.get(instanceType);
  const size = machine === undefined ? '' : ` (${capacity(machine.cores, machine.memoryMiB)})`;
  const noun = `${market === 'spot' ? 'Spot Instance' : 'instance'}${number === 1 ? '' : 's'}`;
  return `${number} ${instanceType} ${noun}${size}`;
}

/** What is tried if EC2 has no room for the first kinds. */
function otherKinds({ offers, price, fallbackPrice }: PlannedChanges, first: Offer): string[] {
  const others = offers.filter(({ workers }) => !sameKind(workers, first.workers));
  if (others.length === 0) return [];
  const texts = [...new Set(others.map(({ workers }) => kindText(workers)))];
  const more =
    price === null || fallbackPrice === null ? null : fallbackPrice.perHour - price.perHour;
  const onDemand =
    first.workers.market === 'spot' && others.some(({ workers }) => workers.market === 'on-demand');
  const cost = more === null ? '' : `, ${hourly(more)} more`;
  return [
    `If capacity is insufficient, ${texts.join(', then ')} is used instead${onDemand ? ` (On-Demand${cost})` : ''}.`,
  ];
}
