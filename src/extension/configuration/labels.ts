import { type OptionName, options } from '../../config/options/options.ts';
import { english, type Translate } from '../../text/translate.ts';

/** Labels of options whose flag makes no good one. */
const labels: Readonly<Partial<Record<OptionName, string>>> = {
  provider: 'Location',
  numWorkers: 'Workers',
  minWorkers: 'Minimum workers',
  idleTimeout: 'Idle timeout',
  maxLifetime: 'Maximum lifetime',
  maxCost: 'Maximum cost',
  installSpark: 'Install Spark',
  installHdfs: 'Install HDFS',
  installYarn: 'Install YARN',
  sparkHome: 'Spark home',
  sparkVersion: 'Spark version',
  tables: 'Table formats',
  packages: 'Packages',
  s3: 'Amazon S3',
  eventLogFolder: 'Event logs folder',
  sparkWarehouse: 'Warehouse folder',
  pythonPackages: 'Python packages',
  pythonRequirements: 'Requirements file',
  pythonWheels: 'Wheels',
  pythonPackageIndex: 'Python package index',
  sparkDownloadSource: 'Download URL',
  sparkExecutorInstances: 'Executors per worker',
  maxCoresPerJob: 'Maximum cores per job',
  sparkDefaults: 'Spark properties',
  sparkEnv: 'Spark environment variables',
  sparkGitCommit: 'Git commit',
  sparkGitRepository: 'Git repository',
  sparkMavenRepository: 'Maven repository',
  hdfsVersion: 'Hadoop version',
  hdfsDownloadSource: 'Download URL',
  coreSite: 'Hadoop properties (core-site)',
  hdfsSite: 'HDFS properties (hdfs-site)',
  localWorkerCores: 'Cores per worker',
  localWorkerMemory: 'Memory per worker',
  localMasterPort: 'Master port',
  localMasterUiPort: 'Master web UI port',
  localTags: 'Tags',
  ec2Profile: 'AWS profile',
  ec2Region: 'AWS Region',
  ec2AvailabilityZone: 'Availability Zones',
  ec2MasterInstanceType: 'Master instance type',
  ec2FallbackInstanceTypes: 'Fallback instance types',
  ec2Ami: 'AMI',
  ec2User: 'SSH user',
  ec2KeyName: 'Key pair',
  ec2IdentityFile: 'SSH private key',
  ec2Spot: 'Spot Instances',
  ec2SpotPrice: 'Maximum Spot price ($/h)',
  ec2SpotFallback: 'Fall back to On-Demand',
  ec2SpotRequestDuration: 'Spot request duration',
  ec2InstanceProfileName: 'IAM instance profile',
  ec2InstanceInitiatedShutdownBehavior: 'Shutdown behavior',
  ec2VpcId: 'VPC',
  ec2SubnetId: 'Subnets',
  ec2SecurityGroups: 'Additional security groups',
  ec2AuthorizeAccessFrom: 'Allowed source CIDRs',
  ec2SshProxy: 'SSH jump host',
  ec2SshProxyCommand: 'SSH proxy command',
  ec2HttpProxy: 'HTTP proxy of the nodes',
  ec2AcceptHostKeys: 'Accept unknown host keys',
  ec2WebUiAccess: 'Web UI access',
  ec2MinRootEbsSizeGb: 'Root volume size (GiB)',
  ec2RootVolumeType: 'Root volume type',
  ec2RootVolumeIops: 'Root volume IOPS',
  ec2RootVolumeThroughput: 'Root volume throughput (MiB/s)',
  ec2Volumes: 'Additional EBS volumes',
  ec2EbsOptimized: 'EBS-optimized',
  ec2Tags: 'Tags',
  ec2MetadataTags: 'Allow tags in instance metadata',
  ec2CloudInit: 'AMI runs cloud-init',
};

/** Labels of values that are no words of AWS's or Spark's. */
const choiceLabels: Readonly<Record<string, string>> = {
  'provider/local': 'Local',
  'provider/ec2': 'Amazon EC2',
  'ec2Spot/none': 'None',
  'ec2Spot/workers': 'Workers',
  'ec2Spot/all': 'All nodes',
};

/** The label of an option's field: short, as its group says the rest. */
export function labelOf(name: OptionName, translate: Translate = english): string {
  return translate(labels[name] ?? labelOfFlag(options[name].flag));
}

/** The label of a value that can be chosen. */
export function choiceLabel(
  name: OptionName,
  value: string,
  translate: Translate = english,
): string {
  const label = choiceLabels[`${name}/${value}`];
  return label === undefined ? value : translate(label);
}

/** Such as `Instance type` for `--ec2-instance-type`. */
function labelOfFlag(flag: string): string {
  const text = flag.replace(/^--(?:ec2-|local-)?/, '').replaceAll('-', ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
