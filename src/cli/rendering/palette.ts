import { plainText } from '../../base/plain-text.ts';

/** How a piece of text looks; colours only help, nothing is said by them alone. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** A piece of text and how it looks. */
export type Span = readonly [text: string, style?: Style];

/** A line, piece by piece. */
export type Line = readonly Span[];

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Whether to colour what goes to a stream. NO_COLOR: https://no-color.org */
export function wantsColor(
  isTTY: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env['NO_COLOR']) return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTTY && env['TERM'] !== 'dumb';
}

/** A line as text, at most `width` characters of it: whoever wrote its pieces, nothing but the colours is obeyed by a terminal. */
export function paint(written: Line, color: boolean, width = Infinity): string {
  const line = written.map(([text, style]) => [plainText(text), style] as const);
  let left = width;
  let text = '';
  const length = line.reduce((sum, [piece]) => sum + textLength(piece), 0);
  for (const [piece, style] of line) {
    if (left <= 0) break;
    const characters = Array.from(piece);
    // The last character says that something was left out.
    const cut =
      characters.length > left || (characters.length === left && length > width)
        ? `${characters.slice(0, left - 1).join('')}…`
        : piece;
    left -= Math.min(characters.length, left);
    const code = style && codes[style];
    text += color && code && cut !== '' ? `\u001B[${code[0]}m${cut}\u001B[${code[1]}m` : cut;
  }
  return text;
}

/** How many characters a line has. */
export function lineLength(line: Line): number {
  return line.reduce((sum, [text]) => sum + textLength(text), 0);
}

/** How many characters a text has, as a person counts them. */
export function textLength(text: string): number {
  return Array.from(text).length;
}
