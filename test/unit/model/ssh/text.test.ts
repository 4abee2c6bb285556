import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  knownHostsLine,
  requireHostAlias,
  sshDestination,
  sshPath,
  sshWord,
} from '../../../../src/model/ssh/text.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBxDNzOS4NYvHLdO0vL6vZ3PqKtbYfRwRlI1Ctkf2n4t';
const hostile = fc.oneof(
  fc.string(),
  fc
    .array(fc.constantFrom('*', '?', '!', ',', '\n', '\r', '"', "'", ' ', '-', '@', '%h', '#', 'a'))
    .map((parts) => parts.join('')),
);

describe('knownHostsLine', () => {
  it('is one line for one host', () => {
    expect(knownHostsLine('flintrock-20261128T101112Z-0a1b2c3d', key)).toBe(
      `flintrock-20261128T101112Z-0a1b2c3d ${key}\n`,
    );
  });

  it.each([
    ['*', key],
    ['a,*', key],
    ['a b', key],
    ['a\n* ssh-ed25519 AAAA', key],
    ['|1|x|y', key],
    ['@cert-authority', key],
    ['a', 'ssh-ed25519'],
    ['a', 'ssh-ed25519 AAAA\n* ssh-ed25519 AAAA'],
    ['a', 'x\ny AAAA'],
  ])('refuses %j %j', (alias, line) => {
    expect(() => knownHostsLine(alias, line)).toThrow(/can’t be/);
  });

  it('lets no text through that is more than one host or line', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (alias, type, blob) => {
        let line: string;
        try {
          line = knownHostsLine(alias, `${type} ${blob}`);
        } catch {
          return;
        }
        expect(line).toMatch(/^[A-Za-z0-9][A-Za-z0-9.-]* [a-z0-9@.-]+ [A-Za-z0-9+/=]+\n$/);
      }),
    );
  });
});

describe('requireHostAlias and sshDestination', () => {
  it.each(['-oProxyCommand=evil', '*', '', 'a_b', 'a b', '%h', 'a\nb'])('refuse %j', (text) => {
    expect(() => requireHostAlias(text)).toThrow();
    expect(() => sshDestination('ec2-user', text)).toThrow();
  });

  it('refuse a user that is an option, and take what there is', () => {
    expect(() => sshDestination('-oProxyCommand=evil', '198.51.100.7')).toThrow();
    expect(sshDestination('ec2-user', '198.51.100.7')).toBe('ec2-user@198.51.100.7');
    expect(sshDestination('ubuntu', '2001:db8::1')).toBe('ubuntu@2001:db8::1');
    expect(sshDestination('admin', 'ec2-1.compute.amazonaws.com')).toContain('@ec2-1.');
  });
});

describe('sshPath', () => {
  it.each(['/a/key', '/a b/key', "/o'brien/key", '/100%h/key', '/#/key', '/größe/key'])(
    'is read by ssh as %j itself',
    (path) => {
      const file = join(temporaryFolder('path'), 'config');
      writeFileSync(file, `Host x\n  UserKnownHostsFile ${sshWord(sshPath(path, 'linux'))}\n`);
      const told = spawnSync('ssh', ['-G', '-F', file, 'x'], { encoding: 'utf8' }).stdout;
      expect(told).toContain(`userknownhostsfile ${path}\n`);
    },
  );

  it.each(['/a"b', '/a\nProxyCommand evil', '/a\\b', '/${HOME}/key', '/a\tb'])(
    'refuses %j',
    (path) => {
      expect(() => sshPath(path, 'linux')).toThrow(/can’t be passed to ssh/);
    },
  );

  it('writes Windows’ paths with slashes', () => {
    expect(sshPath('C:\\Users\\me\\key', 'win32')).toBe('C:/Users/me/key');
  });
});
