import type { Instance } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../../engine/provider.ts';
import { waitFor } from '../../../model/wait.ts';
import { workerUserData } from '../../../node/bootstrap/worker-user-data.ts';
import { isUnreachable } from '../api/aws-errors.ts';
import type { Ec2Session } from '../api/session.ts';
import { tagKeys } from '../api/tags.ts';
import { type LaunchRecord, recordOf } from '../inventory/launch-record.ts';
import { whyForeign } from '../inventory/membership.ts';
import { type Ec2Cluster, nodeNames } from '../inventory/observe.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import type { NodeRequest, NodeTemplate } from '../launch/node-template.ts';
import { runInstances } from '../launch/run-instances.ts';
import type { LaunchSubnet } from '../plan/network.ts';
import { type NodeKind, spotNodes } from '../plan/offers.ts';

/** How long EC2 may take to show what it has made, in milliseconds. */
const showLimitMs = 60_000;

/** How more workers of a cluster are made, in its launch's own subnet. */
export interface WorkerTemplate {
  readonly record: LaunchRecord;
  /** Private address of the master, which the workers are told. */
  readonly masterAddress: string;
  readonly place: LaunchSubnet;
  /** Of what kind they may be, in the order in which it is tried. */
  readonly kinds: readonly [NodeKind, ...NodeKind[]];
  readonly nodes: NodeTemplate;
}

/**
 * Reads how a launch makes workers: they are told the master's address, and never can become masters.
 *
 * @param seal see {@link recordOf}
 * @throws ClusterError `CLUSTER_STATE_UNFIT`, `USER_DATA_TOO_LARGE` if the master's user data doesn't do for workers
 */
export async function workerTemplate(
  { cluster, launchId }: Ec2Cluster,
  { InstanceId = '', PrivateIpAddress: masterAddress = '' }: Instance,
  seal: string | undefined,
  session: Ec2Session,
): Promise<WorkerTemplate> {
  const { values } = session;
  const { record, userData } = await recordOf(InstanceId, seal, session);
  return {
    record,
    masterAddress,
    place: {
      subnetId: record.subnetId,
      zone: record.zone,
      hasPublicAddresses: true,
      address: masterAddress,
    },
    kinds: kindsToTry(record.kind, values),
    nodes: {
      cluster: cluster.name,
      launchId: launchId ?? '',
      growth: null,
      spec: record.spec,
      spotPrice: values.ec2SpotPrice,
      shutdown: record.shutdown,
      tags: {
        ...record.tags,
        ...values.ec2Tags,
        ...(record.hostKey !== null && { [tagKeys.hostKey]: record.hostKey }),
      },
      userData: {
        from: 'master',
        // Where the image doesn't run user data, only the master's holds the record.
        bytes: record.hostKey === null ? null : workerUserData(userData, masterAddress),
      },
    },
  };
}

/**
 * Asks for workers: `least` to `most` of a kind, whose numbers begin at `first`.
 *
 * @param how whether they are of a growth, and the state that their tags say
 */
export function requestWorkers(
  { masterAddress, place, nodes }: WorkerTemplate,
  how: { readonly growth: string | null; readonly state: 'launching' | 'ready' },
  { kind, ...counts }: { kind: NodeKind } & Pick<NodeRequest, 'first' | 'least' | 'most'>,
  launch: OngoingLaunch,
  session: Ec2Session,
): Promise<Instance[]> {
  const offer = { master: kind, workers: kind, place };
  return runInstances(
    { ...nodes, growth: how.growth, tags: { ...nodes.tags, [tagKeys.state]: how.state } },
    { role: 'worker', masterAddress, offer, ...counts },
    launch,
    session,
  );
}

/** What new workers may be: as the launch's; the market may be another one if that is asked for, and spot stays spot. */
function kindsToTry(recorded: NodeKind, values: WorkContext['values']): WorkerTemplate['kinds'] {
  const market =
    values.ec2Spot === 'none'
      ? 'on-demand'
      : spotNodes(values) === 'none'
        ? recorded.market
        : 'spot';
  const onDemand = { ...recorded, market: 'on-demand' } as const;
  if (market === 'on-demand') return [onDemand];
  return [{ ...recorded, market }, ...(values.ec2SpotFallback ? [onDemand] : [])];
}

/** Waits until EC2 shows new instances among a cluster's nodes, and gives their names. */
export async function waitUntilVisible(
  { cluster, groupId, launchId }: Ec2Cluster,
  ids: readonly string[],
  { aws, clock, signal }: Ec2Session,
): Promise<ReadonlyMap<string, string>> {
  const { name } = cluster;
  return waitFor(
    async () => {
      const all = await aws.instances({ [`tag:${tagKeys.name}`]: [name] }, signal);
      const nodes = all.filter(
        (instance) => whyForeign(instance, { name, groupId, launchId }) === undefined,
      );
      const names = nodeNames(nodes);
      return ids.every((id) => names.has(id))
        ? new Map(ids.map((id) => [id, names.get(id) ?? id]))
        : undefined;
    },
    {
      clock,
      signal,
      reason: () => 'EC2 to show the new workers',
      isPassing: isUnreachable,
      limitMs: showLimitMs,
      everyMs: 1_000,
    },
  );
}
