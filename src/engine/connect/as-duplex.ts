import type { Duplex } from 'node:stream';
import type { ByteStream } from '../provider.ts';

/** A provider's stream as what it is. */
export function asDuplex(stream: ByteStream): Duplex {
  return stream as unknown as Duplex;
}
