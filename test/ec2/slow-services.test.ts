import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Account, errorOf, type Person, tag, until } from '../helpers/ec2/account.ts';
import { RecordingHost } from '../helpers/recording-host.ts';

// What nodes ask is slow, busy, or wrong for a while.
let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
});
beforeEach(async () => {
  await account.reset();
  person = account.person();
});
afterAll(() => account.reset());

async function idOf(name: string, role: 'master' | 'slave'): Promise<string> {
  const nodes = await account.instances(name);
  return nodes.find((one) => tag(one, 'flintrock-role') === role)?.InstanceId ?? '';
}

it('metadata that is busy, then slow, makes a launch slower, and nothing is taken for "no"', async () => {
  await account.lab.metadataFaults([
    // Ours: what cloud-init asks has a date in the place of "latest".
    { path: '^/latest/meta-data/', status: 503, times: 12 },
    { path: '^/latest/meta-data/', delaySeconds: 2.5, times: 8 },
  ]);
  const values = person.values({ ec2SpotPrice: 0.1 });
  const { cluster } = await person.open().launch('slow', { values });
  expect(cluster.state).toBe('running');
  const { requests } = await account.lab.metadata();
  const busy = requests.filter(({ path, status }) => /^.latest.meta/.test(path) && status === 503);
  expect(busy).toHaveLength(12);
  // That it is a Spot Instance was not missed: it listens for EC2's notice.
  const worker = await idOf('slow', 'slave');
  const listens = async (): Promise<boolean> =>
    (await account.lab.metadata()).requests.some(
      ({ id, path }) => id === worker && path.endsWith('/spot/instance-action'),
    );
  await until('the worker asks for the notice', listens);
});

it('a worker’s host key is the same on every try, whatever made another one', async () => {
  await person.open().launch('tries', { values: person.values() });
  const worker = await idOf('tries', 'slave');
  const print = async (): Promise<string> =>
    (
      await account.lab.exec(
        worker,
        'ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null | ssh-keygen -lf -',
      )
    ).stdout;
  const first = await print();
  expect(first).toContain('SHA256:');
  const again = `cd /etc/ssh && rm -f ssh_host_ed25519_key* && ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key`;
  for (const built of ['rm /var/lib/flintrock/built', 'true']) {
    await account.lab.exec(worker, `${again}; systemctl restart ssh; ${built}`);
    expect(await print()).not.toBe(first);
    await account.lab.exec(worker, 'systemctl restart flintrock-node');
    await until('it has its key again', async () => (await print()) === first);
    await until(
      'it is built',
      async () => (await account.lab.exec(worker, 'test -e /var/lib/flintrock/built')).status === 0,
    );
  }
  const ran = new RecordingHost();
  await person.open(ran).runCommand('tries', 'echo here', { values: { provider: 'ec2' } });
  expect(ran.of('node.trouble')).toEqual([]);
  expect(ran.stdout()).toBe('here\n'.repeat(2));
});

describe('a source of Spark', () => {
  it('that is busy three times is asked again', async () => {
    // One of the nodes; each asks for itself.
    const address = '127.20.0.1';
    await account.lab.downloadFaults([{ path: 'tgz$', client: address, status: 503, times: 3 }]);
    const host = new RecordingHost();
    await person.open(host).launch('busy', { values: person.values() });
    expect(host.of('node.trouble')).toEqual([]);
    const tries = (await account.lab.downloadRequests()).filter(
      ({ path, client }) => path.endsWith('tgz') && client === address,
    );
    expect(tries.map(({ status }) => status)).toEqual([503, 503, 503, 200]);
    // Each time later.
    const pauses = tries.slice(1).map(({ time }, at) => time - (tries[at]?.time ?? 0));
    expect(pauses[1]).toBeGreaterThan(pauses[0] ?? Infinity);
    expect(pauses[2]).toBeGreaterThan(pauses[1] ?? Infinity);
  });

  it.each([
    ['redirects in a loop', { loop: true }, /it redirects in a loop/],
    ['breaks off', { truncateAt: 1000 }, /the file is truncated: .* after 1000 bytes/],
    ['fails', { status: 500 }, /the server responded with HTTP 500/],
  ])(
    'that %s is what the error names, not the one that came after it',
    async (_, fault, message) => {
      await account.lab.downloadFaults([{ path: 'tgz$', times: null, ...fault }]);
      const mirrors = `${account.lab.downloads.light} http://nowhere.invalid`;
      const launching = person
        .open(new RecordingHost(), { FLINTROCK_APACHE_MIRRORS: mirrors })
        .launch('bad', { values: person.values() });
      const error = await errorOf(launching, 'NODE_FAILED');
      expect(error.message).toMatch(message);
      expect(error.message).toContain(account.lab.downloads.light);
      expect(error.message).not.toContain('nowhere.invalid');
      expect(await account.belongings()).toEqual([]);
    },
  );
});
