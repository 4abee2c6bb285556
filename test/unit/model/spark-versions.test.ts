import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  defaultSparkVersion,
  sparkLine,
} from '../../../src/model/software/spark-versions.ts';

describe('sparkLine', () => {
  it('knows what each line needs', () => {
    expect(sparkLine('4.1.4')).toMatchObject({
      line: '4.1',
      java: { min: '17.0.11', max: '21' },
      scala: '2.13',
    });
    expect(sparkLine('3.5.9')).toMatchObject({ line: '3.5', scala: '2.12' });
    expect(sparkLine('4.2.0-preview1')).toMatchObject({ line: '4.2' });
    expect(sparkLine(defaultSparkVersion)).toBeDefined();
  });

  it('treats what is newer than the table like the newest line, and refuses what is older', () => {
    expect(sparkLine('9.0.0')?.line).toBe('4.3');
    expect(sparkLine('3.4.1')).toBeUndefined();
    expect(sparkLine('latest')).toBeUndefined();
  });
});

describe('compareVersions', () => {
  it('compares by numbers', () => {
    expect(compareVersions('3.10', '3.9')).toBeGreaterThan(0);
    expect(compareVersions('4.1', '4.1.0')).toBe(0);
    expect(compareVersions('17.0.9', '17.0.11')).toBeLessThan(0);
    expect(compareVersions('4.2.0-preview1', '4.2.0')).toBe(0);
  });

  it('is an order', () => {
    const version = fc
      .array(fc.nat(30), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('.'));
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
