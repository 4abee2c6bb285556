import { differences } from '../differences.ts';
import { defaultText, flagOf } from '../flags.ts';
import { type OptionGroup, optionGroups } from '../options/option.ts';
import { type OptionName, optionNames, options } from '../options/options.ts';

const head = `# Options

Generated from the table of options in \`src/config\` by \`npm run generate\`; edit it there.

The configuration file overrides the defaults, and flags override the file. The file is the one given with \`--config\`, otherwise
\`./flintrock.yaml\`, then \`./config.yaml\` if it is a Flintrock configuration (it has the schema line, or \`launch\` or \`services\` and one of
\`provider\`, \`providers\` and \`ec2\`), then your user configuration: \`~/.config/flintrock/config.yaml\` on Linux,
\`~/Library/Application Support/Flintrock/config.yaml\` on macOS, \`%APPDATA%\\Flintrock\\config.yaml\` on Windows. \`flintrock configure\`
creates a file with all options, and \`flintrock configure --check\` shows the values that a launch would use.

How the file is read:

- YAML as in PyYAML: \`yes\`, \`no\`, \`on\`, \`off\` are booleans, \`010\` is 8, tabs are not allowed, the last of two identical keys is used.
- Versions are kept as written: \`3.10\` is not 3.1.
- \`-\` and \`_\` are the same in keys. \`launch\` accepts every option by the name of its flag (\`launch.spark-version\`); if an option is set
  twice, the key in the tables below is used.
- Early files, with \`ec2:\` at the top level, also work, and so does \`local:\` at the top level.
- \`~\` is your home directory. Relative paths are resolved from the folder of the file; if nothing is found there but in the current folder,
  that path is used. Relative paths of flags are resolved from the current folder.
- Tags are \`key,value\`; spaces around both are removed. Keys can contain spaces, and values can be empty.
- Spark, HDFS and environment properties are sections with a name and a value on each line (\`spark.sql.shuffle.partitions: 64\`), or lists of
  \`name=value\`. Flags add to them: a property that both the file and a flag set has the value of the flag.
- \`{v}\` in a download source is replaced by the version.
- An unknown key is a warning, unless it differs from a known key by at most two letters: then it is an error.
- A section of a provider that isn’t used is ignored; a flag for it is an error.
`;

const groupNotes: Partial<Record<OptionGroup, string>> = {
  'This machine': 'For the provider `local`.',
  Instances: 'For the provider `ec2`.',
  Network: 'For the provider `ec2`.',
  Storage: 'For the provider `ec2`.',
};

/** The reference of all options, as Markdown: by group, then where we differ from the Python tool. */
export function buildReference(): string {
  const groups = optionGroups.map((group) => {
    const rows = optionNames
      .filter((name) => options[name].group === group)
      .map((name) => row([keyCell(name), flagCell(name), defaultCell(name), meaningCell(name)]));
    const note = groupNotes[group];
    return [
      `## ${group}`,
      ...(note === undefined ? [] : [note]),
      [row(['Key', 'Flag', 'Default', 'Meaning']), row(['---', '---', '---', '---']), ...rows].join(
        '\n',
      ),
    ].join('\n\n');
  });
  const differenceRows = differences.map(({ option, theirs, ours, why }) =>
    row([`\`${options[option].key}\``, theirs, ours, why]),
  );
  return `${[
    head,
    ...groups,
    '## Differences from the Python tool',
    'The same file has the same meaning here, with these exceptions:',
    [
      row(['Key', 'Python tool', 'This tool', 'Reason']),
      row(['---', '---', '---', '---']),
      ...differenceRows,
    ].join('\n'),
  ].join('\n\n')}\n`;
}

function keyCell(name: OptionName): string {
  const { key, otherKeys } = options[name];
  // What `launch` takes by flag names is said once, above.
  const others = (otherKeys ?? []).filter((other) => other.includes('workers'));
  return [key, ...others].map((one) => `\`${one}\``).join(', ');
}

function flagCell(name: OptionName): string {
  const { flag, aliases, negations, metavar } = flagOf(name);
  const spelled = [flag, ...aliases].map(
    (one) => `\`${one}${metavar === null ? '' : ` ${metavar}`}\``,
  );
  return [...spelled, ...negations.map((one) => `\`${one}\``)].join(', ');
}

function defaultCell(name: OptionName): string {
  const fixed = defaultText(options[name]);
  return fixed === undefined ? (options[name].unset ?? 'none') : `\`${fixed}\``;
}

function meaningCell(name: OptionName): string {
  const { help, details, deprecated, example } = options[name];
  return [
    `${help}.`,
    details,
    deprecated === undefined ? undefined : `Deprecated: ${deprecated}.`,
    `Example: \`${example}\``,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
