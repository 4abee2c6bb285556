import type { CommandFlag } from '../command.ts';
import type { KnownFlag } from './tokens.ts';

/** The flags that every command has, beside `--provider` and `--debug`, which the table of options has. */
export const commonFlags: readonly CommandFlag[] = [
  { name: 'config', metavar: 'PATH', help: 'Path of the configuration file' },
  { name: 'json', help: 'Print the result as one JSON object' },
  { name: 'events', help: 'Print events to stderr, one JSON object per line' },
  { name: 'quiet', short: 'q', help: 'Print only the result, warnings and errors' },
];

/** The flags that may stand before the command too, as the Python tool has them. */
export const globalFlags: ReadonlyMap<string, KnownFlag> = new Map([
  ['--config', { takesValue: true }],
  ['--provider', { takesValue: true }],
  ['--debug', { takesValue: false }],
  ['--no-debug', { takesValue: false }],
  ['--json', { takesValue: false }],
  ['--events', { takesValue: false }],
  ['--quiet', { takesValue: false }],
  ['-q', { takesValue: false }],
]);

/** Agrees beforehand to what a command asks; the Python tool asks more often than this one. */
export const assumeYes: CommandFlag = {
  name: 'assume-yes',
  short: 'y',
  negatable: true,
  help: 'Answer yes to all questions',
};
