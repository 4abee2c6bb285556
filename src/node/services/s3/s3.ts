import { advice, type Remedy, setOption } from '../../../model/remedy.ts';
import { compareVersions } from '../../../model/software/spark-versions.ts';
import script from './s3-shell.sh';

/**
 * The program that runs a command of Hadoop’s file system shell with a cluster’s S3 settings; it takes Java’s home, a class path,
 * `spark-defaults.conf`, more settings (`NAME=VALUE`, one a line) and the command.
 */
export const s3ShellProgram = script;

/** How long a look at S3 may take, in milliseconds: a JVM that begins on a machine that works, and a few requests. */
export const s3LookLimitMs = 90_000;

/** Whose credentials a cluster’s nodes use: those of their instances, or those of the user whose processes they are. */
export type S3Identity = 'instances' | 'user';

/**
 * Spark’s properties for S3.
 *
 * S3 has no renaming: tasks upload their files without completing them, and the magic committer completes those of the tasks that were
 * committed. Spark writes Parquet by it only if it is told to.
 *
 * @param region region of the buckets, as far as none is said elsewhere; S3A asks `us-east-2` where each bucket is if there is none
 */
export function s3Properties(
  sparkVersion: string,
  identity: S3Identity,
  region?: string,
): [string, string][] {
  const properties: [string, string][] = [
    ['spark.hadoop.fs.s3a.committer.name', 'magic'],
    ['spark.hadoop.fs.s3a.committer.magic.enabled', 'true'],
    [
      'spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a',
      'org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory',
    ],
    [
      'spark.sql.sources.commitProtocolClass',
      'org.apache.spark.internal.io.cloud.PathOutputCommitProtocol',
    ],
    [
      'spark.sql.parquet.output.committer.class',
      'org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter',
    ],
  ];
  if (region !== undefined) properties.push(['spark.hadoop.fs.s3a.endpoint.region', region]);
  if (identity === 'user')
    properties.push([
      'spark.hadoop.fs.s3a.aws.credentials.provider',
      [
        // What Spark hands on of a driver’s environment.
        'org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider',
        'org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider',
        compareVersions(sparkVersion, '4.0.0') < 0
          ? 'com.amazonaws.auth.DefaultAWSCredentialsProviderChain'
          : 'software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider',
      ].join(','),
    ]);
  return properties;
}

/** Places that options name, those on S3 among them. */
export interface NamedPlaces {
  readonly eventLogFolder?: string | undefined;
  readonly warehouse?: string | null | undefined;
}

/**
 * Reads the paths on S3 that options name, and reports those that can’t be read. The folder of event logs is made: without it no job
 * starts.
 *
 * @param run runs a command of Hadoop’s file system shell
 */
export async function reportS3Problems(
  { eventLogFolder, warehouse }: NamedPlaces,
  identity: S3Identity,
  run: (
    command: readonly string[],
  ) => Promise<{ readonly code: number | null; readonly stderr: string }>,
  report: (problem: S3Problem) => void,
): Promise<void> {
  const looks = [
    ...(eventLogFolder === undefined ? [] : [['-mkdir', '-p', eventLogFolder]]),
    ...(warehouse?.startsWith('s3a://') === true ? [['-ls', warehouse]] : []),
  ];
  await Promise.all(
    looks.map(async (look) => {
      const { code, stderr } = await run(look);
      const problem = code === 0 ? undefined : s3Problem(look.at(-1) ?? '', stderr, identity);
      if (problem !== undefined) report(problem);
    }),
  );
}

/** What a role needs to read and write a path on S3: https://hadoop.apache.org/docs/r3.4.2/hadoop-aws/tools/hadoop-aws/assumed_roles.html */
const actions = {
  bucket: ['s3:ListBucket', 's3:ListBucketMultipartUploads', 's3:GetBucketLocation'],
  object: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
} as const;

/** Why a path on S3 can’t be read, and what to do. */
export interface S3Problem {
  readonly message: string;
  readonly remedies: readonly Remedy[];
}

/**
 * What the file system shell says of a path that it could not list.
 *
 * @param stderr of {@link s3ShellProgram}
 * @returns `undefined` if nothing is wrong with it: a folder that isn’t there yet
 */
export function s3Problem(
  path: string,
  stderr: string,
  identity: S3Identity,
): S3Problem | undefined {
  const reason = stderr
    .split('\n')
    .findLast((line) => /^(?:ls|mkdir): /.test(line))
    ?.replace(/^\w+: /, '');
  if (reason?.endsWith('No such file or directory') === true) return undefined;
  const who = identity === 'instances' ? 'the role of the instance profile' : 'the AWS profile';
  const bucket = /^s3a:\/\/([^/]+)/.exec(path)?.[1] ?? '';
  if (/AccessDenied|Status Code: 403|Forbidden/.test(stderr))
    return {
      message: `${path} can’t be read: access denied.`,
      remedies: advice(
        `Allow ${who} ${actions.bucket.join(', ')} on arn:aws:s3:::${bucket}, and ${actions.object.join(', ')} on arn:aws:s3:::${bucket}/*.`,
      ),
    };
  if (/NoAwsCredentials|NoAuthWithAWS|Unable to load credentials|No AWS Credentials/i.test(stderr))
    return {
      message: `${path} can’t be read: no AWS credentials were found.`,
      remedies:
        identity === 'instances'
          ? [
              setOption(
                'Launch the cluster with an instance profile.',
                'providers.ec2.instance-profile-name',
              ),
            ]
          : advice('Set AWS_PROFILE, or sign in: aws sso login.'),
    };
  if (/UnknownStore|NoSuchBucket|Bucket does not exist/.test(stderr))
    return {
      message: `${path} can’t be read: there is no bucket "${bucket}".`,
      remedies: advice(`Create it: aws s3 mb s3://${bucket}`),
    };
  return {
    message: `${path} can’t be read: ${(reason ?? stderr.trim().split('\n').at(-1) ?? '').replace(/\.$/, '').slice(0, 500)}.`,
    remedies: advice('Check the bucket, its region and the network connection.'),
  };
}
