import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSha512 } from '../../../src/node/download.ts';

const hash = '0123456789abcdef'.repeat(8);
const name = 'spark-4.1.4-bin-hadoop3.tgz';

describe('parseSha512', () => {
  it.each([
    ['the hash and the name', `${hash}  ${name}\n`],
    ['the hash and the name of a binary file', `${hash} *${name}\n`],
    ['the hash alone', hash],
    ['the hash alone with Windows’ line end', `${hash}\r\n`],
    ['upper case', `${hash.toUpperCase()}  ${name}\n`],
    ['the way of BSD', `SHA512 (${name}) = ${hash}\n`],
    ['the name and the hash', `${name}: ${hash}\n`],
    [
      'the way of gpg --print-md, over several lines',
      `${name}: ${grouped(hash.toUpperCase(), 8, 4, `\n${' '.repeat(29)}`)}\n`,
    ],
    [
      'the way of gpg --print-md with a long name, which has its line for itself',
      `${name}:\n${grouped(hash.toUpperCase(), 4, 8, '\n ')}\n`,
    ],
  ])('reads %s', (_form, text) => {
    expect(parseSha512(text)).toBe(hash);
  });

  it.each([
    ['nothing', ''],
    ['a page', '<html><body>Sign in to the hotel’s network</body></html>'],
    ['a SHA-256', `${hash.slice(0, 64)}  ${name}`],
    ['a hash that lacks a digit', `${hash.slice(1)}  ${name}`],
    ['a hash with a digit too many', `${hash}0  ${name}`],
    ['a hash with something else in it', `${hash.slice(0, 100)}x${hash.slice(101)}  ${name}`],
  ])('takes no hash from %s', (_form, text) => {
    expect(parseSha512(text)).toBeUndefined();
  });

  it('finds any hash in any of the forms, and only 128 digits', () => {
    const hexadecimal = fc
      .uint8Array({ minLength: 64, maxLength: 64 })
      .map((bytes) => Buffer.from(bytes).toString('hex'));
    const fileName = fc.stringMatching(/^[a-z][a-z0-9._-]{0,40}\.tgz$/);
    const form = fc.constantFrom<(hex: string, file: string) => string>(
      (hex, file) => `${hex}  ${file}\n`,
      (hex, file) => `${file}: ${hex.toUpperCase()}\n`,
      (hex, file) => `${file}: ${grouped(hex, 8, 4, '\n      ')}\n`,
      (hex, file) => `${file}: ${grouped(hex, 2, 16, '\r\n')}`,
      (hex) => hex,
    );
    fc.assert(
      fc.property(hexadecimal, fileName, form, (hex, file, write) => {
        expect(parseSha512(write(hex, file))).toBe(hex);
        expect(parseSha512(write(hex.slice(2), file))).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => /^[0-9a-f]{128}$|^$/.test(parseSha512(text) ?? '')),
    );
  });
});

/** Digits in groups of `size`, `perLine` of them a line. */
function grouped(digits: string, size: number, perLine: number, lineEnd: string): string {
  const groups = digits.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
  const lines: string[] = [];
  for (let i = 0; i < groups.length; i += perLine)
    lines.push(groups.slice(i, i + perLine).join(' '));
  return lines.join(lineEnd);
}
