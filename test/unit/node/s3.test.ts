import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { propertyLine } from '../../../src/node/services/properties-file.ts';
import { parseListing } from '../../../src/node/services/s3/event-logs.ts';
import {
  reportS3Problems,
  type S3Problem,
  s3Problem,
  s3Properties,
} from '../../../src/node/services/s3/s3.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const program = join(import.meta.dirname, '../../../src/node/services/s3/s3-shell.sh');

describe('s3Problem', () => {
  const path = 's3a://data/w';
  const cases: [string, string, string, string][] = [
    [
      'a bucket that isn’t there',
      "ls: `s3a://data/w': getFileStatus on s3a://data/w: software.amazon.awssdk.services.s3.model.NoSuchBucketException: The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: x):NoSuchBucket",
      's3a://data/w can’t be read: there is no bucket "data".',
      'Create it: aws s3 mb s3://data',
    ],
    [
      'a role without permissions',
      'ls: s3a://data/w: getFileStatus on s3a://data/w: software.amazon.awssdk.services.s3.model.S3Exception: null (Service: S3, Status Code: 403, Request ID: x):null',
      's3a://data/w can’t be read: access denied.',
      'Allow the role of the instance profile s3:ListBucket, s3:ListBucketMultipartUploads, s3:GetBucketLocation on arn:aws:s3:::data, and s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload on arn:aws:s3:::data/*.',
    ],
    [
      'no credentials',
      'ls: s3a://data/x: org.apache.hadoop.fs.s3a.auth.NoAuthWithAWSException: No AWS Credentials provided by TemporaryAWSCredentialsProvider',
      's3a://data/w can’t be read: no AWS credentials were found.',
      'Launch the cluster with an instance profile.',
    ],
    [
      'anything else',
      'SLF4J: nothing\nmkdir: Unable to execute HTTP request: Connect to s3 failed.',
      's3a://data/w can’t be read: Unable to execute HTTP request: Connect to s3 failed.',
      'Check the bucket, its region and the network connection.',
    ],
  ];
  it.each(cases)('names %s', (_what, stderr, message, remedy) => {
    const problem = s3Problem(path, stderr, 'instances');
    expect([problem?.message, problem?.remedies[0]?.text]).toEqual([message, remedy]);
  });

  it('finds nothing wrong with a folder that isn’t there yet', () => {
    const stderr = "SLF4J: nothing\nls: `s3a://data/nothing': No such file or directory\n";
    expect(s3Problem('s3a://data/nothing', stderr, 'user')).toBeUndefined();
  });
});

describe('reportS3Problems', () => {
  it('makes the folder of event logs, reads a warehouse on S3, and passes over one that isn’t', async () => {
    const looks: string[] = [];
    const problems: S3Problem[] = [];
    const run = (command: readonly string[]): Promise<{ code: number; stderr: string }> => {
      looks.push(command.join(' '));
      return Promise.resolve({ code: 1, stderr: 'ls: Status Code: 403' });
    };
    const places = { eventLogFolder: 's3a://b/e', warehouse: 's3a://b/w' };
    await reportS3Problems(places, 'user', run, (problem) => problems.push(problem));
    await reportS3Problems({ warehouse: '/local' }, 'user', run, (one) => problems.push(one));
    expect(looks).toEqual(['-mkdir -p s3a://b/e', '-ls s3a://b/w']);
    expect(problems.map(({ message }) => message)).toEqual([
      's3a://b/e can’t be read: access denied.',
      's3a://b/w can’t be read: access denied.',
    ]);
  });
});

describe('s3Properties', () => {
  it('set the committer for all Sparks, the region of instances, and the profile of a user', () => {
    const properties = Object.fromEntries(s3Properties('4.1.4', 'instances', 'eu-west-1'));
    expect(properties).toMatchObject({
      'spark.hadoop.fs.s3a.committer.name': 'magic',
      'spark.hadoop.fs.s3a.endpoint.region': 'eu-west-1',
    });
    const provider = 'spark.hadoop.fs.s3a.aws.credentials.provider';
    expect(properties[provider]).toBeUndefined();
    expect(Object.fromEntries(s3Properties('3.5.9', 'user'))[provider]).toContain('com.amazonaws.');
    expect(Object.fromEntries(s3Properties('4.0.5', 'user'))[provider]).toContain('.awssdk.');
  });
});

describe('parseListing', () => {
  it('gives files that have names of event logs in the folder, with size and time', () => {
    const text = [
      'drwxrwxrwx   - root root          0 2026-11-30 20:58 s3a://b/e/eventlog_v2_app-1',
      '-rw-rw-rw-   1 root root        123 2026-11-30 20:57 s3a://b/e/eventlog_v2_app-1/events_1_app-1.zstd',
      '-rw-rw-rw-   1 a b root          5 2026-11-30 20:56 s3a://b/e/app-2',
      '-rw-rw-rw-   1 root root          5 2026-11-30 20:56 s3a://b/e/../../etc/passwd',
      '-rw-rw-rw-   1 root root          5 2026-11-30 20:56 s3a://other/e/app-3',
    ].join('\n');
    expect(parseListing(text, 's3a://b/e')).toEqual([
      {
        path: 'eventlog_v2_app-1/events_1_app-1.zstd',
        bytes: 123,
        modifiedAt: Date.UTC(2026, 10, 30, 20, 57),
      },
      { path: 'app-2', bytes: 5, modifiedAt: Date.UTC(2026, 10, 30, 20, 56) },
    ]);
  });
});

describe('s3-shell.sh', () => {
  it('hands the settings of S3 to the shell in a file for its user alone, which is gone then, and none as an argument', () => {
    const folder = temporaryFolder('s3');
    mkdirSync(join(folder, 'bin'));
    // In place of Java: says what it was given.
    writeFileSync(
      join(folder, 'bin', 'java'),
      `#!/bin/bash\nwhile [ "$1" != -cp ]; do shift; done\nfile=\${2%%:*}/core-site.xml\necho "$file"\nstat -c %a "$file"\ncat "$file"\nshift 2\necho "$@"\n`,
      { mode: 0o755 },
    );
    const value = String.raw`a&b<c>\d:e`;
    const lines = [
      'spark.master local\n',
      propertyLine('spark.hadoop.fs.s3a.secret.key', value),
      propertyLine('spark.hadoop.fs.s3a.endpoint', 'http://one'),
      propertyLine('spark.hadoop.dfs.x', 'y'),
    ];
    writeFileSync(join(folder, 'defaults'), lines.join(''));
    const settings = 'fs.s3a.endpoint=http://two\nfs.s3a.path.style.access=true';
    const args = [folder, '/jars/*', join(folder, 'defaults'), settings, '-ls', 's3a://b/w w'];
    const { stdout, stderr } = spawnSync('bash', [program, ...args], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const [file = '', mode, ...rest] = stdout.trim().split('\n');
    expect(mode).toBe('600');
    expect(rest.at(-1)).toBe('org.apache.hadoop.fs.FsShell -ls s3a://b/w w');
    const text = rest.join('\n');
    expect(text).toContain(
      String.raw`<name>fs.s3a.secret.key</name><value>a&amp;b&lt;c>\d:e</value>`,
    );
    // The last one counts.
    expect(text.indexOf('http://one')).toBeLessThan(text.indexOf('http://two'));
    expect(text).not.toContain('dfs.x');
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });
});
