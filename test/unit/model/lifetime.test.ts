import { describe, expect, it } from 'vitest';
import {
  durationText,
  measuredDuration,
  parseDuration,
  roughDuration,
} from '../../../src/model/duration.ts';
import { lifetimeBrief, lifetimeText, type ClusterLifetime } from '../../../src/model/lifetime.ts';

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

  it('are said as precisely as it matters', () =>
    expect([-5, 40, 90, 1330, 26_000, 190_000].map(roughDuration)).toEqual([
      '0 s',
      '40 s',
      '1 min 30 s',
      '22 min',
      '7 h 13 min',
      '2 d 4 h',
    ]));

  it('are said with a tenth of a second where that was measured and matters', () =>
    expect([-1, 0.44, 9.94, 9.96, 59.4, 125, 3600, 11_405].map(measuredDuration)).toEqual([
      '0.0 s',
      '0.4 s',
      '9.9 s',
      '10 s',
      '59 s',
      '2 min 5 s',
      '1 h',
      '3 h 10 min 5 s',
    ]));
});

describe('when a cluster ends', () => {
  const now = Date.parse('2026-05-04T12:00:00.000Z');
  const none = {
    idleTimeoutSeconds: null,
    maxLifetimeSeconds: null,
    idleEndsAt: null,
    endsAt: null,
  };
  const idle = { idleTimeoutSeconds: 1800 };
  const soon = { idleEndsAt: '2026-05-04T12:22:00.000Z' };
  const longest = { maxLifetimeSeconds: 28_800 };
  const end = { endsAt: '2026-05-04T19:10:00.000Z' };
  it.each<[Partial<ClusterLifetime>, string, string]>([
    [idle, 'ends after 30 min without work', 'after 30 min idle'],
    [{ ...idle, ...soon }, 'ends in 22 min unless used', 'after 30 min idle'],
    [longest, 'ends 8 h after its start at the latest', ''],
    [{ ...longest, ...end }, 'ends in 7 h 10 min at the latest', 'in 7 h 10 min'],
    [
      { ...idle, ...soon, ...longest, ...end },
      'ends in 22 min unless used, in 7 h 10 min at the latest',
      'in 7 h 10 min, or after 30 min idle',
    ],
  ])('%#', (lifetime, text, brief) => {
    expect(lifetimeText({ ...none, ...lifetime }, now)).toBe(text);
    expect(lifetimeBrief({ ...none, ...lifetime }, now)).toBe(brief);
  });
});
