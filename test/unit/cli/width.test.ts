import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainText } from '../../../src/base/plain-text.ts';
import { paint } from '../../../src/cli/rendering/palette.ts';
import { padEnd } from '../../../src/cli/rendering/text-layout.ts';
import { cutText, textWidth } from '../../../src/cli/rendering/width.ts';

it('a wide character takes two columns, and one that joins others none', () => {
  expect(['demo', '分析', 'ﾃﾞ', 'é', '👩‍💻', '…'].map(textWidth)).toEqual([4, 4, 2, 1, 2, 1]);
  expect(padEnd('分析', 6)).toBe('分析  ');
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
