import type { JobState } from '../../model/job.ts';

/** Longest line that begins a frame, in bytes. */
const maxLine = 80;

/** What is done with the frames of `jobs.py`. */
export interface FrameListener {
  output(stream: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> | undefined;
  /** So many bytes of the stream aren't kept. */
  cut(stream: 'stdout' | 'stderr', bytes: number): void;
}

/** How a job ended, or that it runs on, or that there is none. */
export type LastFrame =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly state: JobState }
  | { readonly kind: 'running' }
  | { readonly kind: 'missing' };

/** Reads what `jobs.py` prints when it follows a job; its head says what that is. */
export class JobFrames {
  /** The last frame; `undefined` until it has come. */
  last: LastFrame | undefined;
  readonly #listener: FrameListener;
  #line = '';
  #stream: 'stdout' | 'stderr' = 'stdout';
  /** Bytes of the current frame that are still to come. */
  #left = 0;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /**
   * Takes a piece of the output; no more should be read while the promise that it gives is pending.
   *
   * @throws Error if it isn't what `jobs.py` prints
   */
  push(chunk: Uint8Array): Promise<void> | undefined {
    const pending: Promise<void>[] = [];
    for (let at = 0; at < chunk.length;) {
      if (this.#left === 0) {
        at = this.#readLine(chunk, at);
        continue;
      }
      const bytes = chunk.subarray(at, at + this.#left);
      at += bytes.length;
      this.#left -= bytes.length;
      const taken = this.#listener.output(this.#stream, bytes);
      if (taken !== undefined) pending.push(taken);
    }
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
  }

  /** Reads on in the line that begins a frame; gives where to read on. */
  #readLine(chunk: Uint8Array, from: number): number {
    const end = chunk.indexOf(10, from);
    const until = end < 0 ? chunk.length : end;
    if (this.#line.length + until - from > maxLine) throw unreadable();
    this.#line += String.fromCharCode(...chunk.subarray(from, until));
    if (end < 0) return chunk.length;
    this.#begin(this.#line);
    this.#line = '';
    return end + 1;
  }

  #begin(line: string): void {
    const [, cut = '', stream = '', digits = ''] =
      /^(cut )?(stdout|stderr) (\d{1,15})$/.exec(line) ?? [];
    const [, code = '', state = ''] = /^ended (\d{1,3}) (\w+)$/.exec(line) ?? [];
    if (stream === 'stdout' || stream === 'stderr') {
      if (cut !== '') this.#listener.cut(stream, Number(digits));
      else [this.#stream, this.#left] = [stream, Number(digits)];
    } else if (isEndState(state)) this.last = { kind: 'ended', exitCode: Number(code), state };
    else if (line === 'running' || line === 'missing') this.last = { kind: line };
    else if (line !== 'tick') throw unreadable();
  }
}

function isEndState(text: string): text is JobState {
  return ['succeeded', 'failed', 'canceled', 'lost'].includes(text);
}

function unreadable(): Error {
  return new Error('the output of the job can’t be read: something else printed to it');
}
