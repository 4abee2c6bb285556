import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PartialValues } from '../../src/index.ts';
import { Account, type Person, until } from '../helpers/ec2/account.ts';
import { pythonEc2Config, pythonSparkConfig } from '../helpers/ec2/python-config.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';
import { type CommandOutcome, TerminalSession } from '../helpers/terminal-session.ts';
import { peer } from '../lab/prepare.mjs';

// The Python tool as people have it, beside ours in one account.
let account: Account;
let person: Person;
let values: PartialValues;
beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person();
  const { keyPair } = account.lab;
  values = { provider: 'ec2', ec2IdentityFile: keyPair.privateKeyFile };
  writeFileSync(
    join(person.home, 'config.yaml'),
    `${pythonSparkConfig(account.lab)}  hdfs:
    version: 3.3.6
${pythonEc2Config(account.lab)}    authorize-access-from:
      - ${account.lab.clientAddress}/32
    instance-initiated-shutdown-behavior: terminate
launch:
  num-slaves: 1
  install-hdfs: False
  install-spark: True
  java-version: 17
`,
  );
});
afterAll(() => account.reset());

/** Runs the Python tool; gives what it printed. */
async function theirs(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    peer,
    ['--config', join(person.home, 'config.yaml'), ...args],
    { env: { ...person.env, HOME: person.home, LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' } },
  );
  return stdout;
}

/** Who trusts the host keys of clusters that nothing vouches for. */
function trusting(): RecordingHost {
  return new RecordingHost({ 'hostKey.trust': true });
}

/** Runs the Python tool where it fails; gives its exit code and all that it printed. */
async function theirsFails(...args: string[]): Promise<string> {
  try {
    await theirs(...args);
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
  throw new Error(`The Python tool’s ${args.join(' ')} didn’t fail.`);
}

/** The command line as a script of somebody has it who has never seen a cluster, with the Python tool's own file. */
class Script {
  readonly #session: TerminalSession;

  constructor(whose: Person = account.person()) {
    this.#session = new TerminalSession(whose);
  }

  /** Runs a command; gives its exit code and what it printed. `input` is its standard input. */
  async run(line: string, input = ''): Promise<CommandOutcome> {
    const running = this.#session.startOpen(
      '--config',
      join(person.home, 'config.yaml'),
      ...line.split(' '),
    );
    running.child.stdin.end(input);
    return running.finished;
  }

  /** The same of a command that must succeed; gives its standard output. */
  async succeed(line: string, input = ''): Promise<string> {
    const outcome = await this.run(line, input);
    expect(outcome, `${line}\n${outcome.stderr}`).toMatchObject({ exitCode: 0 });
    return outcome.stdout;
  }

  /** The same of a command that must fail as known errors do; gives its standard error. */
  async fail(line: string, exitCode = 1): Promise<string> {
    const outcome = await this.run(line);
    expect(outcome, `${line}\n${outcome.stderr}`).toMatchObject({ exitCode });
    return outcome.stderr;
  }
}

/** The lines of a description; workers come in EC2's order there, and sorted here. */
function inOrder(text: string): string[] {
  return text.split('\n').sort();
}

/** What was done to instances since the calls were forgotten. */
async function changesOfInstances(): Promise<string[]> {
  return (await account.changes())
    .map(({ action }) => action)
    .filter((action) => action.endsWith('Instances') || action === 'CreateTags');
}

describe('a cluster that we launched', () => {
  inSteps();

  it('is listed and described by the Python tool, and used with the user’s own key', async () => {
    const script = new Script(person);
    await script.succeed('launch ours');
    expect(await theirs('describe')).toMatch(/^ours:\n {2}state: running\n {2}node-count: 2\n/m);
    // Both print the same.
    expect(await theirs('describe', 'ours')).toBe(await script.succeed('describe ours'));
    await theirs('run-command', 'ours', 'echo theirs > /tmp/theirs');
    expect(await script.succeed('run-command ours cat /tmp/theirs')).toMatch(/^(?:.*theirs\n){2}$/);
    await theirs('copy-file', 'ours', join(person.home, 'config.yaml'), '/tmp/copied.yaml');
    await script.succeed('run-command ours test -s /tmp/copied.yaml');
  });

  it('can’t be grown, shrunk or started by it, which harms nothing', async () => {
    const script = new Script(person);
    const before = await account.instanceIds();
    for (const verb of ['add-slaves', 'remove-slaves'])
      expect(await theirsFails(verb, 'ours', '--num-slaves', '1', '--assume-yes'), verb).toContain(
        '.flintrock-manifest.json',
      );
    expect(await account.instanceIds()).toEqual(before);
    expect(await theirs('stop', 'ours', '--assume-yes')).toContain('stopped');
    expect(await script.succeed('describe ours')).toBe(
      'ours:\n  state: stopped\n  node-count: 2\n',
    );
    // It starts the instances, and stumbles then; our daemons start by themselves.
    expect(await theirsFails('start', 'ours')).toContain('.flintrock-manifest.json');
    await script.succeed('start ours');
    await until('Spark has its worker', async () =>
      (await script.succeed('describe ours --json')).includes('"state":"running","reason":null'),
    );
    await script.succeed('run-command ours spark/bin/spark-submit --version');
    expect(await account.instanceIds()).toEqual(before);
    await script.succeed('stop ours --assume-yes');
    await script.succeed('start ours');
    expect(await theirs('describe', 'ours')).toBe(await script.succeed('describe ours'));
  });

  it('is destroyed by the Python tool', async () => {
    await theirs('destroy', 'ours', '--assume-yes');
    expect(await account.belongings()).toEqual([]);
  });
});

describe('a cluster that the Python tool launched', () => {
  inSteps();

  it('is listed, described and logged in to', async () => {
    await theirs('launch', 'theirs', '--num-slaves', '2');
    const host = trusting();
    const flintrock = person.open(host);
    const { clusters } = await flintrock.describe(undefined, { values });
    expect(clusters).toMatchObject([{ name: 'theirs', state: 'running', workers: [{}, {}] }]);
    // Its tool is done before its workers are there.
    const look = async () => (await flintrock.describe('theirs', { values })).clusters[0];
    await until('Spark has its workers', async () => (await look())?.state === 'running');
    const cluster = await look();
    expect(cluster).toMatchObject({
      state: 'running',
      master: { state: 'running' },
      workers: [
        { name: 'worker-1', state: 'running', reason: null },
        { name: 'worker-2', state: 'running', reason: null },
      ],
    });
    const session = await flintrock.login('theirs', { values });
    if (session.kind !== 'process') throw new Error('The system’s ssh was expected.');
    const { stdout } = await promisify(execFile)(session.file, [...session.args, 'ls spark/bin']);
    expect(stdout).toContain('spark-submit');
    expect(host.questions.map(({ code }) => code)).toEqual(['hostKey.trust']);
  });

  it('is used from a script only if that accepts its host keys, which are then remembered', async () => {
    const script = new Script();
    expect(inOrder(await script.succeed('describe theirs'))).toEqual(
      inOrder(await theirs('describe', 'theirs')),
    );
    for (const line of ['run-command theirs true', 'copy-file theirs config.yaml /tmp/']) {
      const stderr = await script.fail(
        line.replace('config.yaml', join(person.home, 'config.yaml')),
      );
      expect(stderr).toContain('The host keys of "theirs" are not known to this machine');
      expect(stderr).toContain('--accept-host-keys');
    }
    const login = await script.run('login theirs', 'hostname\n');
    expect(login.exitCode).not.toBe(0);
    expect(login.stderr).toContain('--accept-host-keys');

    expect(await script.succeed('run-command theirs cat spark/RELEASE --accept-host-keys')).toMatch(
      /^(?:.*Spark.*\n){3}$/m,
    );
    // Not asked again.
    const file = join(person.home, 'config.yaml');
    await script.succeed(`copy-file theirs ${file} /tmp/from-us.yaml`);
    await theirs('run-command', 'theirs', 'test -s /tmp/from-us.yaml');
    expect(await script.succeed('login theirs', 'echo in $SHELL\n')).toContain('in /bin/bash');
    expect(
      await script.succeed(
        'run-command theirs --master-only ./spark/bin/spark-submit --version 2>&1',
      ),
    ).toContain(account.lab.sparkVersion);
  });

  it('refuses what only its own tool can do, and changes nothing', async () => {
    const script = new Script(person);
    await account.lab.resetCalls();
    const job = join(person.home, 'job.py');
    writeFileSync(job, 'print(1)\n');
    for (const [line, exitCode, remedy] of [
      ['add-slaves theirs --num-slaves 1 --assume-yes', 1, 'add-slaves of the Python tool'],
      [`submit theirs ${job}`, 125, 'spark-submit'],
    ] as const)
      expect(await script.fail(line, exitCode), line).toContain(remedy);
    // Nothing is wrong with it.
    await script.succeed('repair theirs');
    expect(await changesOfInstances()).toEqual([]);
    expect(await theirs('describe', 'theirs')).toContain('node-count: 3');
  });

  it('loses a worker by a script, and the Python tool knows', async () => {
    const script = new Script(person);
    await script.succeed('remove-slaves theirs --num-slaves 1', 'y\n');
    expect(await theirs('describe', 'theirs')).toContain('node-count: 2');
    const list = await script.succeed('run-command theirs --master-only cat spark/conf/slaves');
    expect(list.match(/ip-[\w-]+/g)).toHaveLength(1);
  });

  it('is stopped and started by scripts, also at other addresses', async () => {
    const script = new Script(person);
    const host = (await script.succeed('describe theirs --master-hostname-only')).trim();
    await script.succeed('stop theirs', 'y\n');
    expect(await theirs('describe', 'theirs')).toContain('state: stopped');
    // Whoever doesn't know its host keys is refused before anything costs money.
    await account.lab.resetCalls();
    expect(await new Script().fail('start theirs')).toContain('--accept-host-keys');
    expect(await changesOfInstances()).toEqual([]);
    await script.succeed('start theirs');
    const moved = (await script.succeed('describe theirs --master-hostname-only')).trim();
    expect(moved).not.toBe(host);
    expect(await script.succeed('run-command theirs cat spark/RELEASE')).toContain('Spark');
    // By its own tool, and by somebody who has never seen it.
    await theirs('stop', 'theirs', '--assume-yes');
    await theirs('start', 'theirs');
    expect(await script.succeed('run-command theirs cat spark/RELEASE')).toContain('Spark');
    await script.succeed('stop theirs --assume-yes');
    await new Script().succeed('start theirs --accept-host-keys');
    await theirs('run-command', 'theirs', 'spark/bin/spark-submit --version');
  });

  it('runs commands, stops, comes back and is destroyed', async () => {
    const host = trusting();
    const flintrock = person.open(host);
    const { ok, nodes } = await flintrock.runCommand('theirs', 'cat spark/RELEASE', { values });
    expect([ok, nodes.length]).toEqual([true, 2]);
    expect(await flintrock.stop('theirs', { values })).toMatchObject({ changed: true });
    expect(await theirs('describe', 'theirs')).toContain('state: stopped');
    expect(await flintrock.start('theirs', { values })).toMatchObject({
      changed: true,
      cluster: { state: 'running', workers: [{ state: 'running' }] },
    });
    await new Script().succeed('destroy theirs', 'y\n');
    expect(await account.belongings()).toEqual([]);
    // A user who said once that it is the right one isn't asked again.
    expect(host.questions.map(({ code }) => code)).toEqual(['stop.confirm']);
    expect(await theirs('describe')).not.toContain('theirs');
  });
});
