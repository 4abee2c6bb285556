import type { Surroundings } from '../../../base/surroundings.ts';
import { sparkDefaultsOf } from '../daemons/environment.ts';
import type { LocalCluster } from '../records/records.ts';

// Nothing of it is secret. Spark itself hands the keys of a driver’s environment on to Hadoop’s S3 client.
const awsSettings = [
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CA_BUNDLE',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
] as const;

type Env = Pick<Surroundings, 'env'>;

/**
 * What jobs are told of the user's AWS settings, their executors too: as those of the job, not of the client that launched the cluster,
 * and nothing secret.
 */
export function awsJobSettings(cluster: LocalCluster, context: Env): [string, string][] {
  const executor = Object.entries(settingsOf(context)).map(([name, value]): [string, string] => [
    `spark.executorEnv.${name}`,
    value,
  ]);
  return [...executor, ...s3Settings(cluster, context)];
}

/** Where S3 is, if the user’s environment names a store other than AWS’s; what the cluster’s Spark properties say wins. */
export function s3Settings(cluster: LocalCluster, { env }: Env): [string, string][] {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  if (cluster.record.packages?.s3 !== true || !endpoint) return [];
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  const settings: [string, string][] = [
    ['spark.hadoop.fs.s3a.endpoint', endpoint],
    // Such a store rarely has a host name for each bucket.
    ['spark.hadoop.fs.s3a.path.style.access', 'true'],
    ...(region ? [['spark.hadoop.fs.s3a.endpoint.region', region] as [string, string]] : []),
  ];
  const own = sparkDefaultsOf(cluster);
  return settings.filter(([key]) => own[key] === undefined);
}

/** The part of a user’s environment by which what runs on for days finds S3: the profile, never keys. */
export function s3Environment(cluster: LocalCluster, context: Env): Record<string, string> {
  return cluster.record.packages?.s3 === true ? settingsOf(context) : {};
}

function settingsOf({ env }: Env): Record<string, string> {
  return Object.fromEntries(
    awsSettings.flatMap((name): [string, string][] => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}
