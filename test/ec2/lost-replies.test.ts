import { describe, expect, it } from 'vitest';
import type { PartialValues } from '../../src/index.ts';
import { type Account, errorOf, type Person, until } from '../helpers/ec2/account.ts';
import { freshAccount } from '../helpers/ec2/fresh-account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import type { LabFault } from '../lab/lab.ts';

// Whatever becomes of a reply, a call that was carried out has happened once, and the verb goes on by what is true.
let account: Account;
let person: Person;
freshAccount((empty, somebody) => {
  account = empty;
  person = somebody;
});

const kinds: readonly { readonly how: string; readonly fault: Partial<LabFault> }[] = [
  { how: 'closed once', fault: { dropReply: true, times: 1 } },
  { how: 'closed twice', fault: { dropReply: true, times: 2 } },
  { how: 'closed each time', fault: { dropReply: true, times: null } },
  { how: 'a 500 once', fault: { spoilReply: true, times: 1 } },
  { how: 'a 500 each time', fault: { spoilReply: true, times: null } },
];

/** Each action with each way in which its reply is lost. */
function cases(...actions: string[]): [action: string, how: string, fault: LabFault][] {
  return actions.flatMap((action) =>
    kinds.map(({ how, fault }): [string, string, LabFault] => [
      action,
      how,
      // A launch tries some calls before it makes them.
      { action, ...fault, after: 0 },
    ]),
  );
}

const ec2: { values: PartialValues } = { values: { provider: 'ec2' } };
const yes = { 'destroy.confirm': true, 'stop.confirm': true };

describe('a launch whose reply is lost', () => {
  it.each(
    cases('CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'RunInstances', 'CreateTags'),
  )(
    '%s, %s: has one set of machines, and leaves nothing when it is stopped',
    async (_, __, fault) => {
      const host = new RecordingHost();
      const controller = new AbortController();
      const { signal } = controller;
      const { launch } = await person
        .open(host)
        .prepareLaunch('demo', { values: person.values({ numWorkers: 2 }) });
      await account.lab.faults([fault]);
      const launching = launch({ signal });
      launching.catch(() => undefined);
      await Promise.race([
        until('it waits for its machines', () => host.of('waiting').length > 0),
        launching,
      ]);
      expect(await account.instances('demo')).toHaveLength(3);
      expect((await account.groups()).filter((name) => name === 'flintrock-demo')).toHaveLength(1);
      await account.lab.clearFaults();
      controller.abort();
      await errorOf(launching, 'ABORTED');
      expect(await account.belongings('demo')).toEqual([]);
    },
  );
});

describe('a removal whose reply is lost', () => {
  it.each(cases('TerminateInstances', 'DeleteSecurityGroup', 'CreateTags'))(
    '%s, %s: removes all, and says so',
    async (_, __, fault) => {
      await account.makeCluster('demo', { workers: 2 });
      await account.lab.faults([fault]);
      await person.open(new RecordingHost(yes)).destroy('demo', ec2);
      await account.lab.clearFaults();
      expect(await account.belongings('demo')).toEqual([]);
    },
  );
});

describe('a stop and a start whose reply is lost', () => {
  it.each(kinds)('$how: happen once', async ({ fault }) => {
    const { master, workers } = await account.makeCluster('demo', { workers: 2 });
    await account.allRun();
    await account.lab.faults([{ action: 'StopInstances', ...fault }]);
    const { changed, cluster } = await person.open(new RecordingHost(yes)).stop('demo', ec2);
    expect([changed, cluster.state]).toEqual([true, 'stopped']);
    await account.lab.clearFaults();
    await account.lab.faults([{ action: 'StartInstances', ...fault }]);
    const host = new RecordingHost();
    const controller = new AbortController();
    const starting = person.open(host).start('demo', { ...ec2, signal: controller.signal });
    starting.catch(() => undefined);
    await Promise.race([until('it waits', () => host.of('waiting').length > 0), starting]);
    await account.allRun();
    controller.abort();
    await errorOf(starting, 'ABORTED');
    expect([...(await account.instanceIds())].sort()).toEqual([master, ...workers].sort());
  });
});

describe('access whose reply is lost', () => {
  it.each(cases('AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress'))(
    '%s, %s: is as it was asked for',
    async (_, __, fault) => {
      const { group } = await account.makeCluster('demo');
      await account.allowSsh(group, '203.0.113.7/32', 'flintrock:client:somebody@else');
      const flintrock = person.open();
      const first = '198.51.100.1/32';
      await flintrock.authorize('demo', {
        values: { provider: 'ec2', ec2AuthorizeAccessFrom: [first] },
      });
      await account.lab.faults([fault]);
      const { changed, admitted, removed } = await flintrock.authorize('demo', {
        values: { provider: 'ec2', ec2AuthorizeAccessFrom: ['198.51.100.2/32'] },
      });
      expect({ changed, admitted, removed }).toEqual({
        changed: true,
        admitted: ['198.51.100.2/32'],
        removed: [first],
      });
      const { rules } = await account.sshRules('demo');
      expect(rules.map(([source]) => source).sort()).toEqual(['198.51.100.2/32', '203.0.113.7/32']);
    },
  );
});
