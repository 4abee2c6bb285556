import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, type Environment, errorOf, type Person, tag } from '../helpers/ec2/account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { inSteps } from '../helpers/steps.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';
import { hadoopVersion, peer } from '../lab/prepare.mjs';

// What scripts for the Python tool find on the nodes, and what of its configurations means something here too.
let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person({ FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full });
});
afterAll(() => account.reset());

const ec2 = { values: { provider: 'ec2' } } as const;

/** What a command printed on a node of a cluster. */
async function run(cluster: string, command: string, masterOnly = true): Promise<string> {
  const host = new RecordingHost();
  const { ok } = await person.open(host).runCommand(cluster, command, { ...ec2, masterOnly });
  const lines = host.of('command.output').map(({ line }) => line);
  expect(ok, lines.join('\n')).toBe(true);
  return lines.join('\n');
}

describe('a cluster with Spark and HDFS', () => {
  inSteps();
  it('is launched with the user’s name tag, a group by its ID, and open web UIs', async () => {
    const own = await account.makeGroup('own');
    const values = person.values({
      numWorkers: 1,
      installHdfs: true,
      hdfsVersion: hadoopVersion,
      ec2Tags: { Name: 'etl of the team' },
      ec2SecurityGroups: [own],
      ec2WebUiAccess: 'client',
    });
    await person.open().launch('places', { values });
    const instances = await account.instances('places');
    expect(instances.map((instance) => tag(instance, 'Name'))).toEqual(
      Array(2).fill('etl of the team'),
    );
    for (const { SecurityGroups = [] } of instances)
      expect(SecurityGroups.map(({ GroupId }) => GroupId)).toContain(own);
    // The web UIs are open to the client, and to nobody else.
    expect(new Set(policyFaults(await account.calls()))).toEqual(
      new Set([`AuthorizeSecurityGroupIngress: more than SSH for ${account.lab.clientAddress}/32`]),
    );
  });

  it('has Spark and Hadoop where the Python tool has them', async () => {
    expect(await run('places', 'ls -d ~/spark/bin/spark-submit ~/spark/sbin', false)).toContain(
      'spark/sbin',
    );
    expect(await run('places', './hadoop/bin/hadoop version | head -n 1')).toMatch(/^Hadoop 3\./);
    expect(
      await run('places', 'echo "$SPARK_HOME $HADOOP_HOME"; test -x "$JAVA_HOME/bin/java"'),
    ).toBe('/opt/spark /opt/hadoop');
    expect(await run('places', 'bash -lc "echo $SPARK_HOME"')).toBe('/opt/spark');
  });

  it('has HDFS on the Python tool’s port', async () => {
    const address = (await run('places', 'hostname -I')).trim();
    await run('places', `hadoop fs -mkdir -p hdfs://${address}:9000/from/script`);
    expect(await run('places', 'hadoop fs -ls /from')).toContain('/from/script');
  });

  it('uses a jar, and settings, that are copied to the old places', async () => {
    const jar = join(person.home, 'own.jar');
    writeFileSync(jar, 'PK');
    const copy = { direction: 'up', local: jar, remote: '/home/ec2-user/spark/jars/' } as const;
    await person.open().copyFile('places', copy, ec2);
    expect(await run('places', 'ls /opt/spark/jars/own.jar', false)).toBe(
      '/opt/spark/jars/own.jar\n/opt/spark/jars/own.jar',
    );
    await run('places', 'touch spark/conf/metrics.properties && rm spark/jars/own.jar', false);
  });

  it('shows its web UIs to its client, and to whom it lets in later', async () => {
    const { rules } = await account.sshRules('places');
    expect(rules.map(([source]) => source)).toEqual([`${account.lab.clientAddress}/32`]);
    const [master] = await account.instances('places');
    const page = `http://${master?.PublicIpAddress ?? ''}:8080/json/`;
    expect(await (await fetch(page)).text()).toContain('"status" : "ALIVE"');
    const sources = [`${account.lab.clientAddress}/32`, '203.0.113.9/32'];
    await person.open().authorize('places', {
      values: { provider: 'ec2', ec2AuthorizeAccessFrom: sources },
    });
    const { SecurityGroups: [group] = [] } = await account.ec2.send(
      new DescribeSecurityGroupsCommand({
        GroupIds: [(await account.groupId('flintrock-places')) ?? ''],
      }),
    );
    for (const port of [22, 8080, 9870]) {
      const rules = (group?.IpPermissions ?? []).filter(({ FromPort }) => FromPort === port);
      expect(rules.flatMap(({ IpRanges = [] }) => IpRanges.map(({ CidrIp }) => CidrIp))).toEqual(
        sources,
      );
    }
  });

  it('is removed with all of it', async () => {
    await person.open(new RecordingHost({ 'destroy.confirm': true })).destroy('places', ec2);
    expect((await account.belongings()).filter((what) => !what.includes('own'))).toEqual([]);
  });
});

describe('a cluster without Spark and HDFS', () => {
  inSteps();
  it('is launched: machines with Java', async () => {
    const values = person.values({ numWorkers: 1, installSpark: false, installHdfs: false });
    const { cluster } = await person.open().launch('bare', { values });
    expect(cluster).toMatchObject({ state: 'running', services: [] });
    expect(await run('bare', '"$JAVA_HOME/bin/java" -version 2>&1; ls ~', false)).not.toContain(
      'spark',
    );
  });

  it('grows, shrinks, stops and comes back', async () => {
    const { added } = await person.open().addWorkers('bare', 1, ec2);
    expect(added).toEqual(['worker-2']);
    expect(await run('bare', 'echo up', false)).toBe('up\nup\nup');
    const answers = { 'stop.confirm': true } as never;
    await person.open(new RecordingHost(answers)).removeWorkers('bare', 1, ec2);
    await person.open(new RecordingHost(answers)).stop('bare', ec2);
    const { cluster } = await person.open().start('bare', ec2);
    expect(cluster).toMatchObject({ state: 'running', workers: [{ name: 'worker-1' }] });
    expect(await run('bare', 'echo up', false)).toBe('up\nup');
  });

  it('says what needs Spark', async () => {
    writeFileSync(join(person.home, 'job.py'), 'print(1)');
    const error = await errorOf(person.open().submit('bare', { file: 'job.py' }, ec2));
    expect(error.message).toMatch(/Spark/);
    await person.open(new RecordingHost({ 'destroy.confirm': true })).destroy('bare', ec2);
  });
});

describe('a cluster whose host keys nothing vouches for', () => {
  it('isn’t started unless its keys are accepted: by an answer, or by the option', async () => {
    const made = await account.makePythonCluster('older');
    await account.stop(made.map(({ InstanceId = '' }) => InstanceId));
    for (const { InstanceId = '' } of made) await account.waitForState(InstanceId, 'stopped');
    await account.lab.resetCalls();
    const error = await errorOf(person.open().start('older', ec2), 'HOST_KEY_UNKNOWN');
    expect(hintOf(error)).toContain('--accept-host-keys');
    expect((await account.calls()).map(({ action }) => action)).not.toContain('StartInstances');
    const run = person
      .open()
      .start('older', { values: { provider: 'ec2', ec2AcceptHostKeys: true } })
      // Nothing runs on these machines: that they were started is enough.
      .catch((thrown: unknown) => thrown);
    await account.allRun();
    expect((await account.calls()).map(({ action }) => action)).toContain('StartInstances');
    await account.terminate(made.map(({ InstanceId = '' }) => InstanceId));
    await run;
  });
});

it('a plan says which executors would not start, and refuses tags of our own', async () => {
  const small = await person.open().plan('small', {
    values: person.values({ ec2InstanceType: 't3.small', sparkExecutorInstances: 4 }),
  });
  expect(small.problems.map(({ message }) => message).join('\n')).toMatch(/too little memory/);
  const error = await errorOf(
    person.open().plan('tagged', { values: person.values({ ec2Tags: { 'flintrock-role': 'x' } }) }),
    'CONFIG_INVALID',
  );
  expect(error.message).toContain('flintrock-role');
});

describe('a configuration that a tool has written', () => {
  /** The problems of a plan with a file, and what the command line said beside it. */
  async function planWith(file: string, env: Environment = {}): Promise<[unknown, string]> {
    const one = account.person(env);
    const args = ['--config', file, 'plan', 'fresh', '--provider', 'ec2', '--json'];
    const { stdout, stderr } = await new TerminalSession(one).start(...args).finished;
    const { problems } = JSON.parse(stdout) as { problems?: unknown };
    return [problems, stderr];
  }

  it('by our “configure” is launched without a warning', async () => {
    const file = join(person.home, 'ours.yaml');
    const made = await new TerminalSession(person).run('configure', '--config', file);
    expect(made.exitCode).toBe(0);
    expect(await planWith(file)).toEqual([[], '']);
  });

  it('by that of the Python tool is launched without a warning, once it is filled in', async () => {
    const { keyPair } = account.lab;
    const library = join(dirname(peer), '..', 'lib');
    const [python = ''] = readdirSync(library).filter((name) => name.startsWith('python'));
    const template = join(library, python, 'site-packages', 'flintrock', 'config.yaml.template');
    const filled = readFileSync(template, 'utf8')
      .replace('key-name: key_name', `key-name: ${keyPair.name}`)
      .replace('/path/to/key.pem', keyPair.privateKeyFile)
      .replace(/ami: ami-\w+/, 'ami: ami-0deb1200000000002');
    const file = join(person.home, 'theirs.yaml');
    writeFileSync(file, filled);
    const version = /^ {4}version: (3\.5\.\d+)$/m.exec(filled)?.[1] ?? '';
    // The release that it names, where a mirror of Apache's has it.
    const archive = `spark-${version}-bin-hadoop3.tgz`;
    const path = `apache/spark/spark-${version}/${archive}`;
    await account.lab.serve(path, 'not unpacked by a plan');
    const sum = createHash('sha512').update('not unpacked by a plan').digest('hex');
    await account.lab.serve(`${path}.sha512`, `${sum}  ${archive}\n`);
    const mirror = `${account.lab.downloads.root}/apache`;
    expect(await planWith(file, { FLINTROCK_APACHE_MIRRORS: mirror })).toEqual([[], '']);
  });
});
