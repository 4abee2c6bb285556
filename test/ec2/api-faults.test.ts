import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSubnetsCommand,
  ModifyInstanceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { Flintrock, type LaunchResult, type PartialValues } from '../../src/index.ts';
import {
  type Account,
  errorOf,
  fastClock,
  hurriedClock,
  isTrial,
  launchIdAt,
  type Person,
  until,
} from '../helpers/ec2/account.ts';
import { freshAccount } from '../helpers/ec2/fresh-account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import type { LabFault } from '../lab/lab.ts';

// What EC2's API does to its clients. There are no machines here: a launch gets as far as waiting for the master's SSH.
let account: Account;
let person: Person;
freshAccount((empty, somebody) => {
  account = empty;
  person = somebody;
});

/** A launch that goes on. */
interface Launching {
  readonly host: RecordingHost;
  readonly result: Promise<LaunchResult>;
  abort(): void;
}

function begin(name: string, changes: PartialValues = {}, by: Person = person): Launching {
  const host = new RecordingHost();
  const controller = new AbortController();
  const values = by.values(changes);
  const result = by.open(host).launch(name, { values, signal: controller.signal });
  result.catch(() => undefined);
  return { host, result, abort: () => controller.abort() };
}

/** Waits until a launch has its machines and nothing else to do than to wait for them. */
async function hasMachines({ host, result }: Launching): Promise<void> {
  await Promise.race([
    until('it waits for its machines', () => host.of('waiting').length > 0),
    result,
  ]);
}

/** Waits until Flintrock has sent a call, a trial or not. */
async function hasSent(action: string): Promise<void> {
  await until(`${action} is sent`, async () =>
    (await account.calls()).some((call) => call.action === action && !isTrial(call)),
  );
}

/** What RunInstances was asked for, in earnest. */
async function requests(): Promise<Record<string, unknown>[]> {
  return (await account.changes())
    .filter(({ action }) => action === 'RunInstances')
    .map(({ params }) => params);
}

/** Types and zones of RunInstances, in the order in which they were asked for. */
async function tries(): Promise<string[]> {
  const { Subnets = [] } = await account.ec2.send(new DescribeSubnetsCommand({}));
  const zones = new Map(
    Subnets.map(({ SubnetId, AvailabilityZone }) => [SubnetId, AvailabilityZone]),
  );
  return (await requests()).map(
    (sent) => `${String(sent['InstanceType'])} ${zones.get(String(sent['SubnetId'])) ?? ''}`,
  );
}

/** Markets of RunInstances, in the same order. */
async function markets(): Promise<unknown[]> {
  return (await requests()).map((sent) => sent['InstanceMarketOptions.MarketType']);
}

/** A fault of a call in earnest: its trial, which comes before, is let through. */
function inEarnest(fault: LabFault): LabFault {
  return { after: 1, ...fault };
}

/** A launch that is interrupted now leaves nothing, and its name is free. */
async function expectCleanAbort(name: string, launching: Launching): Promise<void> {
  launching.abort();
  await errorOf(launching.result, 'ABORTED');
  expect(await account.belongings(name)).toEqual([]);
  expect(launching.host.of('cleanup.finished').flatMap(({ left }) => left)).toEqual([]);
}

describe('no room', () => {
  const short: LabFault = inEarnest({
    action: 'RunInstances',
    code: 'InsufficientInstanceCapacity',
    status: 500,
    message: 'We currently do not have sufficient m5.large capacity in the zone you requested.',
  });

  it('in one zone: the next one is taken, and nothing is sent twice', async () => {
    await account.lab.faults([short]);
    const launching = begin('room');
    await hasMachines(launching);
    const sent = await requests();
    expect(sent).toHaveLength(2);
    expect(sent[0]?.['SubnetId']).not.toBe(sent[1]?.['SubnetId']);
    expect(sent[0]?.['ClientToken']).not.toBe(sent[1]?.['ClientToken']);
    const zones = (await account.instances('room')).map(
      ({ Placement }) => Placement?.AvailabilityZone,
    );
    expect(new Set(zones).size).toBe(1);
    await expectCleanAbort('room', launching);
  });

  it('anywhere: each zone is named, and nothing is left', async () => {
    await account.lab.faults([{ ...short, times: null }]);
    const error = await errorOf(begin('room').result, 'AWS_CAPACITY_SHORT');
    const zones = new Set(error.message.match(/us-east-1[a-f]/g));
    expect(zones.size).toBe((await requests()).length);
    expect(zones.size).toBeGreaterThan(1);
    expect(error.message).toContain('m5.large');
    expect(error.message).toContain('InsufficientInstanceCapacity');
    expect(await account.belongings()).toEqual([]);
  });

  it('in the zone that was asked for: no other one is tried', async () => {
    await account.lab.faults([{ ...short, times: null }]);
    await errorOf(
      begin('room', { ec2AvailabilityZone: ['us-east-1b'] }).result,
      'AWS_CAPACITY_SHORT',
    );
    expect(await requests()).toHaveLength(1);
  });

  it('for all workers: it goes on with as many as will do', async () => {
    await account.lab.settings({ capacity: 4 });
    const launching = begin('room', { numWorkers: 5, minWorkers: 3 });
    await hasMachines(launching);
    expect((await requests())[0]).toMatchObject({ MinCount: '4', MaxCount: '6' });
    expect(await account.instances('room')).toHaveLength(4);
    expect(launching.host.of('warning').map(({ message }) => message)).toEqual([
      expect.stringContaining('3 of 5 workers'),
    ]);
    await expectCleanAbort('room', launching);
  });

  it('for as many as will do: none are launched', async () => {
    await account.lab.settings({ capacity: 3 });
    await errorOf(begin('room', { numWorkers: 5, minWorkers: 3 }).result, 'AWS_CAPACITY_SHORT');
    expect(await account.belongings()).toEqual([]);
  });

  it('for the first type: the next one is tried, in the zones in the order that was given', async () => {
    await account.lab.faults([{ ...short, times: 2 }]);
    const launching = begin('room', {
      ec2AvailabilityZone: ['us-east-1c', 'us-east-1a'],
      ec2FallbackInstanceTypes: ['m5a.large'],
    });
    await hasMachines(launching);
    expect(await tries()).toEqual([
      'm5.large us-east-1c',
      'm5.large us-east-1a',
      'm5a.large us-east-1c',
    ]);
    const warnings = launching.host.of('warning').map(({ message }) => message);
    expect(warnings).toEqual([
      expect.stringMatching(/2 × m5\.large in us-east-1c .*Trying m5\.large in us-east-1a\.$/),
      expect.stringMatching(/2 × m5\.large in us-east-1a .*Trying m5a\.large in us-east-1c\.$/),
    ]);
    await expectCleanAbort('room', launching);
  });

  it('for Spot Instances: on-demand ones are taken, with the price in the plan', async () => {
    await account.lab.faults([{ ...short, code: 'MaxSpotInstanceCountExceeded', status: 400 }]);
    const launching = begin('room', {
      ec2AvailabilityZone: ['us-east-1a'],
      ec2Spot: 'all',
      ec2SpotFallback: true,
    });
    await hasMachines(launching);
    expect(await markets()).toEqual(['spot', undefined]);
    const [plan] = launching.host.of('plan.ready');
    // Two instances, of which the lab's spot price is two fifths: 2 × 0.6 × $0.096.
    expect(plan?.plan.changes.join('\n')).toContain('(On-Demand, $0.12/h more)');
    await expectCleanAbort('room', launching);
  });

  it('for the workers beside a master: all are made anew in the next zone', async () => {
    await account.lab.faults([{ ...short, after: 3, times: 1 }]);
    const launching = begin('room', {
      ec2AvailabilityZone: ['us-east-1a', 'us-east-1b'],
      ec2MasterInstanceType: 'm6i.large',
    });
    await hasMachines(launching);
    expect(await tries()).toEqual([
      'm6i.large us-east-1a',
      'm5.large us-east-1a',
      'm6i.large us-east-1b',
      'm5.large us-east-1b',
    ]);
    await until(
      'the first master is gone',
      async () => (await account.instances('room')).length === 2,
    );
    const zones = (await account.instances('room')).map(
      ({ Placement }) => Placement?.AvailabilityZone,
    );
    expect(zones).toEqual(['us-east-1b', 'us-east-1b']);
    expect(launching.host.of('warning').map(({ message }) => message)).toEqual([
      expect.stringContaining('Trying m5.large in us-east-1b, with a new master.'),
    ]);
    await expectCleanAbort('room', launching);
  });

  it('for the workers, and another type in the same zone: the master stays', async () => {
    await account.lab.faults([{ ...short, after: 3, times: 1 }]);
    const launching = begin('room', {
      ec2AvailabilityZone: ['us-east-1a'],
      ec2MasterInstanceType: 'm6i.large',
      ec2FallbackInstanceTypes: ['m5a.large'],
    });
    await hasMachines(launching);
    expect(await tries()).toEqual([
      'm6i.large us-east-1a',
      'm5.large us-east-1a',
      'm5a.large us-east-1a',
    ]);
    await expectCleanAbort('room', launching);
  });

  it.each([
    [
      'VcpuLimitExceeded',
      'You have requested more vCPU capacity than your current limit of 5 allows',
    ],
    ['InstanceLimitExceeded', 'Your quota allows for 0 more running instance(s).'],
  ])('in the account’s quota: %s is quoted, once', async (code, message) => {
    await account.lab.faults([inEarnest({ action: 'RunInstances', code, message, times: null })]);
    const error = await errorOf(begin('room').result, 'AWS_QUOTA_EXCEEDED');
    expect(error.message).toContain(message);
    expect(await requests()).toHaveLength(1);
    expect(await account.belongings()).toEqual([]);
  });

  it('in the account’s quota: other zones and types that count against it aren’t tried, others are', async () => {
    const quota = { action: 'RunInstances', code: 'VcpuLimitExceeded', times: null };
    await account.lab.faults([inEarnest(quota)]);
    const error = await errorOf(
      begin('room', {
        ec2AvailabilityZone: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
        // m6i counts against the same quota as m5; g5 against another one.
        ec2FallbackInstanceTypes: ['m6i.large', 'g5.xlarge'],
      }).result,
      'AWS_QUOTA_EXCEEDED',
    );
    expect(await tries()).toEqual(['m5.large us-east-1a', 'g5.xlarge us-east-1a']);
    expect(error.message).toContain('Tried 2 × m5.large in us-east-1a');
    expect(await account.belongings()).toEqual([]);
  });

  it('in a subnet’s addresses: no other type is tried there, another subnet is', async () => {
    const full = { action: 'RunInstances', code: 'InsufficientFreeAddressesInSubnet' };
    await account.lab.faults([inEarnest({ ...full, times: 1 })]);
    const launching = begin('room', {
      ec2AvailabilityZone: ['us-east-1a', 'us-east-1b'],
      ec2FallbackInstanceTypes: ['m6i.large'],
    });
    await hasMachines(launching);
    expect(await tries()).toEqual(['m5.large us-east-1a', 'm5.large us-east-1b']);
    await expectCleanAbort('room', launching);
  });
});

describe('"slow down", ten times in a row,', () => {
  it.each(['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'RunInstances', 'CreateTags'])(
    'is waited out for %s in a launch',
    async (action) => {
      const trials = action === 'CreateSecurityGroup' || action === 'RunInstances' ? 1 : 0;
      await account.lab.faults([
        { action, code: 'RequestLimitExceeded', status: 503, times: 10, after: trials },
      ]);
      const clock = hurriedClock();
      const host = new RecordingHost();
      const controller = new AbortController();
      const flintrock = new Flintrock({
        host,
        surroundings: { env: person.env, home: person.home, cwd: person.home, clock },
      });
      const result = flintrock.launch('slow', {
        values: person.values(),
        signal: controller.signal,
      });
      await hasMachines({ host, result, abort: () => undefined });
      expect(await account.instances('slow')).toHaveLength(2);
      controller.abort();
      await errorOf(result, 'ABORTED');
      expect(await account.belongings()).toEqual([]);
      const tries = (await account.calls()).filter((call) => call.action === action);
      expect(tries.filter(({ error }) => error === 'RequestLimitExceeded')).toHaveLength(10);
    },
  );

  it.each(['DescribeInstances', 'TerminateInstances', 'DeleteSecurityGroup'])(
    'is waited out for %s in a removal',
    async (action) => {
      await account.makeCluster('slow');
      await account.lab.faults([{ action, code: 'RequestLimitExceeded', status: 503, times: 10 }]);
      const flintrock = new Flintrock({
        surroundings: {
          env: person.env,
          home: person.home,
          cwd: person.home,
          clock: hurriedClock(),
        },
      });
      await flintrock.destroy('slow', { values: { provider: 'ec2' } });
      expect(await account.belongings()).toEqual([]);
    },
  );
});

describe('an interrupted launch leaves nothing and touches nobody else’s', () => {
  let others: string[];
  beforeEach(async () => {
    await account.makeCluster('bystander');
    others = (await account.belongings()).sort();
  });

  async function expectAlone(): Promise<void> {
    expect((await account.belongings()).sort()).toEqual(others);
    const touched = (await account.changes())
      .filter(({ action }) => /^(Terminate|Delete)/.test(action))
      .flatMap(({ params }) => Object.values(params));
    expect(touched.filter((id) => others.includes(String(id)))).toEqual([]);
  }

  it('before it has made anything', async () => {
    const launching = begin('demo');
    await until('it is planned', () => launching.host.of('plan.ready').length > 0);
    await expectCleanAbort('demo', launching);
    await expectAlone();
  });

  it.each(['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'RunInstances', 'CreateTags'])(
    'while %s is answered',
    async (action) => {
      const trials = action === 'CreateSecurityGroup' || action === 'RunInstances' ? 1 : 0;
      // The base group may be made first.
      await account.makeGroup('flintrock');
      await account.lab.faults([{ action, delaySeconds: 0.7, after: trials }]);
      const launching = begin('demo', { numWorkers: 3 });
      await hasSent(action);
      await expectCleanAbort('demo', launching);
      await expectAlone();
    },
  );

  it.each(['RunInstances', 'CreateTags'])('while %s is never answered', async (action) => {
    await account.makeGroup('flintrock');
    const trials = action === 'RunInstances' ? 1 : 0;
    await account.lab.faults([{ action, hangReply: true, after: trials }]);
    const launching = begin('demo', { numWorkers: 3 }, account.person({}, fastClock(4)));
    await hasSent(action);
    await expectCleanAbort('demo', launching);
    await expectAlone();
  });

  it('while its machines are pending', async () => {
    await account.lab.settings({ pendingSeconds: 60 });
    const launching = begin('demo', { numWorkers: 3 });
    await hasMachines(launching);
    expect(launching.host.of('waiting').at(-1)?.reason).toBe('the master to run');
    await expectCleanAbort('demo', launching);
    await expectAlone();
  });

  it('while it waits for SSH', async () => {
    const launching = begin('demo');
    await until('it waits for SSH', () =>
      launching.host.of('waiting').some(({ reason }) => /^SSH on the master/.test(reason)),
    );
    await expectCleanAbort('demo', launching);
    await expectAlone();
  });

  it('while EC2 doesn’t show yet what it made', async () => {
    await account.lab.faults([inEarnest({ action: 'RunInstances', hideForSeconds: 4 })]);
    const launching = begin('demo', { numWorkers: 3 });
    await until('they boot', () => launching.host.of('node.phase').length >= 4);
    await expectCleanAbort('demo', launching);
    await expectAlone();
  });
});

describe('what EC2 made and can’t be seen yet', () => {
  it('is waited for', async () => {
    await account.lab.faults([inEarnest({ action: 'RunInstances', hideForSeconds: 2.5 })]);
    const launching = begin('hidden');
    await until('it waits for SSH', () =>
      launching.host.of('waiting').some(({ reason }) => /^SSH on the master/.test(reason)),
    );
    expect((await requests()).length).toBe(1);
    await expectCleanAbort('hidden', launching);
  });

  it('can’t be tagged at first either', async () => {
    await account.lab.faults([
      { action: 'CreateTags', code: 'InvalidInstanceID.NotFound', times: 2, message: 'not there' },
    ]);
    const launching = begin('hidden');
    await hasMachines(launching);
    const roles = (await account.instances('hidden')).map(({ Tags = [] }) =>
      Tags.find(({ Key }) => Key === 'flintrock-role'),
    );
    expect(roles.map((role) => role?.Value).sort()).toEqual(['master', 'slave']);
    await expectCleanAbort('hidden', launching);
  });
});

describe('a lost answer', () => {
  it('to a trial is no riddle: nothing was changed, and the plan says that AWS can’t be reached', async () => {
    await account.lab.faults([{ action: 'RunInstances', dropReply: true, times: null }]);
    const before = (await account.calls()).length;
    const { problems } = await person.open().plan('lost', { values: person.values() });
    expect(problems).toMatchObject([{ code: 'AWS_UNREACHABLE' }]);
    const after = (await account.calls()).slice(before).map(({ action }) => action);
    expect(after.filter((action) => action === 'RunInstances')).toHaveLength(2);
    // Nobody looks for what it made.
    expect(after.at(-1)).toBe('RunInstances');
  });

  const lost: LabFault = inEarnest({ action: 'RunInstances', dropReply: true });

  it('to the request for machines: it is asked again, and makes one cluster', async () => {
    await account.lab.faults([lost]);
    const launching = begin('lost', { numWorkers: 2 });
    await hasMachines(launching);
    const tokens = (await requests()).map((params) => params['ClientToken']);
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(1);
    expect(await account.instances('lost')).toHaveLength(3);
    await expectCleanAbort('lost', launching);
  });

  it('to all of them: what they made is found, however late it shows', async () => {
    await account.lab.faults([{ ...lost, times: null, hideForSeconds: 3 }]);
    const launching = begin('lost', { numWorkers: 2 });
    await hasMachines(launching);
    expect(await account.instances('lost')).toHaveLength(3);
    await expectCleanAbort('lost', launching);
  });
});

it('a worker that is protected from termination stays alone, and is named', async () => {
  const { workers } = await account.makeCluster('safe', { workers: 3 });
  await account.allRun();
  const [guarded = ''] = workers;
  await account.ec2.send(
    new ModifyInstanceAttributeCommand({
      InstanceId: guarded,
      DisableApiTermination: { Value: true },
    }),
  );
  const error = await errorOf(
    person.open(new RecordingHost({ 'destroy.confirm': true })).destroy('safe', {
      values: { provider: 'ec2' },
    }),
    'CLEANUP_INCOMPLETE',
  );
  expect(JSON.stringify(error.details['left'])).toContain(guarded);
  expect((await account.instances('safe')).map(({ InstanceId }) => InstanceId)).toEqual([guarded]);
  await account.ec2.send(
    new ModifyInstanceAttributeCommand({
      InstanceId: guarded,
      DisableApiTermination: { Value: false },
    }),
  );
});

describe('two at once', () => {
  it('who launch one name: one wins, and is not harmed', async () => {
    const people = [person, account.person({}, fastClock(8))];
    // Both have planned before either has made its group.
    await account.lab.faults([{ action: 'CreateSecurityGroup', delaySeconds: 1, times: null }]);
    const launches = people.map((one) => begin('same', { numWorkers: 2 }, one));
    const codes = await Promise.all(
      launches.map(({ host, result }) =>
        Promise.race([
          until('it waits', () => host.of('waiting').length > 0).then(() => 'won'),
          result.catch((error: unknown) => (error as { code: string }).code),
        ]),
      ),
    );
    expect([...codes].sort()).toEqual(['CLUSTER_EXISTS', 'won']);
    expect(await requests()).toHaveLength(1);
    const ids = (await account.instances('same')).map(({ InstanceId }) => InstanceId);
    expect(ids).toHaveLength(3);
    expect((await account.changes()).filter(({ action }) => /^(Del|Term)/.test(action))).toEqual(
      [],
    );
    const winner = launches[codes.indexOf('won')];
    if (winner !== undefined) await expectCleanAbort('same', winner);
  });

  it('who take over one left-over group: one wins', async () => {
    await account.makeGroup('flintrock-same', {
      'flintrock-name': 'same',
      'flintrock-launch': launchIdAt(20),
      'flintrock-state': 'launching',
    });
    await account.makeGroup('flintrock');
    await account.lab.faults([{ action: 'DeleteSecurityGroup', delaySeconds: 0.7, times: 2 }]);
    const launches = [person, account.person({}, fastClock(8))].map((one) =>
      begin('same', {}, one),
    );
    const ended = await Promise.all(
      launches.map(({ host, result }) =>
        Promise.race([
          until('it waits', () => host.of('waiting').length > 0).then(() => 'won'),
          result.catch((error: unknown) => (error as { code: string }).code),
        ]),
      ),
    );
    expect([...ended].sort()).toEqual(['CLUSTER_EXISTS', 'won']);
    expect(await account.instances('same')).toHaveLength(2);
    const winner = launches[ended.indexOf('won')];
    if (winner !== undefined) await expectCleanAbort('same', winner);
  });

  it('who launch two names in an empty account: both go on', async () => {
    const launches = [begin('one'), begin('other', {}, account.person({}, fastClock(8)))];
    for (const launching of launches) await hasMachines(launching);
    expect((await account.groups()).filter((name) => name === 'flintrock')).toHaveLength(1);
    expect(await account.instances()).toHaveLength(4);
    expect(policyFaults(await account.calls())).toEqual([]);
    for (const launching of launches) launching.abort();
    for (const { result } of launches) await errorOf(result, 'ABORTED');
    expect(await account.belongings()).toEqual([]);
  });

  it('who destroy one cluster: both have it destroyed', async () => {
    await account.makeCluster('same', { workers: 3 });
    await account.lab.settings({ stoppingSeconds: 1.5 });
    const destroyed = await Promise.all(
      [person, account.person({}, fastClock(8))].map((one) =>
        one.open().destroy('same', { values: { provider: 'ec2' } }),
      ),
    );
    expect(destroyed.map(({ name }) => name)).toEqual(['same', 'same']);
    expect(await account.belongings()).toEqual([]);
  });

  it('of whom one launches and one destroys: nothing is left, and both know why', async () => {
    const launching = begin('same', { numWorkers: 2 });
    await hasMachines(launching);
    await account
      .person()
      .open()
      .destroy('same', { values: { provider: 'ec2' } });
    const error = await errorOf(launching.result, 'CLUSTER_NOT_FOUND');
    expect(error.message).toContain('destroyed by another client');
    expect(await account.belongings()).toEqual([]);
  });
});

describe('credentials that expire during a launch', () => {
  it('are asked for again', async () => {
    const launching = begin('expired');
    await hasMachines(launching);
    await account.lab.faults([{ action: 'DescribeInstances', code: 'ExpiredToken', times: 1 }]);
    const looks = async () =>
      (await account.calls()).filter(
        ({ action, error }) => action === 'DescribeInstances' && error === null,
      ).length;
    const before = await looks();
    await until('it looks again', async () => (await looks()) >= before + 2);
    await expectCleanAbort('expired', launching);
  });

  it('for good: the error says what is left, and how to remove it', async () => {
    const launching = begin('expired');
    await hasMachines(launching);
    await account.lab.faults([{ action: '*', code: 'ExpiredToken', times: null }]);
    const error = await errorOf(launching.result, 'AWS_CREDENTIALS_EXPIRED');
    expect(hintOf(error)).toContain('flintrock destroy expired');
    expect(error.details['left']).toContainEqual(expect.stringMatching(/group flintrock-expired/));
    await account.lab.clearFaults();
    await person.open().destroy('expired', { values: { provider: 'ec2' } });
    expect(await account.belongings()).toEqual([]);
  });
});

describe('what destroy can’t remove', () => {
  const ec2 = { values: { provider: 'ec2' } } as const;

  it('is named: a group that another group’s rule names', async () => {
    const { group } = await account.makeCluster('named');
    const foreign = await account.makeGroup('foreign', {}, { description: 'of a test' });
    await account.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: foreign,
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group }] }],
      }),
    );
    const error = await errorOf(person.open().destroy('named', ec2), 'CLEANUP_INCOMPLETE');
    expect(error.message).toContain('flintrock-named');
    expect(error.message).toContain(`foreign (${foreign})`);
    expect(await account.belongings()).toEqual(['flintrock-named']);
    // All who look at it see the same.
    const reason = 'its removal was not completed, only the security group is left';
    expect((await person.open().describe(undefined, ec2)).clusters).toMatchObject([
      { name: 'named', state: 'destroying', reason },
    ]);
    expect((await person.open().describe('named', ec2)).clusters).toMatchObject([
      { state: 'destroying', reason },
    ]);
    expect((await person.open().doctor(undefined, ec2)).findings).toMatchObject([
      { subject: 'named', kind: 'destroying', fixable: true },
    ]);
    const refused = await errorOf(begin('named').result, 'CLUSTER_EXISTS');
    expect(refused.message).toBe(
      `Security group flintrock-named (${group}) of a former cluster "named" is still in use.`,
    );
    expect(await account.instances('named')).toEqual([]);
    // Once the rule is gone, the rest goes too.
    await account.deleteGroup(foreign);
    await person.open().destroy('named', ec2);
    expect(await account.belongings()).toEqual([]);
  });

  it('is named: a machine with the cluster’s tags that isn’t in its group', async () => {
    await account.makeCluster('named');
    const [foreign] = await account.run({ 'flintrock-name': 'named', 'flintrock-role': 'slave' });
    const id = foreign?.InstanceId ?? '';
    const host = new RecordingHost();
    await person.open(host).destroy('named', ec2);
    expect(host.of('warning').map(({ message }) => message)).toEqual([expect.stringContaining(id)]);
    expect((await account.instances()).map(({ InstanceId }) => InstanceId)).toEqual([id]);
    expect(await account.groups()).not.toContain('flintrock-named');
  });

  it('is named: what the credentials may not end', async () => {
    await account.makeCluster('named');
    await account.lab.faults([
      { action: 'TerminateInstances', code: 'UnauthorizedOperation', status: 403, times: null },
    ]);
    const error = await errorOf(person.open().destroy('named', ec2), 'CLEANUP_INCOMPLETE');
    expect(error.message).toContain('ec2:TerminateInstances');
    expect(await account.instances('named')).toHaveLength(2);
  });
});
