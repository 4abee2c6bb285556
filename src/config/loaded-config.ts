import type { OptionName, PartialValues } from './options/options.ts';
import type { ConfigProblem } from './problem.ts';

/** Where a value stands in its file. */
export interface KeyPosition {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** The key as written, with its sections before it. */
  readonly key: string;
}

/** A file that was read: what it says, where, and what is wrong with it. */
export interface LoadedConfig {
  readonly file: string;
  /** The values as written: paths are not absolute yet. */
  readonly values: PartialValues;
  /** For each value, where its key stands. */
  readonly positions: Readonly<Partial<Record<OptionName, KeyPosition>>>;
  /** For each option that it speaks of, with or without a value, the keys as written; the one that counts is the last. */
  readonly mentions: ReadonlyMap<OptionName, readonly string[]>;
  /** The options that it gives a value that doesn't fit. */
  readonly faulty: ReadonlySet<OptionName>;
  /** Where the section of each provider stands, if the file has it and it isn't empty. */
  readonly sections: Readonly<Partial<Record<'local' | 'ec2', KeyPosition>>>;
  readonly problems: readonly ConfigProblem[];
}
