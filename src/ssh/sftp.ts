import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import { abortError, ClusterError } from '../model/errors.ts';
import { advice, type Remedy } from '../model/remedy.ts';
import type { SshConnection } from './connection.ts';

/** How long the other side may take to answer one request, in milliseconds. */
const answerLimitMs = 60_000;
/** Bytes asked for, or sent, at a time. */
const pieceBytes = 256 * 1024;
/** A file that says it is empty may have content all the same, as those of `/proc` have: at most so many bytes. */
const unsizedBytes = 1024 * 1024;

// Status codes of the SFTP drafts.
const endOfFile = 1;
const noSuchFile = 2;
const permissionDenied = 3;
const failure = 4;

/** What a listing says of an entry. */
export interface RemoteEntry {
  readonly name: string;
  /** Absent if the other side didn't say. */
  readonly stats: Stats | undefined;
}

/**
 * Files on the other side of a connection. It may be anybody's: each request has a limit, an answer is held to what was asked for,
 * and nothing that it says is a path here.
 */
export class RemoteFiles {
  readonly #files: SFTPWrapper;
  readonly #signal: AbortSignal;
  readonly #limitMs: number;

  private constructor(files: SFTPWrapper, signal: AbortSignal, limitMs: number) {
    this.#files = files;
    this.#signal = signal;
    this.#limitMs = limitMs;
  }

  /** @param limitMs how long an answer may take */
  static async open(
    connection: SshConnection,
    signal: AbortSignal,
    limitMs = answerLimitMs,
  ): Promise<RemoteFiles> {
    return new RemoteFiles(await connection.files(), signal, limitMs);
  }

  /** What is at a path, past links; `undefined` if there is nothing. */
  async stat(path: string): Promise<Stats | undefined> {
    return this.#optional<Stats>(path, (done) => this.#files.stat(path, done));
  }

  /** What is at a path itself, which may be a link; `undefined` if there is nothing. */
  async lstat(path: string): Promise<Stats | undefined> {
    return this.#optional<Stats>(path, (done) => this.#files.lstat(path, done));
  }

  /** A path without links, `.` and `..`, by the word of the other side. */
  async realpath(path: string): Promise<string> {
    return this.#ask<string>(path, (done) => this.#files.realpath(path, done));
  }

  /** The entries of a folder, as they come: who takes them says when it is enough. */
  async *list(path: string): AsyncGenerator<readonly RemoteEntry[]> {
    const handle = await this.#ask<Buffer>(path, (done) => this.#files.opendir(path, done));
    try {
      for (;;) {
        const entries = await this.#ask<FileEntryWithStats[] | undefined>(path, (done) =>
          this.#files.readdir(handle, (error, found) =>
            codeOf(error) === endOfFile ? done(undefined, undefined) : done(error, found),
          ),
        );
        if (entries === undefined) return;
        yield entries.map(({ filename, attrs }) => ({
          name: filename,
          stats: typeof attrs.mode === 'number' ? attrs : undefined,
        }));
      }
    } finally {
      this.#close(handle);
    }
  }

  /** Makes a folder. */
  async mkdir(path: string): Promise<void> {
    await this.#ask<undefined>(path, (done) =>
      this.#files.mkdir(path, (error) => done(error, undefined)),
    );
  }

  /**
   * Reads a file piece by piece.
   *
   * @param size what the other side said it has: not more is read, as a file without end would fill the disk
   */
  async *read(path: string, size: number): AsyncGenerator<Buffer> {
    const handle = await this.#ask<Buffer>(path, (done) => this.#files.open(path, 'r', done));
    try {
      const limit = size === 0 ? unsizedBytes : size;
      for (let position = 0; position < limit;) {
        const piece = Buffer.allocUnsafe(Math.min(pieceBytes, limit - position));
        const bytes = await this.#ask<number>(path, (done) =>
          this.#files.read(handle, piece, 0, piece.length, position, (error, read) =>
            codeOf(error) === endOfFile ? done(undefined, 0) : done(error, read),
          ),
        );
        if (bytes === 0) return;
        position += bytes;
        yield piece.subarray(0, bytes);
      }
    } finally {
      this.#close(handle);
    }
  }

  /** Writes a file anew; gives the bytes written. */
  async write(path: string, pieces: AsyncIterable<Buffer>, mode: number): Promise<number> {
    const handle = await this.#ask<Buffer>(path, (done) =>
      this.#files.open(path, 'w', { mode }, done),
    );
    let position = 0;
    try {
      for await (const piece of pieces) {
        await this.#ask<undefined>(path, (done) =>
          this.#files.write(handle, piece, 0, piece.length, position, (error) =>
            done(error, undefined),
          ),
        );
        position += piece.length;
      }
    } catch (error) {
      this.#close(handle);
      throw error;
    }
    // What is wrong with a disk is often said only now.
    await this.#ask<undefined>(path, (done) =>
      this.#files.close(handle, (error) => done(error, undefined)),
    );
    return position;
  }

  /** Ends the session. */
  end(): void {
    this.#files.end();
  }

  // Whether it succeeds is of no interest any more, nor is when.
  #close(handle: Buffer): void {
    this.#files.close(handle, () => undefined);
  }

  async #optional<T>(path: string, request: Request<T>): Promise<T | undefined> {
    return this.#ask<T | undefined>(path, (done) =>
      request((error, value) =>
        codeOf(error) === noSuchFile ? done(undefined, undefined) : done(error, value),
      ),
    );
  }

  /** One request and its answer. */
  #ask<T>(path: string, request: Request<T>): Promise<T> {
    const signal = this.#signal;
    return new Promise<T>((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(limit);
        signal.removeEventListener('abort', aborted);
        end();
      };
      const aborted = (): void => settle(() => reject(abortError(signal, `copying ${path}`)));
      const limit = setTimeout(
        () =>
          settle(() =>
            reject(
              transferError(path, `the node did not respond for ${this.#limitMs / 1000} seconds`),
            ),
          ),
        this.#limitMs,
      );
      if (signal.aborted) {
        aborted();
        return;
      }
      signal.addEventListener('abort', aborted, { once: true });
      try {
        request((error, value) =>
          settle(() =>
            error == null
              ? resolve(value)
              : reject(transferError(path, error.message, error, remediesOf(error))),
          ),
        );
      } catch (error) {
        settle(() => reject(transferError(path, (error as Error).message, error)));
      }
    });
  }
}

type Request<T> = (done: (error: Error | null | undefined, value: T) => void) => void;

/** The error of a copy that could not be made. */
export function transferError(
  path: string,
  why: string,
  cause?: unknown,
  remedies: readonly Remedy[] = [],
): ClusterError {
  return new ClusterError('TRANSFER_FAILED', `Couldn’t copy ${path}: ${why}.`, {
    ...(cause !== undefined && { cause }),
    details: { path },
    remedies,
  });
}

/** What can be done where the other side refuses: it says no more than a code. */
function remediesOf(error: Error): readonly Remedy[] {
  switch (codeOf(error)) {
    case permissionDenied:
      return advice(
        'Use a path on the node that the SSH user can read and write, such as one in its home folder.',
      );
    case failure:
      return advice('Check the path on the node, and its free disk space.');
    default:
      return [];
  }
}

function codeOf(error: Error | null | undefined): unknown {
  return (error as { code?: unknown } | null | undefined)?.code;
}
