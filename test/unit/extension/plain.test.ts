import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hoverMarkdown,
  labelText,
  markdownText,
  messageText,
  plainValue,
} from '../../../src/extension/ui/plain.ts';

/** What VS Code takes for a link in a message: `linkedText.ts`. */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)/i;
/** What VS Code takes for an icon in a label: `iconLabels.ts`. */
const icon = /\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/;

const hostile = [
  '[x](command:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22id%5Cn%22%7D)',
  '[x]\u200b(command:a)',
  '[x]\u0000(command:a)',
  '[x]\u202e(https://a)',
  '[[x](command:a)](command:b)',
  '$(trash) $\u200b(sync~spin)',
];

/** Text of anybody's, with the marks that matter in it more often than by chance. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...hostile, '[', ']', '(', '](', '$(', 'command:a', ')', '\u200b', '\n', '|'),
    ),
  )
  .map((parts) => parts.join(''));

describe('the door for texts that VS Code shows', () => {
  it('makes no link in a message, whatever the text is', () => {
    for (const text of hostile) expect(messageText(text)).not.toMatch(link);
    fc.assert(
      fc.property(anyText, (text) => {
        expect(messageText(text)).not.toMatch(link);
        expect(messageText(text)).not.toContain('\n');
        expect(messageText(text, { lines: true })).not.toMatch(link);
      }),
    );
  });

  it('makes no icon in a label but the one that we give', () => {
    expect(labelText('$(trash) a', 'sync~spin')).toBe('$(sync~spin) $ (trash) a');
    fc.assert(
      fc.property(anyText, (text) => {
        expect(labelText(text)).not.toMatch(icon);
        expect(labelText(text)).not.toMatch(link);
      }),
    );
  });

  it('leaves text without marks as it is', () => {
    for (const text of ['Launch "a"? (2 nodes)', 'a [b] (c)', 'größer: 3 €'])
      expect([messageText(text), labelText(text)]).toEqual([text, text]);
    expect(messageText('a\nb', { lines: true })).toBe('a\nb');
  });

  it('gives Markdown in which no punctuation of others means anything', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const left = markdownText(text).replaceAll(/\\[!-/:-@[-`{-~]/g, '');
        expect(left).not.toMatch(/[!-/:-@[-`{-~\n]/);
      }),
    );
    expect(
      hoverMarkdown({ heading: 'a is *running*', notes: ['⚠ <b>'], rows: [['team', 'a|b']] }),
    ).toBe('**a is \\*running\\***\n\n⚠ \\<b\\>\n\n| | |\n|---|---|\n| team | a\\|b |');
  });

  it('keeps what a page gets, but for marks that a browser obeys', () =>
    expect(plainValue({ a: ['x\u202ey', 1, null], b: 'l1\nl2\u001b[31m!' })).toEqual({
      a: ['xy', 1, null],
      b: 'l1\nl2!',
    }));
});
