import { plainText } from '../../base/plain-text.ts';
import { textWidth } from './width.ts';

/** Text without what would move the cursor or change the terminal, in one line: it may come from a node, or from a server. */
export function oneLine(text: string): string {
  return plainText(text).trim();
}

/**
 * Text in lines of at most `width` characters, broken between words; a longer word stays whole, and so does all that fits.
 *
 * @param start what the first line begins with: it is never broken
 */
export function wrap(text: string, width: number, start = ''): string[] {
  if (textWidth(start + text) <= width) return [start + text];
  const lines: string[] = [];
  let line = start;
  for (const word of text.split(/ +/)) {
    const longer = line === '' || line === start ? line + word : `${line} ${word}`;
    if (line !== '' && textWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/**
 * A line with spaces before it, wrapped: what goes on in the next lines stands two characters further in.
 *
 * @param start what the text begins with, behind the spaces: it is never broken
 */
export function wrapIndented(line: string, width: number, start = ''): string[] {
  if (textWidth(line) <= width) return [line];
  const [indent = ''] = /^ */.exec(line) ?? [];
  const text = line.slice(indent.length + start.length);
  const parts = wrap(text, width - indent.length - 2, start);
  return parts.map((part, index) => `${indent}${index === 0 ? '' : '  '}${part}`);
}

/** Text filled up with spaces to `width` characters. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** Text with spaces before it up to `width` characters. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/** Names, at most `most` of them: `worker-1, worker-2 and 3 more`. */
export function someOf(names: readonly string[], most: number): string {
  // "and 1 more" is no shorter than the name.
  if (names.length <= most + 1) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
