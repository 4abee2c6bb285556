import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprint, publicKeyBlob } from '../../../src/model/ssh/key.ts';
import { makeClusterSecret, makeSshKey } from '../../../src/node/bootstrap/host-key.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

function sshKeygen(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync('ssh-keygen', args, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim();
}

const hasKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined;

describe('a key pair', () => {
  // Comments of all lengths, because the format fills up to multiples of 8.
  it.skipIf(!hasKeygen).each(['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'flintrock demo'])(
    'is one that OpenSSH reads, with the comment %j',
    (comment) => {
      const file = join(temporaryFolder('key'), 'key');
      const key = makeSshKey(comment);
      writeFileSync(file, key.privateKey, { mode: 0o600 });
      expect(sshKeygen('-y', '-P', '', '-f', file)).toBe(key.publicKey.trim());
      expect(sshKeygen('-l', '-f', file).split(' ')[1]).toBe(key.fingerprint);
      writeFileSync(`${file}.pub`, `${key.publicKey}\n`);
      expect(sshKeygen('-l', '-f', `${file}.pub`).split(' ')[1]).toBe(key.fingerprint);
      expect(fingerprint(publicKeyBlob(key.publicKey))).toBe(key.fingerprint);
    },
  );

  it('is another one each time', () => {
    expect(makeSshKey('a').publicKey).not.toBe(makeSshKey('a').publicKey);
    expect(makeClusterSecret()).toMatch(/^[0-9a-f]{64}$/);
    expect(makeClusterSecret()).not.toBe(makeClusterSecret());
  });
});
