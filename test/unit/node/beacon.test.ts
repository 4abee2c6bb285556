import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type BeaconEvent,
  beaconProtocol,
  parseBeaconLine,
} from '../../../src/node/beacon/events.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const program = fileURLToPath(new URL('../../../src/node/beacon/beacon.py', import.meta.url));
const secret = randomBytes(32).toString('hex');
// Nothing is to appear beside the sources.
const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };

const children: ChildProcessByStdio<Writable, Readable, null>[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

function start(root: string, ...args: string[]): ChildProcessByStdio<Writable, Readable, null> {
  const child = spawn('python3', [program, '--root', root, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  });
  children.push(child);
  return child;
}

function run(root: string, ...args: string[]): Record<string, unknown> {
  const { stdout } = spawnSync('python3', [program, '--root', root, ...args], {
    encoding: 'utf8',
    env,
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Whether the beacon signed it for this very request. */
  readonly signed: boolean;
}

/** A beacon on the loopback address, and a node that asks it. */
class Beacon {
  port = 0;
  process = children[0];
  constructor(readonly root: string) {
    const library = join(root, 'usr/local/lib/flintrock');
    mkdirSync(library, { recursive: true });
    writeFileSync(join(library, 'secret'), `${secret}\n`);
  }

  get state(): string {
    return join(this.root, 'var/lib/flintrock');
  }

  async serve(): Promise<this> {
    this.process = start(this.root, '--address', '127.0.0.1', '--port', '0', 'serve');
    for await (const line of createInterface(this.process.stdout)) {
      this.port = Number(/:(\d+)$/.exec(line)?.[1]);
      break;
    }
    return this;
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.process?.once('exit', resolve));
    this.process?.kill('SIGKILL');
    await ended;
  }

  ask(
    method: string,
    path: string,
    body = '',
    headers: Record<string, string> = {},
    key = secret,
  ): Promise<Answer> {
    const nonce = randomBytes(16).toString('hex');
    const sign = (text: string, by: string): string =>
      `sha256=${createHmac('sha256', by).update(text).digest('hex')}`;
    return new Promise((resolve, reject) => {
      const asking = request(
        {
          port: this.port,
          method,
          path,
          headers: {
            'Content-Length': Buffer.byteLength(body),
            'X-Flintrock-Nonce': nonce,
            'X-Flintrock-Signature': sign(`${method} ${path}\n${nonce}\n${body}`, key),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('latin1').on('data', (part: string) => (text += part));
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            const covered = path.startsWith('/v1/files/') && status < 300 ? '' : text;
            resolve({
              status,
              body: text,
              headers: response.headers,
              signed:
                response.headers['x-flintrock-signature'] ===
                sign(`${status} ${path}\n${nonce}\n${covered}`, secret),
            });
          });
        },
      );
      asking.on('error', reject);
      asking.end(body);
    });
  }

  post(...events: unknown[]): Promise<Answer> {
    return this.ask('POST', '/v1/events', events.map((event) => JSON.stringify(event)).join('\n'));
  }
}

/** What a client hears that follows. */
class Follower {
  readonly heard: (BeaconEvent | undefined)[] = [];
  private waiting: () => void = () => undefined;
  readonly ended: Promise<number | null>;
  private readonly child;
  constructor(root: string) {
    this.child = start(root, 'follow');
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    createInterface(this.child.stdout).on('line', (line) => {
      this.heard.push(parseBeaconLine(line));
      this.waiting();
    });
  }
  async until(count: number): Promise<readonly (BeaconEvent | undefined)[]> {
    while (this.heard.length < count)
      await new Promise<void>((resolve) => (this.waiting = resolve));
    return this.heard;
  }
  say(text: string): void {
    this.child.stdin.write(text);
  }
  leave(): void {
    this.child.stdin.end();
  }
}

function phase(node: string, seq: number, name = 'booting', state = 'started'): object {
  return {
    node,
    address: '10.0.0.1',
    role: 'worker',
    seq,
    time: '2026-07-01T12:00:00.000Z',
    kind: 'phase',
    phase: name,
    state,
    detail: '',
    reason: '',
    log: [],
  };
}

async function beacon(settings = ''): Promise<Beacon> {
  const made = new Beacon(temporaryFolder('beacon'));
  writeFileSync(join(made.root, 'usr/local/lib/flintrock/settings.sh'), settings);
  return made.serve();
}

describe('the beacon', () => {
  it('hands events on, those before and those that come', async () => {
    const it = await beacon();
    expect(await it.post(phase('i-1', 1))).toMatchObject({ status: 200, signed: true });
    const follower = new Follower(it.root);
    expect(await follower.until(2)).toMatchObject([
      { kind: 'hello', protocol: beaconProtocol, finished: false, shutdown: false },
      { kind: 'phase', node: 'i-1', phase: 'booting', state: 'started' },
    ]);
    const trouble = {
      ...phase('i-2', 1, 'downloading'),
      kind: 'trouble',
      reason: 'no source served spark',
      log: ['größer', '"x"'],
    };
    await it.post(trouble, { ...phase('i-1', 2), kind: 'of the future' });
    await it.post(phase('i-1', 3, 'alive', 'done'));
    const heard = await follower.until(5);
    expect(heard[2]).toMatchObject({
      kind: 'trouble',
      reason: 'no source served spark',
      log: ['größer', '"x"'],
    });
    expect(heard[3]).toBeUndefined();
    expect(heard[4]).toMatchObject({ kind: 'phase', phase: 'alive', state: 'done' });
    follower.leave();
    expect(await follower.ended).toBe(0);
  });

  it('loses nothing when it is killed, and tells nothing twice', async () => {
    const it = await beacon();
    await it.post(phase('i-1', 1));
    await it.kill();
    // The line that it was writing.
    appendFileSync(join(it.state, 'events.jsonl'), '{"node":"i-1","se');
    await it.serve();
    expect(await it.post(phase('i-1', 1), phase('i-1', 2))).toMatchObject({ status: 200 });
    expect(await it.post(phase('i-1', 2))).toMatchObject({ status: 200 });
    const follower = new Follower(it.root);
    follower.leave();
    await follower.ended;
    expect(follower.heard.map((event) => event?.kind)).toEqual(['hello', 'phase', 'phase']);
  });

  it('tells how long the client has been silent', async () => {
    const it = await beacon();
    const seen = async (): Promise<number> =>
      (JSON.parse((await it.ask('GET', '/v1/state')).body) as { clientSeenSecondsAgo: number })
        .clientSeenSecondsAgo;
    const mark = join(it.root, 'run/flintrock/client-seen');
    expect(await seen()).toBeLessThan(60);
    expect(existsSync(mark)).toBe(false);
    const follower = new Follower(it.root);
    await follower.until(1);
    // Long ago, by the machine's own uptime.
    writeFileSync(mark, '-1000');
    expect(await seen()).toBeGreaterThan(1000);
    follower.say('still here\n');
    while ((await seen()) > 1000);
    follower.leave();
    await follower.ended;
  });

  it('passes on that the launch is finished, or the cluster is to go', async () => {
    const it = await beacon();
    const follower = new Follower(it.root);
    await follower.until(1);
    expect(run(it.root, 'shutdown')).toMatchObject({ shutdown: true, finished: false });
    expect(await follower.until(2)).toMatchObject([{}, { kind: 'state', shutdown: true }]);
    await it.post({ ...phase('i-1', 1), kind: 'trouble', reason: 'no disk' });
    expect(run(it.root, 'finish')).toMatchObject({
      kind: 'status',
      protocol: 1,
      finished: true,
      nodes: { 'i-1': { trouble: 'no disk', role: 'worker' } },
    });
    expect(existsSync(join(it.state, 'ready'))).toBe(true);
    const answer = await it.ask('GET', '/v1/state');
    expect(answer).toMatchObject({ status: 200, signed: true });
    expect(JSON.parse(answer.body)).toMatchObject({ finished: true, shutdown: true });
    follower.leave();
  });

  it('serves files, also from where a node left off', async () => {
    const it = await beacon();
    const folder = join(it.state, 'files');
    mkdirSync(folder);
    const content = randomBytes(300_000).toString('latin1');
    writeFileSync(join(folder, 'spark-4.1.4.tgz'), content, 'latin1');
    const path = '/v1/files/spark-4.1.4.tgz';
    expect(await it.ask('GET', path)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
    writeFileSync(join(folder, 'spark-4.1.4.tgz.sha512'), 'abc\n');
    const whole = await it.ask('GET', path);
    expect([whole.status, whole.signed, whole.body === content]).toEqual([200, true, true]);
    const rest = await it.ask('GET', path, '', { Range: 'bytes=100000-' });
    expect([rest.status, rest.signed]).toEqual([206, true]);
    expect(rest.headers['content-range']).toBe('bytes 100000-299999/300000');
    expect(rest.body === content.slice(100_000)).toBe(true);
    expect(await it.ask('GET', path, '', { Range: 'bytes=300000-' })).toMatchObject({
      status: 416,
    });
    expect(await it.ask('GET', '/v1/checksums/spark-4.1.4.tgz')).toMatchObject({
      status: 200,
      body: 'abc\n',
      signed: true,
    });
    expect(await it.ask('GET', '/v1/files/other')).toMatchObject({ status: 503 });
    writeFileSync(join(it.state, 'fetched'), '');
    expect(await it.ask('GET', '/v1/files/other')).toMatchObject({ status: 404, signed: true });
  });

  it('answers nobody else', async () => {
    const it = await beacon();
    const forged = randomBytes(32).toString('hex');
    expect(await it.ask('GET', '/v1/state', '', {}, forged)).toMatchObject({
      status: 403,
      signed: false,
    });
    const body = JSON.stringify(phase('i-1', 1));
    for (const headers of [
      { 'X-Flintrock-Signature': '' },
      { 'X-Flintrock-Signature': 'sha256=größer' },
      { 'X-Flintrock-Nonce': 'x' },
      { 'X-Flintrock-Nonce': '0'.repeat(32) },
    ] as Record<string, string>[])
      expect(
        await it.ask(
          'POST',
          '/v1/events',
          body,
          Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [
              name,
              Buffer.from(value).toString('latin1'),
            ]),
          ),
        ),
      ).toMatchObject({ status: 403 });
    expect(existsSync(join(it.state, 'events.jsonl'))).toBe(true);
    expect(readFileSync(join(it.state, 'events.jsonl'), 'utf8')).toBe('');
  });

  it('bears whatever is sent to it', async () => {
    const it = await beacon();
    for (const path of [
      '/',
      '/v1/nothing',
      '/v1/files/',
      '/v1/files/..%2f..%2fsecret',
      '/v1/files/../../../etc/passwd',
      '/v1/files/.sum',
      '/v1/checksums/a/b',
    ])
      expect([path, (await it.ask('GET', path)).status]).toEqual([path, 404]);
    for (const body of [
      '',
      'no json',
      '[]',
      '{}',
      '{"node":1,"seq":1,"kind":"phase"}',
      '{"node":"i","seq":true,"kind":"phase"}',
      `{"node":"${'i'.repeat(1000)}","seq":1,"kind":"phase"}`,
      '['.repeat(60_000),
    ])
      expect((await it.ask('POST', '/v1/events', body)).status).toBe(400);
    const huge = await it.ask('POST', '/v1/events', 'x'.repeat(70_000)).catch(() => undefined);
    expect([413, undefined]).toContain(huge?.status);
    expect((await it.ask('PUT', '/v1/events')).status).toBe(501);
    for (const text of ['\0\r\n\r\n', 'GET\r\n\r\n', 'POST /v1/events HTTP/1.1\r\n\r\n'])
      await new Promise<void>((resolve) => {
        const socket = connect(it.port, '127.0.0.1', () => socket.write(text));
        socket.on('data', () => socket.destroy()).on('close', () => resolve());
        socket.on('error', () => undefined);
      });
    // Somebody who says nothing holds up nobody.
    const silent = connect(it.port, '127.0.0.1');
    expect(await it.post(phase('i-1', 1))).toMatchObject({ status: 200 });
    silent.destroy();
  });
});

describe('a line of the beacon', () => {
  it.each(['', 'x', '1', 'null', '[]', '{}', '{"kind":"phase"}', '{"kind":"news"}'])(
    'that means nothing here is left out: %j',
    (line) => expect(parseBeaconLine(line)).toBeUndefined(),
  );
});
