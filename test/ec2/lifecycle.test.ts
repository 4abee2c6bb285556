import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, LoginSession, PartialValues } from '../../src/index.ts';
import { Account, awsSecret, errorOf, type Person, tag } from '../helpers/ec2/account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { policyFaults, readUserData } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';

// The life of one cluster, in order: each test goes on where the one before ended.
let account: Account;
let person: Person;
/** Somebody with the same key pair on another machine, who has never seen the cluster. */
let other: Person;
let key: PartialValues;
const host = new RecordingHost();
beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person();
  other = account.person();
  key = { provider: 'ec2', ec2IdentityFile: account.lab.keyPair.privateKeyFile };
});
afterAll(() => account.reset());

async function describeOne(by: Person = person): Promise<Cluster> {
  const [cluster] = (await by.open().describe('life', { values: key })).clusters;
  if (cluster === undefined) throw new Error('It is gone.');
  return cluster;
}

/** Runs a command on the master through what `login` gives. */
async function logIn(session: LoginSession, command: string): Promise<string> {
  if (session.kind !== 'process') throw new Error('The system’s ssh was expected.');
  const { stdout } = await promisify(execFile)(session.file, [...session.args, command]);
  return stdout;
}

function runs(state: Cluster): [string, string][] {
  return [state.master, ...state.workers].map((node) => [node?.name ?? '', node?.state ?? '']);
}

describe('a cluster', () => {
  inSteps();
  it('is launched with a key pair', async () => {
    const values = { ...key, numWorkers: 1, ec2KeyName: 'lab', ec2Tags: { project: 'demo' } };
    const { cluster } = await person.open(host).launch('life', { values });
    expect(cluster).toMatchObject({ name: 'life', state: 'running', tags: { project: 'demo' } });
    const ready = host.of('cluster.ready')[0];
    expect(ready).toMatchObject({ cluster: 'life', ready: cluster });
    for (const node of ['master', 'worker-1']) host.expectAlive(node);
    // What it would need to find out once more is on the tags, also of volumes and group.
    const states = (await account.tagsOf('life')).map((tags) => tags['flintrock-state']);
    expect(states).toHaveLength(5);
    expect(new Set(states.filter((_, index) => index < 3))).toEqual(new Set(['ready']));
  });

  it('keeps its secrets to itself', async () => {
    const [run] = (await account.calls()).filter(({ params }) => params['UserData'] !== undefined);
    const userData = readUserData(run ?? { params: {} });
    const secret = /put secret 600 <<'(\w+)'\n(.+)\n\1/.exec(userData)?.[2] ?? '';
    const privateKey = /-----BEGIN OPENSSH PRIVATE KEY-----\s+(\S{40})/.exec(userData)?.[1] ?? '';
    expect([secret.length >= 32, privateKey.length]).toEqual([true, 40]);
    const told = JSON.stringify([host.events, host.questions, await account.tagsOf('life')]);
    const others = (await account.calls()).map(({ params }) => ({ ...params, UserData: '' }));
    for (const text of [secret, privateKey, awsSecret])
      for (const where of [told, JSON.stringify(others)]) expect(where).not.toContain(text);
    expect(userData).not.toContain(awsSecret);
    expect(policyFaults(await account.calls())).toEqual([]);
  });

  it('tells which Python it uses, so that no other environment is completed for it', async () => {
    const folder = join(person.home, 'project');
    mkdirSync(join(folder, '.venv'), { recursive: true });
    writeFileSync(join(folder, '.venv', 'pyvenv.cfg'), 'version = 3.1.1\n');
    const error = await errorOf(person.open().pythonEnv('life', { folder, values: key }));
    const session = await person.open().login('life', { values: key });
    const recorded = '. /opt/spark/conf/spark-env.sh && "$PYSPARK_PYTHON" -V';
    const minor = /^Python (3\.\d+)\.\d+$/.exec((await logIn(session, recorded)).trim())?.[1];
    expect(minor).toBeDefined();
    expect(error).toMatchObject({ code: 'PYTHON_ENVIRONMENT_UNFIT' });
    expect(error.message).toContain(
      `has Python 3.1.1, but cluster "life" uses Python ${String(minor)}.`,
    );
  });

  it('is known to another machine by its tags', async () => {
    expect(runs(await describeOne(other))).toEqual([
      ['master', 'running'],
      ['worker-1', 'running'],
    ]);
    const folder = join(other.home, 'state', 'ec2');
    const known = readdirSync(folder).map((id) =>
      readFileSync(join(folder, id, 'known_hosts'), 'utf8'),
    );
    expect(known).toEqual([expect.stringMatching(/^flintrock-\S+ ssh-ed25519 \S+\n$/)]);
  });

  it('lets its user in, with the system’s ssh', async () => {
    const session = await person.open().login('life', { values: key });
    expect(await logIn(session, 'sudo hostname -I; id -un')).toContain('ec2-user');
    expect(JSON.stringify(session)).not.toContain('PRIVATE KEY');
    const none = await person
      .open(new RecordingHost(), { PATH: join(person.home, 'nothing') })
      .login('life', { values: key });
    expect(none.kind).toBe('shell');
  });

  it('runs commands, and fails as they do', async () => {
    const told = new RecordingHost();
    const result = await person
      .open(told)
      .runCommand('life', 'echo on $(hostname); exit 3', { values: key });
    expect(result.ok).toBe(false);
    expect(result.nodes.map(({ exitCode }) => exitCode)).toEqual([3, 3]);
    expect(told.stdout().match(/^on ./gm)).toHaveLength(2);
  });

  it('runs commands where it can, and says where not', async () => {
    const worker = (await account.instances('life')).find(
      (instance) => tag(instance, 'flintrock-role') === 'slave',
    );
    const id = worker?.InstanceId ?? '';
    await account.lab.exec(id, 'systemctl stop ssh');
    const told = new RecordingHost();
    const { ok, nodes } = await person.open(told).runCommand('life', 'echo here', { values: key });
    await account.lab.exec(id, 'systemctl start ssh');
    expect(ok).toBe(false);
    expect(nodes).toEqual([
      { node: 'master', exitCode: 0 },
      { node: 'worker-1', exitCode: 255 },
    ]);
    expect(told.stdout()).toBe('here\n');
    expect(told.of('node.trouble')).toMatchObject([{ node: 'worker-1' }]);
  });

  it('takes files and gives them back', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 251));
    writeFileSync(join(person.home, 'data.bin'), bytes);
    const up = { direction: 'up', local: 'data.bin', remote: 'in/data.bin' } as const;
    const down = { direction: 'down', local: 'back', remote: 'in/data.bin' } as const;
    const flintrock = person.open();
    expect((await flintrock.copyFile('life', up, { values: key })).nodes).toHaveLength(2);
    await flintrock.copyFile('life', down, { values: key });
    for (const node of ['master', 'worker-1'])
      expect(readFileSync(join(person.home, 'back', node, 'data.bin')).equals(bytes)).toBe(true);
    await errorOf(
      flintrock.copyFile('life', { ...down, remote: 'none' }, { values: key }),
      'FILE_NOT_FOUND',
    );
  });

  it('has nothing to do when it is started or launched again', async () => {
    expect(await person.open().start('life', { values: key })).toMatchObject({ changed: false });
    const values = { ...key, numWorkers: 1, ec2KeyName: 'lab' };
    await errorOf(person.open().launch('life', { values }), 'CLUSTER_EXISTS');
    expect((await person.open().plan('life', { values })).ok).toBe(false);
  });

  const soon = { timeout: 20_000 };
  it('says who was refused, with which key', soon, async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const path = join(person.home, 'wrong.pem');
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
    writeFileSync(path, pem, { mode: 0o600 });
    const wrong = { ...key, ec2IdentityFile: path };
    const error = await errorOf(
      person.open().runCommand('life', 'true', { values: wrong }),
      'SSH_AUTH_FAILED',
    );
    expect(error.message).toMatch(/"ec2-user" with \S*wrong\.pem \(SHA256:\S{43}\)/);
    const user = await errorOf(
      person.open().runCommand('life', 'true', { values: { ...key, ec2User: 'ubuntu' } }),
      'SSH_AUTH_FAILED',
    );
    expect(user.message).toMatch(/"ubuntu" with \S+key\.pem \(SHA256:\S{43}\)/);
    // Nor does describe hide that it couldn't ask.
    const [seen] = (await person.open().describe('life', { values: wrong })).clusters;
    expect(seen?.reason).toMatch(/rejected the SSH login/);
  });

  it('is started again where one node was stopped', async () => {
    const before = await describeOne();
    const worker = before.workers[0]?.id ?? '';
    await account.stop([worker]);
    await account.waitForState(worker, 'stopped');
    const mixed = await describeOne();
    expect(mixed.state).toBe('mixed');
    expect(mixed.reason).toBe('1 of 2 nodes are stopped');
    const { nodes } = await person.open().runCommand('life', 'true', { values: key });
    expect(nodes.map(({ node }) => node)).toEqual(['master']);
    await errorOf(
      person.open().submit('life', { file: key.ec2IdentityFile ?? '' }, { values: key }),
      'ARGUMENT_INVALID',
    );
    writeFileSync(join(person.home, 'job.py'), 'print(1)\n');
    await errorOf(
      person.open().submit('life', { file: 'job.py' }, { values: key }),
      'CLUSTER_STATE_UNFIT',
    );
    expect(await person.open().start('life', { values: key })).toMatchObject({
      changed: true,
      cluster: { state: 'running' },
    });
  });

  it('comes back from a stop at a new address, and without the dead-man', async () => {
    const before = await describeOne();
    const stopped = await person.open().stop('life', { values: key });
    expect(stopped).toMatchObject({ changed: true, cluster: { state: 'stopped' } });
    expect(runs(await describeOne())).toEqual([
      ['master', 'stopped'],
      ['worker-1', 'stopped'],
    ]);
    expect(await person.open().stop('life', { values: key })).toMatchObject({ changed: false });
    for (const verb of [
      () => person.open().login('life', { values: key }),
      () => person.open().runCommand('life', 'true', { values: key }),
      () =>
        person
          .open()
          .copyFile('life', { direction: 'up', local: 'job.py', remote: 'x' }, { values: key }),
      () => person.open().submit('life', { file: 'job.py' }, { values: key }),
    ])
      expect(hintOf(await errorOf(verb(), 'CLUSTER_STATE_UNFIT'))).toContain(
        'flintrock start life',
      );

    await person.open().start('life', { values: key });
    const after = await describeOne();
    expect(after.state).toBe('running');
    expect(after.master?.address).toBe(before.master?.address);
    expect(after.master?.publicAddress).not.toBe(before.master?.publicAddress);
    const session = await person.open().login('life', { values: key });
    expect(JSON.stringify(session)).toContain(`@${after.master?.publicAddress ?? ''}`);
    expect(await logIn(session, 'sudo systemctl is-active flintrock-deadman.service || true')).toBe(
      'inactive\n',
    );
  });

  it('is refused when it shows another host key, until somebody trusts that', async () => {
    const master = (await describeOne()).master?.id ?? '';
    const made = await account.lab.exec(
      master,
      `rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`,
    );
    const found = /SHA256:\S+/.exec(made.stdout)?.[0] ?? '';
    const run = (by: Person) =>
      by.open().runCommand('life', 'true', { masterOnly: true, values: key });
    const error = await errorOf(run(person), 'HOST_KEY_CHANGED');
    expect(error.message).toContain(found);
    // Neither the machine that made the key nor another one lets itself be fooled, whatever the tag says.
    await account.tag([master], { 'flintrock-host-key': found });
    const stranger = account.person();
    await errorOf(run(stranger), 'HOST_KEY_CHANGED');
    expect(existsSync(join(stranger.home, 'state', 'ec2'))).toBe(false);
    const file = / old key in (\S+) with/.exec(hintOf(error))?.[1] ?? '';
    expect(existsSync(file)).toBe(true);
    const session = await person.open().login('life', { values: key });
    await expect(logIn(session, 'true')).rejects.toThrow(/verification failed/);
    // As the hint says.
    const shown = await account.lab.exec(master, 'cat /etc/ssh/ssh_host_ed25519_key.pub');
    const [type = '', publicKey = ''] = shown.stdout.split(' ');
    const [alias = ''] = readFileSync(file, 'utf8').split(' ');
    writeFileSync(file, `${alias} ${type} ${publicKey}\n`);
    expect((await run(person)).ok).toBe(true);
  });

  it('is destroyed, by anybody who has the account, and leaves nothing', async () => {
    const told = new RecordingHost();
    await other.open(told).destroy('life', { values: key });
    expect(
      told
        .of('node.removed')
        .map(({ node }) => node)
        .sort(),
    ).toEqual(['master', 'worker-1']);
    expect(await account.belongings()).toEqual([]);
    expect(await account.lab.hosts()).toEqual({});
    expect(readdirSync(join(other.home, 'state', 'ec2'))).toEqual([]);
    for (const verb of [
      () => person.open().describe('life', { values: key }),
      () => person.open().destroy('life', { values: key }),
    ])
      await errorOf(verb(), 'CLUSTER_NOT_FOUND');
  });
});
