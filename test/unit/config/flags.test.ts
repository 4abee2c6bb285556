import { describe, expect, it } from 'vitest';
import { flagOf, flagsFor, parseFlag } from '../../../src/config/flags.ts';
import { allVerbs } from '../../../src/config/options/option.ts';

// Every option of the Python tool's `launch`, and what it may be given.
const theirFlags =
  `--num-slaves --java-version --install-hdfs --no-install-hdfs --hdfs-version --hdfs-download-source
  --install-spark --no-install-spark --spark-executor-instances --spark-version --spark-download-source --spark-git-commit
  --spark-git-repository --assume-yes --no-assume-yes --ec2-key-name --ec2-identity-file --ec2-instance-type --ec2-region
  --ec2-availability-zone --ec2-ami --ec2-user --ec2-security-group --ec2-spot-price --ec2-spot-request-duration
  --ec2-min-root-ebs-size-gb --ec2-vpc-id --ec2-subnet-id --ec2-instance-profile-name --ec2-placement-group --ec2-tenancy
  --ec2-ebs-optimized --no-ec2-ebs-optimized --ec2-instance-initiated-shutdown-behavior --ec2-user-data --ec2-tag
  --ec2-authorize-access-from --debug --no-debug --provider`.split(/\s+/);

const spellings = (verb: (typeof allVerbs)[number]): string[] =>
  flagsFor(verb).flatMap(({ flag, aliases, negations }) => [flag, ...aliases, ...negations]);

describe('flagsFor', () => {
  it('has every flag of the Python tool’s launch', () => {
    const ours = spellings('launch');
    expect(theirFlags.filter((flag) => !ours.includes(flag))).toEqual([]);
  });

  it.each(allVerbs)('gives %s each spelling once', (verb) => {
    const all = spellings(verb);
    expect(all.filter((flag, index) => all.indexOf(flag) !== index)).toEqual([]);
    expect(all.filter((flag) => !/^--[a-z0-9]+(-[a-z0-9]+)*$/.test(flag))).toEqual([]);
  });

  it('gives every verb what it takes to find a cluster on EC2', () => {
    for (const verb of allVerbs)
      expect(spellings(verb)).toEqual(
        expect.arrayContaining([
          '--ec2-region',
          '--ec2-vpc-id',
          '--ec2-user',
          '--ec2-identity-file',
          '--ec2-profile',
          '--provider',
        ]),
      );
    expect(spellings('describe')).not.toContain('--num-workers');
    expect(spellings('addWorkers')).toEqual(
      expect.arrayContaining(['--ec2-spot-price', '--ec2-tag', '--ec2-min-root-ebs-size-gb']),
    );
  });

  it('describes a flag', () => {
    expect(flagOf('numWorkers')).toMatchObject({
      flag: '--num-workers',
      aliases: ['--num-slaves'],
      negations: [],
      metavar: 'N',
      repeatable: false,
      help: 'Number of workers, in addition to the master (default: 2)',
    });
    expect(flagOf('ec2Tags')).toMatchObject({
      metavar: 'KEY,VALUE',
      repeatable: true,
      help: 'Tag to add to the instances and their volumes; repeatable',
    });
    expect(flagOf('installHdfs')).toMatchObject({
      metavar: null,
      negations: ['--no-install-hdfs'],
    });
    expect(flagOf('ec2SpotRequestDuration').deprecated).toContain('ignored');
  });
});

describe('parseFlag', () => {
  it.each([
    ['numWorkers', '3', 3],
    ['installHdfs', true, true],
    ['installHdfs', false, false],
    ['sparkVersion', '3.10', '3.10'],
    ['ec2SpotPrice', '0.05', 0.05],
    ['localWorkerMemory', '2g', 2048],
    ['localWorkerMemory', '1024', 1024],
    ['localWorkerMemory', '512MiB', 512],
    ['idleTimeout', '90 min', 5_400],
    ['maxLifetime', '1 h 30 min', 5_400],
    ['maxLifetime', '', undefined],
    [
      'ec2Volumes',
      ['size=500', 'size=200,iops=6000,type=io2'],
      [{ sizeGiB: 500 }, { sizeGiB: 200, type: 'io2', iops: 6_000 }],
    ],
    ['ec2Tags', ['a b, c', 'd,'], { 'a b': 'c', d: '' }],
    ['ec2SecurityGroups', ['a', 'b c'], ['a', 'b c']],
    ['ec2KeyName', 'no', 'no'],
    ['ec2VpcId', '', undefined],
  ] as const)('%s %j', (name, text, value) => {
    expect(parseFlag(name, text)).toEqual({ value, problem: null });
  });

  it.each([
    ['numWorkers', '0', '--num-workers: 0 is too small.'],
    ['numWorkers', '5001', '--num-workers: 5001 is too large.'],
    ['numWorkers', '2.5', '--num-workers: "2.5" is not a whole number.'],
    ['numWorkers', '', '--num-workers: "" is not a whole number.'],
    ['idleTimeout', '30', '--idle-timeout: "30" is not a duration such as 30 min, 2 h or 1 d.'],
    ['idleTimeout', '9 s', '--idle-timeout: 9 s is too short.'],
    ['maxLifetime', '366 d', '--max-lifetime: 366 d is too long.'],
    [
      'ec2Volumes',
      ['500'],
      '--ec2-volume: "500" is not a volume such as size=500 or size=500,type=gp3,iops=6000,throughput=250.',
    ],
    ['provider', 'gce', '--provider: "gce" is not a valid value.'],
    [
      'ec2Tags',
      ['a', 'b,c,d'],
      '--ec2-tag: "a" contains no comma. "b,c,d" contains more than one comma.',
    ],
    [
      'ec2AuthorizeAccessFrom',
      ['somewhere'],
      '--ec2-authorize-access-from: "somewhere" is neither an IP address, a CIDR block nor a security group ID.',
    ],
    ['localMasterUiPort', '0', '--local-master-ui-port: 0 is too small.'],
    ['ec2KeyName', 'a\nb', '--ec2-key-name: "a\\nb" contains control characters.'],
    [
      'ec2IdentityFile',
      'k\x1b[2J',
      '--ec2-identity-file: "k\\u001b[2J" contains control characters.',
    ],
    ['ec2SecurityGroups', ['a\r'], '--ec2-security-group: "a\\r" contains control characters.'],
    ['ec2Tags', ['a,b\nc'], '--ec2-tag: "a,b\\nc" contains control characters.'],
    [
      'ec2User',
      '-oProxyCommand=x',
      '--ec2-user: "-oProxyCommand=x" is not a user name such as ec2-user.',
    ],
    ['ec2User', 'a b', '--ec2-user: "a b" is not a user name such as ec2-user.'],
    [
      'ec2SshProxy',
      '-oProxyCommand=x',
      '--ec2-ssh-proxy: "-oProxyCommand=x" is not a host as in ssh -J, such as me@bastion.example.com.',
    ],
    [
      'ec2SshProxy',
      'a b',
      '--ec2-ssh-proxy: "a b" is not a host as in ssh -J, such as me@bastion.example.com.',
    ],
    ['ec2Region', 'Ireland', '--ec2-region: "Ireland" is not a Region such as eu-west-1.'],
  ] as const)('%s %j is refused', (name, text, message) => {
    expect(parseFlag(name, text)).toMatchObject({
      value: undefined,
      problem: { severity: 'error', file: null, line: null, message },
    });
  });

  it('names the flag as it was given', () => {
    expect(parseFlag('numWorkers', 'x', '--num-slaves').problem).toMatchObject({
      key: '--num-slaves',
      message: '--num-slaves: "x" is not a whole number.',
    });
  });
});
