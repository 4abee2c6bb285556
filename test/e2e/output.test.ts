import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';

// What programs print, on its way through the built command line.
const lab = new LocalLab();
const cli = resolve('dist/cli.js');
beforeAll(async () => {
  const size = ['--num-workers', '1', '--worker-memory', '1g'];
  const launched = await new TerminalSession(lab).run('launch', 'out', ...size);
  expect(launched).toMatchObject({ exitCode: 0 });
});
afterAll(() => lab.close());

/** Runs the command line with pipes that nobody reads yet. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: lab.home,
    env: { ...lab.env, HOME: lab.home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: once(child, 'exit').then(([code]) => code as number | null) };
}

/** Reads a stream to its end; gives its length and hash. */
async function digest(stream: NodeJS.ReadableStream): Promise<[number, string]> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of stream) {
    hash.update(chunk as Buffer);
    length += (chunk as Buffer).length;
  }
  return [length, hash.digest('hex')];
}

const hashOf = (bytes: Buffer): [number, string] => [
  bytes.length,
  createHash('sha256').update(bytes).digest('hex'),
];

/** Every byte, in an order in which most are no UTF-8, and no line end at the end. */
const everyByte = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7 + (i >> 8)) % 256));
const printer = `
import sys
out = bytes((i * 7 + (i >> 8)) % 256 for i in range(70000))
sys.stdout.buffer.write(out)
sys.stdout.flush()
# Spark gives a job's Python one stream for both.
if sys.argv[1:] == ["both"]: sys.stderr.buffer.write(out[::-1])
`;

describe('output reaches a pipe byte for byte', () => {
  const program = join(lab.home, 'bytes.py');
  it.each([
    ['of a job', ['submit', 'out', program], Buffer.alloc(0)],
    [
      'of a command on the master',
      ['run-command', 'out', '--master-only', `python3 ${program} both`],
      Buffer.from(everyByte).reverse(),
    ],
  ])('%s', async (_, args, onStderr) => {
    writeFileSync(program, printer);
    const { child, ended } = start(...args);
    const [out, err] = await Promise.all([digest(child.stdout), digest(child.stderr)]);
    expect([await ended, out, err]).toEqual([0, hashOf(everyByte), hashOf(onStderr)]);
  });
});

/** How often something is looked at, and how long it must not have changed until it is taken for still, in milliseconds. */
const [lookMs, stillMs] = [100, 2_000];

/** Waits until a number does not change any more; gives it. On a slow machine that may be too soon, which is no failure. */
async function settled(read: () => number): Promise<number> {
  let last = -1;
  for (let still = 0; still < stillMs; still += lookMs) {
    const now = read();
    if (now !== last || now === 0) still = 0;
    last = now;
    await new Promise((done) => setTimeout(done, lookMs));
  }
  return last;
}

describe.runIf(process.platform === 'linux')('a reader that is slow costs no memory', () => {
  const total = 400 * 2 ** 20;
  const memoryOf = (pid: number): number =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

  it('of a command: it waits', async () => {
    const count = join(lab.home, 'count');
    const command = `i=0; while [ $i -lt 2048 ]; do head -c 65536 /dev/zero; echo >>'${count}'; i=$((i+1)); done`;
    const { child, ended } = start('run-command', 'out', '--master-only', command);
    child.stderr.resume();
    expect(await settled(() => sizeOf(count))).toBeLessThan(1024);
    expect((await digest(child.stdout))[0]).toBe(2048 * 65536);
    expect(await ended).toBe(0);
  });

  it('of a job: its output waits in its file', async () => {
    writeFileSync(
      join(lab.home, 'much.py'),
      `
import sys
for _ in range(400): sys.stdout.buffer.write(bytes(1048576))
open("written", "w").write("x")
`,
    );
    const { child, ended } = start('submit', 'out', 'much.py');
    child.stderr.resume();
    await expect.poll(() => sizeOf(join(lab.home, 'written'))).toBe(1);
    await settled(() => Math.round(memoryOf(child.pid ?? 0)));
    expect(memoryOf(child.pid ?? 0)).toBeLessThan(250);
    expect((await digest(child.stdout))[0]).toBe(total);
    expect(await ended).toBe(0);
  });

  it('of one that has stopped reading: Ctrl-C is heard', async () => {
    const { child, ended } = start('run-command', 'out', '--master-only', 'cat /dev/zero');
    child.stderr.resume();
    await once(child.stdout, 'readable');
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    child.stdout.destroy();
    expect(lab.processes().filter((line) => line.includes('/dev/zero'))).toEqual([]);
  });
});
