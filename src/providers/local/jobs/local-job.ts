import { existsSync } from 'node:fs';
import { type FileHandle, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { isoTime } from '../../../base/clock.ts';
import { isMissing } from '../../../base/json-file.ts';
import type {
  JobEnd,
  JobHandle,
  JobListener,
  JobPosition,
  OutputStream,
  WorkContext,
} from '../../../engine/provider.ts';
import { endedState, type Job } from '../../../model/job.ts';
import { endProcesses, findJvms, isAlive, type ProcessMark } from '../daemons/processes.ts';
import { jobMark, pythonExitFile } from './driver-command.ts';

/** How often a job's output is looked at, in milliseconds: as quick as a user sees. */
const followEveryMs = 30;
/** How long a job may take to end by itself when it is cancelled, before it is forced. */
const cancelPatienceMs = 5_000;
/** How much is read at once, in bytes. */
const chunkBytes = 65_536;

/** A job: a shell that leads a group of processes and leaves its exit code and output in the job's folder. */
export class LocalJob implements JobHandle {
  readonly id: string;
  readonly #folder: string;
  readonly #process: ProcessMark | null;
  readonly #context: WorkContext;

  /**
   * @param process the shell, on whose command line the job's id stands; `null` if it isn't known
   */
  constructor(id: string, folder: string, process: ProcessMark | null, context: WorkContext) {
    this.id = id;
    this.#folder = folder;
    this.#process = process;
    this.#context = context;
  }

  async follow(
    { output, cut }: JobListener,
    from: JobPosition,
    until: 'end' | 'now',
  ): Promise<JobEnd | null> {
    const { clock, signal } = this.#context;
    const streams = await Promise.all(
      (['stdout', 'stderr'] as const).map(async (stream) => ({
        stream,
        position: from[stream],
        file: await open(join(this.#folder, stream)),
      })),
    );
    const passOn = async (one: (typeof streams)[number]): Promise<void> => {
      for (;;) {
        const [start, end] = await this.#cut(one.stream);
        if (start <= one.position && one.position < end) {
          cut(one.stream, end - one.position);
          one.position = end;
          continue;
        }
        const limit = one.position < start ? start - one.position : chunkBytes;
        const chunk = await readAt(one.file, one.position, Math.min(limit, chunkBytes));
        if (chunk.length === 0) return;
        // Cut while it was read: what was read may be zeros.
        if ((await this.#cut(one.stream))[1] !== end) continue;
        one.position += chunk.length;
        await output(one.stream, chunk);
      }
    };
    try {
      for (;;) {
        signal.throwIfAborted();
        // Whether it has ended is asked before its output is read: what it said last is never lost.
        const end = await this.#end();
        for (const one of streams) await passOn(one);
        if (end !== null || until === 'now') return end;
        await clock.sleep(followEveryMs, signal);
      }
    } finally {
      await Promise.all(streams.map(({ file }) => file.close()));
    }
  }

  /** What there is to say of it in a list. */
  async look(): Promise<Pick<Job, 'startedAt' | 'endedAt' | 'state' | 'exitCode'>> {
    const end = await this.#end();
    const started = await this.#number('started');
    const ended = async (name: string): Promise<Date | undefined> =>
      (await stat(join(this.#folder, name)).catch(() => undefined))?.mtime;
    return {
      startedAt: started === undefined ? null : isoTime(1000 * started),
      endedAt:
        end === null
          ? null
          : // What its driver still writes after its program's end is no part of it.
            ((
              (await ended(pythonExitFile)) ??
              (await ended('exit')) ??
              (await ended('canceled'))
            )?.toISOString() ?? null),
      state: end?.state ?? 'running',
      exitCode: end?.exitCode ?? null,
    };
  }

  async cancel(): Promise<boolean> {
    const { clock, platform } = this.#context;
    const isRunning = (await this.#end()) === null;
    if (isRunning) await writeFile(join(this.#folder, 'canceled'), '', { mode: 0o600 });
    if (this.#process !== null && (await isAlive(this.#process, this.id, platform)))
      await this.#endGroup(this.#process.pid);
    // The driver, should its shell be gone without it.
    const mark = jobMark(this.id);
    const patienceMs = cancelPatienceMs;
    await endProcesses(await findJvms(mark, platform), mark, { platform, clock, patienceMs });
    return isRunning;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  // The shell's id is its group's too: the group is ours, and no other gets the id while anybody is in it.
  async #endGroup(group: number): Promise<void> {
    const { clock } = this.#context;
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      signalGroup(group, signal);
      const end = clock.now() + cancelPatienceMs;
      while (clock.now() < end) {
        if (!signalGroup(group, 0)) return;
        await clock.sleep(20);
      }
    }
  }

  /** How it ended; `null` while it runs. */
  async #end(): Promise<JobEnd | null> {
    let code = (await this.#number('exit')) ?? (await this.#earlyExitCode());
    if (code === undefined) {
      if (await this.#runs()) return null;
      // It may have ended between the two looks.
      code = await this.#number('exit');
    }
    const isCanceled = existsSync(join(this.#folder, 'canceled'));
    const killedCode = 128 + (isCanceled ? constants.signals.SIGTERM : constants.signals.SIGKILL);
    // A job may write anything into its folder.
    return {
      exitCode: code === undefined ? killedCode : code & 255,
      state: endedState(code ?? null, isCanceled),
    };
  }

  async #runs(): Promise<boolean> {
    const { platform } = this.#context;
    if (this.#process !== null && (await isAlive(this.#process, this.id, platform))) return true;
    return (await findJvms(jobMark(this.id), platform)).length > 0;
  }

  /** The exit code of a Python program whose driver has done all its work and only writes its class archive now. */
  async #earlyExitCode(): Promise<number | undefined> {
    const code = await this.#number(pythonExitFile);
    if (code === undefined) return undefined;
    // Spark removes its scratch files last of all, when its context is closed and its executors are released.
    const scratch = await readdir(join(this.#folder, 'scratch')).catch(() => []);
    return scratch.length === 0 ? code : undefined;
  }

  async #number(name: string): Promise<number | undefined> {
    const text = await this.#read(name);
    const number = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
    return Number.isSafeInteger(number) ? number : undefined;
  }

  /** What isn't kept of a stream, as positions: of a very long output its middle. */
  async #cut(stream: OutputStream): Promise<readonly [from: number, to: number]> {
    const [from = 0, to = 0] = ((await this.#read(`cut.${stream}`)) ?? '').split(' ').map(Number);
    return [from, to];
  }

  async #read(name: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.#folder, name), 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

/** Signals a group of processes; `false` if nobody is left in it. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
