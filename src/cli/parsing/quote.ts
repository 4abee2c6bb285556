import { shellWord } from '../../base/shell-word.ts';

/**
 * The shell line that words on the command line mean.
 *
 * @param quote whether each word is kept whole; otherwise they are joined with blanks, as `ssh` does
 * @example `['echo', 'a b']` → `echo a b`; with `quote` → `echo 'a b'`
 */
export function shellLine(words: readonly string[], quote: boolean): string {
  return (quote ? words.map(shellWord) : words).join(' ');
}
