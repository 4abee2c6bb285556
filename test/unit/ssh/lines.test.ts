import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxLineLength } from '../../../src/model/limits.ts';
import { LineSplitter } from '../../../src/ssh/lines.ts';

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

describe('LineSplitter', () => {
  it('gives the same lines however they come in pieces', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', '🎉') }), (text) => {
        const bytes = Buffer.from(text);
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        const lines = expected.map((line) => line.replace(/\r$/, ''));
        expect(split([bytes])).toEqual(lines);
        expect(split([...bytes].map((byte) => Buffer.from([byte])))).toEqual(lines);
      }),
    );
  });

  it('cuts a line without end, and loses nothing of it', () => {
    const chunk = Buffer.alloc(65_536, 'x');
    const lines = split(Array.from({ length: 40 }, () => chunk));
    expect(Math.max(...lines.map(({ length }) => length))).toBe(maxLineLength);
    expect(lines.join('')).toHaveLength(40 * 65_536);
  });

  it('takes single bytes of a long line without copying it each time', () => {
    const byte = Buffer.from('x');
    expect(split(Array.from({ length: 900_000 }, () => byte))).toEqual(['x'.repeat(900_000)]);
  });
});
