import type { FlagSpec } from '../../config/flags.ts';
import { optionGroups } from '../../config/options/option.ts';
import type { Command, CommandEntry, CommandFlag, Positional } from '../command.ts';
import { commonFlags } from '../parsing/common-flags.ts';
import { optionFlags } from '../parsing/option-flags.ts';
import { padEnd, wrap } from './text-layout.ts';
import { textWidth } from './width.ts';

// A little less than a terminal has: some count bytes, and some draw a frame.
const width = 78;
/** Where descriptions begin; a longer term has its description below it. */
const column = 30;

interface Term {
  readonly term: string;
  readonly help: string;
}

/** The help of a command: how it is called, what it does, its flags by group, examples. */
export function commandHelp(command: Command, entry: CommandEntry): string {
  const own = [...command.flags.filter(({ hidden }) => hidden !== true), ...commonFlags];
  const table = optionFlags(command);
  const common = table.filter(({ name }) => name === 'provider' || name === 'debug');
  const grouped = optionGroups.map((group) => ({
    title: group,
    terms: table
      .filter((flag) => flag.group === group && flag.deprecated === null && !common.includes(flag))
      .map(tableTerm),
  }));
  const also = entry.aliases.length === 0 ? [] : [`Also called: ${entry.aliases.join(', ')}`, ''];
  return [
    ...wrap(usageLine(command), width),
    '',
    ...command.description.flatMap((paragraph) => [...wrap(paragraph, width), '']),
    ...also,
    ...section(
      'Arguments',
      command.positionals.map(({ name, help }) => ({ term: name, help })),
    ),
    ...section('Options', [
      ...own.map(ownTerm),
      ...common.map(tableTerm),
      { term: '-h, --help', help: 'Show this help' },
    ]),
    ...grouped.flatMap(({ title, terms }) => section(title, terms)),
    'Examples',
    ...command.examples.flatMap(({ command: line, does }) => [`  ${line}`, `      ${does}`]),
    '',
  ].join('\n');
}

/** The help of the program: all commands. */
export function programHelp(entries: readonly CommandEntry[]): string {
  return [
    'Usage: flintrock COMMAND [ARGUMENTS] [OPTIONS]',
    '',
    'Launches and manages Apache Spark clusters on this machine and on Amazon EC2.',
    '',
    'Commands',
    ...entries.map(({ name, summary }) => `  ${padEnd(name, 16)}${summary}`),
    '',
    ...section('Options', [
      ...commonFlags.map(ownTerm),
      { term: '--provider local|ec2', help: 'Where the cluster runs' },
      { term: '--debug', help: 'Show stack traces and details' },
      { term: '--version', help: 'Show the version' },
      { term: '-h, --help', help: 'Show this help' },
    ]),
    'Examples',
    '  flintrock launch demo --num-workers 2',
    '      Launch a Spark cluster on this machine',
    '  flintrock submit demo count.py',
    '      Run a job on it',
    '  flintrock destroy demo',
    '      Destroy it',
    '',
    'For details of a command: flintrock COMMAND --help',
    'Names of the Python Flintrock also work: add-slaves, --num-slaves, …',
    '',
  ].join('\n');
}

function section(title: string, terms: readonly Term[]): string[] {
  if (terms.length === 0) return [];
  return [title, ...terms.flatMap(termLines), ''];
}

function termLines({ term, help }: Term): string[] {
  const lines = wrap(help, width - column);
  const indented = (line: string): string => ' '.repeat(column) + line;
  if (textWidth(term) + 4 > column) return [...wrapTerm(term), ...lines.map(indented)];
  const [first = '', ...more] = lines;
  return [padEnd(`  ${term}`, column) + first, ...more.map(indented)];
}

// Spellings of one flag, too many for one line.
function wrapTerm(term: string): string[] {
  return wrap(term, width - 6).map((line, index) => (index === 0 ? '  ' : '      ') + line);
}

function usageLine({ name, positionals, runsProgram }: Command): string {
  const words = positionals.map(usageOf);
  // Where flags end early, the line says so.
  const all = runsProgram === true ? ['[OPTIONS]', ...words] : [...words, '[OPTIONS]'];
  return ['Usage: flintrock', name, ...all].join(' ');
}

function usageOf({ name, required = true, rest = false }: Positional): string {
  const word = rest ? `${name}...` : name;
  return required ? word : `[${word}]`;
}

function ownTerm({ name, short, aliases = [], metavar, help }: CommandFlag): Term {
  const flags = [...(short === undefined ? [] : [`-${short}`]), `--${name}`];
  const spellings = [...flags, ...aliases.map((alias) => `--${alias}`)].join(', ');
  return { term: metavar === undefined ? spellings : `${spellings} ${metavar}`, help };
}

function tableTerm({ flag, aliases, negations, metavar, help }: FlagSpec): Term {
  const name = negations.length > 0 && flag !== '--debug' ? `--[no-]${flag.slice(2)}` : flag;
  const spellings = [name, ...aliases].join(', ');
  return { term: metavar === null ? spellings : `${spellings} ${metavar}`, help };
}
