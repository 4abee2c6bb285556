import { Lexer, Parser } from 'yaml';
import { maxFileBytes } from '../find.ts';
import type { Position } from './raw-node.ts';

/** How deep lists and sections of one may stand in each other. */
const maxConfigDepth = 64;
/** How many entries `<<` may take in, in one text: each may be a section that takes in others. */
export const maxMergedEntries = 10_000;

/** Why a text isn't read at all. */
export interface TextRefusal {
  readonly at: Position;
  readonly message: string;
  readonly hint: string;
}

/** What a file that is too large is refused with. */
export const tooLarge: TextRefusal = {
  at: { line: 1, column: 1 },
  message: 'The file is larger than 1 MB.',
  hint: 'A configuration has only a few kilobytes; check that this is the right file.',
};

/**
 * Why a text is not to be parsed: it is too large, or nested so deeply that what reads it would run out of stack. To be asked
 * before any text is parsed.
 */
export function textRefusal(text: string): TextRefusal | undefined {
  if (text.length > maxFileBytes || Buffer.byteLength(text) > maxFileBytes) return tooLarge;
  // The parser keeps what it is in the middle of in a list; only what comes after it calls itself.
  const parser = new Parser();
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    // What comes of it so far is of no interest.
    Array.from(parser.next(lexeme));
    if (parser.stack.filter(isCollection).length > maxConfigDepth)
      return {
        at: positionOf(text, offset),
        message: `Lists and sections are nested more than ${maxConfigDepth} levels deep.`,
        hint: 'A configuration has three levels; check for extra or unclosed brackets.',
      };
    // The lexer's own marks take no room in the text.
    if (!/^[\u0002\u0018\u001f]$/.test(lexeme)) offset += lexeme.length;
  }
  return undefined;
}

function isCollection({ type }: { readonly type: string }): boolean {
  return type === 'block-map' || type === 'block-seq' || type === 'flow-collection';
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return {
    line: before.split('\n').length,
    column: offset - before.lastIndexOf('\n'),
  };
}
