import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../../src/cli/parsing/global-options.ts';
import { shellLine } from '../../../src/cli/parsing/quote.ts';
import { registry } from '../../../src/cli/registry.ts';
import { paint } from '../../../src/cli/rendering/palette.ts';
import { someOf, wrap } from '../../../src/cli/rendering/text-layout.ts';

describe('shellLine', () => {
  it('joins words with blanks, as ssh does', () => {
    expect(shellLine(['ls -l | wc'], false)).toBe('ls -l | wc');
    expect(shellLine(['echo', 'a  b', '>', '$HOME/x'], false)).toBe('echo a  b > $HOME/x');
  });

  it('keeps each word whole if it is asked to, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ maxLength: 12 }).filter((word) => !word.includes('\0')),
          { minLength: 1, maxLength: 5 },
        ),
        (words) => {
          const line = shellLine(['printf', '%s\\n', ...words], true);
          const printed = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' });
          expect(printed).toBe(words.map((word) => `${word}\n`).join(''));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('text', () => {
  it('is wrapped between words, and a long word stays whole', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('see /a/very/long/path now', 10)).toEqual(['see', '/a/very/long/path', 'now']);
  });

  it('names a few of many', () => {
    expect(someOf(['a', 'b', 'c'], 2)).toBe('a, b, c');
    expect(someOf(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
  });

  it('is cut to a width, and says so', () => {
    expect(paint([['abc'], ['def', 'red']], false, 6)).toBe('abcdef');
    expect(paint([['abc'], ['def', 'red']], false, 5)).toBe('abcd…');
    expect(paint([['abc'], ['def', 'red']], false, 3)).toBe('ab…');
    expect(paint([['abc'], ['def', 'red']], true, 4)).toBe('abc\u001B[31m…\u001B[39m');
  });
});

describe('splitWords', () => {
  it.each([
    ['launch demo', 'launch', ['demo']],
    ['--config x.yaml launch demo', 'launch', ['--config', 'x.yaml', 'demo']],
    [
      '--config=x.yaml --provider ec2 --debug launch demo',
      'launch',
      ['--config=x.yaml', '--provider', 'ec2', '--debug', 'demo'],
    ],
    ['--foo launch', undefined, ['--foo', 'launch']],
    ['--config', undefined, ['--config']],
  ])('finds the command in %s', (line, name, rest) => {
    expect(splitCommand(line.split(' '))).toEqual({ name, rest });
  });
});

it('knows every command by the name that its own module gives it', async () => {
  for (const { name, load } of registry) expect((await load()).name).toBe(name);
  const names = registry.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
});
