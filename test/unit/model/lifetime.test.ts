import { describe, expect, it } from 'vitest';
import { readExtension } from '../../../src/model/cluster/lifetime.ts';

describe('by how much a lifetime is extended', () => {
  it.each([
    ['2 h', 7200],
    [' 30 min ', 1800],
    ['365 d', 31_536_000],
    [1, 1],
  ])('takes %j', (given, seconds) => expect(readExtension(given)).toBe(seconds));

  it.each(['', 'soon', '0 s', '366 d', '2 d 400 d', 0, -1, NaN, Infinity])('refuses %j', (given) =>
    expect(readExtension(given)).toBeUndefined(),
  );
});
