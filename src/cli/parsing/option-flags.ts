import { flagOf, flagsFor, type FlagSpec, parseFlag } from '../../config/flags.ts';
import type { OptionName, OptionValue, PartialValues } from '../../config/options/options.ts';
import type { ConfigProblem } from '../../config/problem.ts';
import type { Command } from '../command.ts';

/** The options of the table that a command takes. */
export function optionFlags({ verb, without = [] }: Command): readonly FlagSpec[] {
  const flags = verb === null ? [flagOf('provider'), flagOf('debug')] : flagsFor(verb);
  return flags.filter(({ name }) => !without.includes(name));
}

/** What stood on the command line for an option of the table. */
export interface GivenFlag {
  /** The flag as it was written, the last one if it was given again. */
  readonly spelling: string;
  readonly text: string | boolean | readonly string[];
}

/** The values of flags, and what is wrong with them: all of it. */
export interface FlagValues {
  readonly values: PartialValues;
  readonly problems: readonly ConfigProblem[];
  /** The options whose flags are wrong. */
  readonly faulty: ReadonlySet<OptionName>;
}

/** Reads what was given by the rules of the configuration file. */
export function readFlags(given: ReadonlyMap<OptionName, GivenFlag>): FlagValues {
  const values: Partial<Record<OptionName, OptionValue>> = {};
  const problems: ConfigProblem[] = [];
  const faulty = new Set<OptionName>();
  for (const [name, { spelling, text }] of given) {
    const parsed = parseFlag(name, text, spelling);
    if (parsed.problem !== null) {
      problems.push(parsed.problem);
      faulty.add(name);
    } else if (parsed.value !== undefined) values[name] = parsed.value;
  }
  // Each value was read as its option's type.
  return { values: values as PartialValues, problems, faulty };
}
