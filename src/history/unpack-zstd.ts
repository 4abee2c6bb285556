import { Decompress } from 'fzstd';

/** How far back a compressed file may refer, in bytes: what a decoder has to keep. Spark's own logs take 8 MiB at most. */
const maxWindowBytes = 128 * 1024 * 1024;
/** The most that a block gives, in bytes (RFC 8878, 3.1.1.2.3). */
const maxBlockBytes = 128 * 1024;

/**
 * Unpacks Zstandard (RFC 8878) as it comes. A file that ends in the middle, as that of an application that runs does, gives what
 * came before.
 *
 * @throws Error if it is none, or one that takes too much memory
 */
export async function* unpackZstd(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = new Frames();
  const unpacked: Uint8Array[] = [];
  let decoder: Decompress | undefined;
  for await (const chunk of packed)
    for (const { bytes, begins } of frames.cut(chunk)) {
      if (begins) decoder = new Decompress((block) => void unpacked.push(block));
      decoder?.push(bytes);
      // One block at a time: a thousand of a few bytes each may give 128 MB.
      yield* unpacked.splice(0);
    }
}

/** A part of one frame. */
interface FramePart {
  readonly bytes: Uint8Array;
  readonly begins: boolean;
}

/**
 * Follows the frames of a file, so that each is looked at before a decoder makes room for it: the decoder itself would give a
 * hostile one 2 GB.
 */
class Frames {
  /** What is to be read next: a header, of a frame or a block, or so many bytes that go through. */
  #next: 'frame' | 'block' | 'body' = 'frame';
  /** Bytes of a header that isn’t whole yet. */
  #header: number[] = [];
  #left = 0;
  #after: 'frame' | 'block' = 'frame';
  #skips = false;
  #hasChecksum = false;

  /** Cuts what came into parts: at the ends of blocks and of frames’ headers. */
  *cut(chunk: Uint8Array): Generator<FramePart> {
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#next === 'body') {
        const taken = Math.min(this.#left, chunk.length - at);
        at += taken;
        this.#left -= taken;
      } else {
        this.#header.push(chunk[at] ?? 0);
        at += 1;
        if (this.#next === 'block') this.#readBlock();
        else {
          from = at;
          if (!this.#readFrame()) continue;
          if (!this.#skips) yield { bytes: Uint8Array.from(this.#header), begins: true };
          this.#header = [];
        }
      }
      if (this.#next !== 'body' || this.#left > 0) continue;
      if (!this.#skips) yield { bytes: chunk.subarray(from, at), begins: false };
      from = at;
      this.#next = this.#after;
    }
    if (from < at && !this.#skips && this.#next !== 'frame')
      yield { bytes: chunk.subarray(from), begins: false };
  }

  #readBlock(): void {
    const [a = 0, b = 0, c] = this.#header;
    if (c === undefined) return;
    this.#header = [];
    const header = a | (b << 8) | (c << 16);
    const isLast = (header & 1) === 1;
    const size = header >> 3;
    if (size > maxBlockBytes) throw new Error('a block is larger than one can be');
    // A byte that is repeated stands there once.
    const isRepeated = ((header >> 1) & 3) === 1;
    this.#left = (isRepeated ? 1 : size) + (isLast && this.#hasChecksum ? 4 : 0);
    this.#after = isLast ? 'frame' : 'block';
    this.#next = 'body';
  }

  /** Whether a frame's header is whole. */
  #readFrame(): boolean {
    const bytes = this.#header;
    if (bytes.length < 5) return false;
    const magic =
      (bytes[3] ?? 0) * 2 ** 24 +
      ((bytes[2] ?? 0) << 16) +
      ((bytes[1] ?? 0) << 8) +
      (bytes[0] ?? 0);
    if (magic >= 0x184d2a50 && magic <= 0x184d2a5f) return this.#readSkippable(bytes);
    if (magic !== 0xfd2fb528) throw new Error('it is not Zstandard');
    const flags = bytes[4] ?? 0;
    const isSingle = ((flags >> 5) & 1) === 1;
    const sizeBytes = flags >> 6 === 0 ? (isSingle ? 1 : 0) : 1 << (flags >> 6);
    const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
    const at = 5 + (isSingle ? 0 : 1) + dictionaryBytes;
    if (bytes.length < at + sizeBytes) return false;
    const window = bytes[5] ?? 0;
    const base = 2 ** (10 + (window >> 3));
    const size = bytes
      .slice(at, at + sizeBytes)
      .reduce((sum, byte, index) => sum + byte * 2 ** (8 * index), sizeBytes === 2 ? 256 : 0);
    const needed = isSingle ? size : base + (base / 8) * (window & 7);
    if (needed > maxWindowBytes) throw new Error('it takes too much memory to unpack');
    this.#hasChecksum = ((flags >> 2) & 1) === 1;
    this.#skips = false;
    this.#next = 'block';
    return true;
  }

  #readSkippable(bytes: readonly number[]): boolean {
    if (bytes.length < 8) return false;
    this.#left = [4, 5, 6, 7].reduce(
      (sum, at, index) => sum + (bytes[at] ?? 0) * 2 ** (8 * index),
      0,
    );
    this.#after = 'frame';
    this.#skips = true;
    this.#next = 'body';
    return true;
  }
}
