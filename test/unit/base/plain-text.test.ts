import { describe, expect, it } from 'vitest';
import { plainText } from '../../../src/base/plain-text.ts';

describe('plain text of what others wrote', () => {
  it('leaves text of any language as it is', () => {
    for (const text of ['demo-1', 'Größe: 3 µs', '集群', 'кластер', 'مجموعة', '🚀 x', '[a](b)'])
      expect(plainText(text)).toBe(text);
  });

  it('leaves no code unit that a terminal obeys, or that hides or reverses text', () => {
    const forbidden =
      /[\u0000-\u001F\u007F-\u009F\u061C\u200B-\u200F\u202A-\u202E\u2028\u2029\u2060-\u2064\u2066-\u206F\uFEFF]/;
    const codes = Array.from({ length: 0x10000 }, (_, code) => code);
    const left = codes.filter((code) =>
      forbidden.test(plainText(`a${String.fromCharCode(code)}b`)),
    );
    expect(left).toEqual([]);
  });

  it('leaves nothing of escape sequences for colours, in seven bits or eight', () => {
    expect(plainText('\u001B[1;31mERROR\u001B[0m x')).toBe('ERROR x');
    expect(plainText('\u009B31mERROR\u009Bm x')).toBe('ERROR x');
    expect(plainText('\u001B]0;title\u0007x')).toBe(' ]0;title x');
  });

  it('makes one line, or keeps lines and tabs where that is asked for', () => {
    expect(plainText('a\r\nb\rc\td')).toBe('a b c d');
    expect(plainText('a\r\nb\rc\td\u2028e', { lines: true, tabs: true })).toBe('a\nb\nc\td\ne');
    expect(plainText('a\n\nb\tc', { lines: true })).toBe('a\n\nb c');
  });

  it('shows half a character for what it is, and whole ones as they are', () => {
    expect(plainText('a\uD83Db')).toBe('a\uFFFDb');
    expect(plainText('a\uDE80b')).toBe('a\uFFFDb');
    expect(plainText('a\u{1F680}b')).toBe('a\u{1F680}b');
  });
});
