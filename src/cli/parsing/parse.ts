import { isMesos, mesosRemoved } from '../../config/mesos.ts';
import type { OptionName } from '../../config/options/options.ts';
import type { CallFlags, Command, CommandEntry } from '../command.ts';
import type { ClusterFlag } from '../rendering/command-line.ts';
import { commandHelp } from '../rendering/help.ts';
import { clusterFlagsOf } from './cluster-flags.ts';
import { commonFlags } from './common-flags.ts';
import { type GivenFlag, optionFlags } from './option-flags.ts';
import { type KnownFlag, requireKnown, tokensOf } from './tokens.ts';
import { moveTrailingFlags } from './trailing-flags.ts';
import { usageError } from './usage-error.ts';

/** A command line, taken apart; nothing in it is checked but its form. */
export interface ParsedCommand {
  readonly args: readonly string[];
  readonly flags: CallFlags;
  readonly given: ReadonlyMap<OptionName, GivenFlag>;
  /** Of these flags the ones that say which cluster is meant. */
  readonly clusterFlags: readonly ClusterFlag[];
}

/** A flag with what is noted where it was given. */
interface NotedFlag extends KnownFlag {
  readonly note: (text: string | undefined, spelling: string) => void;
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
  const own = new OwnFlags();
  const given = new Map<OptionName, GivenFlag>();
  const askForHelp = {
    takesValue: false,
    note: () => {
      throw new HelpAsked(commandHelp(command, entry));
    },
  };
  const flags = new Map<string, NotedFlag>([
    ...tableFlags(command, given),
    ...ownFlags(command, own),
    ['--help', askForHelp],
    ['-h', askForHelp],
  ]);
  const ordered = command.takesTrailingFlags === true ? moveTrailingFlags(command, args) : args;
  const tokens = tokensOf(ordered, flags);
  // What follows a program's name is the program's.
  const program =
    command.runsProgram === true
      ? tokens.filter(({ kind }) => kind === 'positional')[command.programIndex ?? 1]
      : undefined;
  const ours = program === undefined ? tokens : tokens.slice(0, tokens.indexOf(program));
  // Who asks for help may not know yet what else there is.
  if (ours.some((token) => token.kind === 'option' && flags.get(token.rawName) === askForHelp))
    askForHelp.note();
  const words = ours.flatMap((token): string[] => {
    if (token.kind === 'option') {
      refuseForeign(token.rawName, command);
      requireKnown(token, flags, command.name).note(token.value, token.rawName);
    }
    return token.kind === 'positional' ? [token.value] : [];
  });
  if (program !== undefined) words.push(...ordered.slice(program.index));
  checkWords(command, words);
  return {
    args: words,
    flags: own,
    given,
    clusterFlags: clusterFlagsOf(own.text('config'), given),
  };
}

/** The help was asked for: that is what the command prints, and all. */
export class HelpAsked extends Error {
  constructor(readonly text: string) {
    super('help');
  }
}

/** @throws ClusterError `ARGUMENT_INVALID` for a flag of another program, or of one that is gone, with what to do instead */
function refuseForeign(flag: string, { name, foreignFlags = {} }: Command): void {
  if (isMesos(flag)) throw usageError(`${flag}: ${mesosRemoved.message}`, name, mesosRemoved.hint);
  const instead = foreignFlags[flag];
  if (instead !== undefined)
    throw usageError(`"flintrock ${name}" has no option ${flag}`, name, instead);
}

/** The flags of the command line alone, in all their spellings. */
function* ownFlags(command: Command, own: OwnFlags): Generator<[string, NotedFlag]> {
  for (const flag of [...command.flags, ...commonFlags]) {
    const { name, short, aliases = [], metavar, negatable } = flag;
    const noted: NotedFlag = {
      takesValue: metavar !== undefined,
      note: (text) => own.add(name, text ?? 'yes'),
    };
    if (short !== undefined) yield [`-${short}`, noted];
    for (const spelling of [name, ...aliases]) yield [`--${spelling}`, noted];
    if (negatable === true)
      yield [`--no-${name}`, { takesValue: false, note: () => own.remove(name) }];
  }
}

/** The flags of the table of options, in all their spellings. */
function* tableFlags(
  command: Command,
  given: Map<OptionName, GivenFlag>,
): Generator<[string, NotedFlag]> {
  for (const { name, flag, aliases, negations, metavar, repeatable } of optionFlags(command))
    for (const known of [flag, ...aliases, ...negations]) {
      const note = (text: string | undefined, spelling: string): void => {
        const before = given.get(name)?.text;
        given.set(name, {
          spelling,
          text: repeatable
            ? [...(typeof before === 'object' ? before : []), text ?? '']
            : (text ?? !negations.includes(known)),
        });
      };
      yield [known, { takesValue: metavar !== null, note }];
    }
}

function checkWords({ positionals, name }: Command, words: readonly string[]): void {
  const missing = positionals.find(
    ({ required = true }, index) => required && words[index] === undefined,
  );
  if (missing !== undefined)
    throw usageError(`${missing.name} is missing: ${lowerFirst(missing.help)}`, name);
  const extra = words[positionals.length];
  if (extra !== undefined && positionals.at(-1)?.rest !== true)
    throw usageError(`Unexpected argument "${extra}" for "flintrock ${name}"`, name);
}

class OwnFlags implements CallFlags {
  readonly #given = new Map<string, readonly string[]>();

  add(name: string, text: string): void {
    this.#given.set(name, [...this.texts(name), text]);
  }

  remove(name: string): void {
    this.#given.delete(name);
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  text(name: string): string | undefined {
    return this.#given.get(name)?.at(-1);
  }

  texts(name: string): readonly string[] {
    return this.#given.get(name) ?? [];
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
