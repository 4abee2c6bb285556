import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { fingerprint, publicKeyLine } from '../../model/ssh/key.ts';
import { ed25519Blob, ed25519Pem } from '../../model/ssh/openssh-key.ts';

/** An ed25519 key pair as OpenSSH writes it. */
export interface SshKeyPair {
  /** The private key: a PEM of `openssh-key-v1`, without passphrase. */
  readonly privateKey: string;
  /** The public key in one line: `ssh-ed25519 AAAA… comment`. */
  readonly publicKey: string;
  /** As `ssh-keygen -l` shows it: `SHA256:…`. */
  readonly fingerprint: string;
}

/**
 * Makes a key pair: the host key that a cluster's nodes share, or the key that a user logs in with. By hand, as the generator of `ssh2` makes
 * a key that can't be read about once in 250 times (mscdex/ssh2#1513).
 *
 * @param comment stands behind the public key, for people
 */
export function makeSshKey(comment: string): SshKeyPair {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const publicBlob = ed25519Blob(jwk);
  return {
    privateKey: ed25519Pem(jwk, comment),
    publicKey: `${publicKeyLine(publicBlob)} ${comment}`,
    fingerprint: fingerprint(publicBlob),
  };
}

/** A secret by which a cluster's nodes know each other: 64 hexadecimal digits. */
export function makeClusterSecret(): string {
  return randomBytes(32).toString('hex');
}
