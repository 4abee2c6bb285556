import type { CommandFlag } from '../command.ts';

/** The flags that every command has, beside `--provider` and `--debug`, which the table of options has. */
export const commonFlags: readonly CommandFlag[] = [
  { name: 'config', metavar: 'PATH', help: 'Configuration file to use' },
  { name: 'json', help: 'Print the result as one JSON object' },
  { name: 'events', help: 'Print every event on stderr, as one JSON object a line' },
  { name: 'quiet', short: 'q', help: 'Print nothing but the result, warnings and errors' },
];

/** The flags that may stand before the command too, as the Python tool has them; with whether they take a value. */
export const globalFlags: ReadonlyMap<string, boolean> = new Map([
  ['--config', true],
  ['--provider', true],
  ['--debug', false],
  ['--no-debug', false],
  ['--json', false],
  ['--events', false],
  ['--quiet', false],
  ['-q', false],
]);

/** Agrees beforehand to what a command asks; the Python tool asks more often than this one. */
export const assumeYes: CommandFlag = {
  name: 'assume-yes',
  short: 'y',
  negatable: true,
  help: 'Ask nothing; take yes for an answer',
};
