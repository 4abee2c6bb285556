import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { kill } from 'node:process';
import { isMissing } from '../../../base/json-file.ts';
import type { OutputListener, WorkContext } from '../../../engine/provider.ts';
import { endProcesses, findJvms, isAlive, type ProcessMark } from '../daemons/processes.ts';
import { jobMark, pythonExitFile } from './driver-command.ts';

/** How often a job's output is looked at, in milliseconds: as quick as a user sees. */
const followEveryMs = 30;
/** How long a job may take to end by itself when it is cancelled, before it is forced. */
const cancelPatienceMs = 5_000;
/** The exit code of a job that was killed, as a shell counts it (128 + SIGKILL). */
const killedCode = 137;

/** A job: a shell that leads a group of processes and leaves its exit code and output in the job's folder. */
export class LocalJob {
  readonly #id: string;
  readonly #folder: string;
  readonly #process: ProcessMark | null;
  readonly #context: WorkContext;

  /**
   * @param process the shell, on whose command line the job's id stands; `null` if it isn't known
   */
  constructor(id: string, folder: string, process: ProcessMark | null, context: WorkContext) {
    this.#id = id;
    this.#folder = folder;
    this.#process = process;
    this.#context = context;
  }

  /** Passes the job's output on until it ends; gives its exit code. */
  async follow(onOutput: OutputListener): Promise<number> {
    const { clock, signal } = this.#context;
    const streams = await Promise.all(
      (['stdout', 'stderr'] as const).map(async (stream) => ({
        stream,
        file: await open(join(this.#folder, stream)),
      })),
    );
    const passOn = async (): Promise<void> => {
      for (const { stream, file } of streams)
        for (let chunk = await readNext(file); chunk.length > 0; chunk = await readNext(file))
          await onOutput(stream, chunk);
    };
    try {
      for (;;) {
        signal.throwIfAborted();
        // Whether it has ended is asked before its output is read: what it said last is never lost.
        const code = await this.#exitCode();
        await passOn();
        if (code !== undefined) {
          await rm(join(this.#folder, 'scratch'), { recursive: true, force: true });
          return code;
        }
        await clock.sleep(followEveryMs, signal);
      }
    } finally {
      await Promise.all(streams.map(({ file }) => file.close()));
    }
  }

  /** Ends the job and everything it started. */
  async cancel(): Promise<void> {
    const { clock, platform } = this.#context;
    if (this.#process !== null && (await isAlive(this.#process, this.#id, platform)))
      await this.#endGroup(this.#process.pid);
    // The driver, should its shell be gone without it.
    const mark = jobMark(this.#id);
    const patienceMs = cancelPatienceMs;
    await endProcesses(await findJvms(mark, platform), mark, { platform, clock, patienceMs });
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

  async #exitCode(): Promise<number | undefined> {
    const code = (await this.#read('exit')) ?? (await this.#earlyExitCode());
    if (code !== undefined || (await this.#runs())) return code;
    // Gone without a word: it was killed, unless it ended between the two looks.
    return (await this.#read('exit')) ?? killedCode;
  }

  async #runs(): Promise<boolean> {
    const { platform } = this.#context;
    if (this.#process !== null && (await isAlive(this.#process, this.#id, platform))) return true;
    return (await findJvms(jobMark(this.#id), platform)).length > 0;
  }

  /** The exit code of a Python program whose driver has done all its work and only writes its class archive now. */
  async #earlyExitCode(): Promise<number | undefined> {
    const code = await this.#read(pythonExitFile);
    if (code === undefined) return undefined;
    // Spark removes its scratch files last of all, when its context is closed and its executors are released.
    const scratch = await readdir(join(this.#folder, 'scratch')).catch(() => []);
    return scratch.length === 0 ? code : undefined;
  }

  async #read(name: string): Promise<number | undefined> {
    try {
      return Number(await readFile(join(this.#folder, name), 'utf8'));
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

async function readNext(file: FileHandle): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536));
  return buffer.subarray(0, bytesRead);
}
