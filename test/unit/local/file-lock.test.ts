import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readProcess } from '../../../src/providers/local/daemons/processes.ts';
import {
  type HeldLock,
  isHeld,
  lockHolder,
  tryLock,
} from '../../../src/providers/local/records/file-lock.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder('lock');
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is held by one, who is named to the others, until it is released', async () => {
  const first = await tryLock(path, 'launch', platform);
  expect(isHeld(first)).toBe(true);
  expect(await tryLock(path, 'stop', platform)).toMatchObject({
    pid: process.pid,
    doing: 'launch',
  });
  await (first as HeldLock).release();
  expect(await lockHolder(path, platform)).toBeUndefined();
  expect(isHeld(await tryLock(path, 'stop', platform))).toBe(true);
});

it('goes to exactly one of many who want it at once', async () => {
  const locks = await Promise.all(
    Array.from({ length: 20 }, () => tryLock(path, 'launch', platform)),
  );
  expect(locks.filter(isHeld)).toHaveLength(1);
  expect(readdirSync(folder)).toEqual(['lock']);
});

it('is taken over from a process that is gone, even if another has its id now', async () => {
  const child = spawn('sleep', ['100']);
  await once(child, 'spawn');
  const living = await readProcess(child.pid ?? 0, platform);
  writeFileSync(
    path,
    JSON.stringify({ pid: child.pid, startTime: living?.startTime, doing: 'launch' }),
  );
  expect(isHeld(await tryLock(path, 'stop', platform))).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  writeFileSync(
    path,
    JSON.stringify({ pid: process.pid, startTime: 'before the last boot', doing: 'launch' }),
  );
  const locks = await Promise.all(
    Array.from({ length: 10 }, () => tryLock(path, 'stop', platform)),
  );
  expect(locks.filter(isHeld)).toHaveLength(1);
});

it('goes to exactly one of many who take it over at once, over and over', async () => {
  for (let round = 0; round < 40; round += 1) {
    const gone = { pid: process.pid, startTime: 'before the last boot', doing: 'launch' };
    // Every other one can't even be read.
    writeFileSync(path, round % 2 === 0 ? JSON.stringify(gone) : '{');
    const locks = await Promise.all(
      Array.from({ length: 12 }, () => tryLock(path, 'stop', platform)),
    );
    const held = locks.filter(isHeld);
    expect(held).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['lock']);
    await held[0]?.release();
  }
});
