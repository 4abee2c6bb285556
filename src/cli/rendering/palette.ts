import { plainText } from '../../base/plain-text.ts';
import { cutText, textWidth } from './width.ts';

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

/** A line as text, at most `width` columns of it: wherever its pieces come from, a terminal obeys nothing but the colours. */
export function paint(written: Line, color: boolean, width = Infinity): string {
  const line = written.map(([text, style]) => [plainText(text), style] as const);
  let left = width;
  let rest = line.reduce((sum, [piece]) => sum + textWidth(piece), 0);
  let text = '';
  for (const [piece, style] of line) {
    if (left <= 0) break;
    const pieceWidth = textWidth(piece);
    // The last column says that something was left out, here or behind it.
    const cut = rest > left && pieceWidth >= left ? cutText(`${piece}…`, left) : piece;
    left -= pieceWidth;
    rest -= pieceWidth;
    const code = style && codes[style];
    text += color && code && cut !== '' ? `\u001B[${code[0]}m${cut}\u001B[${code[1]}m` : cut;
  }
  return text;
}

/** How many columns a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, [text]) => sum + textWidth(text), 0);
}
