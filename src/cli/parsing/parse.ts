import { Command as Commander, CommanderError, Option } from 'commander';
import type { OptionName } from '../../config/options/options.ts';
import type { CallFlags, Command, CommandEntry, CommandFlag } from '../command.ts';
import { commandHelp } from '../rendering/help.ts';
import { commonFlags } from './common-flags.ts';
import { type GivenFlag, optionFlags } from './option-flags.ts';
import { moveTrailingFlags } from './trailing-flags.ts';
import { usageError } from './usage-error.ts';

/** A command line, taken apart; nothing in it is checked but its form. */
export interface ParsedCommand {
  readonly args: readonly string[];
  readonly flags: CallFlags;
  readonly given: ReadonlyMap<OptionName, GivenFlag>;
}

/** Takes a command's words and flags apart. */
class Parser {
  readonly #command: Command;
  readonly #entry: CommandEntry;
  readonly #own = new Map<string, string[]>();
  readonly #given = new Map<OptionName, GivenFlag>();

  constructor(command: Command, entry: CommandEntry) {
    this.#command = command;
    this.#entry = entry;
  }

  parse(args: readonly string[]): ParsedCommand {
    let words = this.#round(args);
    if (this.#command.runsProgram === true) {
      // Flags may stand before the second word as well; what follows it belongs to the program, but for a `--` that says so.
      const [name, ...rest] = words;
      if (name !== undefined) words = [name, ...this.#round(rest)];
    }
    this.#checkWords(words);
    return { args: words, flags: new OwnFlags(this.#own), given: this.#given };
  }

  #round(args: readonly string[]): readonly string[] {
    const parser = silentCommander(this.#entry.name).argument('[words...]');
    if (this.#command.runsProgram === true) parser.passThroughOptions();
    parser.helpInformation = () => commandHelp(this.#command, this.#entry);
    for (const flag of [...this.#command.flags, ...commonFlags]) this.#addOwn(parser, flag);
    for (const { name, flag, aliases, negations, metavar, repeatable } of optionFlags(
      this.#command,
    ))
      for (const spelling of [flag, ...aliases, ...negations]) {
        const negative = negations.includes(spelling);
        parser.addOption(new Option(metavar === null ? spelling : `${spelling} <${metavar}>`));
        parser.on(`option:${spelling.slice(2)}`, (text: string | undefined) => {
          const before = this.#given.get(name)?.text;
          this.#given.set(name, {
            spelling,
            text: repeatable
              ? [...(typeof before === 'object' ? before : []), text ?? '']
              : (text ?? !negative),
          });
        });
      }
    parser.action(() => undefined);
    parser.parse(args, { from: 'user' });
    return parser.args;
  }

  #addOwn(parser: Commander, flag: CommandFlag): void {
    const { name, short, aliases = [], metavar, negatable } = flag;
    const value = metavar === undefined ? '' : ` <${metavar}>`;
    const note = (text: string): void =>
      void this.#own.set(name, [...(this.#own.get(name) ?? []), text]);
    for (const spelling of [name, ...aliases]) {
      const letter = spelling === name && short !== undefined ? `-${short}, ` : '';
      parser.addOption(new Option(`${letter}--${spelling}${value}`));
      parser.on(`option:${spelling}`, (text: string | undefined) => note(text ?? 'yes'));
    }
    if (negatable === true) {
      parser.addOption(new Option(`--no-${name}`));
      parser.on(`option:no-${name}`, () => this.#own.delete(name));
    }
  }

  #checkWords(words: readonly string[]): void {
    const { positionals, name } = this.#command;
    const missing = positionals.find(
      ({ required = true }, index) => required && words[index] === undefined,
    );
    if (missing !== undefined)
      throw usageError(`${missing.name} is missing: ${lowerFirst(missing.help)}`, name);
    const extra = words[positionals.length];
    if (extra !== undefined && positionals.at(-1)?.rest !== true)
      throw usageError(`Unexpected argument "${extra}" for "flintrock ${name}"`, name);
  }
}

/**
 * Takes a command's words and flags apart.
 *
 * @param args what follows the command's name
 * @throws ClusterError `ARGUMENT_INVALID`; {@link HelpAsked}
 */
export function parseCommand(
  command: Command,
  entry: CommandEntry,
  args: readonly string[],
): ParsedCommand {
  const ordered = command.takesTrailingFlags === true ? moveTrailingFlags(command, args) : args;
  return asOurErrors(command.name, () => new Parser(command, entry).parse(ordered));
}

/** The help was asked for: that is what the command prints, and all. */
export class HelpAsked extends Error {
  constructor(readonly text: string) {
    super('help');
  }
}

/** A Commander that prints nothing and ends nothing: it throws. */
export function silentCommander(name: string): Commander {
  let text = '';
  return new Commander(name)
    .helpOption('-h, --help')
    .exitOverride((error) => {
      throw error.code === 'commander.helpDisplayed' ? new HelpAsked(text) : error;
    })
    .configureOutput({ writeOut: (part) => (text += part), writeErr: () => undefined });
}

/** Runs a parser of Commander's; its errors come out as ours. */
export function asOurErrors<T>(command: string | null, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const [message = '', suggestion] = error.message.split('\n');
    const mean = /\((Did you mean .*\?)\)/.exec(suggestion ?? '')?.[1];
    throw usageError(message.replace(/^error: /, ''), command, mean, error);
  }
}

class OwnFlags implements CallFlags {
  constructor(private readonly given: ReadonlyMap<string, readonly string[]>) {}

  has(name: string): boolean {
    return this.given.has(name);
  }

  text(name: string): string | undefined {
    return this.given.get(name)?.at(-1);
  }

  texts(name: string): readonly string[] {
    return this.given.get(name) ?? [];
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
