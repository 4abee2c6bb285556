import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterError, EngineEvent } from '../../src/index.ts';
import { Account, errorOf, type Person, tag } from '../helpers/ec2/account.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { ActingHost, RecordingHost } from '../helpers/recording-host.ts';

// What goes wrong on the machines themselves.
let account: Account;
let person: Person;
let archive: string;
beforeAll(async () => {
  account = await Account.open();
  person = account.person();
  const { lab } = account;
  archive = `spark/spark-${lab.sparkVersion}/spark-${lab.sparkVersion}-bin-hadoop3.tgz`;
});
beforeEach(() => account.reset());
afterAll(() => account.reset());

/** Another mirror with the same archive; gives its address. */
async function mirror(name: string): Promise<string> {
  const { lab } = account;
  const reply = await fetch(`${lab.downloads.light}/${archive}`);
  await lab.serve(`${name}/${archive}`, new Uint8Array(await reply.arrayBuffer()));
  return `${lab.downloads.root}/${name}`;
}

describe('a source', () => {
  it('that breaks off or lies is left for the next one; fewer workers may do', async () => {
    const mirrors = [await mirror('short'), await mirror('lying'), account.lab.downloads.light];
    await account.lab.downloadFaults([
      { path: '^/short/.*tgz$', truncateAt: 1000, times: null },
      { path: '^/lying/.*tgz$', corrupt: true, times: null },
    ]);
    await account.lab.settings({ capacity: 2 });
    const host = new RecordingHost();
    const { cluster } = await person
      .open(host, { FLINTROCK_APACHE_MIRRORS: mirrors.join(' ') })
      .launch('sources', { values: person.values({ numWorkers: 3, minWorkers: 1 }) });
    expect(cluster.workers.map(({ name, state }) => [name, state])).toEqual([
      ['worker-1', 'running'],
    ]);
    for (const node of ['master', 'worker-1']) {
      const told = host.of('node.trouble').filter((event) => event.node === node);
      const text = told.map(({ message }) => message).join('\n');
      expect(text).toMatch(/spark from http\S+\/short\//);
      expect(text).toMatch(
        /spark from http\S+\/lying\/\S+: (expected SHA-512|the archive is incomplete)/,
      );
    }
    expect(host.of('warning').map(({ message }) => message)).toContainEqual(
      expect.stringContaining('1 of 3 workers'),
    );
  });

  it('is all there was: the launch fails with the reason, and is removed', async () => {
    await account.lab.downloadFaults([{ path: 'tgz$', corrupt: true, times: null }]);
    const host = new RecordingHost();
    const error = await errorOf(
      person.open(host).launch('sources', { values: person.values() }),
      'NODE_FAILED',
    );
    expect(error.message).toMatch(/(master|worker-1) of "sources" could not be set up/);
    expect(error.message).toMatch(/spark could not be downloaded.*(SHA-512|archive is incomplete)/);
    expect(error.details['log']).toEqual(expect.any(Array));
    expect(await account.belongings()).toEqual([]);
    expect(await account.lab.hosts()).toEqual({});
  });
});

/** Launches two machines, and ends the worker's while it fetches; gives the error. */
async function endWorker(end: (id: string) => Promise<unknown>): Promise<ClusterError> {
  await account.lab.downloadFaults([{ path: 'tgz$', hangAt: 10, times: null }]);
  let ended: Promise<void> | undefined;
  const endIt = async (): Promise<void> => {
    const worker = (await account.instances('broken')).find(
      (instance) => tag(instance, 'flintrock-role') === 'slave',
    );
    await end(worker?.InstanceId ?? '');
  };
  const host = new ActingHost((event: EngineEvent) => {
    if (event.code === 'node.phase' && event.node === 'worker-1' && event.phase === 'downloading')
      ended ??= endIt();
  });
  const error = await errorOf(
    person.open(host).launch('broken', { values: person.values() }),
    'NODE_DIED',
  );
  await ended;
  expect(await account.belongings()).toEqual([]);
  return error;
}

it('a machine that ends during its launch ends the launch, in EC2’s words', async () => {
  await account.lab.settings({ stoppingSeconds: 5 });
  const { message } = await endWorker((id) => account.lab.exec(id, 'systemctl poweroff --force'));
  expect(message).toMatch(/worker-1 of "broken" failed: .*Instance initiated shutdown/);
});

it.each([
  {
    what: 'terminates',
    message:
      /worker-1 of "broken" failed: the instance is (shutting-down|terminated): .*[Uu]ser initiated/,
    end: (id: string) => account.terminate([id]),
  },
  {
    what: 'stops',
    message: /worker-1 of "broken" failed: the instance is (stopping|stopped): .*[Uu]ser initiated/,
    end: (id: string) => account.stop([id]),
  },
])('a machine that somebody $what during the launch ends the launch', async ({ message, end }) => {
  // Between two looks: nobody sees it on its way.
  await account.lab.settings({ stoppingSeconds: 0 });
  expect((await endWorker(end)).message).toMatch(message);
});

it('SSH that answers only after a while is waited for', async () => {
  await account.lab.settings({ bootSeconds: 15 });
  const host = new RecordingHost();
  const { cluster } = await person.open(host).launch('slow', { values: person.values() });
  expect(cluster.state).toBe('running');
  expect(host.of('waiting').map(({ subject }) => subject)).toContainEqual({
    kind: 'ssh',
    lastError: expect.stringMatching(/^(timeout|refused|network)$/) as string,
  });
});

it('a user whom the image doesn’t know ends the launch soon, and says so', async () => {
  const error = await errorOf(
    person.open().launch('broken', { values: person.values({ ec2User: 'ubuntu' }) }),
    'SSH_AUTH_FAILED',
  );
  expect(error.message).toMatch(/"ubuntu" with \S+id_ed25519 \(SHA256:\S{43}\)/);
  expect(hintOf(error)).toContain('--ec2-user');
  expect(await account.belongings()).toEqual([]);
});

it('an interrupt while the nodes install leaves nothing', async () => {
  await account.lab.downloadFaults([{ path: 'tgz$', hangAt: 10, times: null }]);
  const controller = new AbortController();
  const host = new ActingHost((event) => {
    if (event.code === 'node.phase' && event.phase === 'downloading') controller.abort();
  });
  const launching = person
    .open(host)
    .launch('broken', { values: person.values({ numWorkers: 2 }), signal: controller.signal });
  await errorOf(launching, 'ABORTED');
  expect(await account.belongings()).toEqual([]);
  expect(await account.lab.hosts()).toEqual({});
});
