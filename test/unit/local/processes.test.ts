import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import {
  endProcesses,
  isAlive,
  readProcess,
} from '../../../src/providers/local/daemons/processes.ts';

const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
const options = { platform, clock: systemClock, patienceMs: 300 } as const;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that carries `mark` on its command line, and answers signals as `onTerm` says. */
async function run(mark: string, onTerm = ''): Promise<{ pid: number; startTime: string }> {
  const program = `${onTerm}; console.log('up'); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', program, '--', mark], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  return { pid, startTime: (await readProcess(pid, platform))?.startTime ?? '' };
}

describe('processes that are remembered', () => {
  it('are ours while id, start time and mark agree', async () => {
    const mark = await run('-Dflintrock.node=a');
    expect(await isAlive(mark, '-Dflintrock.node=a', platform)).toBe(true);
    expect(await isAlive(mark, '-Dflintrock.node=b', platform)).toBe(false);
    expect(await isAlive({ ...mark, startTime: 'earlier' }, '-Dflintrock.node=a', platform)).toBe(
      false,
    );
  });

  it('are alive while they become another program', async () => {
    // As a script does that stands for Java: its command line is empty for a moment that is often seen in forty tries.
    const become = 'exec "$0" -e "setTimeout(() => {}, 10000)" -- "$1"';
    for (let i = 0; i < 40; i += 1) {
      const child = spawn('/bin/sh', ['-c', become, process.execPath, '-Dflintrock.node=a']);
      children.push(child);
      const pid = child.pid ?? 0;
      const startTime = (await readProcess(pid, platform))?.startTime ?? '';
      const end = performance.now() + 20;
      while (performance.now() < end)
        expect(await isAlive({ pid, startTime }, '-Dflintrock.node=a', platform)).toBe(true);
      child.kill('SIGKILL');
    }
  });

  it('are ended by asking', async () => {
    const mark = await run('-Dflintrock.node=a');
    expect(await endProcesses([mark], '-Dflintrock.node=a', options)).toEqual([]);
    expect(await readProcess(mark.pid, platform)).toBeUndefined();
  });

  it('are ended by force if asking does not help', async () => {
    const mark = await run('-Dflintrock.node=a', 'process.on("SIGTERM", () => {})');
    expect(await endProcesses([mark], '-Dflintrock.node=a', options)).toEqual([]);
    expect(await readProcess(mark.pid, platform)).toBeUndefined();
  });

  // As a JVM ends: what its last threads hold, such as a port, is free only when they are gone too.
  it.runIf(platform === 'linux')('are ended only when their last thread is', async () => {
    const program = [
      'import ctypes, os, signal, socket, threading, time',
      'held = socket.create_server(("127.0.0.1", 0))',
      'signal.signal(signal.SIGTERM, signal.SIG_IGN)',
      'def last():',
      '  time.sleep(0.6)',
      '  os._exit(0)',
      'threading.Thread(target=last).start()',
      'print(held.getsockname()[1], flush=True)',
      'time.sleep(0.2)',
      'ctypes.CDLL(None).pthread_exit(None)',
    ].join('\n');
    const child = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = child.pid ?? 0;
    const startTime = (await readProcess(pid, platform))?.startTime ?? '';
    await vi.waitFor(async () => expect(await readProcess(pid, platform)).toBeUndefined());
    const patient = { ...options, patienceMs: 5_000 };
    expect(await endProcesses([{ pid, startTime }], program, patient)).toEqual([]);
    const server = createServer().listen(Number(port), '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('are left alone if they are somebody else’s by now', async () => {
    const stranger = await run('something-else');
    await endProcesses([stranger], '-Dflintrock.node=a', options);
    const namesake = await run('-Dflintrock.node=a');
    await endProcesses([{ ...namesake, startTime: 'another time' }], '-Dflintrock.node=a', options);
    expect(await readProcess(stranger.pid, platform)).toBeDefined();
    expect(await readProcess(namesake.pid, platform)).toBeDefined();
  });
});
