import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { getuid, kill } from 'node:process';
import { promisify } from 'node:util';
import type { Clock } from '../../../base/clock.ts';
import type { Surroundings } from '../../../base/surroundings.ts';

/** A process as the system's table has it. */
export interface ProcessInfo {
  readonly pid: number;
  /** When it was started, in the system's own words: together with the id it names one process for good. */
  readonly startTime: string;
  /** Id of the user that it belongs to. */
  readonly uid: number;
  /** Its command line; on macOS, which doesn't tell where an argument ends, its words. */
  readonly args: readonly string[];
}

/** What is remembered of a process of ours. */
export interface ProcessMark {
  readonly pid: number;
  readonly startTime: string;
}

/**
 * Reads one process.
 *
 * @returns `undefined` if it isn't there, has ended and only waits to be reaped, or can't be read (another user's)
 */
export async function readProcess(
  pid: number,
  platform: Surroundings['platform'],
): Promise<ProcessInfo | undefined> {
  if (platform === 'linux') return readLinuxProcess(pid);
  return (await listWithPs(['-p', String(pid)]))[0];
}

/** All processes that can be read. */
async function listProcesses(platform: Surroundings['platform']): Promise<ProcessInfo[]> {
  if (platform !== 'linux') return listWithPs(['-A']);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readLinuxProcess(Number(name)) ?? []);
}

/** The JVMs of this user that carry `argument` on their command line, and scripts that stand for Java and are about to become one. */
export async function findJvms(
  argument: string,
  platform: Surroundings['platform'],
): Promise<ProcessInfo[]> {
  const mine = getuid?.();
  // A script's second word is its own path: `/bin/sh /usr/local/bin/java …`.
  const isJava = ([first = '', second = '']: readonly string[]): boolean =>
    basename(first) === 'java' || basename(second) === 'java';
  return (await listProcesses(platform)).filter(
    ({ uid, args }) => uid === mine && isJava(args) && args.includes(argument),
  );
}

/**
 * Whether the remembered process is still there and still ours: id, start time and the mark on its command line agree.
 * A process that merely got the same id later is never taken for ours.
 */
export async function isAlive(
  mark: ProcessMark,
  argument: string,
  platform: Surroundings['platform'],
): Promise<boolean> {
  const found = await readProcess(mark.pid, platform);
  if (found?.startTime !== mark.startTime) return false;
  // A process that becomes another program, as a script does that stands for Java, has no command line for a moment.
  return found.args.length === 0 || found.args.includes(argument);
}

/**
 * Ends processes of ours: asks, waits, then forces. Each is looked at again right before it is signalled.
 *
 * @param argument the word on their command lines that makes them ours
 * @param patienceMs how long they may take to end by themselves
 * @returns those that are still there
 */
export async function endProcesses(
  marks: readonly ProcessMark[],
  argument: string,
  options: { platform: Surroundings['platform']; clock: Clock; patienceMs: number },
): Promise<ProcessMark[]> {
  const { platform, clock } = options;
  const living = async (): Promise<ProcessMark[]> => {
    const alive = await Promise.all(
      marks.map(async (mark) =>
        (await isAlive(mark, argument, platform)) || isDying(mark, platform) ? [mark] : [],
      ),
    );
    return alive.flat();
  };
  for (const [signal, patienceMs] of [
    ['SIGTERM', options.patienceMs],
    ['SIGKILL', 5_000],
  ] as const) {
    let left = await living();
    for (const { pid } of left) sendSignal(pid, signal);
    const end = clock.now() + patienceMs;
    // Not `waitFor`: whatever is still there is an answer, not a failure, and nothing may interrupt a clean-up.
    while (left.length > 0 && clock.now() < end) {
      await clock.sleep(20);
      left = await living();
    }
    if (left.length === 0) return [];
  }
  return living();
}

/** Sends a signal; a process that is gone by then is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Whether the first thread of a process of ours has ended and others haven't yet: until they have, it holds its ports and files.
 * Its command line can't be read any more; the start time vouches for it.
 */
function isDying({ pid, startTime }: ProcessMark, platform: Surroundings['platform']): boolean {
  if (platform !== 'linux') return false;
  try {
    const stat = readStat(pid);
    return (
      stat.state === 'Z' &&
      stat.startTime === startTime &&
      readdirSync(`/proc/${pid}/task`).length > 1
    );
  } catch {
    return false;
  }
}

// proc(5): field 2 of stat is the name in parentheses and may hold anything; state is field 3, the start time in clock ticks
// since the boot is field 22. The boot's id is added, since ticks begin anew with each.
function readStat(pid: number): { state: string | undefined; startTime: string } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0], startTime: `${bootId()}/${fields[19] ?? ''}` };
}

function readLinuxProcess(pid: number): ProcessInfo | undefined {
  try {
    const { state, startTime } = readStat(pid);
    if (state === 'Z' || state === 'X') return undefined;
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    args.pop();
    return {
      pid,
      startTime,
      uid: statSync(`/proc/${pid}`).uid,
      args,
    };
  } catch {
    return undefined;
  }
}

let knownBootId: string | undefined;
function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return knownBootId;
}

// `lstart` is five words long on macOS and on the BSDs: "Sun Nov 22 10:31:33 2026".
async function listWithPs(selection: readonly string[]): Promise<ProcessInfo[]> {
  const text = await promisify(execFile)(
    '/bin/ps',
    [...selection, '-ww', '-o', 'pid=,uid=,stat=,lstart=,command='],
    { env: { LC_ALL: 'C' }, maxBuffer: 64 * 1024 * 1024, timeout: 10_000 },
  ).then(
    ({ stdout }) => stdout,
    // ps exits with 1 where it finds none.
    () => '',
  );
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/.exec(line);
    if (match === null || match[3]?.startsWith('Z') === true) return [];
    const [, pid, uid, , startTime = '', command = ''] = match;
    return [{ pid: Number(pid), uid: Number(uid), startTime, args: command.split(/\s+/) }];
  });
}
