import { defaultHadoopVersion } from '../../model/software/hadoop-versions.ts';
import { versionForm } from '../yaml/text-forms.ts';
import { defineOptions, launchVerbs } from './option.ts';

/** What is installed as HDFS. */
export const hdfsOptions = defineOptions({
  installHdfs: {
    type: 'boolean',
    trust: 'none',
    default: false,
    key: 'launch.install-hdfs',
    flag: '--install-hdfs',
    group: 'HDFS',
    help: 'Install HDFS on EC2; clusters on this machine read local files instead',
    example: 'yes',
    verbs: launchVerbs,
  },
  hdfsVersion: {
    type: 'version',
    trust: 'none',
    default: defaultHadoopVersion,
    form: versionForm,
    key: 'services.hdfs.version',
    flag: '--hdfs-version',
    group: 'HDFS',
    help: 'Hadoop release to install for HDFS, 3 or newer',
    example: defaultHadoopVersion,
    verbs: launchVerbs,
  },
  hdfsDownloadSource: {
    type: 'url',
    trust: 'code',
    key: 'services.hdfs.download-source',
    flag: '--hdfs-download-source',
    group: 'HDFS',
    help: 'URL to download Hadoop from: http(s), s3 or file, of a folder or an archive',
    details:
      '`{v}` is replaced by the Hadoop version. A URL that ends in `.gz` or `.tgz` is used as it is; to any other URL the file name of the release is appended.',
    unset: 'Apache’s download site, then its archive',
    example: 's3://some-bucket/hadoop/{v}/',
    verbs: launchVerbs,
  },
  coreSite: {
    type: 'properties',
    file: 'core-site',
    trust: 'code',
    default: {},
    provider: 'ec2',
    key: 'services.hdfs.core-site',
    flag: '--core-site',
    group: 'HDFS',
    help: 'Hadoop property for HDFS and its clients, as in core-site.xml',
    details:
      'Requires HDFS. Without HDFS, set properties such as `fs.s3a.endpoint` in `services.spark.spark-defaults` with the prefix `spark.hadoop.`.',
    example: 'fs.trash.interval=1440',
    verbs: launchVerbs,
  },
  hdfsSite: {
    type: 'properties',
    file: 'hdfs-site',
    trust: 'code',
    default: {},
    provider: 'ec2',
    key: 'services.hdfs.hdfs-site',
    flag: '--hdfs-site',
    group: 'HDFS',
    help: 'HDFS property, as in hdfs-site.xml',
    example: 'dfs.replication=1',
    verbs: launchVerbs,
  },
});
