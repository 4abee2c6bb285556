import type { ErrorCode } from 'yaml';

const quotes = 'Put quotes around the value if it is meant as text.';
const align = 'Keys of one section begin in the same column, deeper than the section’s own key.';

const openBracket = {
  message: 'A bracket that was opened above isn’t closed here.',
  hint: 'Close "{" with "}" and "[" with "]"; what is between them stands deeper than the key.',
};

const faults: Partial<Record<ErrorCode, { message: string; hint: string }>> = {
  BAD_ALIAS: { message: 'An alias can’t be read.', hint: quotes },
  BAD_COLLECTION_TYPE: { message: 'A tag doesn’t fit its value.', hint: 'Leave the tag out.' },
  BAD_DIRECTIVE: { message: 'A line begins with "%".', hint: quotes },
  BAD_DQ_ESCAPE: {
    message: 'A backslash in double quotes doesn’t make an escape.',
    hint: 'Write two backslashes for one, or use single quotes.',
  },
  BAD_INDENT: { message: 'The indentation doesn’t fit what is around it.', hint: align },
  BAD_PROP_ORDER: { message: 'An anchor or tag is in the wrong place.', hint: quotes },
  BAD_SCALAR_START: { message: 'A value can’t begin with this character.', hint: quotes },
  BLOCK_AS_IMPLICIT_KEY: {
    message:
      'A key stands inside a value: there are two colons on the line, or the next line is too deep.',
    hint: `Put quotes around a value with ": " in it. ${align}`,
  },
  BLOCK_IN_FLOW: {
    message: 'A list with dashes stands inside brackets.',
    hint: 'Separate what is in brackets by commas.',
  },
  DUPLICATE_KEY: { message: 'A key is here twice.', hint: 'Leave one of them out.' },
  KEY_OVER_1024_CHARS: { message: 'A key is too long.', hint: 'Is a closing quote missing?' },
  MISSING_CHAR: {
    message: 'Something is missing here: a colon, a comma, a quote or a bracket.',
    hint: 'Keys end with ": "; what was opened must be closed.',
  },
  MULTILINE_IMPLICIT_KEY: { message: 'A key runs over two lines.', hint: 'Keys end with ": ".' },
  MULTIPLE_ANCHORS: { message: 'A value has two anchors.', hint: 'Leave one of them out.' },
  MULTIPLE_TAGS: { message: 'A value has two tags.', hint: 'Leave one of them out.' },
  UNEXPECTED_TOKEN: { message: 'This can’t stand here.', hint: `${quotes} ${align}` },
};

/** A syntax error of the YAML parser in words that say what to do. */
export function syntaxFault(code: ErrorCode, message: string): { message: string; hint: string } {
  // The parser calls it an indentation fault when a bracket is still open at the next key or at the end.
  if (code === 'BAD_INDENT' && message.startsWith('Flow ')) return openBracket;
  return faults[code] ?? { message: `This is no YAML: ${message}.`, hint: align };
}
