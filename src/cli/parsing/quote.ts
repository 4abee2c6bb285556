import { shellWord } from '../../base/shell-word.ts';

/**
 * The shell line that a person's words mean: one word is a line as it is, several are a program and its arguments, each kept whole.
 *
 * @example `['ls -l | wc']` → `ls -l | wc`; `['echo', 'a b']` → `echo 'a b'`
 */
export function shellLine(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? '') : words.map(shellWord).join(' ');
}
