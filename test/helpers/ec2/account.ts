import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type _InstanceType,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Instance,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll } from 'vitest';
import {
  type Clock,
  type ClusterError,
  type ErrorCode,
  Flintrock,
  isClusterError,
  type PartialValues,
  systemClock,
} from '../../../src/index.ts';
import { type Lab, type LabCall, type LabSettings, openLab } from '../../lab/lab.ts';
import { RecordingHost } from '../recording-host.ts';
import { permissionFaults } from './permissions.ts';

/** Instances that come up and go at once, as far as machines can. */
const quick: Partial<LabSettings> = {
  pendingSeconds: 0.3,
  bootSeconds: 0.1,
  stoppingSeconds: 0.3,
};

/** Environment variables of a client; one that is `undefined` isn't set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Somebody who uses Flintrock on a machine of their own: nothing is shared with others but the account. */
export class Person {
  readonly home = mkdtempSync(join(tmpdir(), 'flintrock-ec2-'));
  readonly env: Readonly<Record<string, string | undefined>>;

  constructor(
    lab: Lab,
    env: Environment = {},
    private readonly clock: Clock = systemClock,
  ) {
    this.env = {
      PATH: process.env['PATH'] ?? '',
      ...lab.env,
      AWS_SECRET_ACCESS_KEY: awsSecret,
      FLINTROCK_STATE: join(this.home, 'state'),
      FLINTROCK_APACHE_MIRRORS: lab.downloads.light,
      ...env,
    };
    people.push(this);
  }

  /** An engine as a process of this user has it. */
  open(host: RecordingHost = new RecordingHost(), env: Environment = {}): Flintrock {
    return new Flintrock({
      host,
      surroundings: {
        env: { ...this.env, ...env },
        home: this.home,
        cwd: this.home,
        clock: this.clock,
      },
    });
  }

  /** Options of a launch: the smallest cluster, with a key that is made for it. */
  values(changes: PartialValues = {}): PartialValues {
    return { provider: 'ec2', numWorkers: 1, ...changes };
  }
}

/** A secret of which no trace may be found anywhere. */
export const awsSecret = 'lab/Secret+AccessKey/0123456789abcdefghij';

const people: Person[] = [];
// Registered for whichever test file imports this.
afterAll(() => {
  for (const { home } of people.splice(0))
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

/** By this the log tells the owner's own calls. */
const owner = 'flintrock-test-owner';

/** The account behind the lab's API, as its owner sees and changes it: never by what is tested. */
export class Account {
  readonly ec2: EC2Client;

  private constructor(
    readonly lab: Lab,
    readonly region = 'us-east-1',
  ) {
    this.ec2 = this.client(region);
  }

  /** The same account in another region. */
  in(region: string): Account {
    return new Account(this.lab, region);
  }

  static async open(): Promise<Account> {
    return new Account(await openLab());
  }

  client(region: string): EC2Client {
    return new EC2Client({
      endpoint: this.lab.endpoint,
      region,
      credentials: { accessKeyId: 'owner', secretAccessKey: 'owner' },
      maxAttempts: 1,
      customUserAgent: owner,
    });
  }

  /** Makes an instance profile, whose role the lab gives credentials of. */
  async createInstanceProfile(name: string): Promise<void> {
    const scope = `owner/20260101/${this.region}/iam/aws4_request`;
    const { ok, status } = await fetch(this.lab.endpoint, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': owner,
      },
      body: new URLSearchParams({
        Action: 'CreateInstanceProfile',
        Version: '2010-05-08',
        InstanceProfileName: name,
      }),
    });
    if (!ok) throw new Error(`CreateInstanceProfile: ${status}`);
  }

  /** Empties the account, and sets the lab anew. Before that, all calls that were made are held to the IAM policy. */
  async reset(settings: Partial<LabSettings> = {}): Promise<void> {
    const denied = permissionFaults(await this.calls());
    await this.lab.reset();
    if (denied.length > 0) throw new Error(`The IAM policy doesn’t do: ${denied.join('; ')}`);
    await this.lab.settings({ ...quick, ...settings });
  }

  person(env: Environment = {}, clock?: Clock): Person {
    return new Person(this.lab, env, clock);
  }

  /** Calls of Flintrock's that change something: all but questions and trials. */
  async changes(): Promise<LabCall[]> {
    return (await this.calls()).filter(
      (call) => call.service === 'ec2' && !isTrial(call) && !/^(Describe|Get)/.test(call.action),
    );
  }

  /** Calls that Flintrock made. */
  async calls(): Promise<LabCall[]> {
    return (await this.lab.calls()).filter(({ agent }) => !agent.includes(owner));
  }

  /** Instances that aren't terminated. */
  async instances(name?: string): Promise<Instance[]> {
    const { Reservations = [] } = await this.ec2.send(new DescribeInstancesCommand({}));
    return Reservations.flatMap(({ Instances = [] }) => Instances).filter(
      (instance) =>
        instance.State?.Name !== 'terminated' &&
        (name === undefined || tag(instance, 'flintrock-name') === name),
    );
  }

  /** Ids of the instances that aren't terminated, in order. */
  async instanceIds(): Promise<string[]> {
    return (await this.instances()).map(({ InstanceId = '' }) => InstanceId).sort();
  }

  /** Waits until every instance runs. */
  async allRun(): Promise<void> {
    await until('all run', async () =>
      Object.values(await this.lab.hosts()).every(({ state }) => state === 'running'),
    );
  }

  /** Ids of all that a cluster, or any cluster, has in the account. The base group stays. */
  async belongings(name?: string): Promise<string[]> {
    const { Volumes = [] } = await this.ec2.send(new DescribeVolumesCommand({}));
    const groups = await this.groups();
    return [
      ...(await this.instances(name)).map(({ InstanceId = '' }) => InstanceId),
      ...Volumes.filter(({ Tags = [] }) =>
        Tags.some(
          ({ Key, Value }) => Key === 'flintrock-name' && (name === undefined || Value === name),
        ),
      ).map(({ VolumeId = '' }) => VolumeId),
      ...groups.filter((group) =>
        name === undefined ? group.startsWith('flintrock-') : group === `flintrock-${name}`,
      ),
    ];
  }

  /** Names of the security groups. */
  async groups(): Promise<string[]> {
    const { SecurityGroups = [] } = await this.ec2.send(new DescribeSecurityGroupsCommand({}));
    return SecurityGroups.map(({ GroupName = '' }) => GroupName);
  }

  /** A group, as another client or user makes one: its tags say whose description it has. Gives its id. */
  async makeGroup(
    name: string,
    tags: Record<string, string> = {},
    { vpcId, description = descriptionOf(tags) }: GroupParts = {},
  ): Promise<string> {
    const { GroupId = '' } = await this.ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: name,
        ...(vpcId !== undefined && { VpcId: vpcId }),
        Description: description,
        ...(Object.keys(tags).length > 0 && {
          TagSpecifications: [{ ResourceType: 'security-group', Tags: asTags(tags) }],
        }),
      }),
    );
    return GroupId;
  }

  /** Instances, as another client or user makes them. */
  async run(
    tags: Record<string, string>,
    input: Partial<RunInstancesCommandInput> = {},
  ): Promise<Instance[]> {
    const { Instances = [] } = await this.ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-0deb1200000000002',
        InstanceType: 'm5.large',
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: 'instance', Tags: asTags(tags) }],
        ...input,
      }),
    );
    return Instances;
  }

  /** A cluster of the account that nobody of this process launched: master and workers, without machines. */
  async makeCluster(
    name: string,
    {
      workers = 1,
      spotWorkers = 0,
      state = 'ready',
      launchId = launchIdAt(0),
      type = 'm5.large',
      vpcId,
      subnetId,
    }: Partial<ClusterParts> = {},
  ): Promise<{ group: string; master: string; workers: string[] }> {
    const common = {
      'flintrock-name': name,
      'flintrock-launch': launchId,
      'flintrock-state': state,
    };
    const group = await this.makeGroup(`flintrock-${name}`, common, {
      ...(vpcId !== undefined && { vpcId }),
    });
    const instances = await this.run(
      { ...common, 'flintrock-role': 'slave', 'flintrock-first': '0' },
      {
        InstanceType: type,
        MinCount: workers + 1,
        MaxCount: workers + 1,
        ...(subnetId !== undefined && { SubnetId: subnetId }),
        SecurityGroupIds: [group],
        ClientToken: tokenOf(launchId),
      },
    );
    const [master = '', ...others] = [...instances]
      .sort((a, b) => (a.AmiLaunchIndex ?? 0) - (b.AmiLaunchIndex ?? 0))
      .map(({ InstanceId = '' }) => InstanceId);
    await this.tag([master], { 'flintrock-role': 'master' });
    if (spotWorkers > 0) {
      const spot = await this.run(
        { ...common, 'flintrock-role': 'slave', 'flintrock-first': String(workers + 1) },
        {
          MinCount: spotWorkers,
          MaxCount: spotWorkers,
          SecurityGroupIds: [group],
          ClientToken: tokenOf(launchId),
          InstanceMarketOptions: { MarketType: 'spot' },
        },
      );
      others.push(...spot.map(({ InstanceId = '' }) => InstanceId));
    }
    return { group, master, workers: others };
  }

  /** A cluster as the Python tool makes one, without machines: a master and a worker. */
  async makePythonCluster(name: string): Promise<Instance[]> {
    const group = await this.makeGroup(`flintrock-${name}`);
    const base = (await this.groupId('flintrock')) ?? (await this.makeGroup('flintrock'));
    const made: Instance[] = [];
    for (const role of ['master', 'slave'])
      made.push(
        ...(await this.run(
          { 'flintrock-name': name, 'flintrock-role': role },
          { SecurityGroupIds: [base, group] },
        )),
      );
    return made;
  }

  /** Id of a group of the default VPC, or of whichever VPC has one of this name. */
  async groupId(name: string): Promise<string | undefined> {
    const { SecurityGroups = [] } = await this.ec2.send(new DescribeSecurityGroupsCommand({}));
    return SecurityGroups.find(({ GroupName }) => GroupName === name)?.GroupId;
  }

  async tag(ids: string[], tags: Record<string, string>): Promise<void> {
    await this.ec2.send(new CreateTagsCommand({ Resources: ids, Tags: asTags(tags) }));
  }

  /** A cluster's group, by what lets others in to SSH: network and owner. */
  async sshRules(name: string): Promise<{ id: string; rules: [string, string][] }> {
    const { SecurityGroups = [] } = await this.ec2.send(new DescribeSecurityGroupsCommand({}));
    const group = SecurityGroups.find(({ GroupName }) => GroupName === `flintrock-${name}`);
    const rules = (group?.IpPermissions ?? [])
      .filter(({ FromPort }) => FromPort === 22)
      .flatMap(({ IpRanges = [] }) => IpRanges)
      .map(({ CidrIp = '', Description = '' }): [string, string] => [CidrIp, Description]);
    return { id: group?.GroupId ?? '', rules };
  }

  /** Lets a network in to SSH, in somebody's name. */
  async allowSsh(GroupId: string, network: string, owner: string): Promise<void> {
    const IpPermissions = sshRule(network, owner);
    await this.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  }

  /** Revokes such a rule, and waits until nobody gets in by it. */
  async revokeSsh(name: string, network: string, owner: string): Promise<void> {
    const { id: GroupId } = await this.sshRules(name);
    const IpPermissions = sshRule(network, owner);
    await this.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    const [instance] = await this.instances(name);
    const host = instance?.PublicIpAddress ?? '';
    await until('nobody gets in any more', async () => !(await answers(host)));
  }

  /**
   * Makes the rule by which its user gets in to a cluster one of an address that the user has no more.
   *
   * @param rule the network and the owner of the rule that is to be replaced
   */
  async outdate(name: string, [network, owner]: readonly [string, string]): Promise<void> {
    const { id } = await this.sshRules(name);
    await this.allowSsh(id, '203.0.113.9/32', owner);
    await this.revokeSsh(name, network, owner);
  }

  async deleteGroup(id: string): Promise<void> {
    await this.ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
  }

  async stop(ids: string[]): Promise<void> {
    await this.ec2.send(new StopInstancesCommand({ InstanceIds: ids }));
  }

  /** Tags of all that a cluster has: its instances, its group, its volumes. */
  async tagsOf(name: string): Promise<Record<string, string>[]> {
    const { Volumes = [] } = await this.ec2.send(new DescribeVolumesCommand({}));
    const { SecurityGroups = [] } = await this.ec2.send(new DescribeSecurityGroupsCommand({}));
    return [...(await this.instances(name)), ...SecurityGroups, ...Volumes]
      .map(({ Tags = [] }) =>
        Object.fromEntries(Tags.map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
      )
      .filter((tags) => tags['flintrock-name'] === name);
  }

  async terminate(ids: string[]): Promise<void> {
    await this.ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }));
  }

  /** Waits until an instance is in a state. */
  async waitForState(id: string, state: string): Promise<void> {
    await until(`${id} is ${state}`, async () => {
      const { Reservations } = await this.ec2.send(
        new DescribeInstancesCommand({ InstanceIds: [id] }),
      );
      return Reservations?.[0]?.Instances?.[0]?.State?.Name === state;
    });
  }
}

/** What a cluster is made with. */
interface ClusterParts {
  readonly workers: number;
  /** How many more there are, of one-time spot instances. */
  readonly spotWorkers: number;
  readonly state: 'launching' | 'ready' | 'destroying';
  readonly launchId: string;
  readonly type: _InstanceType;
  /** Where it is, if not in the default VPC. */
  readonly vpcId: string;
  readonly subnetId: string;
}

/** What a group is made with. */
interface GroupParts {
  readonly vpcId?: string;
  readonly description?: string;
}

/** What the tool that made a group with such tags says of it. */
function descriptionOf(tags: Record<string, string>): string {
  if (tags['flintrock-lock'] !== undefined) return 'Flintrock resize lock';
  const launchId = tags['flintrock-launch'];
  return `Flintrock cluster group${launchId === undefined ? '' : ` of launch ${launchId}`}`;
}

/** Id of a launch that began so many minutes ago. */
export function launchIdAt(minutesAgo: number): string {
  const time = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  return `${time.replaceAll(/[-:]|\.\d+/g, '')}-${Math.random().toString(16).slice(2, 10).padEnd(8, '0')}`;
}

/** The client token of a request of a launch: another one each time. */
export function tokenOf(launchId: string): string {
  return `${launchId}/${Math.random().toString(16).slice(2).padEnd(16, '0')}`;
}

function sshRule(network: string, owner: string): IpPermission[] {
  const IpRanges = [{ CidrIp: network, Description: owner }];
  return [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges }];
}

/** Whether a machine's SSH answers at once. */
function answers(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 22, timeout: 500 });
    const end = (heard: boolean) => (): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}

export function tag(instance: Instance, key: string): string | undefined {
  return instance.Tags?.find(({ Key }) => Key === key)?.Value;
}

/** Whether a call only asks whether it may be made. */
export function isTrial({ params }: LabCall): boolean {
  return params['DryRun'] === 'true';
}

/** A clock that runs so many times as fast: what is waited for by looking again and again is seen sooner. */
export function fastClock(times: number): Clock {
  const begin = Date.now();
  return {
    now: () => begin + (Date.now() - begin) * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
    rate: times,
  };
}

/** A clock on which waiting takes no time, but counts. */
export function hurriedClock(): Clock {
  let waited = 0;
  return {
    now: () => Date.now() + waited,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waited += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** The error that a promise of ours rejects with. */
export async function errorOf(promise: Promise<unknown>, code?: ErrorCode): Promise<ClusterError> {
  try {
    await promise;
  } catch (error) {
    if (!isClusterError(error)) throw error;
    if (code !== undefined && error.code !== code)
      throw new Error(`${code} was expected, not ${error.code}: ${error.message}`, {
        cause: error,
      });
    return error;
  }
  throw new Error('It did not fail.');
}

/** How long anything may take: a machine that is busy with other things takes its time, in milliseconds. */
const untilLimitMs = 180_000;

/** Looks again and again until it is so. */
export async function until(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + untilLimitMs;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`This did not happen within three minutes: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The same of a job's output; a job that ends before is an error with its last words. */
export async function untilJobSays(
  what: string,
  job: RecordingHost,
  ask: (stdout: string) => boolean,
): Promise<void> {
  await until(what, () => {
    if (ask(job.stdout())) return true;
    const [ended] = job.of('job.exited');
    if (ended === undefined) return false;
    const said = job.of('job.output').map(({ text }) => text);
    throw new Error(`The job ended with ${ended.exitCode} first: ${said.join('').slice(-2_000)}`);
  });
}

function asTags(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
