import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Flintrock, type PartialValues, type Plan } from '../../src/index.ts';
import {
  Account,
  type Environment,
  errorOf,
  hurriedClock,
  launchIdAt,
  type Person,
} from '../helpers/ec2/account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { images } from '../lab/images.ts';

let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  person = account.person();
});
beforeEach(() => account.reset({ hosts: false }));
afterAll(() => account.reset());

/** The plan of a launch, of which nothing may have been made. */
async function plan(values: PartialValues = {}, env: Environment = {}): Promise<Plan> {
  const found = await person.open(new RecordingHost(), env).plan('planned', {
    values: person.values(values),
  });
  expect(await account.changes()).toEqual([]);
  return found;
}

/** What a plan says is wrong, one text a problem. */
async function problems(values: PartialValues, env: Environment = {}): Promise<string[]> {
  const found = await plan(values, env);
  expect(found.ok).toBe(false);
  expect(found.changes).toEqual([]);
  return found.problems
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code}: ${message}`);
}

/** A file of the user's; gives its path. */
function file(name: string, content: string): string {
  const path = join(person.home, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function rsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

describe('a plan that is fine', () => {
  it('says what is made, and makes nothing', async () => {
    const found = await plan({ numWorkers: 3 });
    expect(found).toMatchObject({ ok: true, provider: 'ec2', region: 'us-east-1', problems: [] });
    expect(found.nodes).toMatchObject([
      { role: 'master', count: 1, type: 'm5.large' },
      {
        role: 'worker',
        count: 3,
        cores: 2,
        memoryMiB: 8192,
        offer: {
          cores: 2,
          memoryMiB: 7168,
          executors: { perWorker: 1, cores: 2, memoryMiB: 7168 },
          scratch: [{ kind: 'root-volume', sizeGiB: 30 }],
        },
      },
    ]);
    const text = found.changes.join('\n');
    expect(text).toContain(`allows SSH from ${account.lab.clientAddress}/32, and all traffic`);
    expect(text).toContain('4 m5.large instances');
    expect(text).toContain('encrypted root volume of 30 GiB gp3 and a public address');
    expect(text).toContain('the nodes terminate after 15 minutes');
    // It asked whether it may, and whether EC2 would.
    const trials = (await account.calls()).filter(({ params }) => params['DryRun'] === 'true');
    expect(trials.map(({ action }) => action).sort()).toEqual([
      'CreateSecurityGroup',
      'RunInstances',
    ]);
  });

  it('says what workers offer to Spark', async () => {
    const offer = async (values: PartialValues) =>
      (await plan(values)).nodes.find(({ role }) => role === 'worker')?.offer;
    expect(await offer({ ec2InstanceType: 'm5d.4xlarge', installHdfs: true })).toEqual({
      cores: 16,
      // Of 64 GiB a tenth is the system's, and one GiB is HDFS's.
      memoryMiB: 65_536 - 6_553 - 1024,
      executors: { perWorker: 4, cores: 4, memoryMiB: 14_489 },
      scratch: [{ kind: 'instance-store', count: 2, sizeGB: 300 }],
    });
    const own = {
      ec2Volumes: [{ sizeGiB: 500 }, { sizeGiB: 500 }],
      sparkDefaults: { 'spark.executor.memory': '1g', 'spark.executor.cores': '1' },
    };
    expect(await offer(own)).toMatchObject({
      executors: { perWorker: 2, cores: 1, memoryMiB: 1024 },
      scratch: [{ kind: 'volumes', count: 2, sizeGiB: 500 }],
    });
    expect(await offer({ sparkEnv: { SPARK_LOCAL_DIRS: '/x,/y' } })).toMatchObject({
      scratch: [{ kind: 'folder', path: '/x,/y' }],
    });
    expect(await offer({ installSpark: false, installHdfs: true })).toBeUndefined();
    expect(await problems({ sparkDefaults: { 'spark.executor.memory': '8g' } })).toEqual([
      expect.stringContaining('fit on no worker: m5.large offers 7 GiB'),
    ]);
  });

  it('takes the newest Amazon Linux 2023 of the type’s architecture', async () => {
    const asked = async (type: string) => {
      await account.lab.resetCalls();
      await plan({ ec2InstanceType: type });
      const call = (await account.calls()).find(({ action }) => action === 'GetParameter');
      return call?.params['Name'];
    };
    const name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-';
    expect(await asked('m5.large')).toBe(`${name}x86_64`);
    expect(await asked('m6g.large')).toBe(`${name}arm64`);
  });

  it('says what it costs, disks and addresses included', async () => {
    await account.lab.prices({ instances: { 'm5.large': 0.1 }, gp3: 0.073, publicIpv4: 0.005 });
    const { price } = await plan({ numWorkers: 3, ec2MinRootEbsSizeGb: 100 });
    expect(price?.currency).toBe('USD');
    expect(price?.parts.map(({ name, perHour }) => [name, round(perHour)])).toEqual([
      ['4 × m5.large', 0.4],
      ['4 × 100 GiB gp3', 0.04],
      ['4 × public IPv4 address', 0.02],
    ]);
    expect(round(price?.perHour)).toBe(0.46);
    // Of Spot Instances what is paid at most.
    const spot = await plan({ numWorkers: 3, ec2SpotPrice: 0.03 });
    expect(spot.price?.parts[0]).toMatchObject({ name: '4 × m5.large, maximum Spot price' });
    expect(round(spot.price?.parts[0]?.perHour)).toBe(0.12);
  });

  it('goes without a price where the price list can’t be asked, or doesn’t know', async () => {
    await account.lab.faults([
      { action: 'GetProducts', code: 'AccessDeniedException', times: null },
    ]);
    expect(await plan()).toMatchObject({ ok: true, price: null });
    await account.lab.clearFaults();
    expect(await plan({ ec2InstanceType: 'm4.large' })).toMatchObject({ ok: true, price: null });
  });
});

function round(dollars = 0): number {
  return Math.round(dollars * 1e6) / 1e6;
}

describe('a plan finds, before anything is made,', () => {
  it('everything that is wrong at once', async () => {
    const other = file('other.pem', rsaKey());
    const found = await problems({
      ec2Ami: 'ami-00000000000000bad',
      ec2InstanceType: 'm5.tiny',
      ec2SubnetId: ['subnet-00000bad'],
      ec2VpcId: 'vpc-00000bad',
      ec2KeyName: 'nobody',
      ec2IdentityFile: other,
      ec2UserData: join(person.home, 'missing.sh'),
      javaVersion: 11,
      sparkGitCommit: 'latest',
    });
    expect(found.sort()).toEqual([
      expect.stringMatching(/^AWS_RESOURCE_NOT_FOUND: .*ami-00000000000000bad/),
      expect.stringMatching(/^AWS_RESOURCE_NOT_FOUND: .*m5\.tiny/),
      expect.stringMatching(/^AWS_RESOURCE_NOT_FOUND: .*Key pair "nobody"/),
      expect.stringMatching(/^AWS_RESOURCE_NOT_FOUND: .*Subnet subnet-00000bad/),
      expect.stringMatching(/^FILE_NOT_FOUND: .*missing\.sh/),
      expect.stringMatching(/^JAVA_NOT_FOUND: .*11 is configured/),
      expect.stringMatching(/^PLAN_REFUSED: .*Git commit/),
    ]);
    // A launch says the same, and makes as little.
    const error = await errorOf(
      person.open().launch('planned', {
        values: person.values({ ec2Ami: 'ami-00000000000000bad', ec2InstanceType: 'm5.tiny' }),
      }),
      'PLAN_REFUSED',
    );
    expect(error.message).toContain('2 problems');
    expect(error.message).toMatch(/ami-00000000000000bad[^]*m5\.tiny|m5\.tiny[^]*ami-0+bad/);
    expect(await account.changes()).toEqual([]);
  });

  it('an image for another processor', async () => {
    expect(await problems({ ec2Ami: images.arm64 })).toEqual([
      expect.stringMatching(/^PLAN_REFUSED: .*is for arm64, but m5\.large is x86_64/),
    ]);
    expect(await problems({ ec2Ami: images.debian, ec2InstanceType: 'm6g.large' })).toEqual([
      expect.stringMatching(/^PLAN_REFUSED: .*is for x86_64, but m6g\.large is arm64/),
    ]);
  });

  it('a subnet in another zone, or of another VPC', async () => {
    const { Subnets = [] } = await account.ec2.send(new DescribeSubnetsCommand({}));
    const subnet = Subnets.find(({ AvailabilityZone }) => AvailabilityZone === 'us-east-1a');
    const ec2SubnetId = [subnet?.SubnetId ?? ''];
    expect(await problems({ ec2SubnetId, ec2AvailabilityZone: ['us-east-1b'] })).toEqual([
      expect.stringMatching(/^AWS_RESOURCE_NOT_FOUND: .*is in us-east-1a, not in us-east-1b/),
    ]);
    expect(await problems({ ec2SubnetId, ec2VpcId: 'vpc-00000bad' })).toEqual([
      expect.stringMatching(/^PLAN_REFUSED: .*not in vpc-00000bad/),
    ]);
    const { Vpc } = await account.ec2.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
    const own = await account.ec2.send(
      new CreateSubnetCommand({
        VpcId: Vpc?.VpcId,
        CidrBlock: '10.1.1.0/24',
        AvailabilityZone: 'us-east-1c',
      }),
    );
    const found = await plan({ ec2SubnetId: [own.Subnet?.SubnetId ?? ''], ec2VpcId: Vpc?.VpcId });
    expect(found.ok).toBe(true);
    expect(found.changes.join('\n')).toContain('in us-east-1c');
    expect(found.changes.join('\n')).toContain('no public address');
  });

  it('a region without a default VPC, and lists what there is', async () => {
    const { Subnets = [] } = await account.ec2.send(new DescribeSubnetsCommand({}));
    const { Vpc } = await account.ec2.send(new CreateVpcCommand({ CidrBlock: '10.2.0.0/16' }));
    const own = await account.ec2.send(
      new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.2.1.0/24' }),
    );
    for (const { SubnetId } of Subnets)
      await account.ec2.send(new DeleteSubnetCommand({ SubnetId }));
    const found = await plan();
    expect(found.ok).toBe(false);
    expect(found.problems.map(({ message }) => message)).toEqual([
      'There are no default subnets in us-east-1: the AWS account has no default VPC there, or it was left without subnets.',
    ]);
    expect(hintOf(found.problems[0])).toContain(own.Subnet?.SubnetId);
  });

  it('a group that isn’t there', async () => {
    await account.makeGroup('there');
    expect((await plan({ ec2SecurityGroups: ['there'] })).ok).toBe(true);
    expect(await problems({ ec2SecurityGroups: ['there', 'gone'] })).toEqual([
      expect.stringMatching(/^AWS_RESOURCE_NOT_FOUND: .*group "gone"/),
    ]);
  });

  it('a key that isn’t the pair’s, isn’t one, or can’t be opened', async () => {
    const { keyPair } = account.lab;
    const other = file('other.pem', rsaKey());
    const pair = { ec2KeyName: keyPair.name };
    expect((await plan({ ...pair, ec2IdentityFile: keyPair.privateKeyFile })).ok).toBe(true);
    expect(await problems({ ...pair, ec2IdentityFile: other })).toEqual([
      expect.stringMatching(/^IDENTITY_INVALID: .*other\.pem \(SHA256:\S+\) is not .* "lab"/),
    ]);
    expect(await problems(pair)).toEqual([
      expect.stringMatching(
        /^IDENTITY_INVALID: SSH requires the private key with the fingerprint SHA256:\S+: no file is specified, and no SSH agent is running\.$/,
      ),
    ]);
    expect(await problems({ ec2IdentityFile: join(person.home, 'none.pem') })).toEqual([
      expect.stringMatching(/^FILE_NOT_FOUND: .*none\.pem/),
    ]);
    expect(await problems({ ec2IdentityFile: file('text.pem', 'no key\n') })).toEqual([
      expect.stringMatching(/^IDENTITY_INVALID: .*text\.pem/),
    ]);
    const locked = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs1',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    });
    const path = file('locked.pem', locked.toString());
    expect(await problems({ ec2IdentityFile: path })).toEqual([
      expect.stringMatching(/^IDENTITY_INVALID: .*locked\.pem .*passphrase/),
    ]);
    const host = new RecordingHost({ 'key.passphrase': 'open sesame' });
    const values = person.values({ ec2IdentityFile: path });
    expect((await person.open(host).plan('planned', { values })).ok).toBe(true);
    expect(host.questions.map(({ code }) => code)).toEqual(['key.passphrase']);
  });

  it('user data that EC2 would not take', async () => {
    const noise = Array.from({ length: 3000 }, (_, n) => Math.sin(n).toString(36)).join('\n');
    const large = file('large.sh', `#!/bin/sh\n${noise}\n`);
    expect(await problems({ ec2UserData: large })).toEqual([
      expect.stringMatching(/^USER_DATA_TOO_LARGE: .*16384 bytes/),
    ]);
    expect(await problems({ ec2UserData: file('odd.txt', 'hello\n') })).toEqual([
      expect.stringMatching(/^USER_DATA_INVALID: .*"hello"/),
    ]);
    const fine = file('fine.sh', '#!/bin/sh\ntrue\n');
    expect((await plan({ ec2UserData: fine })).ok).toBe(true);
    expect((await plan({ ec2UserData: fine, ec2CloudInit: false })).ok).toBe(true);
    const config = file('config.yaml', '#cloud-config\npackages: [htop]\n');
    expect(await problems({ ec2UserData: config, ec2CloudInit: false })).toEqual([
      expect.stringMatching(/^USER_DATA_INVALID: .*can’t be run without cloud-init/),
    ]);
  });

  it('a name that is taken, whatever state its cluster is in', async () => {
    await account.makeCluster('planned', { state: 'launching', launchId: launchIdAt(60) });
    expect(await problems({})).toEqual([
      expect.stringMatching(
        /^CLUSTER_EXISTS: A cluster named "planned" already exists in vpc-\w+\.$/,
      ),
    ]);
  });

  it('a rival who launches right now, and no one who gave up long ago', async () => {
    const group = (minutes: number) => ({
      'flintrock-name': 'planned',
      'flintrock-launch': launchIdAt(minutes),
      'flintrock-state': 'launching',
    });
    const id = await account.makeGroup('flintrock-planned', group(14));
    expect(await problems({})).toEqual([
      'CLUSTER_EXISTS: Another client is launching a cluster named "planned".',
    ]);
    await account.deleteGroup(id);
    await account.makeGroup('flintrock-planned', group(16));
    const found = await plan();
    expect(found.ok).toBe(true);
    expect(found.changes.join('\n')).toContain('recreated, because an unused one exists');
  });

  it('types of two architectures, and one that no zone has', async () => {
    expect(
      await problems({ ec2MasterInstanceType: 'm6g.large', ec2FallbackInstanceTypes: ['m5.tiny'] }),
    ).toEqual([
      expect.stringMatching(/^AWS_RESOURCE_NOT_FOUND: .*m5\.tiny/),
      expect.stringMatching(/^PLAN_REFUSED: m6g\.large is arm64, but m5\.large is x86_64/),
    ]);
  });

  it('subnets of two VPCs', async () => {
    const { Subnets = [] } = await account.ec2.send(new DescribeSubnetsCommand({}));
    const { Vpc } = await account.ec2.send(new CreateVpcCommand({ CidrBlock: '10.3.0.0/16' }));
    const own = await account.ec2.send(
      new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.3.1.0/24' }),
    );
    const ec2SubnetId = [Subnets[0]?.SubnetId ?? '', own.Subnet?.SubnetId ?? ''];
    expect(await problems({ ec2SubnetId })).toEqual([
      expect.stringMatching(/^PLAN_REFUSED: .*all subnets must be in the same VPC/),
    ]);
  });

  it('subnets without an address for each node', async () => {
    const { Subnets = [] } = await account.ec2.send(new DescribeSubnetsCommand({}));
    const [large] = Subnets;
    const small = await account.ec2.send(
      new CreateSubnetCommand({
        VpcId: large?.VpcId,
        CidrBlock: '172.31.255.0/28',
        AvailabilityZone: 'us-east-1b',
      }),
    );
    const [smallId, largeId] = [small.Subnet?.SubnetId ?? '', large?.SubnetId ?? ''];
    expect(await problems({ ec2SubnetId: [smallId], numWorkers: 20 })).toEqual([
      `PLAN_REFUSED: 21 nodes don’t fit into a subnet: ${smallId} has 11 available addresses.`,
    ]);
    // With another one the launch is planned there, and nowhere else.
    const found = await plan({ ec2SubnetId: [smallId, largeId], numWorkers: 20 });
    expect(found.ok).toBe(true);
    expect(found.problems.map(({ severity }) => severity)).toContain('warning');
    expect(found.changes.join('\n')).toContain('in us-east-1a');
    expect(found.changes.join('\n')).not.toContain('us-east-1b');
    // What the launch does without may not fit.
    expect((await plan({ ec2SubnetId: [smallId], numWorkers: 20, minWorkers: 10 })).ok).toBe(true);
  });

  it('Spark that is too old, and nodes that are too small', async () => {
    expect(await problems({ sparkVersion: '3.4.4' })).toEqual([
      expect.stringMatching(/^PLAN_REFUSED: Spark 3\.4\.4 is not supported/),
    ]);
    expect(await problems({ ec2InstanceType: 't3.micro' })).toEqual([
      expect.stringMatching(/^PLAN_REFUSED: t3\.micro has 1024 MiB/),
    ]);
  });
});

describe('credentials', () => {
  const denied = (action: string) => ({
    action,
    code: 'UnauthorizedOperation',
    status: 403,
    times: null,
    message: `You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/me is not authorized to perform: ec2:${action} on resource: arn:aws:ec2:us-east-1:123456789012:*/*. Encoded authorization failure message: abcDEF`,
  });

  it('that may not do all of it: each missing action is named', async () => {
    await account.lab.faults([denied('RunInstances'), denied('DescribeKeyPairs')]);
    const { keyPair } = account.lab;
    const pair = { ec2KeyName: keyPair.name, ec2IdentityFile: keyPair.privateKeyFile };
    expect((await problems(pair)).sort()).toEqual([
      'AWS_PERMISSION_DENIED: The AWS credentials lack the permission ec2:DescribeKeyPairs.',
      'AWS_PERMISSION_DENIED: The AWS credentials lack the permission ec2:RunInstances.',
    ]);
    await account.lab.faults([denied('RunInstances'), denied('CreateSecurityGroup')]);
    expect((await problems({})).sort()).toEqual([
      'AWS_PERMISSION_DENIED: The AWS credentials lack the permission ec2:CreateSecurityGroup.',
      'AWS_PERMISSION_DENIED: The AWS credentials lack the permission ec2:RunInstances.',
    ]);
  });

  it.each([
    'DescribeInstances',
    'DescribeSubnets',
    'DescribeInstanceTypes',
    'DescribeSecurityGroups',
  ])('that may not ask %s', async (action) => {
    await account.lab.faults([denied(action)]);
    expect(await problems({})).toEqual([
      `AWS_PERMISSION_DENIED: The AWS credentials lack the permission ec2:${action}.`,
    ]);
  });

  it('that aren’t there', async () => {
    const env = {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_SHARED_CREDENTIALS_FILE: join(person.home, 'none'),
      AWS_CONFIG_FILE: join(person.home, 'none'),
    };
    const error = await errorOf(plan({}, env), 'AWS_CREDENTIALS_MISSING');
    expect(hintOf(error)).toContain('--ec2-profile');
    expect(error.source).toBe('user');
    expect(await account.calls()).toEqual([]);
  });

  it('of a profile, with its region', async () => {
    const credentials = file(
      'credentials',
      '[analytics]\naws_access_key_id = from-profile\naws_secret_access_key = secret\n',
    );
    const config = file('config', '[profile analytics]\nregion = eu-west-1\n');
    const env = {
      AWS_SHARED_CREDENTIALS_FILE: credentials,
      AWS_CONFIG_FILE: config,
      AWS_REGION: undefined,
      AWS_DEFAULT_REGION: undefined,
    };
    expect(await plan({ ec2Profile: 'analytics' }, env)).toMatchObject({
      ok: true,
      region: 'eu-west-1',
    });
    const regions = (await account.calls()).filter(({ service }) => service === 'ec2');
    expect(new Set(regions.map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
    const error = await errorOf(plan({ ec2Profile: 'nobody' }, env), 'AWS_CREDENTIALS_MISSING');
    expect(error.message).toContain('nobody');
  });

  it.each([
    ['ExpiredToken', 'AWS_CREDENTIALS_EXPIRED'],
    ['RequestExpired', 'AWS_CREDENTIALS_EXPIRED'],
    ['AuthFailure', 'AWS_CREDENTIALS_INVALID'],
    ['InvalidClientTokenId', 'AWS_CREDENTIALS_INVALID'],
  ] as const)('that AWS refuses: %s', async (code, ours) => {
    await account.lab.faults([{ action: '*', code, status: 401, times: null }]);
    const error = await errorOf(plan(), ours);
    expect(error.message).toContain(code);
    expect(hintOf(error)).toBeTruthy();
  });

  it('by a clock that is off', async () => {
    await account.lab.faults([
      { action: '*', code: 'RequestTimeTooSkewed', status: 403, times: null },
    ]);
    const late = { now: () => Date.now() + 3_600_000, sleep: () => Promise.resolve() };
    const flintrock = new Flintrock({
      surroundings: { env: person.env, home: person.home, cwd: person.home, clock: late },
    });
    const error = await errorOf(
      flintrock.plan('planned', { values: person.values() }),
      'AWS_CLOCK_SKEWED',
    );
    expect(error.message).toMatch(/off by 3(599|600|601) s \(ahead\)/);
  });
});

describe('an endpoint', () => {
  const limit = 12_000;

  it('that nobody listens on', { timeout: limit }, async () => {
    const error = await errorOf(
      plan({}, { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }),
      'AWS_UNREACHABLE',
    );
    expect(hintOf(error)).toContain('AWS_ENDPOINT_URL');
  });

  it('that closes every connection', { timeout: limit }, async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      await errorOf(plan({}, { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` }), 'AWS_UNREACHABLE');
      expect(sockets.length).toBeGreaterThan(1);
    } finally {
      server.close();
    }
  });

  it('that doesn’t answer', { timeout: limit }, async () => {
    // An address of the lab's network that no machine has.
    const error = await errorOf(
      plan({}, { AWS_ENDPOINT_URL: 'http://127.20.200.200:5000' }),
      'AWS_UNREACHABLE',
    );
    expect(error.source).toBe('environment');
  });
});

describe('a storm of "slow down"', () => {
  it.each([
    'DescribeInstances',
    'DescribeInstanceTypes',
    'DescribeImages',
    'DescribeSubnets',
    'DescribeInstanceTypeOfferings',
    'DescribeSecurityGroups',
    'GetParameter',
  ])('on %s, ten in a row, is waited out', async (action) => {
    const code = action === 'GetParameter' ? 'ThrottlingException' : 'RequestLimitExceeded';
    await account.lab.faults([{ action, code, status: 503, times: 10 }]);
    const host = new RecordingHost();
    const clock = hurriedClock();
    const flintrock = new Flintrock({
      host,
      surroundings: { env: person.env, home: person.home, cwd: person.home, clock },
    });
    const found = await flintrock.plan('planned', { values: person.values() });
    expect(found).toMatchObject({ ok: true, problems: [] });
    const tries = (await account.calls()).filter((call) => call.action === action);
    expect(tries.length).toBeGreaterThanOrEqual(11);
    expect(clock.now() - Date.now()).toBeGreaterThan(1000);
  });
});

it('suggests S3 to who has an instance profile, unless it was decided', async () => {
  await account.createInstanceProfile('Spark_S3');
  const suggestions = async (values: PartialValues): Promise<Plan['suggestions']> =>
    (await plan({ ec2InstanceProfileName: 'Spark_S3', ...values })).suggestions;
  expect(await suggestions({})).toMatchObject([
    { key: 'launch.s3', remedies: [{ action: { option: 'launch.s3', value: true } }] },
  ]);
  for (const values of [{ s3: true }, { s3: false }, { installSpark: false, installHdfs: true }])
    expect(await suggestions(values)).toBeUndefined();
  expect((await plan()).suggestions).toBeUndefined();
});
