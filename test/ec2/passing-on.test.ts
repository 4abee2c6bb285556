import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/index.ts';
import { Account, type Person, until } from '../helpers/ec2/account.ts';
import { inSteps } from '../helpers/steps.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Of what is fetched, beside the light Spark. */
const fillerBytes = 12_000_000;
/** As the lab gives them: the first host after a reset is the master. */
const masterAddress = '127.20.0.1';
const share = 'flintrock-share.service';

describe('what only the master may fetch', () => {
  inSteps();
  let account: Account;
  let person: Person;
  let source: string;
  let size: number;
  beforeAll(async () => {
    account = await Account.open();
    await account.reset({ hostBytesPerSecond: 6_000_000 });
    const { lab } = account;
    person = account.person({ FLINTROCK_APACHE_MIRRORS: `${lab.downloads.root}/nothing` });
    const archive = await largeArchive(
      `${lab.downloads.light}/spark/spark-${lab.sparkVersion}/spark-${lab.sparkVersion}-bin-hadoop3.tgz`,
    );
    size = archive.length;
    source = await lab.serve('own/spark.tgz', archive);
    await lab.downloadFaults([
      { path: 'own/spark\\.tgz$', client: masterAddress, times: null },
      { path: 'own/spark\\.tgz$', times: null, status: 403 },
    ]);
  });
  afterAll(() => account.reset());

  const values = (): ReturnType<Person['values']> =>
    person.values({
      numWorkers: 5,
      sparkVersion: account.lab.sparkVersion,
      sparkDownloadSource: source,
    });
  const idOf = async (address: string): Promise<string> => {
    const found = Object.entries(await account.lab.hosts()).find(
      ([, { privateAddress }]) => privateAddress === address,
    );
    return found?.[0] ?? '';
  };
  const on = async (id: string, command: string): Promise<string> => {
    const { stdout } = await account.lab.exec(id, command);
    return stdout.trim();
  };
  const idsOfWorkers = async (): Promise<string[]> => {
    const master = await idOf(masterAddress);
    return Object.keys(await account.lab.hosts()).filter((id) => id !== master);
  };
  const log = (id: string): Promise<string> => on(id, 'cat /var/log/flintrock/node.log');
  /** How much a node has sent, in bytes. */
  const sent = async (id: string): Promise<number> =>
    Number(await on(id, "awk '/eth0:/ {print $10}' /proc/net/dev"));
  const expectAllAlive = ({ workers }: Cluster, count: number): void => {
    expect(workers.map(({ state }) => state)).toEqual(Array(count).fill('running'));
  };

  it('reaches five workers by two of them', async () => {
    const { cluster } = await person.open().launch('tree', { values: values() });
    expect(cluster.master?.address).toBe(masterAddress);
    expectAllAlive(cluster, 5);
    const downloads = (await account.lab.downloadRequests()).filter(
      ({ path, status }) => path.endsWith('spark.tgz') && status === 200,
    );
    expect(downloads.map(({ client }) => client)).toEqual(downloads.map(() => masterAddress));
    const all = await sent(await idOf(masterAddress));
    expect(all).toBeGreaterThan(2 * size);
    expect(all).toBeLessThan(3 * size);
    const logs = await Promise.all((await idsOfWorkers()).map(log));
    const sources = logs.map((text) => /taking \S+ from (\S+)/.exec(text)?.[1]);
    expect(sources.filter((one) => one === masterAddress)).toHaveLength(2);
    expect(logs.join('\n')).not.toContain('taking the rest from the master');
  });

  it('reaches workers that are added, of those that are there', async () => {
    const master = await idOf(masterAddress);
    const before = await sent(master);
    const { cluster } = await person.open().addWorkers('tree', 10, { values: { provider: 'ec2' } });
    expectAllAlive(cluster, 15);
    expect((await sent(master)) - before).toBeLessThan(size / 2);
  });

  it('reaches a worker whose source sends other bytes', async () => {
    const old = await idsOfWorkers();
    for (const id of old)
      await on(
        id,
        `cd /var/lib/flintrock/share && f=$(ls | grep 'tgz$') && printf X | dd of=$f bs=1 seek=5000000 conv=notrunc`,
      );
    const { cluster } = await person.open().addWorkers('tree', 1, { values: { provider: 'ec2' } });
    expectAllAlive(cluster, 16);
    const [added = ''] = (await idsOfWorkers()).filter((id) => !old.includes(id));
    expect(await log(added)).toMatch(
      /warning: \S+ from 127\.20\.\S+: it sent other bytes than the master has \(at \d+ of \d+\); taking the rest from the master/,
    );
  });

  it('reaches a worker whose source dies on the way', async () => {
    const old = await idsOfWorkers();
    const adding = person.open().addWorkers('tree', 1, { values: { provider: 'ec2' } });
    adding.catch(() => undefined);
    let added = '';
    await until('it takes', async () => {
      added = (await idsOfWorkers()).find((id) => !old.includes(id)) ?? '';
      const part = added === '' ? '' : await on(added, 'stat -c %s /var/lib/flintrock/share/*.tgz');
      return Number(part) > 100_000;
    });
    for (const id of old) await on(id, `systemctl kill -s KILL ${share}`);
    expectAllAlive((await adding).cluster, 17);
    expect(await log(added)).toMatch(
      /warning: \S+ from 127\.20\.\S+: .*; taking the rest from the master/,
    );
  });

  it('reaches them likewise when it is given to a running cluster', async () => {
    const bytes = 8_000_000;
    const jar = await account.lab.serve(
      'own/own.jar',
      Buffer.concat([Buffer.from('PK'), randomBytes(bytes)]),
    );
    const master = await idOf(masterAddress);
    const before = await sent(master);
    await person.open().install('tree', [jar], { values: { provider: 'ec2' } });
    for (const id of await idsOfWorkers())
      expect(Number(await on(id, 'stat -Lc %s /opt/spark/jars/own.jar'))).toBe(bytes + 2);
    const all = (await sent(master)) - before;
    expect(all).toBeGreaterThan(2 * bytes);
    expect(all).toBeLessThan(3 * bytes);
  });

  it('leaves no service on any node', async () => {
    expect(await on(await idOf(masterAddress), `systemctl is-active ${share}`)).toBe('inactive');
    for (const id of await idsOfWorkers())
      expect(await on(id, `systemctl is-enabled ${share}`)).not.toBe('enabled');
  });
});

/** The light Spark with something in it that can’t be compressed. */
async function largeArchive(url: string): Promise<Buffer> {
  const folder = temporaryFolder('archive');
  const light = await fetch(url);
  writeFileSync(join(folder, 'light.tgz'), Buffer.from(await light.arrayBuffer()));
  mkdirSync(join(folder, 'spark'));
  const tar = (...words: string[]): void => {
    execFileSync('tar', words, { cwd: folder });
  };
  tar('-xzf', 'light.tgz', '--strip-components=1', '-C', 'spark');
  writeFileSync(join(folder, 'spark', 'filler'), randomBytes(fillerBytes));
  tar('-czf', 'spark.tgz', 'spark');
  return readFileSync(join(folder, 'spark.tgz'));
}
