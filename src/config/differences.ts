import type { OptionName } from './options/options.ts';

/** Where an option means something else than in the Python tool, or has another default. */
export interface Difference {
  readonly option: OptionName;
  /** What holds in the Python tool. */
  readonly theirs: string;
  /** What holds here. */
  readonly ours: string;
  readonly why: string;
}

/** All differences from the Python tool in how a `config.yaml` is understood. */
export const differences: readonly Difference[] = [
  {
    option: 'provider',
    theirs: 'ignored; always EC2',
    ours: 'determines where the cluster runs',
    why: 'There are two providers now. A file with an EC2 section still selects EC2.',
  },
  {
    option: 'numWorkers',
    theirs: 'required',
    ours: 'required on EC2, 2 on this machine',
    why: 'Workers on this machine are free.',
  },
  {
    option: 'javaVersion',
    theirs: '11',
    ours: 'chosen by the Spark version',
    why: 'Spark 4 doesn’t run on Java 11.',
  },
  {
    option: 'sparkVersion',
    theirs: 'required, or a commit',
    ours: 'a current release',
    why: 'A first cluster should require no choices.',
  },
  {
    option: 'sparkDownloadSource',
    theirs: 'a mirror selected by Apache',
    ours: 'Apache’s download site, then its archive; checksums are verified',
    why: 'Mirrors have only the newest releases, and downloads were not verified.',
  },
  {
    option: 'hdfsDownloadSource',
    theirs: 'a mirror selected by Apache',
    ours: 'Apache’s download site, then its archive; checksums are verified',
    why: 'Mirrors have only the newest releases, and downloads were not verified.',
  },
  {
    option: 'sparkGitCommit',
    theirs: 'every node builds Spark',
    ours: 'accepted in the file, but a launch fails',
    why: 'A build takes 15 minutes on each node. Set `download-source` to an archive that was built before.',
  },
  {
    option: 'ec2Region',
    theirs: 'us-east-1',
    ours: 'AWS_REGION, then the profile’s, then us-east-1',
    why: 'Same as other AWS tools.',
  },
  {
    option: 'ec2InstanceType',
    theirs: 'm5.medium',
    ours: 'm5.large',
    why: 'The type m5.medium does not exist.',
  },
  {
    option: 'ec2Ami',
    theirs: 'required',
    ours: 'the newest Amazon Linux 2023 for the instance type',
    why: 'Amazon Linux 2 has reached its end of life.',
  },
  {
    option: 'ec2User',
    theirs: 'required',
    ours: 'ec2-user',
    why: 'It is the user of the default AMI.',
  },
  {
    option: 'ec2KeyName',
    theirs: 'required',
    ours: 'a key is created for the cluster',
    why: 'A first cluster should require no preparation.',
  },
  {
    option: 'ec2IdentityFile',
    theirs: 'required; relative to the current folder; no `~`',
    ours: 'optional; relative to the folder of the file, then to the current folder; `~` is the home directory',
    why: 'The file should have the same meaning in every folder.',
  },
  {
    option: 'ec2MinRootEbsSizeGb',
    theirs: 'the volume becomes gp2 if it has to be enlarged',
    ours: 'gp3, encrypted',
    why: 'gp3 is cheaper and faster.',
  },
  {
    option: 'ec2InstanceInitiatedShutdownBehavior',
    theirs: 'stop',
    ours: 'terminate',
    why: 'A node that shuts itself down should not cost anything.',
  },
  {
    option: 'ec2SpotRequestDuration',
    theirs: 'deprecated',
    ours: 'ignored, with a warning',
    why: 'EC2 no longer supports a duration for one-time requests.',
  },
  {
    option: 'ec2Tags',
    theirs: 'on the instances',
    ours: 'on the instances and their volumes',
    why: 'Volumes cost money too, and costs are allocated by tags.',
  },
  {
    option: 'ec2AuthorizeAccessFrom',
    theirs: 'IPv4 only',
    ours: 'IPv6 too',
    why: 'Many clients have only an IPv6 address.',
  },
];
