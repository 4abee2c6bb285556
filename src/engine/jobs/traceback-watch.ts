import { basename, dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { JobFailure, JobRequest } from '../../model/job.ts';
import type { OutputStream } from '../provider.ts';

/** What came from this machine: the program, and the modules that came along. */
export interface JobSources {
  readonly program: JobRequest['program'];
  /** Modules beside the program, as paths below its folder. */
  readonly modules: readonly string[];
}

/** How much of a line is looked at, in characters. */
const maxLine = 4096;
const maxError = 500;

/**
 * Finds out where a Python job failed: the innermost line of a file of this machine in the last traceback that has one. A function that
 * failed on a worker has a traceback of its own within that of the driver, after it.
 */
export class TracebackWatch {
  /** The last failure so far. A job that succeeds may have failures that it coped with. */
  failure: JobFailure | null = null;
  readonly #job: string;
  readonly #sources: JobSources;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  /** How far the traceback that is read is indented; `null` outside of one. */
  #indent: number | null = null;
  #frame: Pick<JobFailure, 'file' | 'line'> | null = null;

  constructor(job: string, sources: JobSources) {
    this.#job = job;
    this.#sources = sources;
  }

  push(stream: OutputStream, bytes: Uint8Array): void {
    if (stream !== 'stderr') return;
    const lines = this.#decoder.write(bytes).split('\n');
    lines[0] = this.#line + (lines[0] ?? '');
    this.#line = (lines.pop() ?? '').slice(0, maxLine);
    for (const line of lines) this.#read(line.slice(0, maxLine).trimEnd());
  }

  #read(line: string): void {
    if (line.endsWith('Traceback (most recent call last):')) {
      this.#indent = /^\s*Traceback/.test(line) ? indentOf(line) : 0;
      this.#frame = null;
      return;
    }
    const [, path, number] = /^ +File "([^"]+)", line (\d{1,9})\b/.exec(line) ?? [];
    if (path !== undefined) {
      // A file that is no Python has no traceback: only its place.
      this.#indent ??= indentOf(line) - 2;
      const file = this.#localFile(path);
      if (file !== undefined) this.#frame = { file, line: Number(number) };
    } else if (this.#indent !== null && line !== '' && indentOf(line) <= this.#indent) {
      // What stands in a traceback is indented; then comes the error.
      if (this.#frame !== null)
        this.failure = { ...this.#frame, error: line.trim().slice(0, maxError) };
      this.#indent = null;
      this.#frame = null;
    }
  }

  /** The file of this machine that is at a path where the job runs. */
  #localFile(path: string): string | undefined {
    const { program, modules } = this.#sources;
    if (!('path' in program)) return undefined;
    if (path === program.path) return path;
    const [, inModules] = /\/modules\.zip\/(.+)$/.exec(path) ?? [];
    if (inModules !== undefined)
      return modules.includes(inModules) ? join(dirname(program.path), inModules) : undefined;
    const isOfJob = path.includes(`/${this.#job}/`) && basename(path) === basename(program.path);
    return isOfJob ? program.path : undefined;
  }
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
