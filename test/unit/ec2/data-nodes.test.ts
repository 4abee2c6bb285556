import { describe, expect, it } from 'vitest';
import { excludedAfter } from '../../../src/providers/ec2/nodes/data-nodes.ts';

describe('the list of DataNodes that get no data', () => {
  it.each([
    ['those that leave are added, once', ['a'], ['a', 'b'], { leaving: ['b', 'a'] }, ['a', 'b']],
    ['one that the NameNode takes for alive stays', ['a'], ['a'], { leaving: ['b'] }, ['a', 'b']],
    ['one that it has given up is forgotten', ['a'], ['b'], { leaving: ['b'] }, ['b']],
    ['those that stay are taken off', ['a', 'b'], ['a', 'b'], { staying: ['a'] }, ['b']],
  ])('%s', (_what, before, known, change, after) => {
    const whole = { leaving: [], staying: [], ...change };
    expect(excludedAfter(before, new Set(known), whole)).toEqual(after);
  });
});
