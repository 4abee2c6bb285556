import { plainText } from '../../base/plain-text.ts';

/**
 * Text of a notification, a question, a progress or an input: VS Code makes a link of `[…](command:…)` in them, whatever its source, and
 * runs the command at a click.
 *
 * @returns one line, or several with `lines`, in which nothing is a link
 */
export function messageText(text: string, { lines = false } = {}): string {
  return plainText(text, { lines }).replaceAll('](', '] (');
}

/**
 * Text of a label in which VS Code makes an icon of `$(name)`: status bar, lists to pick from, names of terminals.
 *
 * @param icon of ours, in front; absent for none
 */
export function labelText(text: string, icon?: string): string {
  const plain = messageText(text).replaceAll('$(', '$ (');
  return icon === undefined ? plain : `$(${icon}) ${plain}`;
}

/** Text in a document of Markdown: it is shown as it is, on one line, and is neither a link nor a picture nor an entity. */
export function markdownText(text: string): string {
  // CommonMark: any ASCII punctuation may stand behind a backslash, and then means nothing.
  return plainText(text).replaceAll(/[!-/:-@[-`{-~]/g, String.raw`\$&`);
}

/** The text of a hover. */
export interface HoverText {
  readonly heading: string;
  readonly notes: readonly string[];
  readonly rows: readonly (readonly [label: string, value: string])[];
}

/** A hover as Markdown, of which only the form is ours: heading, notes, and a table. */
export function hoverMarkdown({ heading, notes, rows }: HoverText): string {
  return [
    `**${markdownText(heading)}**\n`,
    ...notes.map((note) => `${markdownText(note)}\n`),
    '| | |\n|---|---|',
    ...rows.map(([label, value]) => `| ${markdownText(label)} | ${markdownText(value)} |`),
  ].join('\n');
}

/** A message for a page, with plain text in all of it: a page shows text as text, but marks of direction and controls are still obeyed. */
export function plainValue<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'string' ? plainText(part, { lines: true, tabs: true }) : part,
    ),
  ) as T;
}
