import { readFile } from 'node:fs/promises';
import type { LaunchRequest, WorkContext } from '../../engine/provider.ts';
import type { ClusterNode } from '../../model/cluster.ts';
import {
  ClusterError,
  isClusterError,
  toClusterError,
  type ErrorCode,
} from '../../model/errors.ts';
import type { Plan, PlannedNodes, PlanProblem } from '../../model/plan.ts';
import type { Report } from '../../node/services/spark-release.ts';
import { ownScript } from '../../node/user-data.ts';
import { accessSources } from './access.ts';
import type { Aws } from './aws.ts';
import { isInside } from './node-access.ts';
import { lifetimeChanges } from './lifetime.ts';
import { planLoginKey, type LoginKey, type Passphrases } from './login-key.ts';
import { findImage, findMachine, type Machine, type NodeImage } from './machines.ts';
import {
  clusterGroupName,
  findGroups,
  findNetwork,
  placesWithType,
  type FoundGroups,
  type Place,
} from './network.ts';
import { launchAgeLimitMs, observeClusters } from './observe.ts';
import { tryUserData } from './node-settings.ts';
import { priceOf } from './prices.ts';
import { planSoftware, type NodeSoftware } from './software.ts';
import { fitsMetadata, launchTime, readTags, tagKeys } from './tags.ts';

/** What a launch on EC2 needs to know, found out beforehand. Parts are missing only if the plan isn't ok. */
export interface Ec2Plan {
  readonly plan: Plan;
  readonly machine: Machine | undefined;
  readonly image: NodeImage | undefined;
  readonly vpcId: string | undefined;
  /** In the order in which they are tried. */
  readonly places: readonly Place[];
  readonly groups: FoundGroups | undefined;
  readonly loginKey: LoginKey | undefined;
  /** Networks and groups that may reach the cluster. */
  readonly access: readonly string[];
  readonly software: NodeSoftware | undefined;
  /** The person's own user data, or `null`. */
  readonly userData: Uint8Array | null;
  /** Size of each root volume, in GiB. */
  readonly volumeGiB: number;
  /** Whether nodes find their role and their master by their tags, so that one request makes all of them. */
  readonly byTags: boolean;
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
  const report: Report = (severity, code, message, hint, key = null) => {
    // One missing permission may stand in the way of several questions.
    if (!problems.some((problem) => problem.code === code && problem.message === message))
      problems.push({ severity, code, message, hint, key });
  };
  const attempt = async <T>(ask: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (thrown) {
      const error = toClusterError(thrown);
      if (signal.aborted || error.code === 'INTERNAL' || hopeless.has(error.code)) throw thrown;
      report('error', error.code, error.message, error.hint ?? null);
      return undefined;
    }
  };

  const ofMachine = async (): Promise<[Machine | undefined, NodeImage | undefined]> => {
    const machine = await attempt(() =>
      findMachine(aws, values.ec2InstanceType, values.ec2SpotPrice !== undefined, report, signal),
    );
    return [machine, await attempt(() => findImage(aws, values.ec2Ami, machine, report, signal))];
  };
  const ofNetwork = async () => {
    const network = await attempt(() => findNetwork(aws, context, report));
    const [places, groups] = await Promise.all([
      network === undefined
        ? []
        : attempt(() => placesWithType(aws, network, values.ec2InstanceType, report, signal)),
      attempt(() => findGroups(aws, name, network?.vpcId, context, report)),
    ]);
    return { network, places: places ?? [], groups };
  };
  const [
    taken,
    [machine, image],
    { network, places, groups },
    loginKey,
    publicAccess,
    software,
    userData,
  ] = await Promise.all([
    attempt(() => nameTaken(aws, name, context)),
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
      `There is a cluster "${name}" in ${aws.region} already.`,
      `Choose another name, or remove it first: flintrock destroy ${name}`,
    );
  else if (groups?.cluster !== undefined)
    checkGroup(name, readTags(groups.cluster.Tags), context.clock.now(), report);

  if (userData !== undefined && values.ec2CloudInit)
    await attempt(() => tryUserData(request, software, userData, context));
  if (userData != null && !values.ec2CloudInit) await attempt(() => ownScript(userData));

  const access = await attempt(() => planAccess(publicAccess, network?.places[0], context, report));
  const volumeGiB = Math.max(values.ec2MinRootEbsSizeGb, image?.rootGiB ?? 0);
  const count = values.numWorkers + 1;
  const { byTags, why } = waysOfTags(machine, values.ec2Tags, values.ec2MetadataTags);
  const price =
    machine === undefined
      ? null
      : await priceOf(
          aws,
          {
            count,
            instanceType: machine.instanceType,
            tenancy: values.ec2Tenancy,
            spotPrice: values.ec2SpotPrice,
            volumeGiB,
            publicAddresses: places[0]?.hasPublicAddresses === true,
          },
          signal,
        );
  const ok = problems.every(({ severity }) => severity !== 'error');
  const takesOver = groups?.cluster !== undefined;
  const plan: Plan = {
    ok,
    cluster: name,
    provider: 'ec2',
    region: aws.region,
    nodes: plannedNodes(values.numWorkers, machine, values.ec2InstanceType),
    software: plannedSoftware(software, image),
    price,
    changes:
      ok && machine !== undefined && image !== undefined
        ? [
            `The security group ${clusterGroupName(name)} is ${takesOver ? 'made anew: an old one without nodes is left over' : 'made'}; it admits SSH from ${(access ?? []).join(', ') || 'nobody'}, and everything among its own nodes.`,
            `${count} ${values.ec2SpotPrice === undefined ? 'instances' : 'spot instances'} ${machine.instanceType} (${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}, ${gib(machine.memoryMiB)}) of image ${image.id} (${image.name}) are launched in ${aws.region}, in ${places.map(({ zone }) => zone).join(' or ')}${byTags ? '' : `, the master first: ${why}`}.`,
            `Each has an encrypted root volume of ${volumeGiB} GiB gp3${places[0]?.hasPublicAddresses === true ? ' and a public address' : ' and no public address'}.`,
            values.ec2InstanceInitiatedShutdownBehavior === 'terminate' ||
            values.ec2SpotPrice !== undefined
              ? 'If this client is lost before the launch ends, the nodes terminate themselves after 15 minutes.'
              : 'If this client is lost before the launch ends, the nodes stop themselves after 15 minutes; their volumes go on costing.',
            ...lifetimeChanges(values),
            ...(loginKey?.make === true
              ? ['A key to log in with is made and kept on this machine.']
              : []),
          ]
        : [],
    problems,
  };
  return {
    plan,
    machine,
    image,
    vpcId: network?.vpcId,
    places,
    groups,
    loginKey,
    access: access ?? [],
    software,
    userData: userData ?? null,
    volumeGiB,
    byTags,
  };
}

/** Who is let in, and what the person should know of it. */
async function planAccess(
  publicAccess: () => readonly string[],
  place: Place | undefined,
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
      `Nobody is let in to the cluster: only you know what nodes see of ${proxy}.`,
      'Name its security group, or its private address: --ec2-authorize-access-from sg-0a1b2c3d4e5f67890',
      'providers.ec2.authorize-access-from',
    );
    return [];
  }
  const sources = await accessSources(context, place.address);
  report(
    'warning',
    'CLIENT_ADDRESS_UNKNOWN',
    `The nodes are reached at their private addresses, and let in ${sources.join(', ')}, this machine’s address on the way there.`,
    'If the nodes see another one (a VPN that translates addresses), name it: --ec2-authorize-access-from',
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

async function nameTaken(aws: Aws, name: string, { signal, clock }: WorkContext): Promise<boolean> {
  const instances = await aws.instances(
    { Filters: [{ Name: `tag:${tagKeys.name}`, Values: [name] }] },
    signal,
  );
  return observeClusters(instances, aws.region, clock.now()).length > 0;
}

/** A group without nodes is left over, or belongs to somebody who is launching right now. */
function checkGroup(
  name: string,
  tags: Readonly<Record<string, string>>,
  now: number,
  report: Report,
): void {
  if (isLeftOver(tags, now)) return;
  report(
    'error',
    'CLUSTER_EXISTS',
    `Somebody is launching a cluster "${name}" right now.`,
    'Choose another name, or wait 15 minutes: if nothing comes of it, the name is free again.',
  );
}

/** Whether a cluster's group that has no nodes was left behind, rather than made by somebody who is about to use it. */
export function isLeftOver(tags: Readonly<Record<string, string>>, now: number): boolean {
  // Its launch ended well, and the cluster has ended since.
  if (tags[tagKeys.state] === 'ready') return true;
  const began = launchTime(tags[tagKeys.launch] ?? '');
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
  const why = code === 'ENOENT' ? 'it isn’t there' : (error as Error).message;
  return new ClusterError('FILE_NOT_FOUND', `The user data ${path} can’t be read: ${why}.`, {
    cause: error,
    hint: 'Give the path of a file on this machine: --ec2-user-data',
  });
}

/** Whether tags can tell the nodes who they are, and if not, why not. */
function waysOfTags(
  machine: Machine | undefined,
  tags: Readonly<Record<string, string>>,
  wanted: boolean,
): { byTags: boolean; why: string } {
  const odd = Object.keys(tags).find((key) => !fitsMetadata(key));
  if (!wanted) return { byTags: false, why: 'instance metadata is not to show tags' };
  if (odd !== undefined)
    return { byTags: false, why: `instance metadata can’t show the tag "${odd}"` };
  if (machine?.hasLiveTags === false)
    return { byTags: false, why: `${machine.instanceType} shows new tags only after a restart` };
  return { byTags: true, why: '' };
}

function plannedNodes(workers: number, machine: Machine | undefined, type: string): PlannedNodes[] {
  return [
    { role: 'master', count: 1, cores: null, memoryMiB: null, type },
    {
      role: 'worker',
      count: workers,
      cores: machine?.cores ?? null,
      memoryMiB: machine?.memoryMiB ?? null,
      type,
    },
  ] satisfies (PlannedNodes & { role: ClusterNode['role'] })[];
}

function plannedSoftware(
  { spark, hdfs, java, python }: NodeSoftware,
  image: NodeImage | undefined,
): Plan['software'] {
  const sources = (release: NonNullable<NodeSoftware['spark']>): string =>
    release.sources.map(({ url }) => url).join(', ');
  const from = image === undefined ? 'the image’s packages' : `the packages of ${image.name}`;
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

function gib(mib: number): string {
  return `${Math.round(mib / 102.4) / 10} GiB`;
}
