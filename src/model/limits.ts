import { ClusterError } from './errors.ts';

// How large what others write may be. Each is far more than anybody needs, and less than what a process can't hold.

/** A line of output, in characters; what is longer comes as several. */
export const maxLineLength = 1_000_000;
/** A page of a daemon, in bytes: the NameNode's list of all files is by far the largest. */
export const maxPageBytes = 64_000_000;
/** What a command prints that is read as a whole, in bytes. */
export const maxOutputBytes = 16_000_000;
/** A page or file of a few lines, such as a checksum, in bytes. */
export const maxNoteBytes = 64_000;

/** A download, in bytes: no release of Spark or Hadoop has a fifth of it. */
export const maxArchiveBytes = 5_000_000_000;

/** Collects an answer that comes in pieces, up to a limit. */
export class LimitedBytes {
  readonly #limit: number;
  readonly #what: string;
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** @param what whose answer it is, as a sentence begins with it */
  constructor(limit: number, what: string) {
    this.#limit = limit;
    this.#what = what;
  }

  /** @throws ClusterError `ANSWER_TOO_LARGE` */
  push(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#limit)
      throw new ClusterError(
        'ANSWER_TOO_LARGE',
        `The response of ${this.#what} exceeded ${this.#limit / 1000} kB and was not used.`,
      );
    this.#pieces.push(piece);
  }

  /** All that came, as UTF-8. */
  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }
}

/** A text that is read as a whole from pieces, up to a limit; the caller that gives the pieces is told to stop when it is reached. */
export async function limitedText(
  pieces: AsyncIterable<Uint8Array>,
  limit: number,
  what: string,
): Promise<string> {
  const bytes = new LimitedBytes(limit, what);
  for await (const piece of pieces) bytes.push(piece);
  return bytes.text();
}
