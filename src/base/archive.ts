import { gzipSync } from 'node:zlib';

/** A text file in an archive. */
export interface ArchiveFile {
  /** Its path in the archive, at most 100 characters. */
  readonly path: string;
  readonly text: string;
}

/** Files as one compressed archive that every system unpacks (POSIX ustar: a header of 512 bytes before each). */
export function tarGz(files: readonly ArchiveFile[], seconds: number): Buffer {
  const blocks = files.flatMap(({ path, text }) => {
    const content = Buffer.from(text);
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
    return [header(path, content.length, seconds), content, padding];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function header(path: string, size: number, seconds: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, digits: number): string =>
    `${Math.floor(value).toString(8).padStart(digits, '0')}\0`;
  block.write(path.slice(0, 100), 0);
  block.write(octal(0o600, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(seconds, 11), 136);
  // The sum counts itself as blanks.
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
