import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostAlias, hostEntry, includeLine, withEntry } from '../../../src/extension/ssh-config.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const alias = hostAlias('demo');
const session = {
  args: [
    ...['-o', 'UserKnownHostsFile="/a b/known_hosts"', '-o', 'HostKeyAlias=flintrock-1'],
    ...['-o', 'StrictHostKeyChecking=yes', '-o', 'IdentitiesOnly=yes'],
    ...['-i', '/a b/key', 'ec2-user@198.51.100.7'],
  ],
};

/** What `ssh` itself makes of a configuration. */
function ask(file: string, host: string): string[] {
  const { stdout } = spawnSync('ssh', ['-G', '-F', file, host], { encoding: 'utf8' });
  return stdout.split('\n');
}

describe('the entry of a cluster for ssh', () => {
  it('means what a login’s arguments mean', () => {
    const folder = temporaryFolder('with space');
    const ours = join(folder, 'config');
    writeFileSync(ours, hostEntry(alias, session));
    const person = join(folder, 'person');
    writeFileSync(person, `${includeLine(ours)}\n\nHost *\n  User somebody\n`);
    const told = ask(person, alias);
    for (const line of [
      'hostname 198.51.100.7',
      'user ec2-user',
      'hostkeyalias flintrock-1',
      'identitiesonly yes',
      'identityfile /a b/key',
      'userknownhostsfile /a b/known_hosts',
    ])
      expect(told).toContain(line);
    expect(ask(person, 'elsewhere')).toContain('user somebody');
  });

  it('takes the place of the one before, and of no other', () => {
    const other = hostEntry('flintrock-demo2', session);
    const once = withEntry(other, alias, hostEntry(alias, session));
    const moved = { args: [...session.args.slice(0, -1), 'ec2-user@198.51.100.8'] };
    const twice = withEntry(once, alias, hostEntry(alias, moved));
    expect(twice).toBe(`${other}${hostEntry(alias, moved)}`);
  });

  it('is one line for each option, whatever a cluster or a key is called', () => {
    const evil = 'x\n  ProxyCommand touch /tmp/x\nHost *';
    expect(hostAlias(evil)).toMatch(/^flintrock-[A-Za-z0-9.-]+$/);
    expect(hostAlias('a b')).not.toBe(hostAlias('a_b'));
    expect(hostAlias('demo-1.x')).toBe('flintrock-demo-1.x');
    for (const args of [
      ['-i', evil, 'u@h'],
      ['-i', '/a" ProxyCommand x', 'u@h'],
      ['-o', evil, 'u@h'],
      ['-i', '/a', `u@${evil}`],
    ])
      expect(() => hostEntry(alias, { args })).toThrow('can’t stand in a configuration of ssh');
  });
});
