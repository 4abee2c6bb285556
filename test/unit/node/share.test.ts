import { spawn } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { beaconPrograms } from '../../../src/node/bootstrap/bootstrap.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const secret = randomBytes(32).toString('hex');
const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
const name = 'spark-4.1.4.tgz';

/** What ends with the test: processes and servers. */
const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** The programs as nodes have them, and what systemd does on a node: it starts a process that outlives the one that asks. */
const programs = temporaryFolder('programs');
/** With a master that tells nobody to wait long. */
const hasty = temporaryFolder('hasty');
for (const [file, text] of beaconPrograms)
  if (file !== 'lifetime.py') {
    writeFileSync(join(programs, file), text);
    writeFileSync(
      join(hasty, file),
      text.replace('PATIENCE,MORE_BELOW=8,4', 'PATIENCE,MORE_BELOW=1,1'),
    );
  }
writeFileSync(
  join(programs, 'systemd-run'),
  `#!/bin/bash
while [[ $1 == -* ]]; do shift; done
exec 9>"$FLINTROCK_ROOT/unit"
flock -n 9 || exit 1
"$@" >"$FLINTROCK_ROOT/serve.log" 2>&1 </dev/null &
echo $! >"$FLINTROCK_ROOT/pid"
`,
  { mode: 0o755 },
);
interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly response: IncomingMessage;
}

/** A request of a node, which is known by its address. */
function ask(
  [to, port]: readonly [string, number],
  path: string,
  { from = '127.0.0.9', range, key = secret }: { from?: string; range?: string; key?: string } = {},
): Promise<Answer> {
  const nonce = randomBytes(16).toString('hex');
  const signed = createHmac('sha256', key).update(`GET ${path}\n${nonce}\n`).digest('hex');
  return new Promise((resolve, reject) => {
    request({
      host: to,
      port,
      path,
      localAddress: from,
      agent: false,
      headers: {
        'X-Flintrock-Nonce': nonce,
        'X-Flintrock-Signature': `sha256=${signed}`,
        ...(range !== undefined && { Range: range }),
      },
    })
      .on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        const done = (): void =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts), response });
        // Also of one that was cut short.
        response.on('end', done).on('error', done);
      })
      .on('error', reject)
      .end();
  });
}

function rootOf(): string {
  const root = temporaryFolder('share');
  const library = join(root, 'usr/local/lib/flintrock');
  mkdirSync(library, { recursive: true });
  mkdirSync(join(root, 'var/log/flintrock'), { recursive: true });
  mkdirSync(join(root, 'var/lib/flintrock/downloads'), { recursive: true });
  writeFileSync(join(library, 'secret'), `${secret}\n`);
  return root;
}

async function firstLine(
  args: readonly string[],
  extra: Record<string, string> = {},
): Promise<string> {
  const child = spawn('python3', args, {
    env: { ...env, ...extra },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endings.push(() => child.kill('SIGKILL'));
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error('It ended.');
}

/** A master with a file that is whole. */
class Master {
  readonly address = '127.0.0.1';
  port = 0;
  readonly root = rootOf();
  readonly content: Buffer;
  constructor(bytes: number) {
    this.content = randomBytes(bytes);
    const files = join(this.root, 'var/lib/flintrock/files');
    mkdirSync(files, { recursive: true });
    writeFileSync(join(files, name), this.content);
    const sum = createHash('sha512').update(this.content).digest('hex');
    writeFileSync(join(files, `${name}.sha512`), `${sum}\n`);
  }
  async start(folder = programs): Promise<this> {
    const beacon = join(folder, 'beacon.py');
    const line = await firstLine(
      [beacon, '--root', this.root, '--address', this.address, '--port', '0', 'serve'],
      { FLINTROCK_ROOT: this.root },
    );
    this.port = Number(/:(\d+)$/.exec(line)?.[1]);
    return this;
  }
  /** Whom it sends an asker to. */
  async source(from: string, bad = ''): Promise<string> {
    const { status, body } = await ask([this.address, this.port], `/v1/sources/${name}${bad}`, {
      from,
    });
    expect(status).toBe(200);
    return body.toString().split(' ')[0] ?? '';
  }
}

/** A worker that takes the file from whom the master says. */
class Worker {
  readonly root = rootOf();
  constructor(
    readonly master: Master,
    readonly address: string,
  ) {}
  get part(): string {
    return join(this.root, 'var/lib/flintrock/downloads', `${name}.1`);
  }
  get log(): string {
    return readFileSync(join(this.root, 'var/log/flintrock/node.log'), 'utf8');
  }
  /** Takes it; gives what came. */
  async take(): Promise<Buffer> {
    const { address, port } = this.master;
    const words = ['take', address, String(port), this.address, name, this.part];
    const child = spawn(
      'bash',
      [
        '-c',
        'set -o pipefail; python3 "$@" | tee -a "${!#}" >/dev/null',
        'sh',
        join(programs, 'share.py'),
        ...words,
      ],
      {
        env: {
          ...env,
          FLINTROCK_ROOT: this.root,
          PATH: `${programs}:${process.env['PATH'] ?? ''}`,
        },
        stdio: ['ignore', 'inherit', 'ignore'],
      },
    );
    const code = await new Promise((resolve) => child.once('exit', resolve));
    if (existsSync(join(this.root, 'pid'))) {
      const pid = Number(readFileSync(join(this.root, 'pid'), 'utf8'));
      endings.push(() => {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It has ended.
        }
      });
    }
    expect([code, this.log.split('\n').at(-2)]).toEqual([0, expect.any(String)]);
    return readFileSync(this.part);
  }
}

/** Something else at a worker's address. */
async function impostor(address: string, port: number, server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  expect((server.address() as AddressInfo).port).toBe(port);
  endings.push(() => {
    server.closeAllConnections();
    server.close();
  });
}

describe('a file that only the master has', () => {
  it('is asked of two others by each, and of the master by few', async () => {
    const master = await new Master(300_000).start();
    const sources: string[] = [];
    for (let node = 11; node < 21; node += 1) sources.push(await master.source(`127.0.0.${node}`));
    expect(sources.map((one) => one.replace('127.0.0.', ''))).toEqual([
      '1',
      '1',
      '11',
      '11',
      '12',
      '12',
      '13',
      '13',
      '14',
      '14',
    ]);
    // One that had trouble may be above others: it gets none of those.
    expect(await master.source('127.0.0.13')).toBe('127.0.0.1');
    expect(await master.source('127.0.0.21', '?127.0.0.15')).toBe('127.0.0.1');
    // Nobody else is sent to a bad one.
    expect(await master.source('127.0.0.22')).toBe('127.0.0.16');
    // Each file for itself.
    expect((await ask([master.address, master.port], '/v1/sources/other.tgz')).status).toBe(404);
  });

  it('is told to nobody who does not know the secret', async () => {
    const master = await new Master(1000).start();
    const key = randomBytes(32).toString('hex');
    for (const path of [`/v1/sources/${name}`, '/v1/share'])
      expect((await ask([master.address, master.port], path, { key })).status).toBe(403);
    const { body } = await ask([master.address, master.port], '/v1/share');
    expect(body.toString()).toBe(readFileSync(join(programs, 'share.py'), 'utf8'));
  });

  it('comes from worker to worker', async () => {
    const master = await new Master(3_000_000).start();
    const workers = [11, 12, 13, 14].map((node) => new Worker(master, `127.0.0.${node}`));
    for (const worker of workers) expect((await worker.take()).equals(master.content)).toBe(true);
    expect(workers.map(({ log }) => /from (\S+)\n/.exec(log)?.[1])).toEqual([
      '127.0.0.1',
      '127.0.0.1',
      '127.0.0.11',
      '127.0.0.11',
    ]);
    const key = randomBytes(32).toString('hex');
    const first = ['127.0.0.11', master.port] as const;
    expect((await ask(first, `/v1/files/${name}`, { key })).status).toBe(403);
    for (const path of ['/v1/files/other', '/v1/files/../secret', '/v1/state', '/v1/files/'])
      expect([path, (await ask(first, path)).status]).toEqual([path, 404]);
  });

  it('is passed on while it comes, and from where another left off', async () => {
    const master = new Master(1000);
    const root = rootOf();
    const folder = join(root, 'var/lib/flintrock/share');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.size`), '1000');
    writeFileSync(join(folder, name), master.content.subarray(0, 300));
    const address = '127.0.0.11';
    const port = await freePort(address);
    const child = spawn('python3', [join(programs, 'share.py'), 'serve', address, String(port)], {
      env: { ...env, FLINTROCK_ROOT: root },
      stdio: 'ignore',
    });
    endings.push(() => child.kill('SIGKILL'));
    await until(() => ask([address, port], '/v1/nothing'));
    const whole = ask([address, port], `/v1/files/${name}`);
    const rest = ask([address, port], `/v1/files/${name}`, { range: 'bytes=200-' });
    const later = ask([address, port], `/v1/files/${name}`, { range: 'bytes=900-' });
    appendFileSync(join(folder, name), master.content.subarray(300, 950));
    appendFileSync(join(folder, name), master.content.subarray(950));
    expect((await whole).body.equals(master.content)).toBe(true);
    expect((await rest).body.equals(master.content.subarray(200))).toBe(true);
    const { status, body, response } = await later;
    expect([status, response.headers['content-range']]).toEqual([206, 'bytes 900-999/1000']);
    expect(body.equals(master.content.subarray(900))).toBe(true);
    // One that nothing comes into any more ends what waits for it.
    writeFileSync(join(folder, 'other'), 'x');
    writeFileSync(join(folder, 'other.size'), '2');
    const cut = ask([address, port], '/v1/files/other');
    rmSync(join(folder, 'other'));
    expect([404, 200]).toContain((await cut).status);
  });

  it.each([
    ['that sends other bytes', /it sent other bytes than the master has \(at 131072 of 3000000\)/],
    ['that dies on the way', /it closed the connection after 1000000 of 3000000 bytes/],
    ['that hangs', /warning: spark-4.1.4.tgz from 127.0.0.11: .*timed out; taking the rest/],
    ['that is gone', /Connection refused/],
    ['that has nothing', /it answered HTTP 404/],
  ])('comes whole past a worker %s', async (what, message) => {
    const master = await new Master(3_000_000).start(what === 'that hangs' ? hasty : programs);
    const got: (string | undefined)[] = [];
    // Two at the master, one at the bad one.
    await master.source('127.0.0.11');
    await master.source('127.0.0.12');
    const wrong = Buffer.from(master.content);
    wrong[140_000] = (wrong[140_000] ?? 0) ^ 1;
    const server = createServer((asked, answer) => {
      got.push(asked.headers.range);
      answer.setHeader('Content-Length', 3_000_000);
      if (what === 'that has nothing') {
        answer.statusCode = 404;
        answer.end();
      } else if (what === 'that sends other bytes') answer.end(wrong);
      else {
        answer.write(master.content.subarray(0, 1_000_000), () => {
          if (what === 'that dies on the way') answer.destroy();
        });
      }
    });
    if (what !== 'that is gone') await impostor('127.0.0.11', master.port, server);
    const worker = new Worker(master, '127.0.0.13');
    expect((await worker.take()).equals(master.content)).toBe(true);
    expect(worker.log).toMatch(message);
    expect(worker.log).toMatch(/taking spark-4.1.4.tgz from 127.0.0.1\n$/);
    expect(got).toEqual(what === 'that is gone' ? [] : [undefined]);
  });

  it('comes whole where the worker above gets it late', async () => {
    const master = await new Master(3_000_000).start();
    const first = new Worker(master, '127.0.0.11');
    // What is above has all but its end.
    await first.take();
    await master.source('127.0.0.12');
    const folder = join(first.root, 'var/lib/flintrock/share');
    const partial = join(folder, 'partial');
    writeFileSync(partial, master.content.subarray(0, 2_000_000));
    rmSync(join(folder, name));
    symlinkSync(partial, join(folder, name));
    const second = new Worker(master, '127.0.0.13');
    const taken = second.take();
    await until(async () =>
      Promise.resolve(readFileSync(second.part).length > 1_900_000 ? true : undefined),
    );
    appendFileSync(partial, master.content.subarray(2_000_000));
    expect((await taken).equals(master.content)).toBe(true);
    expect(second.log).not.toContain('warning');
  });
});

async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('This did not happen in time.');
}
