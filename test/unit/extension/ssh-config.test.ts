import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  hostAlias,
  hostEntry,
  includeLine,
  withEntry,
} from '../../../src/extension/terminals/ssh-config.ts';
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
    writeFileSync(person, `${includeLine(ours, 'linux')}\n\nHost *\n  User somebody\n`);
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

  it.each(['*', 'a b', 'x\n  ProxyCommand evil', '?', '!demo', 'a,b', 'größe', '', 'a_b', '-oX'])(
    'names one host only for the cluster %j',
    (name) => {
      const theirs = hostAlias(name);
      expect(theirs).toMatch(/^flintrock-[A-Za-z0-9.-]*$/);
      const file = join(temporaryFolder('alias'), 'config');
      writeFileSync(file, hostEntry(theirs, session));
      expect(ask(file, theirs)).toContain('hostkeyalias flintrock-1');
      expect(ask(file, 'elsewhere')).not.toContain('hostkeyalias flintrock-1');
    },
  );

  it('has different names for different clusters', () => {
    const names = ['a b', 'a-b', 'a*b', 'a_b', 'a/b', 'a--b'];
    expect(new Set(names.map(hostAlias)).size).toBe(names.length);
  });

  it('refuses what would be a line of its own', () => {
    const args = ['-o', 'HostKeyAlias=x\n  ProxyCommand evil', 'ec2-user@198.51.100.7'];
    expect(() => hostEntry(alias, { args })).toThrow(/can’t be written to an SSH configuration/);
    expect(() => hostEntry('*', session)).toThrow(/can’t be used as a host name/);
  });
});
