import { describe, expect, it, vi } from 'vitest';
import { ClusterError, isClusterError, toClusterError } from '../../../src/model/errors.ts';

describe('errors', () => {
  it('carry code, source, cause and hint', () => {
    const cause = new Error('why');
    const error = new ClusterError('PORT_TAKEN', 'Port 1 is in use.', {
      cause,
      remedies: [{ text: 'Choose another.' }],
    });
    expect(error).toMatchObject({
      code: 'PORT_TAKEN',
      source: 'environment',
      remedies: [{ text: 'Choose another.' }],
      cause,
    });
    expect(isClusterError(error)).toBe(true);
    expect(isClusterError(error, 'PORT_TAKEN')).toBe(true);
    expect(isClusterError(error, 'ABORTED')).toBe(false);
    expect(isClusterError(new Error('x'))).toBe(false);
    expect(isClusterError(null)).toBe(false);
  });

  it('ends with one full stop, whatever it quotes', () => {
    const messageOf = (message: string): string => new ClusterError('INTERNAL', message).message;
    expect(messageOf('AWS can’t be reached: getaddrinfo failed..')).toBe(
      'AWS can’t be reached: getaddrinfo failed.',
    );
    expect(messageOf('Is it on?.')).toBe('Is it on?');
    expect(messageOf('It goes on...')).toBe('It goes on...');
    expect(messageOf('It is off.')).toBe('It is off.');
  });

  it('are known across two copies of the library', async () => {
    vi.resetModules();
    const other = await import('../../../src/model/errors.ts');
    expect(other.ClusterError).not.toBe(ClusterError);
    expect(isClusterError(new other.ClusterError('ABORTED', 'stopped'), 'ABORTED')).toBe(true);
  });

  it('that nobody foresaw are ours to mend', () => {
    const cause = new TypeError('x is not a function');
    expect(toClusterError(cause)).toMatchObject({ code: 'INTERNAL', source: 'bug', cause });
  });
});
