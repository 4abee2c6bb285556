import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { fingerprint } from '../../model/ssh/key.ts';

/** An ed25519 key pair as OpenSSH writes it. */
export interface SshKeyPair {
  /** The private key: a PEM of `openssh-key-v1`, without passphrase. */
  readonly privateKey: string;
  /** The public key in one line: `ssh-ed25519 AAAA… comment`. */
  readonly publicKey: string;
  /** As `ssh-keygen -l` shows it: `SHA256:…`. */
  readonly fingerprint: string;
}

const keyType = 'ssh-ed25519';

/**
 * Makes a key pair: the host key that a cluster's nodes share, or the key that a user logs in with. By hand, as the generator of `ssh2` makes
 * a key that can't be read about once in 250 times (mscdex/ssh2#1513).
 *
 * @param comment stands behind the public key, for people
 */
export function makeSshKey(comment: string): SshKeyPair {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const publicBytes = Buffer.from(jwk.x ?? '', 'base64url');
  const seed = Buffer.from(jwk.d ?? '', 'base64url');
  const publicBlob = Buffer.concat([field(keyType), field(publicBytes)]);
  return {
    privateKey: pem(publicBlob, publicBytes, seed, comment),
    publicKey: `${keyType} ${publicBlob.toString('base64')} ${comment}`,
    fingerprint: fingerprint(publicBlob),
  };
}

/** A secret by which a cluster's nodes know each other: 64 hexadecimal digits. */
export function makeClusterSecret(): string {
  return randomBytes(32).toString('hex');
}

// The format: PROTOCOL.key in OpenSSH's sources.
function pem(publicBlob: Buffer, publicBytes: Buffer, seed: Buffer, comment: string): string {
  // The same number twice: after decryption it tells a right passphrase from a wrong one.
  const check = randomBytes(4);
  const secret = [
    check,
    check,
    field(keyType),
    field(publicBytes),
    field(Buffer.concat([seed, publicBytes])),
    field(comment),
  ];
  const length = secret.reduce((sum, part) => sum + part.length, 0);
  // Filled up with 1, 2, 3 … to a multiple of the cipher's block, 8 for none.
  const padding = Buffer.from(Array.from({ length: (8 - (length % 8)) % 8 }, (_, i) => i + 1));
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    number(1),
    field(publicBlob),
    field(Buffer.concat([...secret, padding])),
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
