import { ClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';
import type { PackageSet } from '../../../model/software/packages/package-set.ts';
import { readRecord } from '../../../node/bootstrap/launch-record.ts';
import type { Ec2Session } from '../api/session.ts';
import type { MachineSpec } from '../launch/machine-spec.ts';
import { type NodeKind, readKind, writeKind } from '../plan/offers.ts';
import { sealHash } from './membership.ts';

/**
 * How a launch makes its workers, kept in the user data of its nodes: unlike tags, nobody can change that while an instance runs.
 * Workers that come later are made by it, and by nothing that others can write.
 */
export interface LaunchRecord {
  /** What the cluster's group has the hash of: only who can read the user data knows it. */
  readonly seal: string;
  /** How many workers the launch was to make. */
  readonly size: number;
  /** What the workers are. */
  readonly kind: NodeKind;
  readonly subnetId: string;
  readonly zone: string;
  /** What becomes of an on-demand instance that switches itself off. */
  readonly shutdown: string;
  /** Fingerprint of the host key in the user data; `null` if nodes have keys of their own. */
  readonly hostKey: string | null;
  /** The user's own tags, and those that say what the nodes have. */
  readonly tags: Readonly<Record<string, string>>;
  readonly spec: MachineSpec;
  /** What Spark has beside itself; absent if that is nothing. */
  readonly packages?: RecordedPackages | undefined;
  /** URL of the index that Python packages come from; absent for pip's own choice. */
  readonly pythonPackageIndex?: string | undefined;
}

/** Packages for Spark, and what else it takes to install them. */
export interface RecordedPackages extends PackageSet {
  /** Maven repository that comes before Maven Central. */
  readonly repository?: string | undefined;
  /** URI of the folder of tables. */
  readonly warehouse?: string | undefined;
  /** Path on S3 of the folder of event logs, if they aren’t on the master. */
  readonly eventLogFolder?: string | undefined;
}

/** A record as one line of text. */
export function writeRecord({ kind, ...record }: LaunchRecord): string {
  return JSON.stringify({ ...record, kind: writeKind(kind) });
}

/**
 * Reads the record of a cluster's launch.
 *
 * @param masterId id of the master, in whose user data it stands
 * @param seal hash of the record's seal, as the cluster's group has it; `undefined` if it has none
 * @returns the record, and the user data that it stands in
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if there is none
 */
export async function recordOf(
  masterId: string,
  seal: string | undefined,
  { aws, signal }: Ec2Session,
): Promise<{ readonly record: LaunchRecord; readonly userData: Uint8Array }> {
  const { UserData } = await aws.ec2(
    'DescribeInstanceAttribute',
    { InstanceId: masterId, Attribute: 'userData' },
    signal,
  );
  const userData = Buffer.from(UserData?.Value ?? '', 'base64');
  const record = parseRecord(readRecord(userData));
  if (record !== undefined && (seal === undefined || sealHash(record.seal) === seal))
    return { record, userData };
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `The user data of the master (${masterId}) doesn’t describe how to set up nodes of this cluster: it was replaced, or the instance is not the original master.`,
    { remedies: advice('Launch a new cluster of the size that you need.') },
  );
}

function parseRecord(text: string | undefined): LaunchRecord | undefined {
  if (text === undefined) return undefined;
  try {
    const raw = JSON.parse(text) as Omit<LaunchRecord, 'kind'> & { readonly kind: string };
    const kind = readKind(raw.kind);
    const isWhole =
      Number.isInteger(raw.size) &&
      [raw.seal, raw.subnetId, raw.zone, raw.shutdown].every((one) => typeof one === 'string') &&
      [raw.spec, raw.tags].every((one: unknown) => typeof one === 'object' && one !== null);
    return kind === undefined || !isWhole ? undefined : { ...raw, kind };
  } catch {
    return undefined;
  }
}
