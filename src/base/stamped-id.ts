import { randomBytes } from 'node:crypto';

/**
 * An id that tells when it was given, and sorts by that: `<UTC time>-<random>`, such as `20260504T101530Z-1f0c22ab`.
 *
 * @param now milliseconds since the epoch
 * @param bytes how many random bytes keep two of the same second apart
 */
export function stampedId(now: number, bytes: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${time}-${randomBytes(bytes).toString('hex')}`;
}
