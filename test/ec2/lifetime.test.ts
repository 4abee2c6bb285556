import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster, ClusterLifetime, PartialValues } from '../../src/index.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import { Account, errorOf, tag, until, type Person } from './account.ts';
import { policyFaults } from './policy.ts';

let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  person = account.person();
});
beforeEach(() => account.reset());
afterAll(() => account.reset());

const ec2 = { values: { provider: 'ec2' } } as const;

async function describeOne(name: string, by: Person = person): Promise<Cluster> {
  const [cluster] = (await by.open().describe(name, ec2)).clusters;
  if (cluster === undefined) throw new Error('It is gone.');
  return cluster;
}

async function lifetimeOf(name: string): Promise<ClusterLifetime> {
  const { lifetime } = await describeOne(name);
  if (lifetime == null) throw new Error('It has no lifetime.');
  return lifetime;
}

/** Seconds until then. */
function left(time: string | null): number {
  return (Date.parse(time ?? '') - Date.now()) / 1000;
}

it('a cluster without work ends itself, whoever’s laptop is closed', async () => {
  const values = person.values({ idleTimeout: '20 s', numWorkers: 2 });
  const { cluster } = await person.open().launch('idle', { values });
  expect(cluster.lifetime).toMatchObject({ idleTimeoutSeconds: 20, maxLifetimeSeconds: null });
  await until('all of them are terminated', async () => (await account.instances()).length === 0);
  const changes = await account.changes();
  expect(changes.some(({ action }) => action === 'TerminateInstances')).toBe(false);
  expect(await account.belongings()).toEqual(['flintrock-idle']);
  expect((await person.open().describe(undefined, ec2)).clusters).toEqual([]);
  expect(await describeOne('idle')).toMatchObject({
    state: 'malformed',
    reason: 'its lifetime is over, and only its security group is left',
  });
});
  execFile,
  spawn,
  writeFileSync,
  join,
  promisify,
  describe,
  RecordingHost,
  errorOf,
  tag,
  policyFaults,
  left,
  lifetimeOf,
];
