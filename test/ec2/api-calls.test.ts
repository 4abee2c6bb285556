import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Account, isTrial, type Person, tag } from '../helpers/ec2/account.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import type { LabCall } from '../lab/lab.ts';

let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  person = account.person();
});
beforeEach(() => account.reset());
afterAll(() => account.reset());

/** Calls to EC2 that count: no trials, no looks at the instances. */
function counted(calls: readonly LabCall[]): string[] {
  return calls
    .filter(
      (call) => call.service === 'ec2' && !isTrial(call) && call.action !== 'DescribeInstances',
    )
    .map(({ action }) => action);
}

/** Connections that the hosts' sshd has taken: how somebody logged in, or why not. */
async function connections(): Promise<{ master: string[]; workers: string[] }> {
  const found = { master: [] as string[], workers: [] as string[] };
  for (const instance of await account.instances()) {
    const { stdout } = await account.lab.exec(
      instance.InstanceId ?? '',
      String.raw`journalctl -q -o cat _COMM=sshd | grep -E 'Accepted|Failed|\[preauth\]|Invalid' || true`,
    );
    const role = tag(instance, 'flintrock-role') === 'master' ? 'master' : 'workers';
    found[role].push(...stdout.split('\n').filter((line) => line !== ''));
  }
  return found;
}

/** What every launch has in common, whatever its size. */
async function expectFrugal(host: RecordingHost): Promise<string[]> {
  const calls = await account.calls();
  const names = counted(calls);
  expect(names.length).toBeLessThanOrEqual(16);
  expect(names.filter((name) => name === 'RunInstances')).toHaveLength(1);
  expect(policyFaults(calls)).toEqual([]);

  // From the moment the machines are asked for: one look at all of them, every two seconds or slower.
  const run = calls.findIndex((call) => call.action === 'RunInstances' && !isTrial(call));
  const looks = calls.slice(run).filter(({ action }) => action === 'DescribeInstances');
  expect(looks.length).toBeGreaterThan(0);
  const pauses = looks.slice(1).map(({ time }, index) => time - (looks[index]?.time ?? 0));
  expect(pauses.filter((pause) => pause < 1.9)).toEqual([]);
  for (const { params } of looks) expect(params).toMatchObject({ MaxResults: '1000' });

  const seen = await connections();
  expect(seen.workers).toEqual([]);
  expect(seen.master).toEqual([expect.stringMatching(/^Accepted publickey for ec2-user /)]);
  expect(host.of('cluster.ready')).toHaveLength(1);
  return names;
}

describe('a launch', () => {
  /** Calls of the first launch: those of all others are the same. */
  let usual: string[] | undefined;

  it('of 1 worker makes few calls and one connection', async () => {
    const host = new RecordingHost();
    const { cluster } = await person.open(host).launch('one', { values: person.values() });
    expect(cluster.workers.map(({ name, state, cores }) => [name, state, cores])).toEqual([
      ['worker-1', 'running', expect.any(Number)],
    ]);
    usual = (await expectFrugal(host)).sort();
  });

  it('of 6 workers makes the same', async () => {
    const host = new RecordingHost();
    const values = person.values({ numWorkers: 6 });
    const { cluster } = await person.open(host).launch('many', { values });
    expect(cluster.workers).toHaveLength(6);
    expect(new Set(cluster.workers.map(({ name }) => name)).size).toBe(6);
    expect((await expectFrugal(host)).sort()).toEqual(usual);

    // Nor do other verbs ask EC2 once for each node.
    await account.lab.resetCalls();
    const { nodes } = await person.open().runCommand('many', 'hostname');
    expect(nodes.filter(({ exitCode }) => exitCode === 0)).toHaveLength(7);
    expect((await account.calls()).length).toBeLessThanOrEqual(2);
    await account.lab.resetCalls();
    await person.open().destroy('many');
    expect(counted(await account.calls()).sort()).toEqual([
      'CreateTags',
      'DeleteSecurityGroup',
      // Which launch made the group; then all groups of the cluster, its lock too.
      'DescribeSecurityGroups',
      'DescribeSecurityGroups',
      'TerminateInstances',
    ]);
    expect(await account.belongings()).toEqual([]);
  });

  it('of 2 workers makes the same, and Spark runs a job on them', async () => {
    const host = new RecordingHost();
    const values = person.values({ numWorkers: 2 });
    const real = { FLINTROCK_APACHE_MIRRORS: account.lab.downloads.full };
    await person.open(host, real).launch('two', { values });
    expect((await expectFrugal(host)).sort()).toEqual(usual);

    writeFileSync(
      join(person.home, 'job.py'),
      `import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
conf = spark.sparkContext.getConf()
total = spark.sparkContext.parallelize(range(100), 4).map(lambda n: n * n).sum()
print(f"sum={total} authenticated={conf.get('spark.authenticate')} {sys.argv[1]}")
sys.exit(7)
`,
    );
    const job = new RecordingHost();
    const { exitCode } = await person.open(job).submit('two', {
      file: 'job.py',
      args: ['a b'],
      conf: { 'spark.cores.max': '2' },
    });
    expect(job.stdout()).toContain('sum=328350 authenticated=true a b');
    expect(exitCode).toBe(7);
  });
});
