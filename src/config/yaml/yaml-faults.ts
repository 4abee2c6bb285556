import type { ErrorCode } from 'yaml';

const quotes = 'Put quotes around the value if it is text.';
const align =
  'Indent the keys of a section by the same number of spaces, more than the section’s own key.';

const openBracket = {
  message: 'Unclosed bracket.',
  hint: 'Close "{" with "}" and "[" with "]", and indent the lines between them.',
};

const faults: Partial<Record<ErrorCode, { message: string; hint: string }>> = {
  BAD_ALIAS: { message: 'Invalid alias.', hint: quotes },
  BAD_COLLECTION_TYPE: { message: 'The tag doesn’t match its value.', hint: 'Remove the tag.' },
  BAD_DIRECTIVE: { message: 'A line can’t begin with "%".', hint: quotes },
  BAD_DQ_ESCAPE: {
    message: 'Invalid escape sequence in double quotes.',
    hint: 'Use two backslashes, or put the text in single quotes.',
  },
  BAD_INDENT: { message: 'The indentation doesn’t match the lines around it.', hint: align },
  BAD_PROP_ORDER: { message: 'An anchor or tag is in the wrong place.', hint: quotes },
  BAD_SCALAR_START: { message: 'A value can’t begin with this character.', hint: quotes },
  BLOCK_AS_IMPLICIT_KEY: {
    message:
      'Unexpected key inside a value: the line has two colons, or the next line is indented too far.',
    hint: `Put quotes around a value with ": " in it. ${align}`,
  },
  BLOCK_IN_FLOW: {
    message: 'A list with dashes can’t be inside brackets.',
    hint: 'Separate the values in brackets with commas.',
  },
  DUPLICATE_KEY: { message: 'Duplicate key.', hint: 'Remove one of them.' },
  KEY_OVER_1024_CHARS: {
    message: 'The key is too long.',
    hint: 'Check for a missing closing quote.',
  },
  MISSING_CHAR: {
    message: 'Missing colon, comma, quote or bracket.',
    hint: 'End keys with ": ", and close quotes and brackets.',
  },
  MULTILINE_IMPLICIT_KEY: { message: 'A key can’t span two lines.', hint: 'End keys with ": ".' },
  MULTIPLE_ANCHORS: { message: 'A value has two anchors.', hint: 'Remove one of them.' },
  MULTIPLE_TAGS: { message: 'A value has two tags.', hint: 'Remove one of them.' },
  UNEXPECTED_TOKEN: { message: 'Unexpected text.', hint: `${quotes} ${align}` },
};

/** A syntax error of the YAML parser in words that say what to do. */
export function syntaxFault(code: ErrorCode, message: string): { message: string; hint: string } {
  // The parser calls it an indentation fault when a bracket is still open at the next key or at the end.
  if (code === 'BAD_INDENT' && message.startsWith('Flow ')) return openBracket;
  return faults[code] ?? { message: `Invalid YAML: ${message}.`, hint: align };
}
