import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  defaultSparkVersion,
  javaRangeText,
  sparkLine,
  sparkVersionStatus,
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
    expect(sparkLine('4.9.0')?.line).toBe('4.3');
    expect(sparkLine('5.0.0')).toBeUndefined();
    expect(sparkLine('3.4.1')).toBeUndefined();
    expect(sparkLine('latest')).toBeUndefined();
  });
});

describe('sparkVersionStatus', () => {
  it.each(['3.5.0', '3.5.9', '4.0.5', '4.1.4', '4.1.4-amzn-0', '4.2.0-preview1', '4.3.0'])(
    'knows %s',
    (version) => {
      expect(sparkVersionStatus(version)).toEqual({ kind: 'known' });
    },
  );

  it.each([
    ['3', '3.5.9'],
    ['3.5', '3.5.9'],
    ['4', '4.1.4'],
    ['4.1', '4.1.4'],
    ['4.2', '4.2.1'],
    ['4.9', '4.3.0'],
    ['5', '4.3.0'],
    ['5.0', '4.3.0'],
    ['2.4', '3.5.9'],
  ])('completes %s to %s, because no release has such a number', (version, nearest) => {
    expect(sparkVersionStatus(version)).toEqual({ kind: 'incomplete', nearest });
  });

  it.each([
    ['3.4.4', '3.5.9'],
    ['3.6.0', '3.5.9'],
    ['5.0.0', '4.3.0'],
    ['5.0.0-preview1', '4.3.0'],
    ['40.1.4', '4.3.0'],
  ])('refuses %s, to which %s is nearest', (version, nearest) => {
    expect(sparkVersionStatus(version)).toEqual({ kind: 'unsupported', nearest });
  });

  it('treats later releases like the last one that it knows', () => {
    expect(sparkVersionStatus('4.1.5')).toEqual({ kind: 'newer', like: '4.1.4' });
    expect(sparkVersionStatus('4.10.0')).toEqual({ kind: 'newer', like: '4.3' });
  });
});

describe('javaRangeText', () => {
  it('names the update that a Java version requires', () => {
    expect(javaRangeText({ min: '8', max: '17' })).toBe('8 to 17');
    expect(javaRangeText(sparkLine('4.2.1')?.java ?? { min: '', max: '' })).toBe(
      '17.0.11 to 25 (25.0.3 or newer)',
    );
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
