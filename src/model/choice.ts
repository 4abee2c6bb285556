/** A value that an option can have, as found where clusters are made: a key pair of the account, an instance type of the region. */
export interface Choice {
  readonly value: string;
  /** What it is, in few words; may be empty. */
  readonly description: string;
  /** What more there is to say; may be empty. */
  readonly detail: string;
}

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
