import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PartialValues } from '../../src/index.ts';
import { Account, errorOf, isTrial, type Person, tag, until } from '../helpers/ec2/account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';
import { images } from '../lab/images.ts';
import type { LabCall } from '../lab/lab.ts';

// Images without cloud-init: nodes are set up over SSH, by whichever client.
let account: Account;
beforeAll(async () => {
  account = await Account.open();
});
afterAll(() => account.reset());

function key(): PartialValues {
  return { provider: 'ec2', ec2IdentityFile: account.lab.keyPair.privateKeyFile };
}

/** Nothing vouches for the keys that the image made: who has never seen the cluster is asked once. */
function trusting(): RecordingHost {
  return new RecordingHost({ 'hostKey.trust': true });
}

async function requests(): Promise<LabCall[]> {
  return (await account.calls()).filter((call) => call.action === 'RunInstances' && !isTrial(call));
}

async function idOf(name: string, node: string): Promise<string> {
  const [cluster] = (await account.person().open().describe(undefined, { values: key() })).clusters;
  if (cluster?.name !== name) throw new Error(`There is no ${name}.`);
  return [cluster.master, ...cluster.workers].find((one) => one?.name === node)?.id ?? '';
}

/** Launches by the command line, and kills it when it has said so. */
async function launchAndKill(when: string, ready?: () => Promise<void>): Promise<Person> {
  const person = account.person();
  // Nothing that is fetched arrives before the client is dead: the launch can't be done by then.
  await account.lab.downloadFaults([{ path: 'tgz$', hangAt: 10, times: null }]);
  const own = join(person.home, 'own.sh');
  writeFileSync(own, '#!/bin/bash\necho "ran as $(id -un)" >> /own.txt\n');
  const { keyPair } = account.lab;
  const { child, finished, saw } = new TerminalSession(person).start(
    ...['launch', 'plain', '--provider', 'ec2', '--num-workers', '2', '--debug'],
    ...['--ec2-ami', images.debianPlain, '--no-ec2-cloud-init', '--ec2-user-data', own],
    ...['--ec2-key-name', keyPair.name, '--ec2-identity-file', keyPair.privateKeyFile],
  );
  await saw(when);
  await ready?.();
  child.kill('SIGKILL');
  await finished;
  await account.lab.downloadFaults([]);
  return person;
}

// In order: each test goes on where the one before ended.
describe('a cluster whose image has no cloud-init', () => {
  inSteps();
  let stranger: Person;
  beforeAll(async () => {
    await account.reset();
    stranger = account.person();
  });

  it('is launched by a client that is killed, and finished by another one', async () => {
    await launchAndKill('Downloading', () =>
      until('the master keeps what nodes are made by', async () => {
        const id = await idOf('plain', 'master');
        const kept = await account.lab.exec(id, 'test -s /usr/local/lib/flintrock/bootstrap');
        return kept.status === 0;
      }),
    );
    // One of its nodes was never reached.
    const worker = await idOf('plain', 'worker-2');
    await account.lab.exec(
      worker,
      `systemctl stop 'flintrock-*'; rm -rf /usr/local/lib/flintrock /var/lib/flintrock /run/flintrock /etc/systemd/system/flintrock-* /own.txt; systemctl daemon-reload`,
    );
    await account.lab.resetCalls();
    const host = trusting();
    const { changed, cluster } = await stranger.open(host).resume('plain', { values: key() });
    expect(changed).toBe(true);
    expect(cluster.workers.map(({ name, state }) => [name, state])).toEqual([
      ['worker-1', 'running'],
      ['worker-2', 'running'],
    ]);
    expect(host.questions.map(({ code }) => code)).toEqual(['hostKey.trust']);
    expect(host.of('warning')).toEqual([]);
    expect(await requests()).toEqual([]);
    const ran = new RecordingHost();
    await stranger.open(ran).runCommand('plain', 'cat /own.txt', { values: key() });
    expect(ran.stdout()).toBe('ran as root\n'.repeat(3));
  });

  it('grows: its client sets the new workers up as the first one did', async () => {
    // Another machine again, which nobody told what the image has.
    const other = account.person();
    const host = trusting();
    const { added, cluster } = await other.open(host).addWorkers('plain', 2, { values: key() });
    expect(added).toEqual(['worker-3', 'worker-4']);
    expect(cluster.workers.map(({ state }) => state)).toEqual(Array(4).fill('running'));
    expect(host.questions.map(({ code }) => code)).toEqual(['hostKey.trust']);
    host.expectAlive('worker-4');
    const [request, ...more] = await requests();
    expect(more).toEqual([]);
    expect(request?.params['UserData']).toBeUndefined();
    const ran = new RecordingHost();
    await other.open(ran).runCommand('plain', 'cat /own.txt', { values: key() });
    expect(ran.stdout()).toBe('ran as root\n'.repeat(5));

    // What nodes keep of it holds the secret: it is nobody's but root's, and was said nowhere.
    const id = await idOf('plain', 'worker-4');
    const secret = (
      await account.lab.exec(id, 'cat /usr/local/lib/flintrock/secret')
    ).stdout.trim();
    expect(secret).toMatch(/^\w{64}$/);
    const { stdout: mode } = await account.lab.exec(
      id,
      'stat -c %a:%U /usr/local/lib/flintrock/bootstrap',
    );
    expect(mode.trim()).toBe('600:root');
    const calls = await account.calls();
    expect(policyFaults(calls)).toEqual([]);
    for (const said of [calls, host.events, await account.tagsOf('plain')])
      expect(JSON.stringify(said)).not.toContain(secret);
    const { stdout: log } = await account.lab.exec(id, 'cat /var/log/flintrock/node.log');
    expect(log).toContain('== starting');
    expect(log).not.toContain(secret);
  });

  it('gets a new worker for a dead one', async () => {
    const id = await idOf('plain', 'worker-1');
    await account.lab.exec(id, 'systemd-run --no-block systemctl poweroff --force');
    await account.waitForState(id, 'terminated');
    const result = await stranger.open().repair('plain', { values: key() });
    expect(result).toMatchObject({
      replaced: ['worker-1'],
      added: ['worker-5'],
      cluster: { state: 'running' },
    });
  });

  it('can’t grow if its master has lost what nodes are made by: nothing is made then', async () => {
    const master = (await account.instances('plain')).find(
      (one) => tag(one, 'flintrock-role') === 'master',
    );
    await account.lab.exec(master?.InstanceId ?? '', 'rm /usr/local/lib/flintrock/bootstrap');
    await account.lab.resetCalls();
    const growing = stranger.open().addWorkers('plain', 1, { values: key() });
    const error = await errorOf(growing, 'CLUSTER_STATE_UNFIT');
    expect(error.message).toContain('has no cloud-init');
    expect(await requests()).toEqual([]);
    await stranger.open().destroy('plain', { values: key() });
    expect(await account.belongings()).toEqual([]);
  });
});

describe('a launch whose client ended before any node was set up', () => {
  beforeEach(() => account.reset({ pendingSeconds: 5 }));

  it('can’t be finished, and says why', async () => {
    await launchAndKill('Booting');
    const resuming = account.person().open(trusting()).resume('plain', { values: key() });
    const error = await errorOf(resuming, 'CLUSTER_STATE_UNFIT');
    expect(error.message).toContain('ended before it had set up a node');
    expect(hintOf(error)).toContain('flintrock destroy plain');
    await account.person().open().destroy('plain', { values: key() });
    expect(await account.belongings()).toEqual([]);
  });
});
