import type { Verb } from '../model/events.ts';
import { holdsSeveral, type OptionDefinition, type OptionGroup } from './options/option.ts';
import { type OptionName, optionNames, options, type OptionValue } from './options/options.ts';
import type { ConfigProblem } from './problem.ts';
import { coerce } from './values/coerce.ts';
import { writtenValue } from './values/written-value.ts';

/** All that a command line needs to know of an option. */
export interface FlagSpec {
  readonly name: OptionName;
  /** `--num-workers` */
  readonly flag: string;
  /** Other spellings, such as `--num-slaves`. */
  readonly aliases: readonly string[];
  /** The spellings that say no, for yes-or-no options: `--no-install-hdfs`. */
  readonly negations: readonly string[];
  /** What to call the value in the help; `null` if it takes none. */
  readonly metavar: string | null;
  /** Whether it may be given several times. */
  readonly repeatable: boolean;
  /** One line, with the default. */
  readonly help: string;
  readonly group: OptionGroup;
  readonly provider: 'local' | 'ec2' | null;
  /** Why it does nothing any more, or `null`. */
  readonly deprecated: string | null;
}

/** The flags that the command of a verb takes, in the table's order. */
export function flagsFor(verb: Verb): readonly FlagSpec[] {
  return optionNames.filter((name) => options[name].verbs.includes(verb)).map(flagOf);
}

/** The flag of one option. */
export function flagOf(name: OptionName): FlagSpec {
  const definition = options[name];
  const aliases = definition.flagAliases ?? [];
  const boolean = definition.type === 'boolean';
  return {
    name,
    flag: definition.flag,
    aliases,
    negations: boolean ? [definition.flag, ...aliases].map((flag) => `--no-${flag.slice(2)}`) : [],
    metavar: metavarOf(definition),
    repeatable: holdsSeveral(definition),
    help: helpOf(definition),
    group: definition.group,
    provider: definition.provider ?? null,
    deprecated: definition.deprecated ?? null,
  };
}

/** What a flag's text says. */
export type ParsedFlag =
  | { readonly value: OptionValue; readonly problem: null }
  | { readonly value: undefined; readonly problem: ConfigProblem | null };

/**
 * Reads the text behind a flag by the rules of the file.
 *
 * Empty text (`--ec2-vpc-id ''`) means "not set", as in the Python tool: neither value nor problem.
 *
 * @param text what stood behind the flag: all of them for a repeated flag, the truth for one without text
 * @param spelling the flag as it was given, for the problem's text
 */
export function parseFlag(
  name: OptionName,
  text: string | boolean | readonly string[],
  spelling: string = options[name].flag,
): ParsedFlag {
  const definition = options[name];
  const { value, faults } = coerce(
    definition,
    typeof text === 'object'
      ? { kind: 'list', items: text.map(scalarOf), at: null }
      : scalarOf(text),
  );
  const [fault] = faults;
  if (fault !== undefined) {
    const message = `${spelling}: ${faults.map((one) => one.message).join(' ')}`;
    return { value: undefined, problem: flagProblem(spelling, message, fault.hint) };
  }
  return value === undefined ? { value, problem: null } : { value, problem: null };
}

/** A problem of a flag: there is no file to point at. */
export function flagProblem(flag: string, message: string, hint: string | null): ConfigProblem {
  return { severity: 'error', file: null, line: null, column: null, key: flag, message, hint };
}

function scalarOf(text: string | boolean): {
  kind: 'scalar';
  text: string;
  value: string | boolean;
  at: null;
} {
  return { kind: 'scalar', text: String(text), value: text, at: null };
}

/** What stands for the value in the help; `null` for yes-or-no options. */
export function metavarOf(definition: OptionDefinition): string | null {
  switch (definition.type) {
    case 'boolean':
      return null;
    case 'integer':
      return 'N';
    case 'memory':
      return 'SIZE';
    case 'duration':
      return 'DURATION';
    case 'number':
      return 'USD';
    case 'version':
      return 'VERSION';
    case 'path':
      return 'PATH';
    case 'url':
      return 'URL';
    case 'enum':
      return definition.choices.join('|');
    case 'tags':
      return 'KEY,VALUE';
    case 'properties':
      return 'NAME=VALUE';
    case 'volumes':
      return 'VOLUME';
    case 'list':
      return definition.isPaths === true ? 'PATH' : 'TEXT';
    case 'string':
      return 'TEXT';
  }
}

function helpOf(definition: OptionDefinition): string {
  const { deprecated, unset } = definition;
  if (deprecated !== undefined) return `${definition.help} (no longer has any effect)`;
  const several = holdsSeveral(definition) ? '; repeatable' : '';
  const help = `${definition.help}${several}`;
  const value = defaultText(definition) ?? unset;
  return value === undefined ? help : `${help} (default: ${value})`;
}

/** The fixed default as one would write it; `undefined` if there is none, or it is empty. */
export function defaultText(definition: OptionDefinition): string | undefined {
  if (definition.default === undefined) return undefined;
  const value = writtenValue(definition, definition.default);
  if (typeof value === 'object') return undefined;
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}
