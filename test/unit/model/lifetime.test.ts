import { describe, expect, it } from 'vitest';
import { readExtension } from '../../../src/model/cluster/lifetime.ts';

describe('by how much a lifetime is extended', () => {
  it.each([
    ['2 h', { seconds: 7200 }],
    [' 30 min ', { seconds: 1800 }],
    ['365 d', { seconds: 31_536_000 }],
    [1, { seconds: 1 }],
    ['5 USD', { dollars: 5 }],
    ['5usd', { dollars: 5 }],
    [' $2.50 ', { dollars: 2.5 }],
    ['0.01 USD', { dollars: 0.01 }],
  ])('takes %j', (given, by) => expect(readExtension(given)).toEqual(by));

  it.each([
    ...['', 'soon', '0 s', '366 d', '2 d 400 d', 0, -1, NaN, Infinity],
    ...['$', '$0', '-5 USD', '5 EUR', '2000000 USD', '5 USD 2 h', '$1e9'],
  ])('refuses %j', (given) => expect(readExtension(given)).toBeUndefined());
});
