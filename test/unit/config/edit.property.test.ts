import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editConfig } from '../../../src/config/editing/edit.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { optionNames } from '../../../src/config/options/options.ts';
import { configText, valueFor } from '../../helpers/config-texts.ts';

const runs = { numRuns: Number(process.env['FC_RUNS'] ?? 400) };

const anyOption = fc
  .constantFrom(...optionNames)
  .chain((name) => fc.tuple(fc.constant(name), valueFor(name)));

describe('editConfig, on any file', () => {
  it('gives exactly the wanted value and leaves all other options alone', () => {
    fc.assert(
      fc.property(configText, anyOption, (text, [name, value]) => {
        const before = parseConfig(text, 'f');
        // The generator writes sound YAML, or this proves nothing.
        expect(
          before.problems.filter(({ severity, key }) => severity === 'error' && key === null),
        ).toEqual([]);
        const edited = editConfig(text, [{ option: name, value }]);
        expect(parseConfig(edited, 'f').values).toEqual({ ...before.values, [name]: value });
        expect(editConfig(edited, [{ option: name, value }])).toBe(edited);
        for (const comment of commentsOf(text)) expect(edited).toContain(comment);
      }),
      runs,
    );
  });

  it('changes one place only: what is before and behind it stays byte for byte', () => {
    fc.assert(
      fc.property(configText, anyOption, (text, [name, value]) => {
        fc.pre(typeof value !== 'object');
        const edited = editConfig(text, [{ option: name, value }]);
        const { mentions, values } = parseConfig(text, 'f');
        const gone = text.length - sharedLength(text, edited);
        // A new key takes nothing away; a replaced value takes at most its own text, quotes and all.
        const old = values[name];
        // A section that is an alias gets braces around it.
        const wrapped = text.includes('ec2: *b') ? '*b'.length : 0;
        const most = mentions.has(name)
          ? Math.max(JSON.stringify(old ?? '').length + 4, 12)
          : wrapped;
        expect(gone).toBeLessThanOrEqual(typeof old === 'object' ? Infinity : most);
      }),
      runs,
    );
  });

  it('takes an option out, and nothing else', () => {
    fc.assert(
      fc.property(configText, fc.constantFrom(...optionNames), (text, name) => {
        const before = parseConfig(text, 'f');
        const edited = editConfig(text, [{ option: name, value: null }]);
        expect(parseConfig(edited, 'f').values).toEqual({ ...before.values, [name]: undefined });
        if (!before.mentions.has(name)) expect(edited).toBe(text);
      }),
      runs,
    );
  });
});

/** How many characters two texts share at their beginning and end. */
function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return start + end;
}

function commentsOf(text: string): string[] {
  return [...text.matchAll(/^\s*#.*$/gm)].map(([line]) => line.trim());
}
