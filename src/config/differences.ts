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
    theirs: 'read by nothing; always EC2',
    ours: 'decides where the cluster is',
    why: 'There are two providers now. A file with an EC2 section still means EC2.',
  },
  {
    option: 'numWorkers',
    theirs: 'required',
    ours: 'required on EC2, 2 on this machine',
    why: 'Here a worker costs nothing.',
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
    why: 'The first cluster should need no choice.',
  },
  {
    option: 'sparkDownloadSource',
    theirs: 'a mirror that Apache chooses',
    ours: 'Apache’s download site, then its archive, with the checksum compared',
    why: 'The mirrors hold the newest releases only, and nothing was checked.',
  },
  {
    option: 'hdfsDownloadSource',
    theirs: 'a mirror that Apache chooses',
    ours: 'Apache’s download site, then its archive, with the checksum compared',
    why: 'The mirrors hold the newest releases only, and nothing was checked.',
  },
  {
    option: 'sparkGitCommit',
    theirs: 'every node builds Spark',
    ours: 'read, but refused by a launch',
    why: 'It takes a quarter of an hour on each node. A built archive can be given as `download-source`.',
  },
  {
    option: 'ec2Region',
    theirs: 'us-east-1',
    ours: 'AWS_REGION, then the profile’s, then us-east-1',
    why: 'It is what every other AWS tool does.',
  },
  {
    option: 'ec2InstanceType',
    theirs: 'm5.medium',
    ours: 'm5.large',
    why: 'There is no m5.medium.',
  },
  {
    option: 'ec2Ami',
    theirs: 'required',
    ours: 'the newest Amazon Linux 2023 for the instance type',
    why: 'Amazon Linux 2 has reached its end.',
  },
  {
    option: 'ec2User',
    theirs: 'required',
    ours: 'ec2-user',
    why: 'It is the user of the default image.',
  },
  {
    option: 'ec2KeyName',
    theirs: 'required',
    ours: 'a key is made for the cluster',
    why: 'The first cluster should need no preparation.',
  },
  {
    option: 'ec2IdentityFile',
    theirs: 'required; relative to the current folder; no `~`',
    ours: 'optional; relative to the file’s folder, then the current one; `~` is the home folder',
    why: 'The file should mean the same wherever it is used.',
  },
  {
    option: 'ec2MinRootEbsSizeGb',
    theirs: 'the volume becomes gp2 if it has to grow',
    ours: 'gp3, encrypted',
    why: 'gp3 costs less and is faster.',
  },
  {
    option: 'ec2InstanceInitiatedShutdownBehavior',
    theirs: 'stop',
    ours: 'terminate',
    why: 'A node that switches itself off is to cost nothing more.',
  },
  {
    option: 'ec2SpotRequestDuration',
    theirs: 'deprecated',
    ours: 'ignored, with a warning',
    why: 'EC2 has no duration for one-time requests.',
  },
  {
    option: 'ec2Tags',
    theirs: 'on the instances',
    ours: 'on the instances and their volumes',
    why: 'Volumes cost money too, and bills are sorted by tags.',
  },
  {
    option: 'ec2AuthorizeAccessFrom',
    theirs: 'IPv4 only',
    ours: 'IPv6 too',
    why: 'Many clients have no other address.',
  },
];
