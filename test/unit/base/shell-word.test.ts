import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shellWord } from '../../../src/base/shell-word.ts';

it('a shell reads a word back as it is, whatever stands in it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from('=a;$(){}\'" \\!*&~#\n')) }),
      (word) => {
        const read = execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(word)}`]).toString();
        expect(read).toBe(word);
      },
    ),
    { numRuns: 40 },
  );
});

it('a path that zsh would look for stands in quotes', () => {
  expect(shellWord('=ls')).toBe("'=ls'");
  expect(shellWord('a=b')).toBe('a=b');
});
