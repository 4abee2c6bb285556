import { describe, expect, it } from 'vitest';
import { locateOption } from '../../../src/config/editing/locate.ts';
import { buildTemplate } from '../../../src/config/generated/template.ts';
import { optionNames, options } from '../../../src/config/options/options.ts';

const text = `provider: local
launch:
  num-slaves: 1   # few
providers:
  local:
    worker-cores: 1
  ec2:
    region: us-east-1
    ami:
`;

/** The line that an option is located at, with a mark at the column. */
function marked(config: string, key: string): string {
  const { line, column } = locateOption(config, key);
  const found = config.split('\n')[line - 1] ?? '';
  return `${line}: ${found.slice(0, column - 1)}|${found.slice(column - 1)}`;
}

describe('an option is located', () => {
  it.each([
    ['provider', '1: |provider: local'],
    // By whichever of its names the file has.
    ['launch.num-slaves', '3:   |num-slaves: 1   # few'],
    ['providers.local.worker-cores', '6:     |worker-cores: 1'],
  ])('at its key: %s', (key, place) => {
    expect(marked(text, key)).toBe(place);
  });

  it.each([
    ['launch.min-workers', '4: |providers:'],
    ['providers.local.worker-memory', '7: |  ec2:'],
    ['providers.ec2.identity-file', '10: |'],
    // A key without a value is filled in where it stands.
    ['providers.ec2.ami', '9:     ami:|'],
    ['services.spark.version', '10: |'],
  ])('where it would be added: %s', (key, place) => {
    expect(marked(text, key)).toBe(place);
  });

  it('at the end of a text without a last line end, and at the beginning of one that can’t be read', () => {
    expect(marked('launch:\n  num-slaves: 1', 'launch.min-workers')).toBe('2:   num-slaves: 1|');
    expect(marked('', 'provider')).toBe('1: |');
    expect(marked('launch: [', 'provider')).toBe('1: |launch: [');
    expect(marked(text, 'no.such')).toBe('1: |provider: local');
  });

  it('in the template, whichever it is', () => {
    const template = buildTemplate();
    const lines = template.split('\n').length;
    for (const name of optionNames) {
      const { line, column } = locateOption(template, options[name].key);
      expect(line).toBeLessThanOrEqual(lines);
      expect(column).toBeGreaterThan(0);
    }
  });
});
