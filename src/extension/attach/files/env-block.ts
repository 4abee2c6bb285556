/** What stands around our lines in a file of the user's. */
const marks = {
  begin: '# >>> Flintrock: removed when the cluster is detached',
  end: '# <<< Flintrock',
} as const;

const block = new RegExp(
  String.raw`(\r?\n)?^${marks.begin}\r?\n(?:.*\r?\n)*?${marks.end}(\r?\n)?`,
  'm',
);

/** A text with lines of ours at its end, between marks, in place of those that were there; all else stays as it is. */
export function withBlock(text: string, lines: readonly string[]): string {
  const own = withoutBlock(text);
  const end = own.includes('\r\n') ? '\r\n' : '\n';
  const added = [marks.begin, ...lines, marks.end].join(end);
  // Where the last line isn't ended ours isn't either: so it is known what was there before.
  return own === '' || own.endsWith('\n') ? `${own}${added}${end}` : `${own}${end}${added}`;
}

/** A text without the lines of ours: what it was before {@link withBlock}. */
export function withoutBlock(text: string): string {
  return text.replace(block, (_, before: string | undefined, after: string | undefined) =>
    after === undefined ? '' : (before ?? ''),
  );
}

/** Lines of a file of environment variables. */
export function variableLines(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}
