import type { CommandFlag } from '../command.ts';
import type { KnownFlag } from './tokens.ts';

/** The flags that every command has, beside `--provider` and `--debug`, which the table of options has. */
export const commonFlags: readonly CommandFlag[] = [
  { name: 'config', metavar: 'PATH', help: 'Path of the configuration file' },
  {
    name: 'output',
    metavar: 'FORMAT',
    help: 'How to print the result: table, yaml (as the Python tool does) or json (default: FLINTROCK_OUTPUT, then table on a terminal and yaml elsewhere)',
  },
  { name: 'json', help: 'Same as --output json' },
  { name: 'events', help: 'Print events to stderr, one JSON object per line' },
  { name: 'quiet', short: 'q', help: 'Print only the result, warnings and errors' },
];

/** The flags that may stand before the command too, as the Python tool has them. */
export const globalFlags: ReadonlyMap<string, KnownFlag> = new Map([
  ['--config', { takesValue: true }],
  ['--provider', { takesValue: true }],
  ['--debug', { takesValue: false }],
  ['--no-debug', { takesValue: false }],
  ['--output', { takesValue: true }],
  ['--json', { takesValue: false }],
  ['--events', { takesValue: false }],
  ['--quiet', { takesValue: false }],
  ['-q', { takesValue: false }],
]);

/** Agrees beforehand to what a command asks; hidden where it asks nothing, and only the Python tool does. */
export const assumeYes: CommandFlag = {
  name: 'assume-yes',
  short: 'y',
  negatable: true,
  help: 'Answer yes to all questions',
};

/** Goes on though another client is changing the cluster; for the verbs that one client at a time carries out. */
export const takeOver: CommandFlag = {
  name: 'take-over',
  help: 'Take the cluster over from another client that is changing it, if that client is no longer running',
};
