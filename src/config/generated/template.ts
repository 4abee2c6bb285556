import { defaultText } from '../flags.ts';
import { templateKeys } from '../options/config-keys.ts';
import { holdsSeveral, type OptionDefinition } from '../options/option.ts';
import { optionNames, options } from '../options/options.ts';

// `local` so that a new user's first launch needs no account and costs nothing: with an EC2 section in the file and no
// `provider:`, it would mean EC2.
const head = `# yaml-language-server: $schema=https://unpkg.com/flintrock/schema/config.schema.json

# What your Spark clusters are like. Flags on the command line win over this file. Each option that is commented
# out shows an example; what holds without it is in brackets. "flintrock configure --check" says what a launch would use.

# Where clusters are: local (processes on this machine, no account needed) or ec2 (instances on Amazon EC2).
provider: local
`;

const sections = [
  { path: ['launch'], comment: undefined },
  { path: ['services', 'spark'], comment: undefined },
  { path: ['services', 'hdfs'], comment: undefined },
  { path: ['providers', 'local'], comment: 'Used only if the provider is local.' },
  { path: ['providers', 'ec2'], comment: 'Used only if the provider is ec2.' },
] as const;

/** The commented configuration that `flintrock configure` gives a new user; the Python tool can load it too. */
export function buildTemplate(): string {
  const lines: string[] = [];
  let last: string | undefined;
  for (const { path, comment } of sections) {
    const [top, inner] = path;
    if (top !== last) lines.push('', `${top}:`);
    last = top;
    if (comment !== undefined) lines.push(`  # ${comment}`);
    if (inner !== undefined) lines.push(`  ${inner}:`);
    const indent = ' '.repeat(2 * path.length);
    const prefix = `${path.join('.')}.`;
    for (const name of optionNames) {
      const definition = options[name];
      const { key, deprecated } = definition;
      const leaf = key.slice(prefix.length);
      if (!key.startsWith(prefix) || leaf.includes('.') || deprecated !== undefined) continue;
      lines.push(`${indent}# ${helpLine(definition)}`);
      const mark = templateKeys.has(key) ? '' : '# ';
      lines.push(...optionLines(definition, leaf).map((line) => `${indent}${mark}${line}`));
    }
  }
  lines.push('', `# ${helpLine(options.debug)}`, `# debug: ${options.debug.example}`);
  return `${head}${lines.join('\n')}\n`;
}

function helpLine(definition: OptionDefinition): string {
  const fallback = defaultText(definition) ?? definition.unset;
  return fallback === undefined ? definition.help : `${definition.help} [${fallback}]`;
}

function optionLines(definition: OptionDefinition, leaf: string): string[] {
  const { example } = definition;
  if (definition.type === 'properties') return [`${leaf}:`, `  ${example.replace('=', ': ')}`];
  if (holdsSeveral(definition)) return [`${leaf}:`, `  - ${example}`];
  return [`${leaf}: ${/[{}#]/.test(example) ? `"${example}"` : example}`];
}
