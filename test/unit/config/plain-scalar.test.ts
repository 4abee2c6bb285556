import { describe, expect, it } from 'vitest';
import { readPlainScalar } from '../../../src/config/yaml/plain-scalar.ts';

describe('readPlainScalar', () => {
  // Compared with PyYAML 6.0.3's safe_load.
  it.each([
    ['', null],
    ['~', null],
    ['NULL', null],
    ['nUll', 'nUll'],
    ['on', true],
    ['No', false],
    ['y', 'y'],
    ['n', 'n'],
    ['yEs', 'yEs'],
    ['0', 0],
    ['-0', -0],
    ['+3', 3],
    ['010', 8],
    ['-010', -8],
    ['08', '08'],
    ['0o10', '0o10'],
    ['0x1F', 31],
    ['0x', '0x'],
    ['0b11', 3],
    ['1_000', 1000],
    ['_1', '_1'],
    ['1:30', 90],
    ['190:20:30', 685230],
    ['1:60', '1:60'],
    ['3.10', 3.1],
    ['1.', 1],
    ['.5', 0.5],
    ['-.5', '-.5'],
    ['1e3', '1e3'],
    ['1.0e+3', 1000],
    ['1.0e3', '1.0e3'],
    ['685.230_15e+03', 685230.15],
    ['1:30.5', 90.5],
    ['.inf', Infinity],
    ['-.INF', -Infinity],
    ['.NaN', Number.NaN],
    ['2001-01-01', '2001-01-01'],
    ['3.5.0', '3.5.0'],
  ])('%j is %j', (text, value) => {
    expect(readPlainScalar(text)).toEqual(value);
  });
});
