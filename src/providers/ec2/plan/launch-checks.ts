import type { SecurityGroup } from '@aws-sdk/client-ec2';
import type { LaunchRequest, WorkContext } from '../../../engine/provider.ts';
import { advice, callVerb, setOption } from '../../../model/remedy.ts';
import { ownScript } from '../../../node/bootstrap/user-data.ts';
import {
  defaultExecutors,
  executorSizeFault,
  executorsOf,
  leastExecutorMiB,
  withJobLimit,
} from '../../../node/services/executors.ts';
import type { Report } from '../../../node/services/spark-release.ts';
import { isInside } from '../access/node-access.ts';
import type { Ec2Session } from '../api/session.ts';
import { launchTime, readClusterTags } from '../api/tags.ts';
import { launchOfGroup } from '../inventory/membership.ts';
import { launchAgeLimitMs } from '../inventory/observe.ts';
import { tryUserData } from '../launch/node-settings.ts';
import { accessSources } from '../security/authorize.ts';
import type { LaunchFacts } from './launch-facts.ts';
import { workerCapacity } from './machines.ts';
import { clusterGroupName, type LaunchSubnet } from './network.ts';
import type { PlanProblems } from './problems.ts';

/** Reports a name that is taken, by a cluster or by a launch that goes on. */
export function checkName(
  name: string,
  { isTaken, network, groups }: LaunchFacts,
  { aws, clock }: Ec2Session,
  report: Report,
): void {
  if (isTaken === true)
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
  else if (groups?.cluster !== undefined) checkGroup(name, groups.cluster, clock.now(), report);
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
function isLeftOver(group: SecurityGroup, now: number): boolean {
  // Its launch ended well, and the cluster has ended since, by itself or by somebody's hand.
  const { state } = readClusterTags(group.Tags);
  if (state === 'ready' || state === 'destroying') return true;
  const began = launchTime(launchOfGroup(group) ?? '');
  return began === undefined || now - began >= launchAgeLimitMs;
}

/** Reports executors for which the workers have too little memory: every job would fail at its start. */
export function checkExecutors(
  { values }: LaunchRequest,
  facts: LaunchFacts,
  report: Report,
): void {
  if (!values.installSpark) return;
  const { kinds, machines } = facts;
  const own = withJobLimit(values);
  for (const type of new Set(kinds.map(({ workers }) => workers.instanceType))) {
    const machine = machines.get(type);
    if (machine === undefined) continue;
    const worker = workerCapacity(machine, values);
    const fault = executorSizeFault(own, worker, values.sparkExecutorInstances, type);
    if (fault !== undefined) {
      const remedies = [
        setOption('Use more, smaller executors.', 'services.spark.executor-instances'),
        setOption('Or use a larger instance type.', 'providers.ec2.instance-type'),
      ];
      report('error', 'PLAN_REFUSED', fault, remedies, 'services.spark.spark-defaults');
      continue;
    }
    if ('spark.executor.memory' in own) continue;
    const each = values.sparkExecutorInstances ?? defaultExecutors(machine.cores, own);
    const memory = executorsOf(worker, each, own).memoryMiB;
    if (memory >= leastExecutorMiB) continue;
    report(
      'error',
      'PLAN_REFUSED',
      `${type} has too little memory for ${each === 1 ? 'one executor' : `${each} executors`} per worker: each gets ${memory} MiB, but Spark requires ${leastExecutorMiB} MiB.`,
      [
        setOption('Use fewer executors.', 'services.spark.executor-instances'),
        setOption('Or use a larger instance type.', 'providers.ec2.instance-type'),
      ],
      'services.spark.executor-instances',
    );
  }
}

/** Reports user data that the nodes can't be given, or that can't be run. */
export async function checkUserData(
  request: LaunchRequest,
  { userData, software }: LaunchFacts,
  problems: PlanProblems,
  session: Ec2Session,
): Promise<void> {
  if (userData === undefined) return;
  if (request.values.ec2CloudInit)
    await problems.attempt(() => tryUserData(request, software, userData, session));
  else if (userData !== null) await problems.attempt(() => ownScript(userData));
}

/** Who is let in, and what the user should know of it. */
export async function planAccess(
  publicAccess: () => readonly string[],
  place: LaunchSubnet | undefined,
  context: WorkContext,
  report: Report,
): Promise<readonly string[]> {
  const { ec2AuthorizeAccessFrom: asked, ec2SshProxy: proxy } = context.values;
  const isPrivate = place !== undefined && (!place.hasPublicAddresses || isInside(context.values));
  if (!isPrivate || asked.length > 0) return publicAccess();
  // It needs no inbound rule; one that does is the user's to name.
  if (context.values.ec2SshProxyCommand !== undefined) return [];
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
