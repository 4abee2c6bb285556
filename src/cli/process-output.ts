import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Output } from './io.ts';

/** A stream of this process, as the command line writes to it. */
export class ProcessOutput implements Output {
  readonly #stream: NodeJS.WriteStream;
  readonly #fd: number;
  #open = true;
  #draining: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(stream: NodeJS.WriteStream, fd: number) {
    this.#fd = fd;
    this.#stream = stream;
    // The reader may have had enough (`| head`), or the user has closed the terminal: that must not end the work in the middle.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#open = false;
      if (error.code !== 'EPIPE' && error.code !== 'EIO') this.#failure ??= error;
    });
  }

  /** Why a part of the output is lost, if it is; a reader that has had enough isn't among it. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  // Absent, not false, if it isn't a terminal, whatever the types say.
  get isTTY(): boolean {
    return (this.#stream.isTTY as boolean | undefined) === true;
  }

  get columns(): number | undefined {
    return this.#stream.columns || undefined;
  }

  get rows(): number | undefined {
    return this.#stream.rows || undefined;
  }

  write(text: string | Uint8Array): void {
    if (!this.#open) return;
    if (this.#stream instanceof Socket) this.#stream.write(text);
    else this.#writeFile(Buffer.from(text));
  }

  drained(): Promise<void> | undefined {
    const stream = this.#stream;
    if (!this.#open || !stream.writableNeedDrain) return undefined;
    this.#draining ??= new Promise((resolve) => {
      const done = (): void => {
        this.#draining = undefined;
        for (const event of ['drain', 'error', 'close']) stream.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'error', 'close']) stream.once(event, done);
    });
    return this.#draining;
  }

  /** Resolves when all is written: a pipe may take its time. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#open || this.#stream.destroyed) resolve();
      else this.#stream.write('', () => resolve());
    });
  }

  // Node's own stream for files takes a write for done that had room for a part only.
  #writeFile(bytes: Buffer): void {
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#fd, bytes, done, bytes.length - done);
    } catch (error) {
      this.#open = false;
      this.#failure ??= error as Error;
    }
  }
}
