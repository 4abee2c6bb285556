import { execFile } from 'node:child_process';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  EC2Client,
  GetConsoleOutputCommand,
  type Instance,
  type IpPermission,
  ModifyInstanceMetadataOptionsCommand,
  RebootInstancesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseSparkStatus } from '../../src/node/services/spark.ts';
import { images } from './images.ts';
import { type Lab, openLab } from './lab.ts';

let lab: Lab;
let ec2: EC2Client;

const credentials = { accessKeyId: 'lab', secretAccessKey: 'lab' };

beforeAll(async () => {
  lab = await openLab();
  ec2 = client();
});

function client(): EC2Client {
  return new EC2Client({
    endpoint: lab.endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
}

describe('the API', () => {
  beforeEach(async () => {
    await lab.reset();
    await lab.settings({ hosts: false, pendingSeconds: 0.2, stoppingSeconds: 0.2 });
  });

  test('knows its images, and resolves the public parameter of Amazon Linux', async () => {
    const { Images = [] } = await ec2.send(
      new DescribeImagesCommand({ ImageIds: Object.values(images) }),
    );
    expect(Images).toHaveLength(4);
    for (const image of Images) {
      expect(image.RootDeviceName).toBe('/dev/xvda');
      expect(image.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize).toBe(8);
      expect(image.Architecture).toBe(image.ImageId === images.arm64 ? 'arm64' : 'x86_64');
    }
    const ssm = new SSMClient({ endpoint: lab.endpoint, region: 'us-east-1', credentials });
    const Name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    const found = await ec2.send(
      new DescribeImagesCommand({ ImageIds: [Parameter?.Value ?? 'none'] }),
    );
    expect(found.Images?.[0]?.Name).toMatch(/^al2023-ami/);
    expect((await lab.calls()).map(({ service, action }) => `${service} ${action}`)).toEqual([
      'ec2 DescribeImages',
      'ssm GetParameter',
      'ec2 DescribeImages',
    ]);
  });

  test('refuses what EC2 refuses', async () => {
    await expect(run({ ImageId: 'ami-0123456789abcdef0' })).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidAMIID.NotFound' }),
    );
    await expect(run({ KeyName: 'nobody' })).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidKeyPair.NotFound' }),
    );
    await expect(run({ InstanceType: 'm5.huge' as 'm5.large' })).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidParameterValue' }),
    );
    await expect(run({ ImageId: images.arm64 })).rejects.toThrow(/architecture/);
    await expect(
      run({ UserData: Buffer.alloc(16385, 'x').toString('base64') }),
    ).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: 'User data is limited to 16384 bytes',
    });
    await run({ UserData: Buffer.alloc(16384, 'x').toString('base64') });
  });

  test('lists calls with what was asked and how it ended', async () => {
    await ec2.send(new DescribeVpcsCommand({}));
    await expect(
      ec2.send(new DescribeSecurityGroupsCommand({ GroupNames: ['none'] })),
    ).rejects.toThrow();
    await run({ ClientToken: 'a' });
    const calls = await lab.calls();
    expect(calls.map(({ action, status, error }) => [action, status, error])).toEqual([
      ['DescribeVpcs', 200, null],
      ['DescribeSecurityGroups', 400, 'InvalidGroup.NotFound'],
      ['RunInstances', 200, null],
    ]);
    expect(calls[2]?.params).toMatchObject({
      InstanceType: 'm5.large',
      ClientToken: 'a',
      MinCount: '1',
    });
    await lab.resetCalls();
    expect(await lab.calls()).toEqual([]);
  });

  test('fails as it is told', async () => {
    await lab.faults([
      { action: 'DescribeVpcs', code: 'UnauthorizedOperation', status: 403, after: 1, times: 2 },
      { action: 'DescribeRegions', code: 'RequestLimitExceeded', status: 503, times: null },
    ]);
    const ask = async () =>
      ec2.send(new DescribeVpcsCommand({})).then(
        () => 'ok',
        (error: unknown) => (error as Error).name,
      );
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual([
      'ok',
      'UnauthorizedOperation',
      'UnauthorizedOperation',
      'ok',
    ]);
    for (let again = 0; again < 3; again += 1)
      await expect(ec2.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
        name: 'RequestLimitExceeded',
        $metadata: { httpStatusCode: 503 },
      });
    await lab.faults([{ action: '*', code: 'ExpiredTokenException', times: null }]);
    const ssm = new SSMClient({ endpoint: lab.endpoint, region: 'us-east-1', credentials });
    await expect(ssm.send(new GetParameterCommand({ Name: 'x' }))).rejects.toMatchObject({
      name: 'ExpiredTokenException',
    });
    await lab.clearFaults();
    expect(await ask()).toBe('ok');
  });

  test('can be slow, and can carry out a call without saying so', async () => {
    await lab.faults([{ action: 'DescribeVpcs', delaySeconds: 0.3 }]);
    await ec2.send(new DescribeVpcsCommand({}));
    expect((await lab.calls())[0]?.ms).toBeGreaterThanOrEqual(300);
    await lab.settings({ apiLatencySeconds: 0.1 });
    await ec2.send(new DescribeVpcsCommand({}));
    expect((await lab.calls())[1]?.ms).toBeGreaterThanOrEqual(100);

    await lab.faults([{ action: 'RunInstances', dropReply: true }]);
    const token = { ClientToken: 'dropped' };
    await expect(run(token)).rejects.toThrow();
    const [again] = await run(token);
    const all = await ec2.send(new DescribeInstancesCommand({}));
    const seen = all.Reservations?.flatMap(({ Instances = [] }) => Instances) ?? [];
    expect(seen.map(({ InstanceId }) => InstanceId)).toEqual([again?.InstanceId]);
    expect((await lab.calls()).filter(({ error }) => error === 'dropped')).toHaveLength(1);
  });

  test('can hide new instances for a while', async () => {
    await lab.faults([{ action: 'RunInstances', hideForSeconds: 1 }]);
    const [instance] = await run();
    await expect(describeInstance(instance?.InstanceId)).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
    });
    expect((await ec2.send(new DescribeInstancesCommand({}))).Reservations).toEqual([]);
    await until(async () => describeInstance(instance?.InstanceId).catch(() => undefined));
  });

  test('makes one set of instances for a client token', async () => {
    const both = await Promise.all([
      run({ ClientToken: 'same', MinCount: 2, MaxCount: 2 }),
      run({ ClientToken: 'same', MinCount: 2, MaxCount: 2 }),
    ]);
    expect(both[0].map(idOf)).toEqual(both[1].map(idOf));
    expect(Object.keys(await lab.hosts())).toHaveLength(2);
    await expect(run({ ClientToken: 'same' })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    });
  });

  test('has room for so many instances', async () => {
    await lab.settings({ capacity: 3 });
    await expect(run({ MinCount: 4, MaxCount: 4 })).rejects.toMatchObject({
      name: 'InsufficientInstanceCapacity',
      $metadata: { httpStatusCode: 500 },
    });
    const three = await run({ MinCount: 2, MaxCount: 5 });
    expect(three).toHaveLength(3);
    await expect(run()).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity' });
    await terminate(three.map(idOf));
    await until(async () => (Object.keys(await lab.hosts()).length === 0 ? true : undefined));
    await run();
  });

  test('keeps terminated instances visible, and their groups until they are', async () => {
    await lab.settings({ stoppingSeconds: 1 });
    const group = await makeGroup('held');
    const [instance] = await run({ SecurityGroupIds: [group] });
    const remove = () => ec2.send(new DeleteSecurityGroupCommand({ GroupId: group }));
    await expect(remove()).rejects.toMatchObject({ name: 'DependencyViolation' });
    await terminate([idOf(instance)]);
    await expect(remove()).rejects.toMatchObject({ name: 'DependencyViolation' });
    await waitForState(idOf(instance), 'terminated');
    await remove();
    const gone = await describeInstance(instance?.InstanceId);
    expect(gone.PublicIpAddress).toBeUndefined();
  });

  test('does not delete a group that a rule of another names', async () => {
    const [one, other] = [await makeGroup('one'), await makeGroup('other')];
    await allow(one, { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: other }] });
    await expect(
      ec2.send(new DeleteSecurityGroupCommand({ GroupId: other })),
    ).rejects.toMatchObject({ name: 'DependencyViolation' });
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: one }));
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: other }));
  });

  test('tells prices as AWS does', async () => {
    const pricing = new PricingClient({ endpoint: lab.endpoint, region: 'us-east-1', credentials });
    const price = async (ServiceCode: string, filters: Record<string, string>) => {
      const reply = await pricing.send(
        new GetProductsCommand({
          ServiceCode,
          Filters: Object.entries(filters).map(([Field, Value]) => ({
            Type: 'TERM_MATCH' as const,
            Field,
            Value,
          })),
        }),
      );
      const list = reply.PriceList as unknown as string[];
      return list.map((text) => {
        const { terms } = JSON.parse(text) as {
          terms: { OnDemand: Record<string, { priceDimensions: Record<string, unknown> }> };
        };
        const [dimension] = Object.values(Object.values(terms.OnDemand)[0]?.priceDimensions ?? {});
        const { unit, pricePerUnit } = dimension as { unit: string; pricePerUnit: { USD: string } };
        return `${Number(pricePerUnit.USD)} ${unit}`;
      });
    };
    await lab.prices({ instances: { 'm5.large': 0.123 }, gp3: 0.09 });
    const place = { regionCode: 'us-east-1' };
    const filters = { ...place, instanceType: 'm5.large', operatingSystem: 'Linux' };
    expect(await price('AmazonEC2', filters)).toEqual(['0.123 Hrs']);
    expect(await price('AmazonEC2', { ...place, volumeApiName: 'gp3' })).toEqual(['0.09 GB-Mo']);
    expect(await price('AmazonVPC', { ...place, group: 'VPCPublicIPv4Address' })).toEqual([
      '0.005 Hrs',
    ]);
  });

  test('can have a thousand instances', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, () => run({ MinCount: 100, MaxCount: 100 })),
    );
    expect(new Set(made.flat().map(({ PrivateIpAddress }) => PrivateIpAddress)).size).toBe(1000);
    await terminate(made.flat().map(idOf));
  });
});

describe('a host', () => {
  let group: string;
  let id: string;

  beforeAll(async () => {
    await lab.reset();
    await lab.settings({ pendingSeconds: 0.3, bootSeconds: 0.1, stoppingSeconds: 0.3 });
    group = await makeGroup('host');
    const userData = '#!/bin/sh\necho "ran as $(id -un)" >> /user-data.txt\n';
    const [instance] = await run({
      ImageId: images.debianJava,
      UserData: Buffer.from(userData).toString('base64'),
      SecurityGroupIds: [group],
      InstanceInitiatedShutdownBehavior: 'stop',
    });
    id = idOf(instance);
    expect(instance?.State?.Name).toBe('pending');
    expect(instance?.PublicIpAddress).toBeUndefined();
    await waitForState(id, 'running');
    await sayIn(id, 'cat /user-data.txt', 'ran as root\n');
  });

  test('can be reached by whom its groups let in, and by nobody else', async () => {
    expect((await ssh(id, 'echo in', 2)).status).not.toBe(0);
    const CidrIp = `${lab.clientAddress}/32`;
    const rule = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp }] };
    await allow(group, rule);
    await until(async () => ((await ssh(id, 'echo in')).stdout === 'in\n' ? true : undefined));
  });

  test('has real systemd, python3 and Java', async () => {
    const { stdout } = await lab.exec(
      id,
      'systemctl is-active ssh; python3 -c "print(6 * 7)"; java -version 2>&1 | head -1',
    );
    expect(stdout).toMatch(/^active\n42\nopenjdk version "17/);
  });

  test('asks for metadata with a token only, and sees its tags live', async () => {
    const script = `
      token=$(curl -s -m 3 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
      for path in "$@"; do
        curl -s -m 3 -w ' %{http_code}\\n' -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/$path
      done`;
    const ask = async (path: string) =>
      (await lab.exec(id, `set -- ${path}; ${script}`)).stdout.trim();
    const bare = `curl -s -m 3 -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/meta-data/instance-id`;
    expect((await lab.exec(id, bare)).stdout).toBe('401');
    expect(await ask('meta-data/instance-id')).toBe(`${id} 200`);
    const document = await ask('dynamic/instance-identity/document');
    expect(JSON.parse(document.replace(/ 200$/, ''))).toMatchObject({
      region: 'us-east-1',
      instanceId: id,
    });
    expect(await ask('meta-data/tags/instance/role')).toMatch(/404$/);
    const tags = [{ Key: 'role', Value: 'master' }];
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tags }));
    expect(await ask('meta-data/tags/instance/role')).toBe('master 200');
    const options = { InstanceId: id, InstanceMetadataTags: 'disabled' } as const;
    await ec2.send(new ModifyInstanceMetadataOptionsCommand(options));
    expect(await ask('meta-data/tags/instance/role')).toMatch(/404$/);
    expect((await lab.metadata()).counts['GET 401']).toBeGreaterThan(0);
  });

  test('shows its console', async () => {
    const { Output } = await ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
    expect(Buffer.from(Output ?? '', 'base64').toString()).toContain('Welcome to');
    expect(await lab.console(id)).toContain('Welcome to');
  });

  test('reboots with the same disk', async () => {
    const started = async () => (await lab.exec(id, 'stat -c %Z /proc/1')).stdout;
    const before = await started();
    await ec2.send(new RebootInstancesCommand({ InstanceIds: [id] }));
    await until(async () => {
      const now = await started();
      return now !== '' && now !== before ? true : undefined;
    });
    await sayIn(id, 'cat /user-data.txt', 'ran as root\n');
  });

  test('keeps its disk, not its public address, when it is stopped and started', async () => {
    const before = await describeInstance(id);
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    await waitForState(id, 'stopped');
    expect((await describeInstance(id)).PublicIpAddress).toBeUndefined();
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    await waitForState(id, 'running');
    const after = await describeInstance(id);
    expect(after.PrivateIpAddress).toBe(before.PrivateIpAddress);
    expect(after.PublicIpAddress).not.toBe(before.PublicIpAddress);
    // The group is enforced at the new address too, and user data did not run again.
    await until(async () =>
      (await ssh(id, 'cat /user-data.txt')).stdout === 'ran as root\n' ? true : undefined,
    );
  });

  test('is stopped when it powers itself off', async () => {
    await lab.exec(id, 'shutdown -h now');
    await waitForState(id, 'stopped');
    const reason = (await describeInstance(id)).StateReason?.Code;
    expect(reason).toBe('Client.InstanceInitiatedShutdown');
  });

  test('leaves nothing when it is terminated', async () => {
    await terminate([id]);
    await waitForState(id, 'terminated');
    expect(await lab.hosts()).toEqual({});
    expect((await lab.exec(id, 'true')).status).toBe(125);
  });
});

describe('images', () => {
  beforeAll(async () => {
    await lab.reset();
    await lab.settings({ pendingSeconds: 0.2, bootSeconds: 0.1, stoppingSeconds: 0.2 });
  });

  test('Debian has Java when it is installed; its timer may terminate the instance', async () => {
    await lab.settings({ packageSeconds: 0.5 });
    const [instance] = await run({ InstanceInitiatedShutdownBehavior: 'terminate' });
    const id = idOf(instance);
    await sayIn(id, 'command -v java || ls /usr/lib/jvm 2>/dev/null || echo none', 'none\n');
    const install = 'apt-get update && apt-get install -y openjdk-17-jre-headless';
    expect((await lab.exec(id, install)).status).toBe(0);
    expect((await lab.exec(id, 'java -version 2>&1; ls /usr/lib/jvm')).stdout).toMatch(
      /version "17.*\njava-17-openjdk-amd64\n$/s,
    );
    expect((await lab.exec(id, 'cat /var/log/lab/packages.log')).stdout).toContain(
      'apt-get install -y openjdk-17-jre-headless',
    );
    await lab.exec(
      id,
      'systemd-run --on-active=1 --timer-property=AccuracySec=100ms /sbin/shutdown -h now',
    );
    await waitForState(id, 'terminated');
  });

  test('plain Debian lets its key in without cloud-init', async () => {
    const group = await makeGroup('plain');
    const ranges = [{ CidrIp: '0.0.0.0/0' }];
    await allow(group, { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: ranges });
    const [instance] = await run({
      ImageId: images.debianPlain,
      SecurityGroupIds: [group],
      UserData: Buffer.from('#!/bin/sh\ntouch /user-data.txt\n').toString('base64'),
      InstanceMarketOptions: { MarketType: 'spot' },
    });
    const id = idOf(instance);
    await waitForState(id, 'running');
    const command = 'command -v cloud-init; ls /user-data.txt; sudo id -un; java -version';
    await until(async () => ((await ssh(id, command)).stdout === 'root\n' ? true : undefined));
    await lab.interrupt(id, 0.5);
    await waitForState(id, 'terminated');
    const reason = (await describeInstance(id)).StateReason?.Code;
    expect(reason).toBe('Server.SpotInstanceTermination');
  });
});

describe('downloads', () => {
  const archive = () => `spark-${lab.sparkVersion}/spark-${lab.sparkVersion}-bin-hadoop3.tgz`;
  const get = async (url: string) => {
    const reply = await fetch(url, { signal: AbortSignal.timeout(5000) });
    return { status: reply.status, text: await reply.text() };
  };

  beforeEach(async () => {
    await lab.reset();
  });

  test('are laid out as by Apache, with checksums', async () => {
    for (const root of [lab.downloads.full, lab.downloads.light]) {
      const url = `${root}/spark/${archive()}`;
      expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
      expect((await get(`${url}.sha512`)).text).toMatch(
        new RegExp(`^[0-9a-f]{128}  spark-${lab.sparkVersion}-bin-hadoop3.tgz\n$`),
      );
    }
    expect((await get(`${lab.downloads.full}/spark/none.tgz`)).status).toBe(404);
    const requests = await lab.downloadRequests();
    expect(requests.map(({ method, status }) => [method, status]).at(-1)).toEqual(['GET', 404]);
    expect(requests.every(({ client: from }) => from === '127.20.255.254')).toBe(true);
  });

  test('can be slow, fail, break off, lie and hang', async () => {
    const url = await lab.serve('test/file.bin', 'x'.repeat(10_000));
    const honest = await get(url);
    expect(honest).toEqual({ status: 200, text: 'x'.repeat(10_000) });
    await lab.downloadFaults([
      { path: 'file.bin$', status: 503 },
      { path: 'file.bin$', truncateAt: 5000 },
      { path: 'file.bin$', corrupt: true },
      { path: 'file.bin.sha512$', corrupt: true },
      { path: 'file.bin$', hangAt: 5000 },
    ]);
    expect((await get(url)).status).toBe(503);
    await expect(get(url)).rejects.toThrow();
    const lie = (await get(url)).text;
    expect(lie).toHaveLength(10_000);
    expect(lie).not.toBe(honest.text);
    const wrong = (await get(`${url}.sha512`)).text;
    expect(wrong).not.toBe((await get(`${url}.sha512`)).text);
    const reply = await fetch(url, { signal: AbortSignal.timeout(500) });
    await expect(reply.text()).rejects.toThrow();
    await lab.clearFaults();
    expect((await lab.downloadRequests())[0]).toMatchObject({
      path: '/test/file.bin',
      bytes: 10_000,
    });

    await lab.settings({ downloadBytesPerSecond: 20_000 });
    const began = Date.now();
    expect(await get(url)).toEqual(honest);
    expect(Date.now() - began).toBeGreaterThan(350);
  });
});

test('a light cluster answers as Spark does', async () => {
  await lab.reset();
  await lab.settings({ pendingSeconds: 0.2, bootSeconds: 0.1 });
  const group = await makeGroup('light');
  await allow(group, { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group }] });
  const nodes = await run({
    ImageId: images.debianJava,
    MinCount: 2,
    MaxCount: 2,
    SecurityGroupIds: [group],
  });
  const [master = '', worker = ''] = nodes.map(({ PrivateIpAddress }) => PrivateIpAddress);
  const [first = '', second = ''] = nodes.map(idOf);
  const start = (className: string, options: string) => `
    cd /root && curl -sf ${lab.downloads.light}/spark/spark-${lab.sparkVersion}/spark-${lab.sparkVersion}-bin-hadoop3.tgz | tar xz --strip-components=1
    systemd-run --quiet --unit=spark java -cp '/root/jars/*' -XX:TieredStopAtLevel=1 org.apache.spark.deploy.${className} ${options}`;
  for (const id of [first, second]) await sayIn(id, 'systemctl is-active ssh', 'active\n');
  const masterOptions = `--host ${master} --port 7077 --webui-port 8080`;
  const workerOptions = `--host ${worker} --webui-port 8081 --cores 3 --memory 2g spark://${master}:7077`;
  await lab.exec(first, start('master.Master', masterOptions));
  await lab.exec(second, start('worker.Worker', workerOptions));
  const status = async () => {
    const { stdout } = await lab.exec(second, `curl -s -m 3 http://${master}:8080/json/`);
    return stdout === '' ? undefined : parseSparkStatus(stdout);
  };
  await until(async () => {
    const [found] = (await status())?.workers ?? [];
    return found?.alive === true && found.cores === 3 && found.memoryMiB === 2048
      ? true
      : undefined;
  });
  const page = await lab.exec(first, `curl -s -m 3 http://${worker}:8081/json/`);
  expect(JSON.parse(page.stdout)).toMatchObject({ cores: 3, coresused: 0 });
  await lab.exec(second, 'systemctl stop spark');
  await until(async () => ((await status())?.workers[0]?.state === 'DEAD' ? true : undefined));
  await lab.reset();
});

async function run(input: Partial<RunInstancesCommandInput> = {}): Promise<Instance[]> {
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      ImageId: images.debian,
      InstanceType: 'm5.large',
      MinCount: 1,
      MaxCount: 1,
      KeyName: lab.keyPair.name,
      MetadataOptions: { HttpTokens: 'required', InstanceMetadataTags: 'enabled' },
      ...input,
    }),
  );
  return Instances;
}

function idOf(instance: Instance | undefined): string {
  return instance?.InstanceId ?? '';
}

async function terminate(ids: string[]): Promise<void> {
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }));
}

async function describeInstance(id: string | undefined): Promise<Instance> {
  const { Reservations } = await ec2.send(
    new DescribeInstancesCommand({ InstanceIds: [id ?? ''] }),
  );
  const instance = Reservations?.[0]?.Instances?.[0];
  if (instance === undefined) throw new Error(`There is no instance ${id ?? ''}.`);
  return instance;
}

async function waitForState(id: string, state: string): Promise<void> {
  await until(async () => ((await describeInstance(id)).State?.Name === state ? true : undefined));
}

async function makeGroup(GroupName: string): Promise<string> {
  const { GroupId = '' } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName, Description: 'of a test of the lab' }),
  );
  return GroupId;
}

async function allow(GroupId: string, rule: IpPermission): Promise<void> {
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [rule] }));
}

/** Waits until a host answers a command so. */
async function sayIn(id: string, command: string, answer: string): Promise<void> {
  await until(async () => ((await lab.exec(id, command)).stdout === answer ? true : undefined));
}

async function ssh(
  id: string,
  command: string,
  limit = 5,
): Promise<{ status: number; stdout: string }> {
  const { PublicIpAddress = 'none' } = await describeInstance(id);
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes'];
  const args = [
    ...[...options, `ConnectTimeout=${limit}`].flatMap((option) => ['-o', option]),
    ...['-i', lab.keyPair.privateKeyFile, `ec2-user@${PublicIpAddress}`, command],
  ];
  return new Promise((resolve) => {
    const child = execFile('ssh', args, (error, stdout) => {
      resolve({ status: error === null ? 0 : (child.exitCode ?? 1), stdout });
    });
  });
}

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('This did not happen within 30 s.');
}
