import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, ClusterError, PartialValues } from '../../src/index.ts';
import {
  Account,
  awsSecret,
  errorOf,
  fastClock,
  type Person,
  tag,
  until,
} from '../helpers/ec2/account.ts';
import { readUserData } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';

// One cluster, in order: its client is killed while it is launched; then whatever else can happen to it happens.
let account: Account;
/** Has never seen the cluster when its launch is to be finished. */
let other: Person;
let values: PartialValues;
beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  other = account.person({}, fastClock(3));
  values = { provider: 'ec2', ec2IdentityFile: account.lab.keyPair.privateKeyFile };
});
afterAll(() => account.reset());

async function look(): Promise<Cluster> {
  const [cluster] = (await other.open().describe('ill', { values })).clusters;
  if (cluster === undefined) throw new Error('It is gone.');
  return cluster;
}

describe('a cluster that much happens to', () => {
  inSteps();
  it('is launched by a client that is killed before it has told the nodes who they are', async () => {
    await account.lab.faults([
      { action: 'CreateTags', code: 'RequestLimitExceeded', status: 503, times: null },
    ]);
    const session = new TerminalSession(account.person());
    const key = account.lab.keyPair;
    const { child, finished } = session.start(
      ...['launch', 'ill', '--provider', 'ec2', '--num-workers', '2', '--debug'],
      ...['--ec2-key-name', key.name, '--ec2-identity-file', key.privateKeyFile],
    );
    await until('the nodes are told', async () =>
      (await account.calls()).some(({ action }) => action === 'CreateTags'),
    );
    child.kill('SIGKILL');
    await finished;
    await account.lab.clearFaults();
    expect(await look()).toMatchObject({ state: 'launching', master: null });
  });

  it('is finished from another machine', async () => {
    const host = new RecordingHost();
    const { changed, cluster } = await other.open(host).resume('ill', { values });
    expect(changed).toBe(true);
    expect(cluster.workers.map(({ name, state }) => [name, state])).toEqual([
      ['worker-1', 'running'],
      ['worker-2', 'running'],
    ]);
    for (const node of ['master', 'worker-1', 'worker-2']) host.expectAlive(node);
    expect(host.of('cluster.ready')).toHaveLength(1);
    const states = (await account.tagsOf('ill')).map((tags) => tags['flintrock-state']);
    expect(states.filter((state) => state === 'ready')).toHaveLength(4);
    expect(await other.open().resume('ill', { values })).toMatchObject({ changed: false });
  });

  it('gets new workers for dead ones', async () => {
    const [first, second] = (await look()).workers;
    // One machine is lost; on the other one the worker hangs.
    await account.lab.exec(second?.id ?? '', 'systemctl stop flintrock-spark-worker');
    await account.lab.exec(first?.id ?? '', 'systemd-run --no-block systemctl poweroff --force');
    await account.waitForState(first?.id ?? '', 'terminated');
    expect(await look()).toMatchObject({ state: 'degraded' });

    // As long as EC2 has no others, these are still missed.
    const short = { code: 'InsufficientInstanceCapacity', status: 500, times: null };
    await account.lab.faults([{ action: 'RunInstances', ...short }]);
    await errorOf(other.open().repair('ill', { values }), 'AWS_CAPACITY_SHORT');
    await account.lab.clearFaults();
    expect((await look()).workers.map(({ name }) => name)).toEqual(['worker-1', 'worker-2']);
    expect(await look()).toMatchObject({ state: 'degraded' });

    const result = await other.open().repair('ill', { values });
    expect(result).toMatchObject({
      changed: true,
      replaced: ['worker-1', 'worker-2'],
      // The numbers of the first try are used up.
      added: ['worker-5', 'worker-6'],
      cluster: { state: 'running' },
    });
    expect((await look()).workers.map(({ name, state }) => [name, state])).toEqual([
      ['worker-5', 'running'],
      ['worker-6', 'running'],
    ]);
    expect(await account.instances('ill')).toHaveLength(3);
    expect(await other.open().repair('ill', { values })).toMatchObject({ changed: false });
  });

  it('misses workers that somebody terminates in the console', async () => {
    const { workers } = await look();
    await account.terminate(workers.map(({ id }) => id));
    for (const { id } of workers) await account.waitForState(id, 'terminated');
    expect(await look()).toMatchObject({ state: 'degraded', reason: '0 of 2 workers exist' });

    // One isn't wanted any more, and nobody is asked: there is nothing that could be lost.
    const host = new RecordingHost();
    await other.open(host).removeWorkers('ill', 1, { values });
    expect(host.questions).toEqual([]);
    expect(await look()).toMatchObject({ state: 'degraded', reason: '0 of 1 workers exist' });
    expect(await other.open().repair('ill', { values })).toMatchObject({
      changed: true,
      replaced: [],
      added: ['worker-7'],
      cluster: { state: 'running' },
    });
  });

  it('has no workers made that only a tag asks for', async () => {
    const { master } = await look();
    const made = (await account.instances('ill')).find((one) => one.InstanceId === master?.id);
    const size = made === undefined ? undefined : tag(made, 'flintrock-size');
    await account.tag([master?.id ?? ''], { 'flintrock-size': '9 0123456789abcdef' });
    expect(await look()).toMatchObject({ state: 'degraded', reason: '1 of 9 workers exist' });
    await errorOf(other.open().repair('ill', { values }), 'CLUSTER_STATE_UNFIT');
    expect(await account.instances('ill')).toHaveLength(2);
    await account.tag([master?.id ?? ''], { 'flintrock-size': size ?? '' });
  });

  it('admits its user from a new address, and touches no other rule', async () => {
    const { id, rules } = await account.sshRules('ill');
    const [[network, owner] = ['', '']] = rules;
    const outdate = (): Promise<void> => account.outdate('ill', [network, owner]);
    await account.allowSsh(id, '198.51.100.0/24', 'ann');
    const after = [
      [network, owner],
      ['198.51.100.0/24', 'ann'],
    ].sort();

    await outdate();
    expect(await other.open().authorize('ill', { values })).toEqual({
      changed: true,
      admitted: [network],
      removed: ['203.0.113.9/32'],
    });
    expect((await account.sshRules('ill')).rules.sort()).toEqual(after);
    expect(await other.open().authorize('ill', { values })).toMatchObject({ changed: false });

    // Connecting does it by itself.
    await outdate();
    const host = new RecordingHost();
    await other.open(host).login('ill', { values });
    expect(host.of('warning').map(({ message }) => message)).toEqual([
      expect.stringContaining('address has changed'),
    ]);
    await outdate();
    expect((await other.open().runCommand('ill', 'true', { values, masterOnly: true })).ok).toBe(
      true,
    );
    expect((await account.sshRules('ill')).rules.sort()).toEqual(after);
  });

  it('says that no rule lets its user in any more, and how to be let in', async () => {
    const { rules } = await account.sshRules('ill');
    const [[network, owner] = ['', '']] = rules.filter(([, by]) => by !== 'ann');
    await account.revokeSsh('ill', network, owner);
    const isTold = (error: ClusterError): void => {
      expect(error.message).toMatch(
        /^The security groups of "ill" allow no SSH from \S+, this machine’s IP address\.$/,
      );
      expect(error.remedies).toMatchObject([{ action: { verb: 'authorize' } }]);
    };
    const run = other.open().runCommand('ill', 'true', { values, masterOnly: true });
    isTold(await errorOf(run, 'SSH_UNREACHABLE'));
    // A start doesn't wait for minutes in vain.
    await other.open(new RecordingHost({ 'stop.confirm': true })).stop('ill', { values });
    isTold(await errorOf(other.open().start('ill', { values }), 'SSH_UNREACHABLE'));
    expect(await other.open().authorize('ill', { values })).toMatchObject({ changed: true });
    await until('it is well', async () => (await look()).state === 'running');
  });

  it('is examined, and all that it has to say is collected', async () => {
    expect(await other.open().doctor('ill', { values })).toMatchObject({ ok: true, findings: [] });
    const file = join(other.home, 'ill.tar.gz');
    const result = await other.open().doctor('ill', { values, collect: 'ill.tar.gz' });
    expect(result.archive).toBe(file);
    const { stdout } = await promisify(execFile)('tar', ['-tzf', file]);
    expect(stdout).toContain('ec2/ill/master/events.jsonl\n');
    expect(stdout).toContain('ec2/ill/worker-7/node.log\n');
    const all = await promisify(execFile)('tar', ['-xzOf', file], { maxBuffer: 1e8 });
    expect(all.stdout).toContain('== starting');
    const [run] = (await account.calls()).filter(({ params }) => params['UserData'] !== undefined);
    const secret = /put secret 600 <<'(\w+)'\n(.+)\n\1/.exec(
      readUserData(run ?? { params: {} }),
    )?.[2];
    for (const text of [secret ?? 'none', awsSecret, 'PRIVATE KEY'])
      expect(all.stdout).not.toContain(text);
  });

  it('can’t get a new master, and says so', async () => {
    const master = (await account.instances('ill')).find(
      (one) => tag(one, 'flintrock-role') === 'master',
    );
    const id = master?.InstanceId ?? '';
    await account.lab.exec(id, 'systemd-run --no-block systemctl poweroff --force');
    await account.waitForState(id, 'terminated');
    const error = await errorOf(other.open().repair('ill', { values }), 'CLUSTER_STATE_UNFIT');
    expect(error.message).toContain('The master of "ill" is lost');
    await other.open().destroy('ill', { values });
    expect(await account.belongings()).toEqual([]);
  });
});
