import { randomBytes } from 'node:crypto';
import { link, rename, rm, writeFile } from 'node:fs/promises';
import { pid } from 'node:process';
import type { Surroundings } from '../../model/surroundings.ts';
import { isMissing, readJsonFile } from './json-file.ts';
import { readProcess, type ProcessMark } from './processes.ts';

/** Who holds a lock, and for what. */
export interface LockHolder extends ProcessMark {
  /** What it is doing, such as `launch`. */
  readonly doing: string;
}

/** A lock that is held. */
export interface HeldLock {
  release(): Promise<void>;
}

/**
 * Takes a lock: a file that names the process that holds it. One whose process is gone is taken over.
 *
 * @returns the lock, or who holds it
 */
export async function tryLock(
  path: string,
  doing: string,
  platform: Surroundings['platform'],
): Promise<HeldLock | LockHolder> {
  const me = await readProcess(pid, platform);
  const holder: LockHolder = { pid, startTime: me?.startTime ?? '', doing };
  // Written aside and linked into place: a lock is never seen half written, and linking fails where there is one.
  const draft = aside(path);
  await writeFile(draft, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
  try {
    for (;;) {
      try {
        await link(draft, path);
        return { release: () => rm(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other = await lockHolder(path, platform);
      if (other !== undefined) return other;
      await removeStale(path, platform);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Whether {@link tryLock} got the lock. */
export function isHeld(lock: HeldLock | LockHolder): lock is HeldLock {
  return 'release' in lock;
}

/**
 * Who holds a lock.
 *
 * @returns `undefined` if nobody does, or whoever did is gone
 */
export async function lockHolder(
  path: string,
  platform: Surroundings['platform'],
): Promise<LockHolder | undefined> {
  const holder = (await readJsonFile(path).catch((error: unknown) => {
    // Locks are put into place whole: what can't be read was damaged since, and tells of nobody.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  })) as Partial<LockHolder> | null | undefined;
  if (!isComplete(holder)) return undefined;
  const found = await readProcess(holder.pid, platform);
  return found?.startTime === holder.startTime ? holder : undefined;
}

function isComplete(holder: Partial<LockHolder> | null | undefined): holder is LockHolder {
  return (
    typeof holder?.pid === 'number' &&
    typeof holder.startTime === 'string' &&
    typeof holder.doing === 'string'
  );
}

async function removeStale(path: string, platform: Surroundings['platform']): Promise<void> {
  const taken = aside(path);
  try {
    await rename(path, taken);
    // Somebody else may have removed the stale lock and taken his own in between: he gets it back.
    if ((await lockHolder(taken, platform)) !== undefined)
      await link(taken, path).catch(() => undefined);
    await rm(taken, { force: true });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function aside(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}`;
}
