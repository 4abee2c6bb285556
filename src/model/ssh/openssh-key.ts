import { randomBytes } from 'node:crypto';

/** What a key file of OpenSSH's own form begins with, once it is no text any more (PROTOCOL.key in OpenSSH's sources). */
export const openSshMagic = Buffer.from('openssh-key-v1\0');

const keyType = 'ssh-ed25519';

/** The two halves of an Ed25519 key, 32 bytes each, as a JWK has them. */
export interface Ed25519Key {
  readonly x?: string;
  readonly d?: string;
}

/** The public half of an Ed25519 key as SSH sends it (RFC 8709 §4). */
export function ed25519Blob({ x = '' }: Ed25519Key): Buffer {
  return Buffer.concat([field(keyType), field(Buffer.from(x, 'base64url'))]);
}

/**
 * An Ed25519 key in OpenSSH's own form, without passphrase (PROTOCOL.key in OpenSSH's sources).
 *
 * @param comment stands in it for people
 */
export function ed25519Pem({ x = '', d = '' }: Ed25519Key, comment: string): string {
  const publicBytes = Buffer.from(x, 'base64url');
  // The same number twice: after decryption it tells a right passphrase from a wrong one.
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    field(keyType),
    field(publicBytes),
    field(Buffer.concat([Buffer.from(d, 'base64url'), publicBytes])),
    field(comment),
  ]);
  // Filled up with 1, 2, 3 … to a multiple of the cipher's block, 8 for none.
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, -secret.length & 7));
  const body = Buffer.concat([
    openSshMagic,
    field('none'),
    field('none'),
    field(''),
    number(1),
    field(ed25519Blob({ x })),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  return [
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    ...lines,
    '-----END OPENSSH PRIVATE KEY-----',
    '',
  ].join('\n');
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
