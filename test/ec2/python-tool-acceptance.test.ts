import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, type Person } from '../helpers/ec2/account.ts';
import { pythonEc2Config } from '../helpers/ec2/python-config.ts';
import { inSteps } from '../helpers/steps.ts';
import { type CommandOutcome, TerminalSession } from '../helpers/terminal-session.ts';
import { hadoopVersion } from '../lab/prepare.mjs';

// What the Python tool's own acceptance tests require of a command line, written afresh: its thirteen functions, on a new, a stopped
// and a restarted cluster with real Spark and HDFS. One cluster is all three, one after the other.
const cluster = 'running-cluster';

let account: Account;
let person: Person;
let session: TerminalSession;
let localFile: string;
beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
  session = new TerminalSession(person);
  const config = join(person.home, '.config', 'flintrock', 'config.yaml');
  mkdirSync(dirname(config), { recursive: true });
  // The last line is ours: one test looks at a web UI from the client.
  writeFileSync(
    config,
    `${pythonEc2Config(account.lab)}    tenancy: default
    ebs-optimized: no
    instance-initiated-shutdown-behavior: terminate
    web-ui-access: client
launch:
  num-slaves: 1
debug: false
`,
  );
  localFile = join(person.home, 'local-file');
  writeFileSync(localFile, '');
  truncateSync(localFile, 1024);
});
afterAll(() => account.reset());

const flintrock = (...args: string[]): Promise<CommandOutcome> => session.start(...args).finished;

/** Runs a command that must succeed; gives its standard output. */
async function succeed(...args: string[]): Promise<string> {
  const outcome = await flintrock(...args);
  expect(outcome, args.join(' ')).toMatchObject({ exitCode: 0 });
  return outcome.stdout;
}

/** Runs a command that must fail as known errors do; gives its standard error. */
async function fail(...args: string[]): Promise<string> {
  const outcome = await flintrock(...args);
  expect(outcome, args.join(' ')).toMatchObject({ exitCode: 1 });
  return outcome.stderr;
}

describe('without a cluster', () => {
  it('operations against a cluster that does not exist', async () => {
    const nobody = 'this_cluster_doesnt_exist_yo';
    const errors = await Promise.all([
      ...['describe', 'stop', 'start', 'login', 'destroy'].map((verb) => fail(verb, nobody)),
      fail('run-command', nobody, 'ls'),
      fail('copy-file', nobody, localFile, '/remote/path'),
    ]);
    for (const stderr of errors) expect(stderr).toMatch(`No cluster ${nobody} in region `);
    for (const stderr of errors) expect(stderr.startsWith('No cluster ')).toBe(true);
  });

  it('a launch with an AMI that does not exist', async () => {
    const stderr = await fail('launch', 'whatever-cluster', '--ec2-ami', 'ami-badbad00');
    expect(stderr).toMatch(/^Error: Could not find/);
    expect(await account.belongings()).toEqual([]);
  });
});

describe('a cluster', () => {
  inSteps();

  it('is launched', async () => {
    await succeed(
      'launch',
      cluster,
      ...['--num-slaves', '1', '--install-hdfs', '--hdfs-version', hadoopVersion],
      ...['--install-spark', '--spark-version', account.lab.sparkVersion],
      ...['--spark-git-commit', '', '--java-version', '17', '--assume-yes'],
      ...['--ec2-instance-type', 'm5.large'],
    );
  });

  isRunning('new');

  it('is stopped', async () => {
    await succeed('stop', cluster, '--assume-yes');
  });

  describe.concurrent('that is stopped', () => {
    it('is described', async () => {
      expect(await succeed('describe', cluster)).toMatch(new RegExp(`^${cluster}`));
    });

    it('is stopped already', async () => {
      expect(await succeed('stop', cluster)).toBe('Cluster is already stopped.\n');
    });

    it('is not launched again', async () => {
      expect(await fail('launch', cluster)).toMatch(
        new RegExp(`^Cluster ${cluster} already exists`),
      );
    });

    it('runs no command and takes no file', async () => {
      const [command, file] = await Promise.all([
        fail('run-command', cluster, 'ls'),
        fail('copy-file', cluster, localFile, '/remote/path'),
      ]);
      // All of it, not only the beginning.
      expect(command.trim()).toBe("Cluster is in state 'stopped'. Cannot execute run-command.");
      expect(file.trim()).toBe("Cluster is in state 'stopped'. Cannot execute copy-file.");
    });
  });

  it('is started', async () => {
    await succeed('start', cluster);
  });

  isRunning('restarted');

  it('is destroyed', async () => {
    await succeed('destroy', cluster, '--assume-yes');
    expect(await account.belongings()).toEqual([]);
  });
});

/** What holds of a running cluster, however it came to run. */
function isRunning(how: string): void {
  // Side by side, as none changes what another one sees.
  describe.concurrent(`that is ${how}`, () => {
    const remoteFile = '/tmp/remote_dummy_file_for_testing';
    const hdfsFile = `/hdfs_file_${how}`;

    it('is started already', async () => {
      expect(await succeed('start', cluster)).toBe('Cluster is already running.\n');
    });

    it('is not launched again', async () => {
      expect(await fail('launch', cluster)).toMatch(
        new RegExp(`^Cluster ${cluster} already exists`),
      );
    });

    it('is described', async () => {
      expect(await succeed('describe', cluster)).toMatch(new RegExp(`^${cluster}`));
    });

    it('runs a command', async () => {
      await succeed('run-command', cluster, '--', 'ls', '-l');
    });

    it('takes a file', async () => {
      await succeed('copy-file', cluster, localFile, '/tmp/copied_from_local');
      // More than those tests ask.
      await succeed('run-command', cluster, 'test $(stat -c %s /tmp/copied_from_local) = 1024');
    });

    it('has HDFS', async () => {
      await succeed(
        ...['run-command', cluster, '--'],
        `echo -e "${'test\n'.repeat(3)}" > ${remoteFile}`,
      );
      await succeed(
        ...['run-command', cluster, '--master-only', '--'],
        ...['./hadoop/bin/hdfs', 'dfs', '-put', remoteFile, hdfsFile],
      );
      const read = ['./hadoop/bin/hdfs', 'dfs', '-cat', hdfsFile];
      const printed = await succeed('run-command', cluster, '--', ...read);
      expect(printed.match(/test/g)).toHaveLength(6);
      await succeed('run-command', cluster, '--', 'rm', '-f', remoteFile);
    });

    it('has Spark', async () => {
      await succeed('run-command', cluster, '--', './spark/bin/pyspark', '--help');
      const master = (await succeed('describe', cluster, '--master-hostname-only')).trim();
      const reply = await fetch(`http://${addressOf(master)}:8080/json/`);
      expect(await reply.json()).toMatchObject({ status: 'ALIVE' });
    });
  });
}

/** The address in a host name of EC2's, which nobody resolves in the lab. */
function addressOf(host: string): string {
  const name = /^ec2-(\d+)-(\d+)-(\d+)-(\d+)\./.exec(host);
  if (name === null) throw new Error(`"${host}" is no public host name of EC2's.`);
  return name.slice(1).join('.');
}
