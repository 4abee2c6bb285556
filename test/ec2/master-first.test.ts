import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PartialValues } from '../../src/index.ts';
import { Account, errorOf, isTrial, type Person, tag, until } from '../helpers/ec2/account.ts';
import { policyFaults, readUserData } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { images } from '../lab/images.ts';
import type { LabCall } from '../lab/lab.ts';

let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  person = account.person();
});
beforeEach(() => account.reset());
afterAll(() => account.reset());

async function requests(): Promise<LabCall[]> {
  return (await account.calls()).filter((call) => call.action === 'RunInstances' && !isTrial(call));
}

/** The tags in a request for instances. */
function tagsIn({ params }: LabCall): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(params)) {
    const prefix = /^TagSpecification\.1\.Tag\.\d+\./.exec(key)?.[0];
    if (prefix !== undefined && key.endsWith('.Key'))
      found[String(value)] = String(params[`${prefix}Value`]);
  }
  return found;
}

/** Whatever makes two requests of one makes them so: the master's first, then the workers', who are told its address. */
async function expectTwoRequests(): Promise<void> {
  const [master, workers, ...more] = await requests();
  if (master === undefined || workers === undefined) throw new Error('There are fewer than two.');
  expect(more).toEqual([]);
  expect(master.params).toMatchObject({ MinCount: '1', MaxCount: '1' });
  const [first] = (await account.instances()).filter(
    (instance) => tag(instance, 'flintrock-role') === 'master',
  );
  const address = first?.PrivateIpAddress ?? 'none';
  expect(readUserData(master)).not.toContain(address);
  expect(readUserData(workers)).toContain(`FIXED_MASTER=${address}\n`);
  expect([master, workers].map((call) => tagsIn(call)['flintrock-role'])).toEqual([
    'master',
    'slave',
  ]);
  // The same zone: what goes to another one costs.
  expect(workers.params['SubnetId']).toBe(master.params['SubnetId']);
  for (const { params } of [master, workers])
    expect(params['MetadataOptions.InstanceMetadataTags']).toBe('disabled');
  const calls = await account.calls();
  expect(policyFaults(calls)).toEqual([]);
  expect(calls.some(({ action }) => action === 'CreateTags')).toBe(false);
}

describe('the master is launched first', () => {
  it.each<[string, PartialValues, string]>([
    ['on a Xen type', { ec2InstanceType: 't2.medium' }, 'only after a restart'],
    ['with a tag with a space', { ec2Tags: { 'cost center': '42' } }, 'tag key "cost center"'],
    ['with a tag with a slash', { ec2Tags: { 'team/name': 'x' } }, 'tag key "team/name"'],
    ['without metadata tags', { ec2MetadataTags: false }, 'tags in instance metadata are disabled'],
  ])('%s', async (_, changes, why) => {
    await account.lab.settings({ hosts: false });
    const controller = new AbortController();
    const host = new RecordingHost();
    const launching = person.open(host).launch('ways', {
      values: person.values({ numWorkers: 3, ...changes }),
      signal: controller.signal,
    });
    launching.catch(() => undefined);
    await until('it waits', () => host.of('waiting').length > 0);
    expect(host.of('plan.ready')[0]?.plan.changes.join('\n')).toContain(why);
    await expectTwoRequests();
    expect((await requests())[1]?.params).toMatchObject({ MinCount: '3', MaxCount: '3' });
    controller.abort();
    await errorOf(launching, 'ABORTED');
    expect(await account.belongings()).toEqual([]);
  });

  it('and its workers find it; the user’s own user data has run before Spark', async () => {
    writeFileSync(
      join(person.home, 'own.sh'),
      '#!/bin/bash\nsystemctl is-active flintrock-spark-* > /own.txt\necho "ran as $(id -un)" >> /own.txt\n',
    );
    const { cluster } = await person.open().launch('ways', {
      values: person.values({
        ec2Tags: { 'cost center': '42' },
        ec2UserData: join(person.home, 'own.sh'),
      }),
    });
    expect(cluster.workers.map(({ state }) => state)).toEqual(['running']);
    expect(cluster.tags).toEqual({ 'cost center': '42' });
    await expectTwoRequestsButReady();
    const host = new RecordingHost();
    await person.open(host).runCommand('ways', 'cat /own.txt');
    expect(host.stdout().match(/^ran as root$/gm)).toHaveLength(2);
    expect(host.stdout()).not.toMatch(/^active/m);
  });

  /** As {@link expectTwoRequests}; tags say that the launch is finished. */
  async function expectTwoRequestsButReady(): Promise<void> {
    expect(await requests()).toHaveLength(2);
    const tags = (await account.calls()).filter(({ action }) => action === 'CreateTags');
    // That it is ready, and how many workers it has.
    expect(tags).toHaveLength(2);
  }
});

it('an image without cloud-init is set up over SSH, and runs the user’s own script', async () => {
  const host = new RecordingHost();
  const own = join(person.home, 'own-plain.sh');
  writeFileSync(own, '#!/bin/bash\necho "ran as $(id -un)" >> /own.txt\n');
  const { cluster } = await person.open(host).launch('plain', {
    values: person.values({
      ec2UserData: own,
      ec2Ami: images.debianPlain,
      ec2CloudInit: false,
      ec2KeyName: account.lab.keyPair.name,
      ec2IdentityFile: account.lab.keyPair.privateKeyFile,
    }),
  });
  expect(cluster.workers.map(({ state }) => state)).toEqual(['running']);
  // Nothing that the image would have to run: only how the launch made its nodes, for clients that add some.
  const [request, ...more] = await requests();
  expect(more).toEqual([]);
  expect(request && readUserData(request)).toMatch(/^#!\/bin\/sh\n# Launched by: \{[^\n]*\}\n$/);
  expect(policyFaults(await account.calls())).toEqual([]);
  for (const node of ['master', 'worker-1'])
    expect(
      host
        .of('node.phase')
        .filter((event) => event.node === node)
        .at(-1)?.phase,
    ).toBe('alive');
  const key = { ec2IdentityFile: account.lab.keyPair.privateKeyFile };
  const ran = new RecordingHost();
  await person.open(ran).runCommand('plain', 'cat /own.txt', { values: key });
  expect(ran.stdout()).toBe('ran as root\nran as root\n');
  expect(ran.questions).toEqual([]);
  // From another machine nothing vouches for the keys that the image made: it asks, once for all nodes.
  const stranger = account.person();
  const doubtful = new RecordingHost({ 'hostKey.trust': false });
  const running = stranger.open(doubtful).runCommand('plain', 'true', { values: key });
  await errorOf(running, 'HOST_KEY_UNKNOWN');
  const trusting = new RecordingHost({ 'hostKey.trust': true });
  await stranger.open(trusting).runCommand('plain', 'true', { values: key });
  for (const { questions } of [doubtful, trusting])
    expect(questions.map(({ code }) => code)).toEqual(['hostKey.trust']);
  const later = new RecordingHost();
  await stranger.open(later).runCommand('plain', 'true', { values: key });
  expect(later.questions).toEqual([]);
});

it('Spot Instances are asked for as such, and end when they are switched off', async () => {
  await account.lab.settings({ hosts: false });
  const controller = new AbortController();
  const host = new RecordingHost();
  const launching = person.open(host).launch('spot', {
    values: person.values({ ec2SpotPrice: 0.05, ec2InstanceInitiatedShutdownBehavior: 'stop' }),
    signal: controller.signal,
  });
  launching.catch(() => undefined);
  await until('it waits', () => host.of('waiting').length > 0);
  const [request] = await requests();
  expect(request?.params).toMatchObject({
    'InstanceMarketOptions.MarketType': 'spot',
    'InstanceMarketOptions.SpotOptions.MaxPrice': '0.05',
    'InstanceMarketOptions.SpotOptions.SpotInstanceType': 'one-time',
  });
  expect(request?.params['InstanceInitiatedShutdownBehavior']).toBeUndefined();
  expect(policyFaults(await account.calls())).toEqual([]);

  // One of them is taken back: the launch ends at once, in EC2's words.
  await account.lab.settings({ stoppingSeconds: 5 });
  const [lost] = await account.instances('spot');
  await account.lab.interrupt(lost?.InstanceId ?? '', 0);
  await account.waitForState(lost?.InstanceId ?? '', 'shutting-down');
  await account.lab.settings({ stoppingSeconds: 0.3 });
  const error = await errorOf(launching, 'NODE_DIED');
  expect(error.message).toContain('Spot instance termination');
});

it('nodes of one’s own placement, tenancy, profile and volumes are asked for as such', async () => {
  await account.lab.settings({ hosts: false });
  // Moto knows no profiles: what was asked for is seen all the same.
  await account.lab.faults([
    { action: 'RunInstances', after: 1, code: 'InstanceLimitExceeded', times: null },
    { action: 'RunInstances', code: 'DryRunOperation', status: 412, times: 1 },
  ]);
  const launching = person.open().launch('placed', {
    values: person.values({
      ec2PlacementGroup: 'near',
      ec2Tenancy: 'dedicated',
      ec2InstanceProfileName: 'Spark_S3',
      ec2RootVolumeIops: 6000,
      ec2Volumes: [{ sizeGiB: 500 }, { sizeGiB: 200, type: 'io2', iops: 20_000 }],
    }),
  });
  await errorOf(launching, 'AWS_QUOTA_EXCEEDED');
  const [request] = await requests();
  expect(request?.params).toMatchObject({
    'Placement.GroupName': 'near',
    'Placement.Tenancy': 'dedicated',
    'IamInstanceProfile.Name': 'Spark_S3',
    'BlockDeviceMapping.1.Ebs.Iops': '6000',
    'BlockDeviceMapping.2.DeviceName': '/dev/sdf',
    'BlockDeviceMapping.2.Ebs.VolumeSize': '500',
    'BlockDeviceMapping.3.Ebs.VolumeType': 'io2',
    'BlockDeviceMapping.3.Ebs.DeleteOnTermination': 'true',
  });
  expect(readUserData(request as LabCall)).toContain('VOLUMES=2\n');
  // All else is as ever.
  expect(new Set(policyFaults(await account.calls()))).toEqual(
    new Set(['RunInstances: a volume that is not gp3']),
  );
  expect(await account.belongings()).toEqual([]);
});
