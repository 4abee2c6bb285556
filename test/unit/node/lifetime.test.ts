import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseBeaconStatus } from '../../../src/node/beacon/status.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const folder = fileURLToPath(new URL('../../../src/node/beacon', import.meta.url));

/** What Spark's master answers next; the last one again and again. */
let pages: (object | 'nonsense')[] = [];
let server: Server;
let port = 0;
beforeAll(async () => {
  server = createServer((_, response) => {
    const page = pages.length > 1 ? pages.shift() : pages[0];
    response.end(typeof page === 'object' ? JSON.stringify(page) : page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());

const idle = { coresused: 0, activeapps: [], completedapps: [] };

/** A master's files. */
function master(settings: Record<string, number> = {}): string {
  const root = temporaryFolder('lifetime');
  for (const name of ['usr/local/lib/flintrock', 'proc/17', 'run/flintrock'])
    mkdirSync(join(root, name), { recursive: true });
  const all = { IDLE_SECONDS: 60, LONGEST_SECONDS: 0, SPARK_MASTER_UI_PORT: port, ...settings };
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(root, 'usr/local/lib/flintrock/settings.sh'), lines.join(''));
  return root;
}

/** What a program says that has such a master's lifetime as `life`. */
async function say(root: string, program: string): Promise<unknown> {
  const head = `import json, os, sys, time
sys.path.insert(0, ${JSON.stringify(folder)})
from beacon import Store
from lifetime import Lifetime
life = Lifetime(Store(${JSON.stringify(root)}))
`;
  const { stdout } = await promisify(execFile)(
    'python3',
    ['-c', `${head}print(json.dumps(${program}))`],
    { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } },
  );
  return JSON.parse(stdout);
}

const looks = (count: number): string => `[life.in_use("127.0.0.1") for _ in range(${count})]`;

describe('a cluster is in use', () => {
  it('while cores are, and by what came and went between two looks', async () => {
    pages = [idle, { ...idle, coresused: 2 }, idle, { ...idle, completedapps: [{ id: 'app-1' }] }];
    expect(await say(master(), looks(5))).toEqual([false, true, false, true, false]);
  });

  it('while its master doesn’t answer, but not if there is none', async () => {
    pages = ['nonsense'];
    expect(await say(master(), looks(1))).toEqual([true]);
    expect(await say(master({ SPARK_MASTER_UI_PORT: 1 }), looks(1))).toEqual([false]);
  });

  it('while an application of YARN’s runs or waits, and without YARN by what Spark says', async () => {
    const yarn = (appsRunning: number, appsPending: number): object => ({
      clusterMetrics: { appsRunning, appsPending },
    });
    pages = [yarn(1, 0), yarn(0, 1), yarn(0, 0), idle, yarn(0, 0), { ...idle, coresused: 1 }];
    expect(await say(master({ YARN_UI_PORT: port }), looks(4))).toEqual([true, true, false, true]);
    pages = [{ ...idle, coresused: 1 }];
    expect(await say(master({ YARN_UI_PORT: 1 }), looks(1))).toEqual([true]);
  });

  it('while somebody is logged in for more than a look', async () => {
    pages = [idle];
    for (const [title, expected] of [
      ['sshd: ec2-user@pts/0', true],
      ['sshd-session: ec2-user@notty', true],
      // A port is forwarded, as for a web page that is open.
      ['sshd: ec2-user', false],
      ['sshd: ec2-user [priv]', false],
      ['sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups', false],
    ] as const) {
      const root = master();
      writeFileSync(join(root, 'proc/17/cmdline'), `${title}\0\0`);
      expect([title, await say(root, looks(2))]).toEqual([title, [false, expected]]);
    }
    // As `describe` does: another connection each time.
    const root = master();
    const move = `os.rename(*(${JSON.stringify(root)} + "/proc/" + pid for pid in ("17", "18")))`;
    writeFileSync(join(root, 'proc/17/cmdline'), 'sshd: ec2-user@notty\0');
    expect(await say(root, `${looks(1)} + [${move}] + ${looks(1)}`)).toEqual([false, null, false]);
  });

  it('while a job runs', async () => {
    pages = [idle];
    const root = master();
    const command = join(root, 'proc/17/cmdline');
    writeFileSync(command, 'sh\0-c\0echo $$ > .flintrock/jobs/job-1/pid\0');
    expect(await say(root, looks(1))).toEqual([true]);
    writeFileSync(command, Buffer.from([0xff, 0, 0x80]));
    expect(await say(root, looks(1))).toEqual([false]);
  });
});

describe('its end', () => {
  const day = 86_400;
  /** A master that was started so many seconds ago. */
  const started = (ago: number, settings: Record<string, number>): string => {
    const root = master(settings);
    writeFileSync(join(root, 'run/flintrock/began'), String(Math.floor(Date.now() / 1000) - ago));
    return root;
  };
  const leftSeconds = '[round(x() - time.time()) for x in [lambda: life.end()[0]]][0]';

  it('is counted from its latest start, and moves', async () => {
    const root = started(1000, { LONGEST_SECONDS: day });
    const near = async (program: string, seconds: number): Promise<void> => {
      const left = (await say(root, program)) as number;
      expect(Math.abs(left - seconds)).toBeLessThan(60);
    };
    await near(leftSeconds, day - 1000);
    await near(`[life.extend(3600), ${leftSeconds}][1]`, day + 2600);
    // As long as if it had just been started is less than that: it isn't taken back.
    await near(`[life.extend(0), ${leftSeconds}][1]`, day + 2600);
    expect(await say(root, '[life.touch(), life.answer()][1]')).toMatchObject({
      endsAt: expect.any(Number) as number,
    });
    // Another start: what was moved before doesn't count.
    writeFileSync(join(root, 'run/flintrock/began'), String(Math.floor(Date.now() / 1000)));
    await near(leftSeconds, day);
  });

  it('comes when it has cost so much, at each price for as long as that held', async () => {
    // In millionths of a dollar: 24 dollars at 1 dollar an hour, of which it has cost 1 dollar.
    const root = started(3600, { COST_LIMIT: 24_000_000, COST_PER_HOUR: 1_000_000 });
    const near = async (program: string, hours: number): Promise<void> => {
      const left = (await say(root, program)) as number;
      expect(Math.abs(left - hours * 3600)).toBeLessThan(60);
    };
    await near(leftSeconds, 23);
    await near(`[life.charge(rate=2000000), ${leftSeconds}][1]`, 11.5);
    await near(`[life.charge(more=1000000), ${leftSeconds}][1]`, 12);
    // By two hours: that is 4 dollars.
    await near(`[life.extend(7200), ${leftSeconds}][1]`, 14);
    // As if it had just been started is less.
    await near(`[life.extend(0), ${leftSeconds}][1]`, 14);
    const [limit, spent, rate] = (await say(root, 'life.answer()["cost"]')) as number[];
    expect([limit, rate]).toEqual([29_000_000, 2_000_000]);
    expect(Math.abs((spent ?? 0) - 1_000_000)).toBeLessThan(20_000);
    // Another start: it costs what it did, and may cost what it might at first.
    writeFileSync(join(root, 'run/flintrock/began'), String(Math.floor(Date.now() / 1000)));
    await near(leftSeconds, 12);
    await near(`[life.charge(rate=3000000), ${leftSeconds}][1]`, 8);
  });

  it('is the first of its ends, and says which', async () => {
    const cost = { COST_LIMIT: 2_000_000, COST_PER_HOUR: 1_000_000 };
    const why = 'life.end()[1]';
    expect(await say(started(0, { ...cost, LONGEST_SECONDS: day }), why)).toMatch(/cost/);
    expect(await say(started(0, { ...cost, LONGEST_SECONDS: 3600 }), why)).toMatch(/lifetime/);
  });

  it('is none as long as nobody knows when it was started', async () => {
    const root = master({ LONGEST_SECONDS: 10 });
    expect(await say(root, 'life.answer()')).toMatchObject({ endsAt: null });
    await expect(say(root, 'life.extend(60)')).rejects.toThrow('not known yet');
  });

  it('by idleness comes later if it is told so, and only for so long', async () => {
    const root = started(1000, { IDLE_SECONDS: 60 });
    expect(await say(root, '[life.touch(), life.answer()][1]')).toEqual({
      idleSeconds: expect.closeTo(0, 0) as number,
      endsAt: null,
      cost: null,
    });
    const then = '[life.extend(3600), float(open(life.used).read()) - life.store.uptime()][1]';
    expect((await say(root, then)) as number).toBeGreaterThan(3500);
    // Being used meanwhile doesn't shorten it.
    const used = '[life.touch(), float(open(life.used).read()) - life.store.uptime()][1]';
    expect((await say(root, used)) as number).toBeGreaterThan(3500);
  });
});

describe('parseBeaconStatus', () => {
  it('reads what it knows, also of a master that knows less', () => {
    expect(
      parseBeaconStatus(
        JSON.stringify({
          kind: 'status',
          shutdown: true,
          reason: 'idle for 60 s',
          lifetime: { idleSeconds: 1.5, endsAt: null, cost: [5_000_000, 1_250_000, 420_000] },
          nodes: {
            'i-1': { notice: 'soon', hostKey: `SHA256:${'a'.repeat(43)}` },
            'i-2': { notice: null, hostKey: 'SHA256:a b' },
          },
        }),
      ),
    ).toEqual({
      shutdown: true,
      reason: 'idle for 60 s',
      lifetime: { idleSeconds: 1.5, endsAt: null, cost: { limit: 5, spent: 1.25 } },
      notices: new Map([['i-1', 'soon']]),
      hostKeys: new Map([['i-1', `SHA256:${'a'.repeat(43)}`]]),
    });
    expect(parseBeaconStatus('{"kind":"status","nodes":{"i-1":{}}}')).toEqual({
      shutdown: false,
      reason: '',
      lifetime: null,
      notices: new Map(),
      hostKeys: new Map(),
    });
    for (const line of ['', '{}', '{"kind":"hello"}'])
      expect(parseBeaconStatus(line)).toBeUndefined();
  });
});
