import { parseConfig } from '../load.ts';
import { optionNames, options } from '../options/options.ts';
import { addKey } from './edit.ts';

/** A place in a text. */
export interface TextPosition {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/**
 * Where an option stands in the text of a configuration; if it doesn't, where {@link addKey} would write it. The beginning of a text
 * that can't be read.
 *
 * @param key of the option, such as `providers.ec2.ami`
 */
export function locateOption(text: string, key: string): TextPosition {
  const name = optionNames.find((one) => options[one].key === key);
  const position = name === undefined ? undefined : parseConfig(text, '').positions[name];
  if (position !== undefined) return { line: position.line, column: position.column };
  try {
    return beginningOfChange(text, addKey(text, key));
  } catch {
    return { line: 1, column: 1 };
  }
}

function beginningOfChange(before: string, after: string): TextPosition {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at += 1;
  const lines = before.slice(0, at).split('\n');
  // A value is written at the end of a line, a new key at the beginning of one.
  const isAtEnd = /^\r?(\n|$)/.test(before.slice(at, at + 2));
  return { line: lines.length, column: isAtEnd ? (lines.at(-1)?.length ?? 0) + 1 : 1 };
}
