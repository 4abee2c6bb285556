import { randomBytes } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { pid } from 'node:process';
import { readJsonFile } from '../../../base/json-file.ts';
import type { Surroundings } from '../../../base/surroundings.ts';
import { type ProcessMark, readProcess } from '../daemons/processes.ts';

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
 * Takes a lock: a file that names the process that holds it, by id and start time. One whose process is gone is taken over at once: locks
 * of packages such as `proper-lockfile` go by age, so that a killed launch would block its cluster for as long.
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
 * @returns `undefined` if nobody does, or the process that did is gone
 */
export async function lockHolder(
  path: string,
  platform: Surroundings['platform'],
): Promise<LockHolder | undefined> {
  const found = await inspect(path, platform);
  return found === 'stale' ? undefined : found;
}

/** Who holds a lock; `stale` if the process that did is gone, `undefined` if there is no lock. */
async function inspect(
  path: string,
  platform: Surroundings['platform'],
): Promise<LockHolder | 'stale' | undefined> {
  let holder: unknown;
  try {
    holder = await readJsonFile(path);
  } catch (error) {
    // Locks are put into place whole: what can't be read was damaged since, and tells of nobody.
    if (error instanceof SyntaxError) return 'stale';
    throw error;
  }
  if (holder === undefined) return undefined;
  if (!isLockHolder(holder)) return 'stale';
  const found = await readProcess(holder.pid, platform);
  return found?.startTime === holder.startTime ? holder : 'stale';
}

/**
 * Removes a stale lock. Only who holds a second lock may, or somebody slower would remove the lock that is taken right after;
 * that one goes stale only if its holder is killed within these few lines, and is then removed in the same way.
 */
async function removeStale(path: string, platform: Surroundings['platform']): Promise<void> {
  const guard = await tryLock(`${path}.takeover`, 'takeover', platform);
  if (!isHeld(guard)) return;
  try {
    if ((await inspect(path, platform)) === 'stale') await rm(path, { force: true });
  } finally {
    await guard.release();
  }
}

function isLockHolder(value: unknown): value is LockHolder {
  const holder = value as Partial<LockHolder> | null;
  return (
    typeof holder?.pid === 'number' &&
    typeof holder.startTime === 'string' &&
    typeof holder.doing === 'string'
  );
}

function aside(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}`;
}
