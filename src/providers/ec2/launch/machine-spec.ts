import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { LaunchRequest } from '../../../engine/provider.ts';
import type { NodeKind } from '../plan/offers.ts';
import type { Ec2Plan } from '../plan/plan-launch.ts';
import { blockDevices, type NodeVolumes } from '../plan/volumes.ts';

/** What makes instances, apart from how many of them, of what kind, and where. */
export type InstanceInput = Omit<
  RunInstancesCommandInput,
  | 'MinCount'
  | 'MaxCount'
  | 'InstanceType'
  | 'InstanceMarketOptions'
  | 'InstanceInitiatedShutdownBehavior'
  | 'SubnetId'
>;

/** What all nodes of a cluster have in common, whenever they are made. */
export interface MachineSpec {
  readonly image: string;
  /** Device name of the root volume. */
  readonly rootDevice: string;
  /** Ids of the security groups. */
  readonly groups: readonly string[];
  readonly volumes: NodeVolumes;
  /** Whether instance metadata shows tags. */
  readonly tagsInMetadata: boolean;
  readonly tenancy: string;
  readonly keyName?: string | undefined;
  readonly instanceProfile?: string | undefined;
  readonly ebsOptimized?: true | undefined;
  readonly placementGroup?: string | undefined;
}

/** What the options say of a cluster's nodes. */
export function machineSpec(
  { image, volumes }: Pick<Ec2Plan, 'image' | 'volumes'>,
  values: LaunchRequest['values'],
  more: Pick<MachineSpec, 'groups' | 'keyName' | 'tagsInMetadata'>,
): MachineSpec {
  return {
    image: image?.id ?? '',
    rootDevice: image?.rootDevice ?? '',
    volumes,
    tenancy: values.ec2Tenancy,
    instanceProfile: values.ec2InstanceProfileName,
    ebsOptimized: values.ec2EbsOptimized ? true : undefined,
    placementGroup: values.ec2PlacementGroup,
    ...more,
  };
}

/** The part of a request for nodes that is the same for all of a cluster's. */
export function commonInput(spec: MachineSpec): InstanceInput {
  return {
    ImageId: spec.image,
    SecurityGroupIds: [...spec.groups],
    ...(spec.keyName !== undefined && { KeyName: spec.keyName }),
    ...(spec.instanceProfile !== undefined && {
      IamInstanceProfile: { Name: spec.instanceProfile },
    }),
    ...(spec.ebsOptimized === true && { EbsOptimized: true }),
    BlockDeviceMappings: blockDevices(spec.volumes, spec.rootDevice),
    MetadataOptions: metadataOptions(spec.tagsInMetadata),
    Placement: {
      Tenancy: spec.tenancy as NonNullable<RunInstancesCommandInput['Placement']>['Tenancy'],
      ...(spec.placementGroup !== undefined && { GroupName: spec.placementGroup }),
    },
  };
}

/** How nodes reach their metadata: never without a token. */
function metadataOptions(
  showTags: boolean,
): NonNullable<RunInstancesCommandInput['MetadataOptions']> {
  return {
    HttpEndpoint: 'enabled',
    HttpTokens: 'required',
    // 2, so that containers on the nodes reach it too.
    HttpPutResponseHopLimit: 2,
    InstanceMetadataTags: showTags ? 'enabled' : 'disabled',
  };
}

/** What asks for a kind of nodes. */
export function kindInput(
  { instanceType, market }: NodeKind,
  spotPrice: number | undefined,
  shutdown: string,
): Partial<RunInstancesCommandInput> {
  return {
    InstanceType: instanceType as NonNullable<RunInstancesCommandInput['InstanceType']>,
    // Spot instances are always terminated, and EC2 refuses to be told so.
    ...(market === 'spot'
      ? {
          InstanceMarketOptions: {
            MarketType: 'spot',
            SpotOptions: {
              SpotInstanceType: 'one-time',
              // Without a price of one's own it is at most that on demand.
              ...(spotPrice !== undefined && { MaxPrice: String(spotPrice) }),
            },
          },
        }
      : {
          InstanceInitiatedShutdownBehavior: shutdown as NonNullable<
            RunInstancesCommandInput['InstanceInitiatedShutdownBehavior']
          >,
        }),
  };
}
