import { readFile } from 'node:fs/promises';
import type { LaunchRequest } from '../../../engine/provider.ts';
import { ClusterError, isClusterError } from '../../../model/errors.ts';
import { setOption } from '../../../model/remedy.ts';
import type { Ec2Session } from '../api/session.ts';
import { tagKeys } from '../api/tags.ts';
import { observeClusters } from '../inventory/observe.ts';
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
  findGroups,
  findNetwork,
  findOfferings,
  type FoundGroups,
  type Network,
} from './network.ts';
import { type ClusterKinds, kindsToTry, type Offer, offersOf } from './offers.ts';
import type { PlanProblems } from './problems.ts';
import { type NodeSoftware, planSoftware } from './software.ts';

/** What AWS and this machine say of a launch. What could not be found out is `undefined`, and a problem. */
export interface LaunchFacts {
  /** What the nodes may be, in the order in which it is tried. */
  readonly kinds: readonly [ClusterKinds, ...ClusterKinds[]];
  readonly machines: ReadonlyMap<string, Machine>;
  readonly image: NodeImage | undefined;
  readonly network: Network | undefined;
  /** Ways to get the nodes, in the order in which they are tried. */
  readonly offers: readonly Offer[];
  readonly groups: FoundGroups | undefined;
  /** Whether there is a cluster of the name. */
  readonly isTaken: boolean | undefined;
  readonly loginKey: LoginKey | undefined;
  /** The public addresses that this client may have. Throws if they can't be found out. */
  readonly publicAccess: () => readonly string[];
  readonly software: NodeSoftware;
  /** The user's own user data; `null` for none. */
  readonly userData: Uint8Array | null | undefined;
}

/**
 * Finds out what a launch needs to know: all that doesn't depend on each other at once.
 *
 * @throws ClusterError if AWS can't be asked at all
 */
export async function gatherFacts(
  { name, values }: LaunchRequest,
  passphrases: Passphrases,
  problems: PlanProblems,
  session: Ec2Session,
): Promise<LaunchFacts> {
  const { report } = problems;
  const kinds = kindsToTry(values);
  const wanted = kinds.flatMap(({ master, workers }): WantedType[] => [
    { ...workers, key: 'providers.ec2.instance-type' },
    { ...master, key: 'providers.ec2.master-instance-type' },
  ]);
  const [machines, network, loginKey, publicAccess, software, userData] = await Promise.all([
    machinesAndImage(wanted, kinds[0].workers.instanceType, problems, session),
    networkAndOffers(name, kinds, wanted, problems, session),
    problems.attempt(() => planLoginKey(session, passphrases, report)),
    // Looked up beside the rest; whether it counts shows when the subnet is known.
    settled(accessSources(session)),
    planSoftware(session, report),
    problems.attempt(() => ownUserData(values.ec2UserData)),
  ]);
  return { kinds, ...machines, ...network, loginKey, publicAccess, software, userData };
}

async function machinesAndImage(
  wanted: readonly WantedType[],
  workerType: string,
  problems: PlanProblems,
  session: Ec2Session,
): Promise<Pick<LaunchFacts, 'machines' | 'image'>> {
  const { report } = problems;
  const machines =
    (await problems.attempt(() => findMachines(wanted, report, session))) ??
    new Map<string, Machine>();
  const machine = machines.get(workerType);
  const image = await problems.attempt(() =>
    findImage(session.values.ec2Ami, machine, report, session),
  );
  return { machines, image };
}

async function networkAndOffers(
  name: string,
  kinds: readonly ClusterKinds[],
  wanted: readonly WantedType[],
  problems: PlanProblems,
  session: Ec2Session,
): Promise<Pick<LaunchFacts, 'network' | 'offers' | 'groups' | 'isTaken'>> {
  const { report } = problems;
  const types = [...new Set(wanted.map(({ instanceType }) => instanceType))];
  const network = await problems.attempt(() => findNetwork(session, report));
  const [offerings, groups, isTaken] = await Promise.all([
    network === undefined ? undefined : problems.attempt(() => findOfferings(types, session)),
    problems.attempt(() => findGroups(name, network?.vpcId, session, report)),
    problems.attempt(() => nameTaken(name, network?.vpcId, session)),
  ]);
  const { places = [] } = network ?? {};
  const offers = offersOf(kinds, places, (type, zone) => offerings?.get(type)?.has(zone) === true);
  if (offerings !== undefined) checkOfferings(offerings, places, offers.length > 0, report);
  return { network, offers, groups, isTaken };
}

/** Whether there is a cluster of the name in a VPC: what merely carries the name takes it from nobody. */
async function nameTaken(
  name: string,
  vpcId: string | undefined,
  { aws, clock, signal }: Ec2Session,
): Promise<boolean> {
  const instances = await aws.instances({ [`tag:${tagKeys.name}`]: [name] }, signal);
  return observeClusters(instances, aws.region, clock.now()).some(
    ({ cluster, instances: nodes }) =>
      nodes.length > 0 && (vpcId === undefined || cluster.vpcId === vpcId),
  );
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
