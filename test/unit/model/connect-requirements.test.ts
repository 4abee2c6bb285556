import { describe, expect, it } from 'vitest';
import {
  connectNodeRequirements,
  connectRequirements,
} from '../../../src/model/software/connect-requirements.ts';

function requirement(sparkVersion: string, name: string): string | undefined {
  return connectRequirements(sparkVersion)?.find((one) => one.replace(/[=<>].*/, '') === name);
}

describe('connectRequirements', () => {
  it.each([
    ['4.0.5', 'pyspark-client==4.0.4'],
    ['4.1.4', 'pyspark-client==4.1.3'],
    ['4.2.1', 'pyspark-client==4.2.0'],
    ['4.2.0-preview1', 'pyspark-client==4.2.0'],
  ])('takes the thin client of the line for Spark %s', (version, client) => {
    expect(requirement(version, 'pyspark-client')).toBe(client);
    expect(requirement(version, 'pyspark')).toBeUndefined();
  });

  it('takes the full package of the very release where there is no thin client', () => {
    expect(requirement('4.3.0', 'pyspark')).toBe('pyspark==4.3.0');
    expect(requirement('4.4.1', 'pyspark')).toBe('pyspark==4.4.1');
    expect(requirement('4.3.0', 'pyspark-client')).toBeUndefined();
  });

  it('keeps pandas 3 from servers that don’t know it', () => {
    for (const version of ['4.0.5', '4.1.4', '4.2.1'])
      expect(requirement(version, 'pandas')).toBe('pandas>=2.2,<3');
    expect(requirement('4.3.0', 'pandas')).toBe('pandas>=3,<4');
  });

  it('has of these for nodes what functions use, in the same versions', () => {
    expect(connectNodeRequirements('4.1.4')).toEqual(['pandas>=2.2,<3', 'pyarrow>=15']);
    expect(connectNodeRequirements('4.3.0')).toEqual(['pandas>=3,<4', 'pyarrow>=18']);
    for (const version of ['3.5.9', '']) expect(connectNodeRequirements(version)).toEqual([]);
  });

  it('has what each client imports', () => {
    expect(requirement('4.1.4', 'pyarrow')).toBe('pyarrow>=15');
    expect(requirement('4.2.1', 'pyarrow')).toBe('pyarrow>=18');
    for (const version of ['4.0.5', '4.1.4', '4.2.1', '4.3.0']) {
      expect(requirement(version, 'grpcio')).toBe('grpcio>=1.76');
      expect(requirement(version, 'grpcio-status')).toBe('grpcio-status>=1.76');
      expect(requirement(version, 'googleapis-common-protos')).toBeDefined();
    }
    for (const version of ['4.1.4', '4.2.1', '4.3.0'])
      expect(requirement(version, 'zstandard')).toBe('zstandard>=0.25');
  });

  it('has nothing for releases without a token', () => {
    expect(connectRequirements('3.5.9')).toBeUndefined();
    for (const text of ['latest', '4.1', '9.0.0 --index-url=https://a', '9.0.0\n-r /etc/passwd'])
      expect(connectRequirements(text)).toBeUndefined();
  });
});
