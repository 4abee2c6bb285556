import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  ModifyInstanceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import {
  type Account,
  errorOf,
  fastClock,
  launchIdAt,
  type Person,
  tokenOf,
  until,
} from '../helpers/ec2/account.ts';
import { freshAccount } from '../helpers/ec2/fresh-account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import type { LabCall } from '../lab/lab.ts';

// What a colleague in the account may write: tags, names, instances and groups. Nothing that isn't a cluster's own is ever changed.
let account: Account;
let person: Person;
freshAccount((empty, somebody) => {
  account = empty;
  person = somebody;
});

const ec2 = { values: { provider: 'ec2' } } as const;

/** Ids of all that calls of Flintrock's changed. */
function changedIds(calls: readonly LabCall[]): string[] {
  return calls
    .filter(({ action }) =>
      /^(Terminate|Stop|Start|CreateTags|Delete|Authorize|Revoke)/.test(action),
    )
    .flatMap(({ params, resourceTags }) =>
      Object.entries(params).flatMap(([key, id]) =>
        // The lock that a verb has made for itself is its own to delete.
        /^(InstanceId|ResourceId|GroupId)(\.|$)/.test(key) &&
        resourceTags[String(id)]?.['flintrock-lock'] === undefined
          ? [String(id)]
          : [],
      ),
    );
}

describe('a tag of a colleague', () => {
  it.each(['*', '?', 'on?', '\\*', 'one*'])(
    'that is the name %j lets diagnostics end no cluster’s instances',
    async (name) => {
      await account.makeCluster('one', { state: 'launching' });
      await account.makeCluster('other');
      await account.run({
        'flintrock-name': name,
        'flintrock-role': 'master',
        'flintrock-launch': launchIdAt(20),
        'flintrock-state': 'destroying',
      });
      const before = await account.instanceIds();
      const host = new RecordingHost({ 'doctor.fix': true });
      await person.open(host).doctor(undefined, { ...ec2, fix: true });
      await errorOf(person.open().stop(name, ec2)).catch(() => undefined);
      // Some of these can't even be the name of the Python tool's clusters.
      const { code } = await errorOf(person.open().destroy(name, ec2));
      expect(['CLUSTER_NOT_FOUND', 'CLUSTER_NAME_INVALID']).toContain(code);
      // Only what can't be anybody's cluster may have been removed, and only as it was named in the question.
      const named = host.questions.map(({ message }) => message).join(' ');
      const gone = before.filter((id) => !named.includes(id));
      expect(await account.instanceIds()).toEqual(expect.arrayContaining(gone));
      for (const cluster of ['one', 'other'])
        expect(await account.instances(cluster)).toHaveLength(2);
    },
  );

  it('that is a launch’s id leads to no folder but the cluster’s own', async () => {
    const documents = join(person.home, 'Documents');
    mkdirSync(documents);
    writeFileSync(join(documents, 'thesis.txt'), 'years of work');
    for (const launchId of [
      '20260101T000000Z-00000000/../../../Documents',
      '../../../Documents',
      '/etc',
      '',
      '.',
    ]) {
      const { group, master, workers } = await account.makeCluster('demo');
      await account.tag([group, master, ...workers], { 'flintrock-launch': launchId });
      const [seen] = (await person.open().describe('demo', ec2)).clusters;
      expect(seen?.launchId).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/);
      await person.open().destroy('demo', ec2);
      expect(await account.instances('demo')).toEqual([]);
    }
    expect(readFileSync(join(documents, 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('makes no instance a node: each changing verb leaves it alone, and says so', async () => {
    const { group, master, workers } = await account.makeCluster('demo', { workers: 2 });
    const strangers = await account.run(
      {
        'flintrock-name': 'demo',
        'flintrock-role': 'slave',
        'flintrock-launch': launchIdAt(0),
        'flintrock-state': 'ready',
        'flintrock-first': '3',
      },
      { MinCount: 2, MaxCount: 2 },
    );
    const foreign = strangers.map(({ InstanceId = '' }) => InstanceId).sort();
    // In its group and with its tags, but of another launch.
    const [copied] = await account.run(
      { 'flintrock-name': 'demo', 'flintrock-role': 'slave', 'flintrock-state': 'ready' },
      { SecurityGroupIds: [group], ClientToken: tokenOf(launchIdAt(3)) },
    );
    const inGroup = copied?.InstanceId ?? '';
    await account.allRun();

    const [seen] = (await person.open().describe(undefined, ec2)).clusters;
    expect(seen?.workers.map(({ id }) => id).sort()).toEqual([...workers].sort());
    expect(seen?.foreign?.map(({ id }) => id).sort()).toEqual([...foreign, inGroup].sort());

    const own = [group, master, ...workers];
    await account.lab.resetCalls();
    const host = new RecordingHost();
    await person.open(host).stop('demo', ec2);
    await person.open().authorize('demo', ec2);
    await person.open().doctor(undefined, { ...ec2, fix: true });
    const left = await errorOf(person.open(host).destroy('demo', ec2), 'CLEANUP_INCOMPLETE');
    expect(changedIds(await account.calls()).filter((id) => !own.includes(id))).toEqual([]);
    expect(await account.instanceIds()).toEqual([...foreign, inGroup].sort());
    for (const id of foreign)
      expect(host.of('warning').some(({ message }) => message.includes(id))).toBe(true);
    expect(left.message).toContain(inGroup);
    // What was ended was named before.
    const named = host.of('instances.ending').flatMap(({ instances }) => instances);
    expect(named.map(({ id }) => id).sort()).toEqual([master, ...workers].sort());

    // Named by the user, it goes too.
    await person.open().destroy('demo', { ...ec2, alsoTerminate: [inGroup] });
    expect(await account.instanceIds()).toEqual(foreign);
    expect(await account.groups()).not.toContain('flintrock-demo');
  });

  it('makes another cluster’s nodes none of this one’s, though somebody put them into its group', async () => {
    const victim = await account.makeCluster('victim');
    const trap = await account.makeCluster('trap');
    await account.tag([victim.master, ...victim.workers], { 'flintrock-name': 'trap' });
    for (const id of [victim.master, ...victim.workers])
      await account.ec2.send(
        new ModifyInstanceAttributeCommand({ InstanceId: id, Groups: [trap.group] }),
      );
    await account.terminate([trap.master, ...trap.workers]);
    await until('they are gone', async () => (await account.instances()).length === 2);
    await person
      .open()
      .destroy('trap', ec2)
      .catch(() => undefined);
    expect(await account.instanceIds()).toEqual([victim.master, ...victim.workers].sort());
  });

  it('with characters that a terminal obeys is shown as codes, and names no cluster', async () => {
    await account.run({ 'flintrock-name': 'a\u009B31mb', 'flintrock-role': 'master' });
    const [seen] = (await person.open().describe(undefined, ec2)).clusters;
    expect([seen?.name, seen?.state]).toEqual([String.raw`a\u{9b}31mb`, 'malformed']);
    const [again] = (await person.open().describe(seen?.name, ec2)).clusters;
    expect(again?.name).toBe(seen?.name);
    await errorOf(person.open().stop(seen?.name ?? '', ec2), 'CLUSTER_STATE_UNFIT');
    // It costs money all the same: diagnostics end it, by its id, if its user agrees.
    const host = new RecordingHost({ 'doctor.fix': true });
    await person.open(host).doctor(undefined, { ...ec2, fix: true });
    expect(host.questions[0]?.message).toContain(seen?.foreign?.[0]?.id ?? 'nothing');
    expect(await account.instanceIds()).toEqual([]);
  });
});

describe('two clusters of one name in two VPCs', () => {
  it('are two: each can be described, stopped and destroyed without the other', async () => {
    const { Vpc } = await account.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
    const vpcId = Vpc?.VpcId ?? '';
    const { Subnet } = await account.ec2.send(
      new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.9.1.0/24' }),
    );
    const here = await account.makeCluster('demo');
    const there = await account.makeCluster('demo', {
      vpcId,
      subnetId: Subnet?.SubnetId ?? '',
      workers: 2,
    });
    await account.allRun();
    const { clusters } = await person.open().describe(undefined, ec2);
    expect(clusters.map(({ name, workers }) => [name, workers.length]).sort()).toEqual([
      ['demo', 1],
      ['demo', 2],
    ]);
    const vpcs = clusters.map((cluster) => cluster.vpcId ?? '');
    expect(new Set(vpcs).size).toBe(2);
    const error = await errorOf(person.open().destroy('demo', ec2), 'CLUSTER_AMBIGUOUS');
    for (const vpc of vpcs) expect(error.message).toContain(vpc);

    const at = (id: string) => ({ values: { ...ec2.values, ec2VpcId: id } });
    const mine = vpcs.find((vpc) => vpc !== vpcId) ?? '';
    const [described] = (await person.open().describe('demo', at(vpcId))).clusters;
    expect(described?.workers).toHaveLength(2);
    const stopped = await person.open().stop('demo', at(vpcId));
    expect(stopped.cluster.workers).toHaveLength(2);
    await person.open().destroy('demo', at(mine));
    expect(await account.instanceIds()).toEqual([there.master, ...there.workers].sort());
    expect(await account.groups()).toContain('flintrock-demo');
    expect(await account.instanceIds()).not.toContain(here.master);
    // The only one that is left needs no VPC.
    await person.open().destroy('demo', ec2);
    expect(await account.belongings()).toEqual([]);
  });
});

describe('names of the Python tool’s clusters', () => {
  it.each(['team/etl', 'my cluster', 'a[1]{x}', 'x*'])(
    '%j can be given to every verb but launch',
    async (name) => {
      const made = await account.makePythonCluster(name);
      await account.allRun();
      const [seen] = (await person.open().describe(undefined, ec2)).clusters;
      expect(seen?.name).toBe(name);
      expect(seen?.state).toBe('running');
      expect((await person.open().stop(name, ec2)).changed).toBe(true);
      await errorOf(person.open().launch(name, { values: person.values() }));
      expect(await account.instanceIds()).toHaveLength(made.length);
      await person.open().destroy(name, ec2);
      expect(await account.instanceIds()).toEqual([]);
    },
  );
});

describe('what this machine keeps of a cluster', () => {
  it('goes with that cluster only, and lies in the trash for 30 days', async () => {
    const launchId = launchIdAt(0);
    const folder = join(person.home, 'state', 'ec2', launchId);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cluster.json'), JSON.stringify({ name: 'demo', launchId }));
    writeFileSync(join(folder, 'id_ed25519'), 'the only way in');

    // Another cluster that says it is of the same launch.
    await account.makeCluster('copy', { launchId });
    await person.open().destroy('copy', ec2);
    expect(existsSync(join(folder, 'id_ed25519'))).toBe(true);

    await account.makeCluster('demo', { launchId });
    await person.open().destroy('demo', ec2);
    expect(existsSync(folder)).toBe(false);
    const trash = join(person.home, 'state', 'trash');
    const [entry = ''] = readdirSync(trash);
    expect(readFileSync(join(trash, entry, 'id_ed25519'), 'utf8')).toBe('the only way in');

    // Diagnostics name the key before they delete it, and only when it has been there for long.
    const now = await person.open().doctor(undefined, ec2);
    expect(now.findings).toEqual([]);
    const later = account.person(
      { FLINTROCK_STATE: join(person.home, 'state') },
      {
        now: () => Date.now() + 31 * 86_400_000,
        sleep: (ms, signal) => fastClock(8).sleep(ms, signal),
      },
    );
    const host = new RecordingHost({ 'doctor.fix': true });
    const { findings } = await later.open(host).doctor(undefined, { ...ec2, fix: true });
    expect(findings).toMatchObject([{ subject: 'demo', kind: 'leftover', fixed: true }]);
    expect(host.questions[0]?.message).toContain(join(trash, entry, 'id_ed25519'));
    expect(readdirSync(trash)).toEqual([]);
  });
});
