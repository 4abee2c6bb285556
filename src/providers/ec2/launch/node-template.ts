import type { ServiceProperties } from '../../../model/software/properties.ts';
import { recordUserData } from '../../../node/bootstrap/launch-record.ts';
import { buildUserData } from '../../../node/bootstrap/user-data.ts';
import type { NodeSettings } from '../../../node/settings.ts';
import { roleTags, tagKeys } from '../api/tags.ts';
import { type LaunchRecord, writeRecord } from '../inventory/launch-record.ts';
import type { Offer } from '../plan/offers.ts';
import type { MachineSpec } from './machine-spec.ts';

/** How a client makes nodes of a cluster: what is the same for all of them. */
export interface NodeTemplate {
  /** The cluster's name. */
  readonly cluster: string;
  /** The launch that the nodes will be of: their client token says so for good. */
  readonly launchId: string;
  /** Id of the growth that the nodes are made by; `null` for those of the launch itself. */
  readonly growth: string | null;
  readonly spec: MachineSpec;
  /** Most that is paid for a Spot instance an hour, in dollars; `undefined`: the on-demand price. */
  readonly spotPrice: number | undefined;
  /** What becomes of an on-demand instance that switches itself off. */
  readonly shutdown: string;
  /** Tags of each node, beside those that say which node it is. */
  readonly tags: Readonly<Record<string, string>>;
  readonly userData: NodeUserData;
}

/** What nodes run at their first boot: what a launch writes for each request, or what later workers got from the launch. */
type NodeUserData =
  | {
      readonly from: 'launch';
      /** What a node is made by; `null` where the image doesn't run user data, which holds the record alone then. */
      readonly settings: NodeSettings | null;
      /** The user's own user data, or `null`. */
      readonly own: Uint8Array | null;
      /** What the user puts into configuration files: of the settings, which may be missing here. */
      readonly configuration: ServiceProperties;
      readonly record: Omit<LaunchRecord, 'kind' | 'subnetId' | 'zone'>;
    }
  | { readonly from: 'master'; readonly bytes: Uint8Array | null };

/** What one request to EC2 asks for. */
export interface NodeRequest {
  readonly role: NodeSettings['role'];
  /** Private address of the master; `null` where nodes find it by their tags, or are it. */
  readonly masterAddress: string | null;
  /** Of which kinds, and where. */
  readonly offer: Offer;
  /** Number of its first node: 0 is the master's. */
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

/** What the nodes of a request run at their first boot; `null` for nothing. */
export function userDataOf(
  { userData }: NodeTemplate,
  { role, masterAddress, offer: { place, workers } }: NodeRequest,
): Uint8Array | null {
  if (userData.from === 'master') return userData.bytes;
  const { settings, own } = userData;
  const { subnetId, zone } = place;
  const record = writeRecord({ ...userData.record, kind: workers, subnetId, zone });
  return settings === null
    ? recordUserData(record, userData.configuration)
    : buildUserData({ ...settings, record, role, masterAddress }, own);
}

/** The tags of the nodes of a request, and of their volumes. */
export function tagsOf(
  { tags, cluster, launchId, growth }: NodeTemplate,
  { role, masterAddress, first }: NodeRequest,
): Record<string, string> {
  const name = role === 'master' ? roleTags.master : roleTags.worker;
  return {
    ...tags,
    [tagKeys.name]: cluster,
    [tagKeys.launch]: launchId,
    ...(growth !== null && { [tagKeys.growth]: growth }),
    [tagKeys.role]: name,
    [tagKeys.first]: String(first),
    ...(masterAddress !== null && { [tagKeys.master]: masterAddress }),
    // The user's own name of all nodes comes first.
    Name: tags['Name'] ?? `${cluster}-${name}`,
  };
}
