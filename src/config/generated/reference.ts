import { differences } from '../differences.ts';
import { defaultText, flagOf } from '../flags.ts';
import { optionGroups, type OptionGroup } from '../options/option.ts';
import { optionNames, options, type OptionName } from '../options/options.ts';

const head = `# Options

Made from the table of options in \`src/config\` by \`npm run generate\`: change it there.

Defaults are overruled by the file, and the file by flags. The file is the one that \`--config\` names, else \`./flintrock.yaml\`, else
\`./config.yaml\` if it is one of ours (it has our schema line, or \`launch\` or \`services\` beside \`provider\`, \`providers\` or \`ec2\`), else your own:
\`~/.config/flintrock/config.yaml\` on Linux, \`~/Library/Application Support/Flintrock/config.yaml\` on macOS,
\`%APPDATA%\\Flintrock\\config.yaml\` on Windows. \`flintrock configure\` writes one with every option in it, and
\`flintrock configure --check\` shows what a launch would use.

How the file is read:

- YAML as PyYAML reads it: \`yes\`, \`no\`, \`on\`, \`off\` are booleans, \`010\` is 8, tabs are refused, the last of two same keys counts.
- Versions are kept as written: \`3.10\` isn’t 3.1.
- \`-\` and \`_\` are the same in keys. \`launch\` takes every option by its flag’s name (\`launch.spark-version\`); where an option is given
  twice, the key of the tables below counts.
- Early files, with \`ec2:\` at the top, are read too. So is \`local:\` at the top.
- \`~\` is your home folder. A relative path starts from the file’s folder; if there is nothing there but something in the current folder, that
  is taken. A flag’s relative path starts from the current folder.
- Tags are \`key,value\`; spaces around both are dropped. Keys may have spaces in them, and values may be empty.
- \`{v}\` in a download source stands for the version.
- A key that nobody knows is a warning, unless it is within two letters of a known one: then it is taken for a mistake.
- A section of the provider that isn’t used is ignored; a flag of it is an error.
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
      row(['Key', 'There', 'Here', 'Why']),
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
