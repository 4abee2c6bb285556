import { createPrivateKey, type KeyObject } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { ed25519Pem, openSshMagic } from '../model/ssh/openssh-key.ts';

// Private keys in the forms in which people have them: OpenSSH's, PEM, PKCS#8, PuTTY's; with the line ends of another system, without
// the last one, and with text around them, as `openssl pkcs12` writes it ("Bag Attributes").

/** The block of a private key in a text that may hold more, such as the parameters of its curve. */
const keyBlock = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----([\s\S]*?)-----END \1-----/;

interface KeyBlock {
  /** Such as `RSA PRIVATE KEY`. */
  readonly label: string;
  /** The block alone, with the line ends that every reader takes. */
  readonly pem: string;
}

/**
 * Reads a private key.
 *
 * @returns what is wrong, if it can't be read with this passphrase
 */
export function parsePrivateKey(bytes: Buffer, passphrase?: string): ParsedKey | Error {
  const block = findBlock(bytes);
  // A public key, PuTTY's form, or no key: ssh2 knows.
  if (block === undefined) return parse(bytes, passphrase);
  if (!isPkcs8(block)) return parse(block.pem, passphrase);
  if (passphrase === undefined && block.label.startsWith('ENCRYPTED'))
    return new Error('the key is encrypted');
  try {
    return parse(inKnownForm(createPrivateKey({ key: block.pem, passphrase })), undefined);
  } catch (error) {
    return error as Error;
  }
}

/** Whether {@link parsePrivateKey} failed because it takes a passphrase to read the key. */
export function needsPassphrase({ message }: Error): boolean {
  return /encrypted|passphrase/i.test(message);
}

/**
 * The public half of a key that is locked by a passphrase, as SSH sends it; `undefined` if its form hides that, too.
 */
export function publicHalf(bytes: Buffer): Buffer | undefined {
  const block = findBlock(bytes);
  if (block?.label !== 'OPENSSH PRIVATE KEY') return undefined;
  const blob = Buffer.from(block.pem.replace(/^-.*$/gm, ''), 'base64');
  if (!blob.subarray(0, openSshMagic.length).equals(openSshMagic)) return undefined;
  let at = openSshMagic.length;
  const next = (): Buffer => {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) throw new RangeError('shorter than it says');
    const part = blob.subarray(at + 4, end);
    at = end;
    return part;
  };
  try {
    // Cipher, key derivation and its parameters; then how many keys there are.
    for (let skipped = 0; skipped < 3; skipped += 1) next();
    at += 4;
    return Buffer.from(next());
  } catch {
    return undefined;
  }
}

/** Whether OpenSSH reads a file of this text: it takes its own form to the letter, and of PKCS#8 not every kind of key. */
export function isReadBySsh(bytes: Buffer, { type }: ParsedKey): boolean {
  const block = findBlock(bytes);
  if (block === undefined) return false;
  if (isPkcs8(block)) return type !== 'ssh-ed25519';
  if (block.label !== 'OPENSSH PRIVATE KEY') return true;
  const text = bytes.toString('latin1');
  return (
    text.startsWith(`-----BEGIN ${block.label}-----\n`) &&
    text.includes(`-----END ${block.label}-----\n`)
  );
}

function findBlock(bytes: Buffer): KeyBlock | undefined {
  const [, label, body] = keyBlock.exec(bytes.toString('latin1')) ?? [];
  if (label === undefined || body === undefined) return undefined;
  const lines = body.split(/\r\n?|\n/).map((line) => line.trim());
  const text = lines.join('\n').replace(/^\n+|\n+$/g, '');
  return { label, pem: `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n` };
}

function isPkcs8({ label }: KeyBlock): boolean {
  return label === 'PRIVATE KEY' || label === 'ENCRYPTED PRIVATE KEY';
}

function parse(text: Buffer | string, passphrase: string | undefined): ParsedKey | Error {
  // Of several keys in one file the first counts, as for OpenSSH.
  const found: unknown = ssh2.utils.parseKey(text, passphrase);
  return (Array.isArray(found) ? found[0] : found) as ParsedKey | Error;
}

/** A key in a form that ssh2 reads. */
function inKnownForm(key: KeyObject): string {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString();
    case 'ed25519':
      // There is no other form of it that ssh2 reads.
      return ed25519Pem(key.export({ format: 'jwk' }), '');
    default:
      throw new Error(`keys of the type ${key.asymmetricKeyType ?? '?'} are not supported`);
  }
}
