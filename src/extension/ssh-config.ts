import { createHash } from 'node:crypto';
import { ClusterError } from '../model/errors.ts';
import { plainText } from '../model/plain-text.ts';
import type { ProcessSession } from '../model/session.ts';

/**
 * The name by which `ssh` and Remote-SSH know a cluster's master: letters, digits, dots and dashes. A cluster's name may have more
 * (the Python tool takes whatever EC2 does); then a part of its hash keeps two of them apart.
 */
export function hostAlias(cluster: string): string {
  const name = cluster.replaceAll(/[^A-Za-z0-9.-]+/g, '-');
  const mark = createHash('sha256').update(cluster).digest('hex').slice(0, 8);
  return `flintrock-${name === cluster ? name : `${name}-${mark}`}`;
}

/**
 * A login as an entry of a configuration of `ssh`: the same options, the pinned host key among them.
 *
 * @throws ClusterError `ARGUMENT_INVALID` if an option would be more than one line, or more than one value
 */
export function hostEntry(alias: string, { args }: Pick<ProcessSession, 'args'>): string {
  // What stands behind -o has its own quotes already.
  const wrong = args.find(
    (arg, index) => plainText(arg) !== arg || (arg.includes('"') && args[index - 1] !== '-o'),
  );
  if (wrong !== undefined)
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `${JSON.stringify(wrong)} can’t stand in a configuration of ssh.`,
    );
  const lines: string[] = [];
  let target = '';
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    if (arg === '-o') lines.push((args[(i += 1)] ?? '').replace('=', ' '));
    else if (arg === '-i') lines.push(`IdentityFile ${quoted(args[(i += 1)] ?? '')}`);
    else if (arg === '-J') lines.push(`ProxyJump ${args[(i += 1)] ?? ''}`);
    else target = arg;
  }
  const at = target.lastIndexOf('@');
  const head = [`HostName ${target.slice(at + 1)}`, `User ${target.slice(0, at)}`];
  return [`Host ${alias}`, ...[...head, ...lines].map((line) => `  ${line}`), ''].join('\n');
}

/** The text of our file with an entry in it, in place of the one that the host had. */
export function withEntry(text: string, alias: string, entry: string): string {
  const others = text
    .split(/^(?=Host )/m)
    .filter((block) => block.startsWith('Host ') && !block.startsWith(`Host ${alias}\n`));
  return [...others.map((block) => block.trimEnd()), entry.trimEnd(), ''].join('\n');
}

/** The line by which a configuration of `ssh` takes in another file. It must come before any `Host`. */
export function includeLine(file: string): string {
  return `Include ${quoted(file)}`;
}

// `ssh` reads backslashes as they are, but splits at spaces.
function quoted(path: string): string {
  const plain = path.replaceAll('\\', '/');
  return plain.includes(' ') ? `"${plain}"` : plain;
}
