/** A value that an option can have, as found where clusters are made: a key pair of the account, an instance type of the region. */
export interface Choice {
  readonly value: string;
  /** What is known of it; absent where the value says it all: the name of a profile, of a region. */
  readonly facts?: ChoiceFacts | undefined;
}

/** What is known of a value to choose. Names are as the account has them. */
export type ChoiceFacts =
  | { readonly kind: 'key-pair'; readonly type: string; readonly fingerprint: string }
  | {
      readonly kind: 'subnet';
      /** By its tag; `null` without one. */
      readonly name: string | null;
      readonly zone: string;
      readonly vpc: string;
      readonly cidr: string;
      /** Whether it is the default subnet of its Availability Zone. */
      readonly isDefault: boolean;
      /** Whether instances in it get a public address. */
      readonly isPublic: boolean;
      readonly freeAddresses: number;
    }
  | {
      /** A VPC or an Availability Zone. */
      readonly kind: 'subnets';
      readonly count: number;
      /** Whether a default subnet is among them. */
      readonly hasDefault: boolean;
    }
  | {
      readonly kind: 'image';
      readonly name: string | null;
      readonly architecture: string | null;
      /** The day it was made, as in `2026-01-31`; `null` for the newest of its kind, whichever that is. */
      readonly created: string | null;
    }
  | {
      readonly kind: 'instance-type';
      readonly cores: number;
      readonly memoryMiB: number;
      readonly architecture: string;
      /** In US dollars; `null` if it isn't known. */
      readonly pricePerHour: number | null;
    };

/** Options whose values can be looked up, by library name. */
export const choosable = [
  'ec2Profile',
  'ec2Region',
  'ec2KeyName',
  'ec2SubnetId',
  'ec2VpcId',
  'ec2AvailabilityZone',
  'ec2Ami',
  'ec2InstanceType',
  'ec2MasterInstanceType',
  'ec2FallbackInstanceTypes',
] as const;

/** See {@link choosable}. */
export type ChoosableOption = (typeof choosable)[number];
