import { describe, expect, it } from 'vitest';
import { formatApproximateDuration, formatMeasuredDuration } from '../../../src/text/durations.ts';
import { formatHourlyPrice } from '../../../src/text/money.ts';
import { formatBytes, formatCapacity, formatMemory } from '../../../src/text/sizes.ts';

describe('durations', () => {
  it('are said as precisely as it matters', () =>
    expect([-5, 40, 90, 1330, 26_000, 190_000].map(formatApproximateDuration)).toEqual([
      '0 s',
      '40 s',
      '1 min 30 s',
      '22 min',
      '7 h 13 min',
      '2 d 4 h',
    ]));

  it('are said with a tenth of a second where that was measured and matters', () =>
    expect([-1, 0.44, 9.94, 9.96, 59.4, 125, 3600, 11_405].map(formatMeasuredDuration)).toEqual([
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

describe('sizes', () => {
  it('say what a user wants to know', () => {
    expect([0, 999, 1000, 437_000_000, 999_600_000, 2.5e9].map(formatBytes)).toEqual([
      '0 bytes',
      '999 bytes',
      '1.0 kB',
      '437 MB',
      '1.0 GB',
      '2.5 GB',
    ]);
    expect([512, 1024, 1536, 65_536].map(formatMemory)).toEqual([
      '512 MiB',
      '1 GiB',
      '1.5 GiB',
      '64 GiB',
    ]);
  });

  it('leave out what isn’t known', () =>
    expect([
      formatCapacity({ cores: 1, memoryMiB: 1536 }),
      formatCapacity({ cores: 4, memoryMiB: null }),
      formatCapacity({ cores: null, memoryMiB: null }),
    ]).toEqual(['1 core, 1.5 GiB', '4 cores', '']));
});

describe('a price', () => {
  it('has three digits where it is small, and says so where it isn’t known', () =>
    expect([1.534, 0.0341, 0.1, null].map((price) => formatHourlyPrice(price))).toEqual([
      '$1.53/h',
      '$0.034/h',
      '$0.10/h',
      'Price unavailable',
    ]));
});
