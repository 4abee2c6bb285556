import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { differences } from '../../../src/config/differences.ts';
import { isOurConfig } from '../../../src/config/find.ts';
import { buildReference } from '../../../src/config/generated/reference.ts';
import { buildSchema } from '../../../src/config/generated/schema.ts';
import { buildTemplate } from '../../../src/config/generated/template.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { keysOf } from '../../../src/config/options/config-keys.ts';
import { holdsSeveral } from '../../../src/config/options/option.ts';
import { optionNames, options } from '../../../src/config/options/options.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { checkValue } from '../../../src/config/values/values.ts';

const root = join(import.meta.dirname, '../../..');
const committed = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the generated files', () => {
  it('are what the table of options makes', async () => {
    expect(JSON.parse(committed('schema/config.schema.json'))).toEqual(buildSchema());
    expect(committed('docs/options.md')).toBe(buildReference());
    await promisify(execFile)(process.execPath, [join(root, 'scripts/generate.mjs'), '--check']);
  });

  it('have every option', () => {
    const schema = JSON.stringify(buildSchema());
    for (const name of optionNames) {
      expect(buildReference()).toContain(`\`${options[name].key}\``);
      expect(buildReference()).toContain(`\`${options[name].flag}`);
      expect(schema).toContain(options[name].flag);
    }
    for (const { theirs, option } of differences)
      expect(buildReference()).toContain(`| \`${options[option].key}\` | ${theirs} |`);
  });
});

describe('the table of options', () => {
  it('gives no key and no flag to two options', () => {
    const keys = optionNames.flatMap((name) => [...keysOf(name)]);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    const flags = optionNames.flatMap((name) => [
      options[name].flag,
      ...(options[name].flagAliases ?? []),
    ]);
    expect(flags.filter((flag, index) => flags.indexOf(flag) !== index)).toEqual([]);
  });

  it.each(optionNames)('has a fitting example and default for %s', (name) => {
    const { key, example } = options[name];
    const written = JSON.stringify(example);
    const path = key.split('.');
    const text = [
      ...path.map((step, depth) => `${'  '.repeat(depth)}${step}:`),
      `${'  '.repeat(path.length)}${holdsSeveral(options[name]) ? `- ${written}` : written}`,
    ].join('\n');
    const { values, problems } = parseConfig(text, 'f');
    expect(problems).toEqual([]);
    expect(values[name]).toBeDefined();
    expect(checkValue(name, options[name].default).faults).toEqual([]);
  });
});

describe('the template', () => {
  const template = buildTemplate();

  it('is found, makes a local cluster, and has no mistake in it', () => {
    expect(isOurConfig(template)).toBe(true);
    const config = parseConfig(template, 'config.yaml');
    expect(config.problems).toEqual([]);
    const settings = resolveSettings({ config, cwd: '/', home: '/' });
    expect([settings.provider, settings.providerReason]).toEqual([
      'local',
      'provider: local in config.yaml',
    ]);
    expect(settings.problems).toEqual([]);
    // Whoever fills a section in and forgets to choose it is told.
    const filled = parseConfig(template.replace('us-east-1\n', 'eu-west-1\n'), 'config.yaml');
    expect(resolveSettings({ config: filled, cwd: '/', home: '/' }).problems).toMatchObject([
      { severity: 'warning', key: 'providers.ec2' },
    ]);
    const ec2 = resolveSettings({ config, overrides: { provider: 'ec2' }, cwd: '/', home: '/' });
    expect(ec2.problems).toEqual([]);
  });

  it('has the sections without which the Python tool dies', () => {
    // It reads them as mappings without looking; the rest may be missing.
    expect(template).toMatch(/^launch:\n( {2}#.*\n)* {2}num-slaves: 2$/m);
    expect(template).toMatch(/^ {2}ec2:\n( {4}#.*\n)* {4}region: us-east-1$/m);
  });

  it('has every option that isn’t dead, each fit to be uncommented', () => {
    const everything = template.replace(
      /^( *)# (?=(?!yaml-lang)[a-z\d-]+:|  - |  [\w.-]+: )/gm,
      '$1',
    );
    const { values, problems } = parseConfig(everything, 'f');
    expect(problems).toEqual([]);
    const missing = optionNames.filter(
      (name) => values[name] === undefined && options[name].deprecated === undefined,
    );
    expect(missing).toEqual([]);
  });
});
