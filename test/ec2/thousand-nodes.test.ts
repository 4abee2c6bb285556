import { afterAll, beforeAll, expect, it } from 'vitest';
import { runClient } from '../helpers/client-process.ts';
import {
  Account,
  errorOf,
  fastClock,
  isTrial,
  type Person,
  until,
} from '../helpers/ec2/account.ts';
import { group } from '../helpers/ec2/call-parameters.ts';
import { hintOf } from '../helpers/ec2/hints.ts';
import { policyFaults } from '../helpers/ec2/policy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';
import type { LabCall } from '../lab/lab.ts';

// A thousand nodes, without machines behind them: what EC2 is asked, and what it takes of the client.
let account: Account;
let person: Person;
beforeAll(async () => {
  account = await Account.open();
  await account.reset({ hosts: false });
  person = account.person();
});
afterAll(() => account.reset());

/** Most memory that the client's process may take: what Node and the SDK take by themselves is more than half of it, in MiB. */
const mostMemoryMiB = 320;

function only(calls: readonly LabCall[], action: string): LabCall[] {
  return calls.filter((call) => call.action === action && !isTrial(call));
}

/** A tag that a call gives to instances. */
function tagOf(call: LabCall | undefined, key: string): string | undefined {
  return group(call?.params ?? {}, /^TagSpecification\.1\.Tag\.\d+/).find(
    ({ Key }) => Key === key,
  )?.['Value'];
}

it(
  '999 workers are asked for by the hundred, seen in pages, and all gone if nobody wants them',
  { timeout: 400_000 },
  async () => {
    const values = person.values({ numWorkers: 999 });
    const env = Object.fromEntries(
      Object.entries(person.env).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    const { child, events, outcome } = await runClient(
      { env, home: person.home },
      `const stop = new AbortController();
     process.once('SIGINT', () => stop.abort());
     const code = await flintrock
       .launch('large', { values: ${JSON.stringify(values)}, signal: stop.signal })
       .then(() => 'done', ({ code }) => code);
     return { code, memoryMiB: process.resourceUsage().maxRSS / 1024 };`,
    );
    await until('it waits for its machines', () => events.some(({ code }) => code === 'waiting'));

    const calls = await account.calls();
    const requests = only(calls, 'RunInstances');
    expect(requests).toHaveLength(10);
    for (const { params } of requests)
      expect(params).toMatchObject({ MinCount: '100', MaxCount: '100' });
    expect(new Set(requests.map(({ params }) => params['SubnetId'])).size).toBe(1);
    // All but the first at once.
    const [, second, ...others] = requests.map(({ time }) => time);
    expect(Math.max(...others) - (second ?? 0)).toBeLessThan(3);
    const counted = calls.filter(
      (call) => call.service === 'ec2' && !isTrial(call) && call.action !== 'DescribeInstances',
    );
    expect(counted.length).toBeLessThanOrEqual(16 + 9);
    expect(policyFaults(calls)).toEqual([]);
    // Each node has a name of its own, in the log too.
    const booting = events.flatMap((event) =>
      event.code === 'node.phase' && event.phase === 'booting' ? [event.node] : [],
    );
    expect(new Set(booting).size).toBe(1000);
    expect(booting).toHaveLength(1000);

    // Somebody else sees them, in two pages as there are some more.
    await account.makeCluster('small', { workers: 3 });
    await account.lab.resetCalls();
    const stranger = account.person();
    const { clusters } = await stranger.open().describe(undefined, { values: { provider: 'ec2' } });
    expect(clusters.map(({ name, workers }) => [name, workers.length])).toEqual([
      ['large', 999],
      ['small', 3],
    ]);
    expect(clusters[0]?.state).toBe('launching');
    const looks = (await account.calls()).filter(({ action }) => action === 'DescribeInstances');
    expect(looks).toHaveLength(2);

    await account.lab.resetCalls();
    child.kill('SIGINT');
    const { result } = (await outcome) as { result?: { code: string; memoryMiB: number } };
    expect(result?.code).toBe('ABORTED');
    expect(result?.memoryMiB).toBeLessThan(mostMemoryMiB);
    expect(await account.belongings('large')).toEqual([]);
    expect(only(await account.calls(), 'TerminateInstances')).toHaveLength(1);
  },
);

it('workers that a killed client didn’t come to ask for are made by the client that resumes its launch', async () => {
  await account.reset({ hosts: false });
  // The first request is answered, those for the rest are on their way for ever.
  await account.lab.faults([
    { action: 'RunInstances', after: 2, times: null, delaySeconds: 600, code: 'InternalError' },
  ]);
  const values = person.values({ numWorkers: 250 });
  const env = Object.fromEntries(
    Object.entries(person.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const { child, events, outcome } = await runClient(
    { env, home: person.home },
    `await flintrock.launch('large', { values: ${JSON.stringify(values)} });`,
  );
  await until('the first nodes are there', () => events.some(({ code }) => code === 'node.phase'));
  child.kill('SIGKILL');
  await outcome.catch(() => undefined);
  await account.lab.clearFaults();
  expect(await account.instances('large')).toHaveLength(100);

  /** Resumes until the machines are waited for; gives the warnings. */
  const resume = async (): Promise<string[]> => {
    const host = new RecordingHost();
    const stop = new AbortController();
    const resuming = account
      .person({}, fastClock(20))
      .open(host)
      .resume('large', { values: { provider: 'ec2' }, signal: stop.signal });
    const failed = resuming.then(() => undefined);
    failed.catch(() => undefined);
    await Promise.race([
      failed,
      until('it waits for the machines', () => host.of('waiting').length > 0),
    ]);
    stop.abort();
    await errorOf(resuming, 'ABORTED');
    return host.of('warning').map((event) => `${event.message} ${hintOf(event)}`);
  };

  // Two requests are missing, of 100 and 51; there is room for 50.
  await account.lab.settings({ capacity: 150 });
  await account.lab.resetCalls();
  expect(await resume()).toEqual([
    expect.stringMatching(/250 workers, but 101 of them are missing.*add-workers large .* 101/),
  ]);
  expect(await account.instances('large')).toHaveLength(150);
  await account.lab.settings({ capacity: null });
  await account.lab.resetCalls();
  // No reply arrives that says what was made.
  await account.lab.faults([{ action: 'RunInstances', dropReply: true, times: null }]);
  const [warning] = await resume();
  await account.lab.clearFaults();
  const requests = only(await account.calls(), 'RunInstances');
  expect(new Set(requests.map(({ params }) => params['ClientToken'])).size).toBe(1);
  const nodes = await account.instances('large');
  // The request that fell short is not made again: what it gave is there.
  expect(warning).toContain(`${251 - nodes.length} of them are missing`);
  const { clusters } = await account
    .person()
    .open()
    .describe(undefined, {
      values: { provider: 'ec2' },
    });
  const names = clusters.flatMap(({ workers }) => workers.map(({ name }) => name));
  expect(new Set(names).size).toBe(nodes.length - 1);
  // Two requests were missing, sent at the same moment: whichever EC2 took last had made nothing, and has all of its workers now.
  const [request] = requests;
  const first = Number(tagOf(request, 'flintrock-first'));
  const size = Number(request?.params['MaxCount']);
  expect([100, 51]).toContain(size);
  expect(names).toEqual(
    expect.arrayContaining(Array.from({ length: size }, (_, at) => `worker-${first + at}`)),
  );
  expect(await resume()).toEqual([warning]);
  expect(await account.instances('large')).toHaveLength(nodes.length);
  expect(policyFaults(await account.calls())).toEqual([]);
});
