import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { plainText } from '../../../src/base/plain-text.ts';
import { paint } from '../../../src/cli/rendering/palette.ts';
import { padEnd } from '../../../src/cli/rendering/text-layout.ts';
import { cutText, textWidth } from '../../../src/cli/rendering/width.ts';

it('a wide character takes two columns, and one that joins others none', () => {
  expect(['demo', '分析', 'ﾃﾞ', 'é', '👩‍💻', '…'].map(textWidth)).toEqual([4, 4, 2, 1, 2, 1]);
  expect(padEnd('分析', 6)).toBe('分析  ');
});

it('a text is as wide as the library that knows every script says', () => {
  // Consonants that join (Devanagari, Thai), syllables (Hangul), forms of half a width, marks that can't be seen; flags, skin tones.
  const letters = fc.constantFrom(
    ...Array.from('a~\té…✓ß‑─→分析ﾃﾞｶﾟＡ！한글กำनमस्तेñ'),
    ...['\u0301', '\u200B', '\uFE0F', '\u00AD', '\uD800'],
  );
  const emoji = fc.constantFrom('👩‍💻', '❤️', '❤', '⌚', '🇩🇪', '1️⃣', '👍🏽', '©');
  const words = fc.array(fc.oneof(fc.string({ unit: letters, maxLength: 6 }), emoji));
  fc.assert(
    fc.property(words, (parts) => {
      const text = parts.join(' ');
      expect(textWidth(text)).toBe(stringWidth(text));
    }),
    { numRuns: 1_000 },
  );
  // Each character alone, up to the wide ones: those that are taken to have one column are among them.
  for (let code = 0x20; code < 0x30_00; code += 1) {
    const text = String.fromCodePoint(code);
    expect([code, textWidth(text)]).toEqual([code, stringWidth(text)]);
  }
});

it('a text is cut between characters, never inside one', () => {
  expect(cutText('分析チーム', 6)).toBe('分析…');
  expect(cutText('a👩‍💻b', 3)).toBe('a…');
  expect(cutText('demo', 4)).toBe('demo');
});

it('a line never takes more columns than there are', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', ' ', '分', '👩‍💻', 'é', '…') });
  fc.assert(
    fc.property(fc.array(piece), fc.integer({ min: 1, max: 40 }), (pieces, width) => {
      const whole = plainText(pieces.join(''));
      const line = paint(
        pieces.map((text) => [text]),
        false,
        width,
      );
      expect(textWidth(line)).toBeLessThanOrEqual(width);
      if (textWidth(whole) <= width) expect(line).toBe(whole);
      else expect(line.endsWith('…')).toBe(true);
    }),
  );
});
