import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PartialValues } from '../../src/index.ts';
import { Account, type Person, until } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { peer } from '../lab/prepare.mjs';

// The Python tool as people have it, beside ours in one account.
let account: Account;
let person: Person;
let values: PartialValues;
beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person();
  const { keyPair, downloads, sparkVersion } = account.lab;
  values = { provider: 'ec2', ec2IdentityFile: keyPair.privateKeyFile };
  writeFileSync(
    join(person.home, 'config.yaml'),
    `services:
  spark:
    version: ${sparkVersion}
    download-source: ${downloads.full}/spark/spark-${sparkVersion}/
  hdfs:
    version: 3.3.6
provider: ec2
providers:
  ec2:
    key-name: ${keyPair.name}
    identity-file: ${keyPair.privateKeyFile}
    instance-type: m5.large
    region: us-east-1
    ami: ami-0deb1200000000002
    user: ec2-user
    authorize-access-from:
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

describe('a cluster that we launched', () => {
  it('is listed, described and destroyed by the Python tool', async () => {
    await person.open().launch('ours', { values: { ...values, numWorkers: 1, ec2KeyName: 'lab' } });
    expect(await theirs('describe')).toMatch(/^ours:\n {2}state: running\n {2}node-count: 2\n/m);
    const one = await theirs('describe', 'ours');
    expect(one).toContain('master:');
    expect(one.match(/^ {4}- /gm)).toHaveLength(1);
    await theirs('destroy', 'ours', '--assume-yes');
    expect(await account.belongings()).toEqual([]);
  });
});

describe('a cluster that the Python tool launched', () => {
  it('is listed, described and logged in to', async () => {
    await theirs('launch', 'theirs');
    const host = trusting();
    const flintrock = person.open(host);
    const { clusters } = await flintrock.describe(undefined, { values });
    expect(clusters).toMatchObject([{ name: 'theirs', state: 'running', workers: [{}] }]);
    // Its tool is done before its workers are there.
    const look = async () => (await flintrock.describe('theirs', { values })).clusters[0];
    await until('Spark has its worker', async () => (await look())?.state === 'running');
    const cluster = await look();
    expect(cluster).toMatchObject({
      state: 'running',
      master: { state: 'running' },
      workers: [{ name: 'worker-1', state: 'running', reason: null }],
    });
    const session = await flintrock.login('theirs', { values });
    if (session.kind !== 'process') throw new Error('The system’s ssh was expected.');
    const { stdout } = await promisify(execFile)(session.file, [...session.args, 'ls spark/bin']);
    expect(stdout).toContain('spark-submit');
    expect(host.questions.map(({ code }) => code)).toEqual(['hostKey.trust']);
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
    await flintrock.destroy('theirs', { values });
    expect(await account.belongings()).toEqual([]);
    // A user who said once that it is the right one isn't asked again.
    expect(host.questions.map(({ code }) => code)).toEqual(['stop.confirm', 'destroy.confirm']);
    expect(await theirs('describe')).not.toContain('theirs');
  });
});
