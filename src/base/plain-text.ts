/** Sequences by which a program colours its output: nothing is left of them. */

const colourSequences = /(?:\u001B\[|\u009B)[0-9;:?]*[ -/]?[@-~]/g;

/** C0 but tab and line feed, DEL and C1: a terminal obeys them. */

const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]+/g;

/** Marks without a width and marks that turn the direction of writing: what is read isn't what stands there. */
const invisible =
  /[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** Halves of characters: they are no text, and some writers fail on them. */
const unpaired = /\p{Surrogate}/gu;

/** What {@link plainText} leaves as it is. */
export interface PlainTextOptions {
  /** Keep line breaks, as `\n`. Otherwise each is a space: the text is one line. */
  readonly lines?: boolean | undefined;
  /** Keep tabs. Otherwise each is a space. */
  readonly tabs?: boolean | undefined;
}

/**
 * Text that someone else wrote (a name, a tag, an error, a node's output), without anything that a terminal or a window would obey or
 * hide: escape sequences, control characters (C0, DEL, C1), marks of direction, characters of no width, unpaired surrogates.
 *
 * @returns text of which each character can be seen; one line, unless `lines` is set
 * @example plainText('a\u001B[31mb\u202Ec\nd') // 'abc d'
 */
export function plainText(text: string, options: PlainTextOptions = {}): string {
  const plain = text
    .replace(colourSequences, '')
    .replace(/\r\n?|[\u000B\u000C\u0085\u2028\u2029]/g, '\n')
    .replace(controls, ' ')
    .replace(invisible, '')
    .replace(unpaired, '\uFFFD');
  const spaced = options.tabs === true ? plain : plain.replaceAll('\t', ' ');
  return options.lines === true ? spaced : spaced.replace(/\n+/g, ' ');
}
