import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostOutput } from '../../src/model/host.ts';
import { Account, errorOf, type Person } from '../helpers/ec2/account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { RecordingHost } from '../helpers/recording-host.ts';

// One cluster whose user has start-up files of a shell, odd output and odd paths. The last test leaves its master dead.
let account: Account;
let person: Person;
const values = { provider: 'ec2' } as const;
const master = { masterOnly: true, values } as const;

beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person();
  const real = { FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full };
  await person.open(new RecordingHost(), real).launch('shells', { values: person.values() });
  await onMaster(
    'mkdir -p other/bin && printf "#!/bin/sh\\necho another Spark\\n" | tee other/bin/pyspark other/bin/spark-submit >other/bin/spark-shell; chmod +x other/bin/*',
  );
});
afterAll(() => account.reset());

/** Runs a command on the master; gives what it printed. */
async function onMaster(command: string): Promise<string> {
  const host = new RecordingHost();
  await person.open(host).runCommand('shells', command, master);
  return host.stdout();
}

/** The same through what `login` gives, in the shell that it opens. */
async function inShell(command: string): Promise<string> {
  const session = await person.open().login('shells', { values });
  if (session.kind !== 'process') throw new Error('The system’s ssh was expected.');
  const line = `bash -ic ${JSON.stringify(command).replaceAll('$', '\\$')}`;
  const { stdout } = await promisify(execFile)(session.file, [...session.args, line]);
  return stdout;
}

/** Sets the login user's start-up file. */
const bashrc = (text: string): Promise<string> =>
  onMaster(`printf '%s\\n' '${text}' >.bashrc; cat .bashrc`);

function job(name: string, text: string): string {
  writeFileSync(join(person.home, name), text);
  return name;
}

/** A host that takes the bytes of standard output. */
class BytesHost extends RecordingHost {
  readonly #hash = createHash('sha256');
  length = 0;
  override output({ stream, bytes }: HostOutput): undefined {
    if (stream !== 'stdout') return;
    this.#hash.update(bytes);
    this.length += bytes.length;
  }
  digest(): string {
    return this.#hash.digest('hex');
  }
}

describe('output comes byte for byte', () => {
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7 + (i >> 8)) % 256));
  const expected = [bytes.length, createHash('sha256').update(bytes).digest('hex')];
  const print =
    'import sys; sys.stdout.buffer.write(bytes((i * 7 + (i >> 8)) % 256 for i in range(3000000)))';

  it('of a command', async () => {
    const host = new BytesHost();
    await person.open(host).runCommand('shells', `python3 -c '${print}'`, master);
    expect([host.length, host.digest()]).toEqual(expected);
  });

  it('of a job', async () => {
    const host = new BytesHost();
    const { exitCode } = await person
      .open(host)
      .submit('shells', { file: job('bytes.py', print) }, { values });
    expect([exitCode, host.length, host.digest()]).toEqual([0, ...expected]);
  });
});

describe('start-up files of the user’s shell', () => {
  it('with another SPARK_HOME break neither login, submit nor run-command', async () => {
    await bashrc(
      'export SPARK_HOME=$HOME/other SPARK_CONF_DIR=/nowhere JAVA_HOME=/nowhere; echo welcome',
    );
    const version = `version ${account.lab.sparkVersion}`;
    expect(await onMaster('spark-submit --version 2>&1')).toContain(account.lab.sparkVersion);
    expect(await inShell('spark-submit --version 2>&1')).toContain(account.lab.sparkVersion);
    const text =
      'from pyspark.sql import SparkSession\nprint("version", SparkSession.builder.getOrCreate().version)\n';
    const file = job('version.py', text);
    await onMaster(`cat >version.py <<'END'\n${text}END`);
    expect(await onMaster('pyspark <version.py')).toContain(version);
    expect(await inShell('pyspark <version.py')).toContain(version);
    const host = new RecordingHost();
    await person.open(host).submit('shells', { file }, { values });
    expect(host.stdout()).toContain(version);
    expect(host.stdout()).not.toContain('welcome');
  });

  it('choose the Python of pyspark', async () => {
    await onMaster(
      'mkdir -p mine && printf "#!/bin/sh\\nMINE=yes exec python3 \\"\\$@\\"\\n" >mine/python3 && chmod +x mine/python3',
    );
    await bashrc('export PYSPARK_PYTHON=$HOME/mine/python3');
    const text = 'import os\nprint("mine:", os.environ.get("MINE"))\n';
    const file = job('mine.py', text);
    await onMaster(`cat >mine.py <<'END'\n${text}END`);
    expect(await onMaster('spark-submit mine.py')).toContain('mine: yes');
    expect(await inShell('spark-submit mine.py')).toContain('mine: yes');
    const host = new RecordingHost();
    await person.open(host).submit('shells', { file }, { values });
    expect(host.stdout()).toContain('mine: yes');
    await bashrc('');
    expect(await onMaster('spark-submit mine.py')).toContain('mine: None');
  });
});

describe('what can’t be written is trouble of the environment', () => {
  const copy = (direction: 'up' | 'down', local: string, remote: string): Promise<unknown> =>
    person.open().copyFile('shells', { direction, local, remote }, { values, masterOnly: true });

  it.each([
    ['a folder that is not the user’s', '/root/x'],
    ['a file that is not the user’s', '/etc/passwd'],
    ['below a file', '/etc/passwd/x/'],
  ])('on a node: %s', async (_, remote) => {
    const error = await errorOf(copy('up', job('x.txt', 'x'), remote), 'TRANSFER_FAILED');
    expect(error.source).toBe('environment');
    expect(hintOf(error)).not.toBe('');
  });

  it('here: below a file', async () => {
    job('a-file', 'x');
    const error = await errorOf(copy('down', 'a-file/x', '/etc/hostname'), 'FILE_ACCESS_FAILED');
    expect([error.source, hintOf(error)]).toEqual([
      'environment',
      'Use a path that you can read and write.',
    ]);
  });

  it('on a node whose home is read-only', async () => {
    await onMaster('rm -rf .flintrock; sudo chown root: .; sudo chmod 555 .');
    try {
      const error = await errorOf(copy('up', job('x.txt', 'x'), 'x.txt'), 'TRANSFER_FAILED');
      expect(error.source).toBe('environment');
      const submitted = await errorOf(
        person.open().submit('shells', { file: job('one.py', 'print(1)\n') }, { values }),
      );
      expect([submitted.source, submitted.code]).toEqual(['environment', 'NODE_FAILED']);
      expect(hintOf(submitted)).not.toBe('');
    } finally {
      await onMaster('sudo chown ec2-user: .; sudo chmod 755 .');
    }
  });
});

it('a job to a dead master is refused at once', async () => {
  await onMaster('sudo systemctl stop flintrock-spark-master.service; rm -rf .flintrock/jobs');
  const error = await errorOf(
    person.open().submit('shells', { file: job('one.py', 'print(1)\n') }, { values }),
    'CLUSTER_STATE_UNFIT',
  );
  expect(error.message).toContain('master');
  expect(hintOf(error)).not.toBe('');
  expect(await onMaster('ls .flintrock/jobs 2>&1')).toContain('No such file');
});
