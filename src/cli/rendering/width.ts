import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many columns of a terminal a text takes: two for each wide character, none for what joins others. */
export function textWidth(text: string): number {
  // Nearly every text is of this kind, and a table has thousands.
  return /^[\u0020-\u007E]*$/.test(text) ? text.length : stringWidth(text);
}

/** As much of a text as fits into some columns; its last character says that something was left out. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return width < 1 ? '' : `${fitting(text, width - 1)}…`;
}

/** As much of a text as fits into some columns. */
function fitting(text: string, width: number): string {
  let left = width;
  let fits = '';
  for (const { segment } of segmenter.segment(text)) {
    left -= textWidth(segment);
    if (left < 0) break;
    fits += segment;
  }
  return fits;
}
