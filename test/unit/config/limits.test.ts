import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editConfig } from '../../../src/config/editing/edit.ts';
import { parseFlag } from '../../../src/config/flags.ts';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';
import { maxMergedEntries } from '../../../src/config/yaml/yaml-limits.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const messages = (text: string): string[] =>
  parseConfig(text, 'f').problems.map(({ message }) => message);

describe('a configuration that nobody wrote', () => {
  const nested = (before: string, after: string, depth: number): string =>
    `${before.repeat(depth)}${after.repeat(depth)}`;

  it.each([
    ['brackets', nested('[', ']', 1_500)],
    ['brackets without end', '['.repeat(500_000)],
    ['braces', nested('{a: ', '}', 1_500)],
    ['dashes', '- '.repeat(1_500)],
    ['question marks', '? '.repeat(1_500)],
    ['sections', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['anchors', nested('&a [', ']', 1_500)],
  ])('is refused for its depth: %s', (_, text) => {
    expect(messages(text)).toEqual(['Lists and sections are nested more than 64 levels deep.']);
    expect(() => editConfig(text, [{ option: 'numWorkers', value: 3 }])).toThrow(/64 levels deep/);
  });

  it('may be 64 deep', () => {
    expect(messages(`x-deep: ${nested('[', ']', 63)}\n`)).toEqual([]);
    expect(messages(`x-deep: ${nested('[', ']', 64)}\n`)).toHaveLength(1);
  });

  it('is refused for its size, before it is read', () => {
    const file = join(temporaryFolder('size'), 'flintrock.yaml');
    writeFileSync(file, `launch:\n  num-workers: 2\n#${'x'.repeat(1_000_000)}\n`);
    expect(loadConfig(file)).toMatchObject({
      values: {},
      problems: [{ severity: 'error', file, message: 'The file is larger than 1 MB.' }],
    });
    expect(messages('é'.repeat(600_000))).toEqual(['The file is larger than 1 MB.']);
  });

  it('takes in no more than so many entries', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => `  k${i}: 1`).join('\n');
    const takeIn = (times: number): string =>
      `x-a: &a\n${many}\nx-b:\n  <<: [${'*a, '.repeat(times)}]\n`;
    expect(messages(takeIn(5))).toEqual([]);
    expect(messages(takeIn(10_000))).toEqual([
      `"<<" merges more than ${maxMergedEntries} entries in this file.`,
    ]);
  });

  it('is read to its end whatever it is', () => {
    const piece = fc.constantFrom(
      ...[
        '[',
        ']',
        '{',
        '}',
        '- ',
        '? ',
        ': ',
        '\n',
        ' ',
        '\t',
        '&a ',
        '*a',
        '<<: ',
        '"',
        "'",
        '|\n',
        '#',
        '!!x ',
        'launch:',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 400 }), (pieces) => {
        for (const { message } of parseConfig(pieces.join(''), 'f').problems)
          expect(message).not.toBe('');
      }),
    );
  });

  it('is not searched again and again', () => {
    // Each of these took minutes once: the time of a search that begins anew at each letter.
    const long = 'a'.repeat(900_000);
    expect(parseFlag('sparkDownloadSource', long).problem?.message).toContain('longer than 4096');
    expect(messages(`launch:\n  num-workers: ${long}\n`)).toHaveLength(1);
    expect(messages(`${long}: 1\n`)).toHaveLength(1);
    const keys = Array.from({ length: 50_000 }, (_, i) => `launch-${i}: 1`).join('\n');
    expect(messages(keys)).toHaveLength(50_000);
  });
});
