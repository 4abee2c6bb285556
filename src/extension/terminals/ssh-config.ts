import { createHash } from 'node:crypto';
import { ClusterError } from '../../model/errors.ts';
import type { ProcessSession } from '../../model/session.ts';
import { hasControlCharacters, requireHostAlias, sshPath, sshWord } from '../../model/ssh/text.ts';

/**
 * The name by which `ssh` and Remote-SSH know a cluster's master: the cluster's own, if that means one host to `ssh`. Names that
 * others gave may hold anything, such as a `*` or the end of a line.
 */
export function hostAlias(cluster: string): string {
  const plain = cluster.replace(/[^A-Za-z0-9.-]+/g, '-').slice(0, 100);
  if (plain === cluster) return `flintrock-${plain}`;
  const hash = createHash('sha256').update(cluster).digest('hex').slice(0, 8);
  return `flintrock-${plain}-${hash}`;
}

/**
 * A login as an entry of a configuration of `ssh`: the same options, the pinned host key among them.
 *
 * @throws ClusterError `SSH_UNREACHABLE` if something in it would be more than one line, or a name more than one host
 */
export function hostEntry(alias: string, { args }: Pick<ProcessSession, 'args'>): string {
  const lines: string[] = [];
  let target = '';
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    if (arg === '-o') lines.push((args[(i += 1)] ?? '').replace('=', ' '));
    else if (arg === '-i') lines.push(`IdentityFile ${sshWord(args[(i += 1)] ?? '')}`);
    else if (arg === '-J') lines.push(`ProxyJump ${args[(i += 1)] ?? ''}`);
    else target = arg;
  }
  const at = target.lastIndexOf('@');
  const head = [`HostName ${target.slice(at + 1)}`, `User ${target.slice(0, at)}`];
  const strange = [...head, ...lines].find(hasControlCharacters);
  if (strange !== undefined)
    throw new ClusterError(
      'SSH_UNREACHABLE',
      `${JSON.stringify(strange)} can’t be written to an SSH configuration.`,
    );
  // A login names its host once more, for whatever a configuration says of every host.
  const entry = [...new Set([...head, ...lines])].map((line) => `  ${line}`);
  return [`Host ${requireHostAlias(alias)}`, ...entry, ''].join('\n');
}

/** The text of our file with an entry in it, in place of the one that the host had. */
export function withEntry(text: string, alias: string, entry: string): string {
  const others = text
    .split(/^(?=Host )/m)
    .filter((block) => block.startsWith('Host ') && !block.startsWith(`Host ${alias}\n`));
  return [...others.map((block) => block.trimEnd()), entry.trimEnd(), ''].join('\n');
}

/** The line by which a configuration of `ssh` takes in another file. It must come before any `Host`. */
export function includeLine(file: string, platform: string): string {
  return `Include ${sshWord(sshPath(file, platform))}`;
}
