/**
 * A word as a POSIX shell reads it back: in a command that is shown, and may be copied, nothing in a name is a command of its own.
 *
 * @example shellWord('demo') // demo
 * @example shellWord('a;b') // 'a;b'
 */
export function shellWord(word: string): string {
  // zsh takes a `=` at the beginning for a program's path.
  return /^[A-Za-z0-9_/.:@%+,-][A-Za-z0-9_/.:=@%+,-]*$/.test(word)
    ? word
    : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
