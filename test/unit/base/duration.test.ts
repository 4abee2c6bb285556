import { describe, expect, it } from 'vitest';
import { durationText, parseDuration } from '../../../src/base/duration.ts';

describe('durations', () => {
  it.each([
    ['30 min', 1800, '30 min'],
    ['30m', 1800, '30 min'],
    ['2 h', 7200, '2 h'],
    ['1d', 86_400, '1 d'],
    ['90s', 90, '1 min 30 s'],
    ['1h30min', 5400, '1 h 30 min'],
    ['1 d 2 h 3 min 4 sec', 93_784, '1 d 2 h 3 min 4 s'],
    ['0 s', 0, '0 s'],
  ])('%s', (text, seconds, written) => {
    expect(parseDuration(text)).toBe(seconds);
    expect(durationText(seconds)).toBe(written);
    expect(parseDuration(written)).toBe(seconds);
  });

  it.each(['', '30', 'min', '1.5 h', '-1 h', '1 w', '1 h,', '1  h'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});
