import { Lexer } from 'yaml';

/** Offsets of the tabs that PyYAML refuses: all but those in quotes, in block text and in comments. */
export function findTabs(text: string): number[] {
  if (!text.includes('\t')) return [];
  const found: number[] = [];
  let offset = 0;
  let last = '';
  let afterHeader = false;
  let scalarNext = false;
  for (const lexeme of new Lexer().lex(text)) {
    // The lexer's own marks take no room in the text.
    if (lexeme === '\u0002' || lexeme === '\u0018') continue;
    if (lexeme === '\u001f') {
      afterHeader = last === 'header';
      scalarNext = true;
      continue;
    }
    const blockText = scalarNext && afterHeader;
    if (!blockText && !/^["'#]/.test(lexeme))
      for (let i = lexeme.indexOf('\t'); i >= 0; i = lexeme.indexOf('\t', i + 1))
        found.push(offset + i);
    if (!scalarNext && /^[|>]/.test(lexeme)) last = 'header';
    else if (scalarNext) last = '';
    scalarNext = false;
    offset += lexeme.length;
  }
  return found;
}

/** A text with its tabs replaced, so that the rest of it can be looked at too. */
export interface RepairedText {
  readonly text: string;
  /** By line (1-based): how much longer its indentation became. */
  readonly shifts: ReadonlyMap<number, number>;
}

/**
 * The ways in which a text with tabs may have been meant, the likeliest first: a tab in the indentation is as wide as the
 * file's own indentation, or 2, 4 or 8.
 */
export function* repairTabs(text: string, tabs: readonly number[]): Generator<RepairedText> {
  const lines = text.split('\n');
  const marked = new Set(tabs);
  const unit = lines.map((line) => /^ +(?=[^\s#])/.exec(line)?.[0].length).find(Boolean) ?? 2;
  for (const width of new Set([unit, 2, 4, 8])) {
    const shifts = new Map<number, number>();
    let offset = 0;
    const repaired = lines.map((line, index) => {
      const start = offset;
      offset += line.length + 1;
      const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
      const spaces = indent.replaceAll('\t', (tab, i: number) =>
        marked.has(start + i) ? ' '.repeat(width) : tab,
      );
      if (spaces.length !== indent.length) shifts.set(index + 1, spaces.length - indent.length);
      const body = line
        .slice(indent.length)
        .replaceAll('\t', (tab, i: number) => (marked.has(start + indent.length + i) ? ' ' : tab));
      return spaces + body;
    });
    yield { text: repaired.join('\n'), shifts };
  }
}
