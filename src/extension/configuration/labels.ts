import type { OptionDefinition } from '../../config/options/option.ts';
import type { OptionName } from '../../config/options/options.ts';

/** Where the flag's words wouldn't make a good label. */
const labels: Readonly<Partial<Record<OptionName, string>>> = {
  numWorkers: 'Workers',
  minWorkers: 'At least',
  installSpark: 'Install Spark',
  installHdfs: 'Install HDFS',
  sparkHome: 'Spark’s folder',
  sparkVersion: 'Spark version',
  sparkDownloadSource: 'Download from',
  sparkExecutorInstances: 'Executors on each worker',
  sparkGitCommit: 'Git commit',
  sparkGitRepository: 'Git repository',
  sparkMavenRepository: 'Maven repository',
  hdfsVersion: 'Hadoop version',
  hdfsDownloadSource: 'Download from',
  localWorkerCores: 'Cores of each worker',
  localWorkerMemory: 'Memory of each worker',
  localMasterPort: 'Master’s port',
  localMasterUiPort: 'Master’s web port',
  ec2Profile: 'AWS profile',
  ec2Ami: 'Image',
  ec2KeyName: 'Key pair',
  ec2VpcId: 'VPC',
  ec2SubnetId: 'Subnets',
  ec2AvailabilityZone: 'Availability zones',
  ec2MasterInstanceType: 'Master’s instance type',
  ec2FallbackInstanceTypes: 'Else one of these types',
  ec2Spot: 'Spot instances',
  ec2SpotFallback: 'On demand if there is no spot',
  ec2SpotPrice: 'Spot price, at most',
  ec2InstanceProfileName: 'Instance profile',
  ec2InstanceInitiatedShutdownBehavior: 'When a node switches itself off',
  ec2AuthorizeAccessFrom: 'Access from',
  ec2MinRootEbsSizeGb: 'Root volume, GiB',
  ec2RootVolumeType: 'Root volume’s type',
  ec2RootVolumeIops: 'Root volume’s IOPS',
  ec2RootVolumeThroughput: 'Root volume’s throughput, MiB/s',
  ec2Volumes: 'More volumes',
  ec2EbsOptimized: 'EBS optimised',
  ec2MetadataTags: 'Tags in metadata',
  ec2CloudInit: 'Image runs cloud-init',
  localTags: 'Tags',
  ec2Tags: 'Tags',
};

/** What a field is called: short, as its group says the rest. */
export function labelOf(name: OptionName, { flag }: OptionDefinition): string {
  const words = flag.replace(/^--(?:ec2-|local-)?/, '').replaceAll('-', ' ');
  return labels[name] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
