import { createHash } from 'node:crypto';

/**
 * A host key's fingerprint as OpenSSH prints it.
 *
 * @param key the key's blob, as SSH sends it (RFC 4253 §6.6) and as it stands in base64 in a `known_hosts` line
 * @returns `SHA256:` and the base64 of the hash without padding
 */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The blob of a public key that is given as in an `authorized_keys` line: `ssh-ed25519 AAAA… comment`. */
export function publicKeyBlob(line: string): Buffer {
  return Buffer.from(line.trim().split(/\s+/)[1] ?? '', 'base64');
}

/** A public key's blob as a line of type and key. */
export function publicKeyLine(blob: Buffer): string {
  const length = blob.readUInt32BE(0);
  return `${blob.toString('latin1', 4, 4 + length)} ${blob.toString('base64')}`;
}

/** Whether a text is a fingerprint as `ssh-keygen -l` shows it: `SHA256:` and 43 characters. */
export function isFingerprint(text: string): boolean {
  return /^SHA256:[A-Za-z0-9+/]{43}$/.test(text);
}
