import type { Instance } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../../engine/provider.ts';
import { waitFor } from '../../../model/wait.ts';
import { workerUserData } from '../../../node/bootstrap/worker-user-data.ts';
import type { Aws } from '../api/aws.ts';
import { roleTags, tagKeys } from '../api/tags.ts';
import { type LaunchRecord, recordOf } from '../inventory/launch-record.ts';
import { whyForeign } from '../inventory/membership.ts';
import { type Ec2Cluster, nodeNames } from '../inventory/observe.ts';
import type { OngoingLaunch } from '../inventory/ongoing-launch.ts';
import { commonInput, runInstances } from '../launch/run-instances.ts';
import type { LaunchSubnet } from '../plan/network.ts';
import { type NodeKind, spotNodes } from '../plan/offers.ts';

/** How long EC2 may take to show what it has made, in milliseconds. */
const showLimitMs = 60_000;

/** One request for more workers. */
interface WorkerRequest {
  readonly kind: NodeKind;
  /** Number of its first worker. */
  readonly first: number;
  readonly least: number;
  readonly most: number;
  /** See {@link runInstances}. */
  readonly request: string;
  /** Tags beside those that all nodes of the launch have. */
  readonly tags: Readonly<Record<string, string>>;
}

/** How more workers of a cluster are asked for. */
export interface WorkerTemplate {
  readonly record: LaunchRecord;
  readonly place: LaunchSubnet;
  /** Of what kind they may be, in the order in which it is tried. */
  readonly kinds: readonly [NodeKind, ...NodeKind[]];
  ask(request: WorkerRequest, launch: OngoingLaunch): Promise<Instance[]>;
}

/**
 * Reads how a launch makes workers, in its own subnet: they are told the master's address, and never can become masters.
 *
 * @param seal see {@link recordOf}
 * @throws ClusterError `CLUSTER_STATE_UNFIT`, `USER_DATA_TOO_LARGE` if the master's user data doesn't do for workers
 */
export async function workerTemplate(
  { cluster, launchId }: Ec2Cluster,
  master: Instance,
  seal: string | undefined,
  aws: Aws,
  context: WorkContext,
): Promise<WorkerTemplate> {
  const { values } = context;
  const { InstanceId = '', PrivateIpAddress: masterAddress = '' } = master;
  const { record, userData } = await recordOf(InstanceId, seal, aws, context);
  const place = {
    subnetId: record.subnetId,
    zone: record.zone,
    hasPublicAddresses: true,
    address: masterAddress,
  };
  // Where the image doesn't run user data, only the master's holds the record.
  const workersData = record.hostKey === null ? null : workerUserData(userData, masterAddress);
  return {
    record,
    place,
    kinds: kindsToTry(record.kind, values),
    ask: ({ kind, first, least, most, request, tags }, launch) =>
      runInstances(
        {
          input: commonInput(record.spec),
          kind,
          spotPrice: values.ec2SpotPrice,
          shutdown: record.shutdown,
          place,
          least,
          most,
          userData: workersData,
          tags: {
            ...record.tags,
            ...values.ec2Tags,
            [tagKeys.name]: cluster.name,
            [tagKeys.launch]: launchId ?? '',
            ...(record.hostKey !== null && { [tagKeys.hostKey]: record.hostKey }),
            [tagKeys.role]: roleTags.worker,
            [tagKeys.master]: masterAddress,
            Name: `${cluster.name}-${roleTags.worker}`,
            ...tags,
            [tagKeys.first]: String(first),
          },
          launchId: launchId ?? '',
          request,
        },
        launch,
        aws,
        context,
      ),
  };
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
  aws: Aws,
  { clock, signal }: WorkContext,
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
      limitMs: showLimitMs,
      everyMs: 1_000,
    },
  );
}
