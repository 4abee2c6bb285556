/** A shell script without comments and indents: user data has a limit. */
export function compactShell(program: string): string {
  return compact(program, '');
}

/** A program in Python without comments, with an indent of one, and without spaces around signs. All of its texts have double quotes. */
export function compactPython(program: string): string {
  const parts = compact(program, ' ').split(/(^ +|"(?:[^"\\\n]|\\.)*")/m);
  const bare = (text: string): string => text.replace(/ *([-=+*/%<>|,:()[\]{}]+) */g, '$1');
  return parts.map((text, at) => (at % 2 === 1 ? text : bare(text))).join('');
}

function compact(program: string, indent: string): string {
  return program
    .replace(/^[ \t]*(#(?!!).*)?\n/gm, '')
    .replace(/^ +/gm, (spaces) => indent.repeat(spaces.length / 4));
}
