import type { OptionName, PartialValues } from '../config/options/options.ts';
import type { ClusterError } from '../model/errors.ts';
import type { Verb } from '../model/events.ts';
import type { ClusterFlag } from './rendering/command-line.ts';
import type { Session } from './session.ts';

/** A word of the command line that isn't a flag. */
export interface Positional {
  /** In capitals, as the help shows it. */
  readonly name: string;
  readonly help: string;
  /** @default true */
  readonly required?: boolean;
  /** Whether it takes all words that are left. */
  readonly rest?: boolean;
}

/** A flag that belongs to the command line alone: the table of options doesn't know it. */
export interface CommandFlag {
  /** Its name without dashes: `master-only`. */
  readonly name: string;
  /** One letter: `y`. */
  readonly short?: string;
  /** Other names, without dashes. */
  readonly aliases?: readonly string[];
  /** What to call its value in the help; a flag without one says yes. */
  readonly metavar?: string;
  /** Whether it may be given several times. */
  readonly repeatable?: boolean;
  /** Whether `--no-…` is understood as well. */
  readonly negatable?: boolean;
  /** Whether the help leaves it out: the Python tool has it, and here it changes nothing. */
  readonly hidden?: boolean;
  readonly help: string;
}

/** A command line and what it does. */
interface Example {
  readonly command: string;
  readonly does: string;
}

/** What was asked for, in the command's own terms. */
export interface Call {
  /** The positional words; those of a `rest` at the end. */
  readonly args: readonly string[];
  /** Flags of the command line alone, by name. */
  readonly flags: CallFlags;
  /** Options of the table that were given. */
  readonly values: PartialValues;
  readonly session: Session;
}

/** Flags of the command line alone, by the name that the command gave them. */
export interface CallFlags {
  /** Whether a flag without a value was given. */
  has(name: string): boolean;
  /** The value of a flag, the last one if it was given again. */
  text(name: string): string | undefined;
  /** All values of a flag, in order. */
  texts(name: string): readonly string[];
}

/** A command as data. Help, parsing and the flags that every command has are made of it elsewhere. */
export interface Command {
  readonly name: string;
  /** What the help says below the usage line: whole sentences, a paragraph each. */
  readonly description: readonly string[];
  readonly positionals: readonly Positional[];
  /** The verb whose options of the table it takes; `null` for the few options that even `configure` has. */
  readonly verb: Verb | null;
  /**
   * Whether it reads the configuration file though it has no verb; whoever calls verbs later asks then whether the file may be used.
   * @default false
   */
  readonly readsConfig?: boolean;
  /** Options of the table that it doesn't take although the verb does. */
  readonly without?: readonly OptionName[];
  readonly flags: readonly CommandFlag[];
  /** Flags of another program that users may expect, each with what to do instead: a sentence. */
  readonly foreignFlags?: Readonly<Record<string, string>>;
  readonly examples: readonly [Example, ...Example[]];
  /**
   * Whether flags end at the second positional word: what follows belongs to the program that is run.
   * @default false
   */
  readonly runsProgram?: boolean;
  /**
   * Whether flags of the command are also understood behind the program, unless a `--` stands before them.
   * @default false
   */
  readonly takesTrailingFlags?: boolean;
  /** Exit code of failures that are neither wrong usage nor an interruption: 1 unless the command's own codes need 1. */
  readonly failureCode?: number;
  /** What `--json` prints instead of the bare error, if its readers expect more. */
  readonly errorJson?: (
    error: ClusterError,
    words: readonly string[],
    given: readonly ClusterFlag[],
  ) => object;
  /** Does it; gives the exit code. */
  run(call: Call): Promise<number>;
}

/** What is known of a command without loading it. */
export interface CommandEntry {
  readonly name: string;
  /** Other names: the Python tool's. */
  readonly aliases: readonly string[];
  /** One line, without a full stop. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}
