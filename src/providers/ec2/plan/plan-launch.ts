import { readFile } from 'node:fs/promises';
import type { SecurityGroup } from '@aws-sdk/client-ec2';
import type { LaunchRequest, WorkContext } from '../../../engine/provider.ts';
import {
  ClusterError,
  type ErrorCode,
  isClusterError,
  toClusterError,
} from '../../../model/errors.ts';
import type { Plan, PlanPrice, PlanProblem } from '../../../model/plan.ts';
import type { MasterFirstReason } from '../../../model/planned-change.ts';
import { advice, callVerb, setOption } from '../../../model/remedy.ts';
import { ownScript } from '../../../node/bootstrap/user-data.ts';
import type { Report } from '../../../node/services/spark-release.ts';
import { formatPlannedChange } from '../../../text/work/planned-changes.ts';
import { isInside } from '../access/node-access.ts';
import type { Aws } from '../api/aws.ts';
import { fitsMetadata, launchTime, readClusterTags, tagKeys } from '../api/tags.ts';
import { launchOfGroup } from '../inventory/membership.ts';
import { launchAgeLimitMs, observeClusters } from '../inventory/observe.ts';
import { tryUserData } from '../launch/node-settings.ts';
import { accessSources } from '../security/authorize.ts';
import { type LoginKey, type Passphrases, planLoginKey } from './login-key.ts';
import {
  findImage,
  findMachines,
  type Machine,
  type NodeImage,
  type WantedType,
} from './machines.ts';
import {
  checkOfferings,
  clusterGroupName,
  findGroups,
  findNetwork,
  findOfferings,
  type FoundGroups,
  type LaunchSubnet,
} from './network.ts';
import { type ClusterKinds, kindsToTry, type Offer, offersOf, sameKind } from './offers.ts';
import { plannedChanges, plannedNodes, plannedSoftware } from './plan-text.ts';
import { type PricedKind, priceOf } from './prices.ts';
import { type NodeSoftware, planSoftware } from './software.ts';
import { type NodeVolumes, planVolumes } from './volumes.ts';

/** What a launch on EC2 needs to know, found out beforehand. Parts are missing only if the plan isn't ok. */
export interface Ec2Plan {
  readonly plan: Plan;
  readonly image: NodeImage | undefined;
  readonly vpcId: string | undefined;
  /** Ways to get the nodes, in the order in which they are tried. */
  readonly offers: readonly Offer[];
  readonly groups: FoundGroups | undefined;
  readonly loginKey: LoginKey | undefined;
  /** Networks and groups that may reach the cluster. */
  readonly access: readonly string[];
  readonly software: NodeSoftware | undefined;
  /** The user's own user data, or `null`. */
  readonly userData: Uint8Array | null;
  /** Each node's volumes, the root volume first. */
  readonly volumes: NodeVolumes;
  /** Whether nodes find their role and their master by their tags. */
  readonly byTags: boolean;
  /** Whether one request makes master and workers. */
  readonly joint: boolean;
}

/** Errors that make every further question to AWS end the same. */
const hopeless: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'AWS_CREDENTIALS_MISSING',
  'AWS_CREDENTIALS_EXPIRED',
  'AWS_CREDENTIALS_INVALID',
  'AWS_CLOCK_SKEWED',
  'AWS_UNREACHABLE',
]);

/**
 * Finds out what a launch on EC2 would do and everything that is wrong with it. Asks only; all questions that don't depend on
 * each other at once.
 *
 * @throws ClusterError if AWS can't be asked at all
 */
export async function planEc2Launch(
  request: LaunchRequest,
  aws: Aws,
  passphrases: Passphrases,
  context: WorkContext,
): Promise<Ec2Plan> {
  const { name, values } = request;
  const { signal } = context;
  const problems: PlanProblem[] = [];
  const report: Report = (severity, code, message, remedies, key = null) => {
    // One missing permission may stand in the way of several questions.
    if (!problems.some((problem) => problem.code === code && problem.message === message))
      problems.push({ severity, code, message, remedies, key });
  };
  const attempt = async <T>(ask: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (thrown) {
      const error = toClusterError(thrown);
      if (signal.aborted || error.code === 'INTERNAL' || hopeless.has(error.code)) throw thrown;
      report('error', error.code, error.message, error.remedies);
      return undefined;
    }
  };

  const kinds = kindsToTry(values);
  const wanted = kinds.flatMap(({ master, workers }): WantedType[] => [
    { ...workers, key: 'providers.ec2.instance-type' },
    { ...master, key: 'providers.ec2.master-instance-type' },
  ]);
  const types = [...new Set(wanted.map(({ instanceType }) => instanceType))];
  const ofMachine = async () => {
    const machines =
      (await attempt(() => findMachines(aws, wanted, report, signal))) ??
      new Map<string, Machine>();
    const machine = machines.get(kinds[0].workers.instanceType);
    const image = await attempt(() => findImage(aws, values.ec2Ami, machine, report, signal));
    return { machines, image };
  };
  const ofNetwork = async () => {
    const network = await attempt(() => findNetwork(aws, context, report));
    const [offerings, groups, taken] = await Promise.all([
      network === undefined ? undefined : attempt(() => findOfferings(aws, types, signal)),
      attempt(() => findGroups(aws, name, network?.vpcId, context, report)),
      attempt(() => nameTaken(aws, name, network?.vpcId, context)),
    ]);
    const { places = [] } = network ?? {};
    const offers = offersOf(
      kinds,
      places,
      (type, zone) => offerings?.get(type)?.has(zone) === true,
    );
    if (offerings !== undefined) checkOfferings(offerings, places, offers.length > 0, report);
    return { network, offers, groups, taken };
  };
  const [
    { machines, image },
    { network, offers, groups, taken },
    loginKey,
    publicAccess,
    software,
    userData,
  ] = await Promise.all([
    ofMachine(),
    ofNetwork(),
    attempt(() => planLoginKey(aws, context, passphrases, report)),
    // Looked up beside the rest; whether it counts shows when the subnet is known.
    settled(accessSources(context)),
    planSoftware(context, report),
    attempt(() => ownUserData(values.ec2UserData)),
  ]);
  if (taken === true)
    report(
      'error',
      'CLUSTER_EXISTS',
      `A cluster named "${name}" already exists in ${network?.vpcId ?? aws.region}.`,
      [
        ...advice('Use another name.'),
        callVerb(
          'Or destroy the existing cluster first.',
          'destroy',
          { name, provider: 'ec2', region: aws.region, vpcId: network?.vpcId },
          {},
        ),
      ],
    );
  else if (groups?.cluster !== undefined)
    checkGroup(name, groups.cluster, context.clock.now(), report);

  if (userData !== undefined && values.ec2CloudInit)
    await attempt(() => tryUserData(request, software, userData, context));
  if (userData != null && !values.ec2CloudInit) await attempt(() => ownScript(userData));

  const access = await attempt(() => planAccess(publicAccess, network?.places[0], context, report));
  const volumes = planVolumes(values, image?.rootGiB ?? 0, report);
  const { joint, byTags, masterFirst } = waysOfTags(kinds, machines, values);
  const costOf = (offer: Offer | undefined): Promise<PlanPrice | null> =>
    offer === undefined
      ? Promise.resolve(null)
      : priceOf(
          aws,
          {
            kinds: countedKinds(offer, values.numWorkers),
            zone: offer.place.zone,
            tenancy: values.ec2Tenancy,
            spotPrice: values.ec2SpotPrice,
            volumes,
            publicAddresses: offer.place.hasPublicAddresses,
          },
          context,
        );
  const fallback =
    offers[0]?.workers.market === 'spot'
      ? offers.find(({ workers }) => workers.market === 'on-demand')
      : undefined;
  const [price, fallbackPrice] = await Promise.all([costOf(offers[0]), costOf(fallback)]);
  const ok = problems.every(({ severity }) => severity !== 'error');
  const changes =
    ok && image !== undefined
      ? plannedChanges({
          name,
          region: aws.region,
          values,
          machines,
          image,
          offers,
          access: access ?? [],
          takesOver: groups?.cluster !== undefined,
          masterFirst: joint ? null : masterFirst,
          volumes,
          makesKey: loginKey?.make === true,
          price,
          fallbackPrice,
        })
      : [];
  const plan: Plan = {
    ok,
    cluster: name,
    provider: 'ec2',
    region: aws.region,
    // A subnet may be another account's, which shares it.
    accountId: groups?.accountId ?? network?.accountId ?? null,
    nodes: plannedNodes(values.numWorkers, kinds[0], machines),
    software: plannedSoftware(software, image),
    price,
    changes: changes.map((change) => formatPlannedChange(change)),
    plannedChanges: changes,
    problems,
  };
  return {
    plan,
    image,
    vpcId: network?.vpcId,
    offers,
    groups,
    loginKey,
    access: access ?? [],
    software,
    userData: userData ?? null,
    volumes,
    byTags,
    joint,
  };
}

/** Who is let in, and what the user should know of it. */
async function planAccess(
  publicAccess: () => readonly string[],
  place: LaunchSubnet | undefined,
  context: WorkContext,
  report: Report,
): Promise<readonly string[]> {
  const { ec2AuthorizeAccessFrom: asked, ec2SshProxy: proxy } = context.values;
  const isPrivate = place !== undefined && (!place.hasPublicAddresses || isInside(context.values));
  if (!isPrivate || asked.length > 0) return publicAccess();
  if (proxy !== undefined) {
    report(
      'error',
      'PLAN_REFUSED',
      `SSH access from ${proxy} must be configured: the IP address from which it connects to the nodes is not known.`,
      [
        setOption(
          'Allow its security group or private IP address.',
          'providers.ec2.authorize-access-from',
          'sg-0a1b2c3d4e5f67890',
        ),
      ],
      'providers.ec2.authorize-access-from',
    );
    return [];
  }
  const sources = await accessSources(context, place.address);
  report(
    'warning',
    'CLIENT_ADDRESS_UNKNOWN',
    `The nodes are reached at their private IP addresses and allow SSH from ${sources.join(', ')}, this machine’s IP address on the route to them.`,
    [
      setOption(
        'If the nodes see another IP address, such as behind a VPN with NAT, allow that one.',
        'providers.ec2.authorize-access-from',
      ),
    ],
    'providers.ec2.authorize-access-from',
  );
  return sources;
}

/** What a promise comes to, to be asked for later. */
async function settled<T>(promise: Promise<T>): Promise<() => T> {
  try {
    const value = await promise;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Whether there is a cluster of the name in a VPC: what merely carries the name takes it from nobody. */
async function nameTaken(
  aws: Aws,
  name: string,
  vpcId: string | undefined,
  { signal, clock }: WorkContext,
): Promise<boolean> {
  const instances = await aws.instances({ [`tag:${tagKeys.name}`]: [name] }, signal);
  return observeClusters(instances, aws.region, clock.now()).some(
    ({ cluster, instances: nodes }) =>
      nodes.length > 0 && (vpcId === undefined || cluster.vpcId === vpcId),
  );
}

/** A group without nodes is left over, or belongs to somebody who is launching right now. */
function checkGroup(name: string, group: SecurityGroup, now: number, report: Report): void {
  if (launchOfGroup(group) === undefined) {
    report(
      'error',
      'CLUSTER_EXISTS',
      `Security group ${clusterGroupName(name)} (${group.GroupId ?? ''}) in ${group.VpcId ?? ''} already exists and was not created by Flintrock.`,
      advice('Use another name, or delete the security group if it is not in use.'),
    );
    return;
  }
  if (isLeftOver(group, now)) return;
  report(
    'error',
    'CLUSTER_EXISTS',
    `Another client is launching a cluster named "${name}".`,
    advice(
      'Use another name, or wait 15 minutes: if that launch is not completed, the name is available again.',
    ),
  );
}

/** Whether a cluster's group that has no nodes was left behind, rather than made by somebody who is about to use it. */
export function isLeftOver(group: SecurityGroup, now: number): boolean {
  // Its launch ended well, and the cluster has ended since.
  if (readClusterTags(group.Tags).state === 'ready') return true;
  const began = launchTime(launchOfGroup(group) ?? '');
  return began === undefined || now - began >= launchAgeLimitMs;
}

async function ownUserData(path: string | undefined): Promise<Uint8Array | null> {
  if (path === undefined) return null;
  try {
    return await readFile(path);
  } catch (error) {
    throw missingFile(path, error);
  }
}

function missingFile(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (isClusterError(error)) return error;
  const why = code === 'ENOENT' ? 'the file was not found' : (error as Error).message;
  return new ClusterError('FILE_NOT_FOUND', `The user data file ${path} can’t be read: ${why}.`, {
    cause: error,
    remedies: [setOption('Specify the path of a file on this machine.', 'providers.ec2.user-data')],
  });
}

/** Whether tags can tell the nodes who they are, so that one request makes all of them, and if not, why not. */
function waysOfTags(
  kinds: readonly ClusterKinds[],
  machines: ReadonlyMap<string, Machine>,
  values: LaunchRequest['values'],
): Pick<Ec2Plan, 'byTags' | 'joint'> & { readonly masterFirst: MasterFirstReason | null } {
  if (!kinds.every(({ master, workers }) => sameKind(master, workers)))
    return { byTags: false, joint: false, masterFirst: { kind: 'differs' } };
  // Where the client sets the nodes up, it tells them.
  const byClient = !values.ec2CloudInit;
  const odd = Object.keys(values.ec2Tags).find((key) => !fitsMetadata(key));
  const late = [...machines.values()].find(({ hasLiveTags }) => !hasLiveTags);
  const masterFirst: MasterFirstReason | null = !values.ec2MetadataTags
    ? { kind: 'tags-disabled' }
    : odd !== undefined
      ? { kind: 'tag-key', key: odd }
      : late !== undefined
        ? { kind: 'tags-after-restart', type: late.instanceType }
        : null;
  const byTags = masterFirst === null;
  return { byTags, joint: byClient || byTags, masterFirst };
}

/** How many nodes of each kind a cluster has. */
function countedKinds({ master, workers }: ClusterKinds, count: number): PricedKind[] {
  return sameKind(master, workers)
    ? [{ ...workers, count: count + 1 }]
    : [
        { ...master, count: 1 },
        { ...workers, count },
      ];
}
