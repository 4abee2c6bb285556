import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editConfig } from '../../../src/config/edit.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { optionNames } from '../../../src/config/options.ts';
import { configText, valueFor } from './config-texts.ts';

const runs = { numRuns: Number(process.env['FC_RUNS'] ?? 1500) };

describe('editConfig, on any file', () => {
  it('gives exactly the wanted value and leaves all other options alone', () => {
    fc.assert(
      fc.property(
        configText,
        fc
          .constantFrom(...optionNames)
          .chain((name) => fc.tuple(fc.constant(name), valueFor(name))),
        (text, [name, value]) => {
          const before = parseConfig(text, 'f');
          expect(
            before.problems.filter(({ severity, key }) => severity === 'error' && key === null),
          ).toEqual([]);
          const edited = editConfig(text, [{ option: name, value }]);
          const after = parseConfig(edited, 'f');
          const wanted = { ...before.values, [name]: value };
          expect(after.values).toEqual(wanted);
          // Again changes nothing.
          expect(editConfig(edited, [{ option: name, value }])).toBe(edited);
          for (const comment of commentsOf(text)) expect(edited).toContain(comment);
        },
      ),
      runs,
    );
  });
});

function commentsOf(text: string): string[] {
  return [...text.matchAll(/^\s*#.*$/gm)].map(([line]) => line.trim());
}
