import { eastAsianWidth } from 'get-east-asian-width';

// Made when a text needs them, as hardly any does: a segmenter takes longer to make than all else that a command loads. The expression
// for emoji has a flag that TypeScript takes for no older language than ES2024, as a literal.
let segmenter: Intl.Segmenter | undefined;
let emoji: RegExp | undefined;

/** Latin letters, the punctuation of our own texts and lines: each character takes one column. */
const narrow = /^[ -~\u00A1-\u00AC\u00AE-\u02FF‐-‧‹›←-↓─-╿✓✗]*$/u;
/** What takes columns of its own: the others join the character before them, or can't be seen. */
const visible =
  /[^\p{Default_Ignorable_Code_Point}\p{Control}\p{Format}\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Surrogate}]/gu;
/** What has a column although it joins the character before it, such as the halfwidth signs of voiced sounds. */
const spacing = /[\p{Spacing_Mark}\uFF00-\uFFEF]/u;

/** How many columns of a terminal a text takes: two for each wide character, none for what joins others. */
export function textWidth(text: string): number {
  // Nearly every text is of this kind, and a table has thousands.
  if (narrow.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmentsOf(text)) width += clusterWidth(segment);
  return width;
}

/** As much of a text as fits into some columns; its last character says that something was left out. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return width < 1 ? '' : `${fitting(text, width - 1)}…`;
}

/** As much of a text as fits into some columns. */
function fitting(text: string, width: number): string {
  if (narrow.test(text)) return text.slice(0, width);
  let left = width;
  let fits = '';
  for (const { segment } of segmentsOf(text)) {
    left -= textWidth(segment);
    if (left < 0) break;
    fits += segment;
  }
  return fits;
}

/** What users see as one character each. */
function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

function clusterWidth(cluster: string): number {
  emoji ??= new RegExp(String.raw`^\p{RGI_Emoji}$`, 'v');
  if (emoji.test(cluster)) return 2;
  const [first, ...more] = cluster.match(visible) ?? [];
  if (first === undefined) return 0;
  return [first, ...more.filter((character) => spacing.test(character))].reduce(
    (sum, character) => sum + eastAsianWidth(character.codePointAt(0) ?? 0),
    0,
  );
}
