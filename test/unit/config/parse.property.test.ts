import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import {
  type OptionName,
  optionNames,
  options,
  type OptionValue,
  type PartialValues,
} from '../../../src/config/options/options.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { writtenItems, writtenValue } from '../../../src/config/values/written-value.ts';
import { configText, valueFor } from '../../helpers/config-texts.ts';

const some: fc.Arbitrary<PartialValues> = fc
  .uniqueArray(fc.constantFrom(...optionNames), { maxLength: 8 })
  .chain((names) => fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), valueFor(name)))))
  .map((pairs: [OptionName, OptionValue][]) => Object.fromEntries(pairs) as PartialValues);

type Properties = Readonly<Record<string, string>> | undefined;

describe('parseConfig', () => {
  it('reads back what JSON says, for JSON is YAML', () => {
    fc.assert(
      fc.property(some, (values) => {
        const tree: Record<string, unknown> = {};
        for (const [name, value] of Object.entries(values)) {
          const path = options[name as OptionName].key.split('.');
          const leaf = path.pop() ?? '';
          let section = tree;
          for (const step of path) section = (section[step] ??= {}) as Record<string, unknown>;
          const option = options[name as OptionName];
          const written = writtenValue(option, value as OptionValue);
          section[leaf] = typeof written === 'object' ? writtenItems(option, written) : written;
        }
        const { values: read, problems } = parseConfig(
          JSON.stringify(tree).replace(
            /[\u007F-\u009F\u2028\u2029\uFFFE\uFFFF]|[\uD800-\uDFFF]/g,
            escaped,
          ),
          'f',
        );
        expect(problems).toEqual([]);
        expect(read).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, and gives each problem a place within the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc
            .array(
              fc.constantFrom(
                'a',
                'launch',
                'ec2',
                ':',
                ': ',
                '\n',
                '  ',
                '- ',
                '{',
                '}',
                '[',
                ']',
                ',',
                '"',
                "'",
                '&a',
                '*a',
                '<<',
                '#',
                '\t',
                '|',
                '>',
                '!',
                '---',
                '\r\n',
                '1',
                'num-slaves',
                '%',
                '@',
              ),
            )
            .map((parts) => parts.join('')),
          fc
            .tuple(
              configText,
              fc.nat(),
              fc.constantFrom('\t', '{', ':', '"', '\n', ' ', '*', '- ', ''),
            )
            .map(([text, at, char]) => {
              const index = at % (text.length + 1);
              return text.slice(0, index) + char + text.slice(index + 1);
            }),
        ),
        (text) => {
          const lines = text.split('\n');
          for (const problem of parseConfig(text, 'f').problems) {
            expect(problem.line).toBeGreaterThanOrEqual(1);
            expect(problem.line).toBeLessThanOrEqual(lines.length);
            expect(problem.column).toBeGreaterThanOrEqual(1);
            expect(problem.column).toBeLessThanOrEqual(
              (lines[(problem.line ?? 0) - 1] ?? '').length + 1,
            );
            expect(formatProblem(problem)).toMatch(/^f:\d+:\d+: (error|warning): ./);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('resolveSettings', () => {
  it('takes each value from the flag, else the file, else the default', () => {
    fc.assert(
      fc.property(some, some, (file, flags) => {
        const config = { ...parseConfig('', '/f'), values: file };
        const { values, origin } = resolveSettings({
          config,
          overrides: flags,
          cwd: '/',
          home: '/',
        });
        for (const name of optionNames) {
          const wanted =
            options[name].type === 'properties'
              ? { ...(file[name] as Properties), ...(flags[name] as Properties) }
              : (flags[name] ?? file[name] ?? options[name].default);
          const from =
            flags[name] !== undefined ? 'flag' : file[name] !== undefined ? 'file' : 'default';
          expect(origin[name]).toBe(from);
          // Paths are made absolute, versions filled in, and the provider is always settled.
          const hasPaths = options[name].type === 'path' || 'isPaths' in options[name];
          if (hasPaths || options[name].type === 'url' || name === 'provider') continue;
          // YARN brings HDFS, of a Hadoop that it runs with.
          const isForYarn = values.provider === 'ec2' && values.installYarn;
          if (isForYarn && from === 'default' && ['installHdfs', 'hdfsVersion'].includes(name))
            continue;
          expect(values[name]).toEqual(wanted);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
